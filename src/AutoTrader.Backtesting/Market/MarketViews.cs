using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Backtesting.Market;

/// <summary>The market of a backtest by its clock.</summary>
/// <param name="Strategies">What strategies see: the bars of the folder.</param>
/// <param name="Fills">What orders fill in: the same, with shorter bars where they are there.</param>
internal sealed record MarketViews(IMarketData Strategies, IMarketData Fills)
{
    // The longest bars that are no daily ones (CsvMarketOptions.BarLength).
    private static readonly TimeSpan LongestIntraday = TimeSpan.FromHours(6);

    /// <summary>Whether there are shorter bars.</summary>
    public bool AreFiner => Strategies != Fills;

    /// <summary>The folders with shorter bars: those below the folder of prices that have the name of a length, the shortest
    /// first.</summary>
    public static IReadOnlyList<(string Timeframe, CsvMarketData Market)> FinerIn(CsvMarketOptions options, FileReading reading) =>
        [
            .. Timeframe
                .Lengths.Where(length => length.Value <= LongestIntraday)
                .OrderBy(length => length.Value)
                .Select(length => (length.Key, Folder: Path.Combine(options.Directory, length.Key)))
                .Where(it => Directory.Exists(it.Folder))
                .Select(it =>
                    (
                        it.Key,
                        new CsvMarketData(
                            options with
                            {
                                Directory = it.Folder,
                                BarLength = Timeframe.Lengths[it.Key],
                            },
                            TimeProvider.System,
                            NullLogger<CsvMarketData>.Instance,
                            reading
                        )
                    )
                ),
        ];

    /// <summary>The views of some symbols.</summary>
    /// <param name="market">The folder's market by the clock.</param>
    /// <param name="finer">The markets with shorter bars, the shortest first.</param>
    /// <param name="options">The folder.</param>
    /// <param name="symbols">The symbols.</param>
    /// <param name="clock">Business time.</param>
    public static async Task<MarketViews> OfAsync(
        IMarketData market,
        IReadOnlyList<(string Timeframe, CsvMarketData Market)> finer,
        CsvMarketOptions options,
        IReadOnlyCollection<string> symbols,
        TimeProvider clock
    )
    {
        var feeds = await market.GetFeedsAsync(symbols, CancellationToken.None);
        var daily = symbols.Where(symbol => IsDaily(feeds[symbol])).ToHashSet(StringComparer.Ordinal);
        IMarketData strategies = daily.Count == 0 ? market : new DailyMarket(market, daily, options.QuoteOf, clock);
        var shorter = new List<IMarketData>();
        foreach (var (timeframe, bars) in finer)
        {
            var there = await bars.GetFeedsAsync(symbols, CancellationToken.None);
            if (symbols.Any(symbol => there[symbol].Problem is null && Timeframe.Lengths[timeframe] < feeds[symbol].Interval))
            {
                // Several backtests share the files, each by its own clock.
                shorter.Add(bars.By(clock));
            }
        }

        return new(strategies, shorter.Count == 0 ? strategies : new FinerMarket(strategies, market, shorter));
    }

    /// <summary>Whether a symbol's bars are daily ones.</summary>
    public static bool IsDaily(SymbolFeed feed) => feed.Problem is null && feed.Interval > LongestIntraday;
}
