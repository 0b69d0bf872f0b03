using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application.Reports;

/// <summary>Which trades to include; null means all.</summary>
/// <param name="Symbol">Of this symbol.</param>
/// <param name="StrategyId">Of this strategy; <see cref="Order.ManualOwner"/> for those of people.</param>
/// <param name="Days">The last so many days.</param>
public sealed record TradeFilter(string? Symbol = null, string? StrategyId = null, int? Days = null);

/// <summary>The ledger: trades and their results.</summary>
/// <param name="Analysis">FIFO over everything that the filter takes.</param>
/// <param name="Fills">The ledger entries of the period, oldest first.</param>
public sealed record Ledger(TradeAnalysis Analysis, IReadOnlyList<Fill> Fills);

/// <summary>Past trades for the API.</summary>
public sealed class LedgerService(ITradingStore store, IArchive archive, IBroker broker, TimeProvider clock)
{
    private const int PageSize = 1000;

    /// <summary>Reads the whole ledger, since lots that are open now may be old, and analyses it.</summary>
    public async Task<Ledger> ReadAsync(TradeFilter filter, CancellationToken cancellationToken)
    {
        var rows = await Paging.AllAsync(token =>
            store.ListAsync<Fill>(broker.AccountKey, TradingKey.FillPrefix, PageSize, token, cancellationToken)
        );
        var fills = rows.Select(row => row.Value)
            .Concat(await archive.ListFillsAsync(broker.AccountKey, cancellationToken))
            .DistinctBy(fill => fill.ExecutionId, StringComparer.Ordinal)
            .Where(fill =>
                (filter.StrategyId is null || fill.StrategyId == filter.StrategyId)
                && (filter.Symbol is null || fill.Symbol == filter.Symbol)
            )
            .ToList();
        DateTimeOffset? since = filter.Days is { } days ? clock.GetUtcNow().AddDays(-days) : null;
        return new(
            TradeAnalysis.Of(fills, filter.Symbol, since),
            [
                .. fills
                    .Where(fill => since is null || fill.At >= since)
                    .OrderBy(fill => fill.At)
                    .ThenBy(fill => fill.ExecutionId, StringComparer.Ordinal),
            ]
        );
    }
}
