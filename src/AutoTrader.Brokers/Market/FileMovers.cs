using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Market;

/// <summary>What moved most of the symbols that have a file. Every file is read for it, once.</summary>
internal sealed class FileMovers(CsvMarketData market, CsvMarketOptions options, TimeProvider clock) : IMarketMovers
{
    private const string Splits = "SPLITS";

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <inheritdoc/>
    /// <remarks>Of the session that is open or ended last, against the close before it; what did not trade in it has not moved.</remarks>
    public async Task<Movers> GetMoversAsync(int count, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var today =
            Calendar.SessionOn(Calendar.TradingDay(now)) is { } session && now >= session.Open ? session : Calendar.PreviousSession(now);
        var symbols = Symbols();
        var closes = await market.GetClosesAsync(symbols, Calendar.PreviousSession(today.Open).Day, cancellationToken);
        var splits = (await market.GetSplitsAsync(today.Day, today.Day, cancellationToken))
            .DistinctBy(split => split.Symbol, StringComparer.Ordinal)
            .ToDictionary(split => split.Symbol, StringComparer.Ordinal);
        var moved = (await market.GetClosesAsync(symbols, today.Day, cancellationToken))
            .Where(price => closes.GetValueOrDefault(price.Key) > 0)
            .Select(price => Of(price.Key, Before(price.Key, price.Value), price.Value))
            .OrderBy(mover => mover.Symbol, StringComparer.Ordinal)
            .ToList();
        return new(
            [.. moved.Where(mover => mover.Change > 0).OrderByDescending(mover => mover.PercentChange).Take(count)],
            [.. moved.Where(mover => mover.Change < 0).OrderBy(mover => mover.PercentChange).Take(count)],
            now < today.Close ? now : today.Close
        );

        // A split is no move, unless the prices are adjusted already.
        decimal Before(string symbol, decimal price) =>
            splits.TryGetValue(symbol, out var split) && split.SignOf(closes[symbol], price) != SplitSign.Denied
                ? closes[symbol] / split.Ratio
                : closes[symbol];
    }

    private static Mover Of(string symbol, decimal before, decimal price) =>
        new(symbol, price, decimal.Round(price - before, 4), decimal.Round((price - before) / before * 100, 4));

    private List<string> Symbols() =>
        Directory.Exists(options.Directory)
            ?
            [
                .. Directory
                    .EnumerateFiles(options.Directory, "*.csv")
                    .Select(file => Symbol.Normalize(Path.GetFileNameWithoutExtension(file)))
                    .Where(symbol => Symbol.IsValid(symbol) && symbol != Splits)
                    .Distinct(StringComparer.Ordinal),
            ]
            : [];
}
