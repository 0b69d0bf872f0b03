using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Alpaca's screener: what moved most of all US stocks.</summary>
internal sealed class AlpacaMovers(AlpacaClient client) : IMarketMovers
{
    /// <inheritdoc/>
    public async Task<Movers> GetMoversAsync(int count, CancellationToken cancellationToken)
    {
        var found = await client.GetAsync<WireMovers>(
            FormattableString.Invariant($"v1beta1/screener/stocks/movers?top={count}"),
            cancellationToken
        );
        return new(Of(found.Gainers), Of(found.Losers), found.LastUpdated.ToUniversalTime());
    }

    private static IReadOnlyList<Mover> Of(List<WireMover>? movers) =>
        [.. (movers ?? []).Select(it => new Mover(it.Symbol, it.Price, it.Change, it.PercentChange))];
}
