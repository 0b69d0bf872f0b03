using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Market;

/// <summary>What is to be known of the shorter bars of a symbol, which decide inside the longer ones.</summary>
/// <param name="Bars">The shorter bars of the period by their length: they belong to the data that a result is of.</param>
/// <param name="Remarks">Where they are, and where they are not believed, a sentence each.</param>
internal sealed record FinerReport(IReadOnlyList<IReadOnlyList<Bar>> Bars, IReadOnlyList<string> Remarks)
{
    /// <summary>Looks at the shorter bars of a period.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="bars">The longer bars of the period, in order.</param>
    /// <param name="finer">The markets with shorter bars, the shortest first.</param>
    /// <param name="sessions">The sessions of the period.</param>
    public static async Task<FinerReport> OfAsync(
        string symbol,
        IReadOnlyList<Bar> bars,
        IReadOnlyList<(string Timeframe, CsvMarketData Market)> finer,
        IReadOnlyList<Session> sessions
    )
    {
        var (all, remarks) = (new List<IReadOnlyList<Bar>>(), new List<string>());
        foreach (var (timeframe, files) in finer)
        {
            var market = files.By(TimeProvider.System);
            var feed = (await market.GetFeedsAsync([symbol], CancellationToken.None))[symbol];
            var shorter = await market.GetBarsAsync(symbol, sessions[0].Open, sessions[^1].Close, CancellationToken.None);
            if (shorter.Count > 0)
            {
                all.Add(shorter);
            }
            // That a symbol has no file of some length is no problem of a file.
            else if (feed is { Problem: { } problem, Rows: > 0 })
            {
                remarks.Add($"The {timeframe} bars of {symbol} are not used: {problem}.");
            }
        }

        if (all.Count > 0)
        {
            var (inside, contradicted) = (0, 0);
            foreach (var bar in FinerBars.Of(bars, all))
            {
                inside += bar.Shorter.Count > 0 ? 1 : 0;
                contradicted += bar.IsContradicted ? 1 : 0;
            }

            remarks.Add(
                FormattableString.Invariant($"Inside {inside} of {bars.Count} bars of {symbol} shorter bars decide what came first.")
            );
            if (contradicted > 0)
            {
                remarks.Add(
                    FormattableString.Invariant(
                        $"Inside {contradicted} bars of {symbol} the shorter bars tell other prices; the longer ones count there."
                    )
                );
            }
        }

        return new(all, remarks);
    }
}
