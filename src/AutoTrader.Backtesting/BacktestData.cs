using System.Collections.Concurrent;
using AutoTrader.Backtesting.Market;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Backtesting;

/// <summary>Bars and splits that backtests share: files are read once, and what is to be known of a period is found once. Thread-safe; it
/// keeps what it has read.</summary>
/// <param name="options">Where the bars are.</param>
/// <param name="reading">Who waits while files are read; null for nobody.</param>
public sealed class BacktestData(CsvMarketOptions options, FileReading? reading = null)
{
    private readonly CsvMarketData _files = new(
        options with
        {
            TradesDailyBars = true,
        },
        TimeProvider.System,
        NullLogger<CsvMarketData>.Instance,
        reading ?? FileReading.Unwatched
    );
    private readonly IReadOnlyList<(string Timeframe, CsvMarketData Market)> _finer = MarketViews.FinerIn(
        options,
        reading ?? FileReading.Unwatched
    );
    private readonly ConcurrentDictionary<(string Symbols, DateOnly First, DateOnly Last), PeriodData> _periods = new();

    /// <summary>The close of the first bar that begins in a period, and of the last one that ends in it, in dollars.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="sessions">The sessions of the period, in order.</param>
    /// <exception cref="BacktestRefusedException">It has no bar.</exception>
    public async Task<(decimal First, decimal Last)> ClosesAsync(string symbol, IReadOnlyList<Session> sessions)
    {
        var bars = await _files.GetBarsAsync(symbol, sessions[0].Open, sessions[^1].Close, CancellationToken.None);
        return bars.Count == 0 ? throw NoBar(symbol, sessions) : (bars[0].Close, bars[^1].Close);
    }

    /// <summary>The bars of a symbol up to the end of a day, in order.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="last">The day (New York).</param>
    /// <exception cref="BacktestRefusedException">They cannot be read.</exception>
    public async Task<IReadOnlyList<Bar>> BarsAsync(string symbol, DateOnly last)
    {
        RequireFolder();
        var end = new DateTimeOffset(last.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddHours(12);
        var market = _files.By(new Replay.ReplayClock(end));
        var feed = (await market.GetFeedsAsync([symbol], CancellationToken.None))[symbol];
        if (feed.Problem is { } problem)
        {
            throw new BacktestRefusedException($"There are no prices of {symbol}: {problem}.");
        }

        var midnight = TimeZoneInfo.ConvertTimeToUtc(last.AddDays(1).ToDateTime(TimeOnly.MinValue), TradingCalendar.Nyse.NewYork);
        return await market.GetBarsAsync(symbol, DateTimeOffset.MinValue, new(midnight, TimeSpan.Zero), CancellationToken.None);
    }

    /// <summary>The splits from a day to a session, both included.</summary>
    /// <exception cref="BacktestRefusedException">splits.csv cannot be used.</exception>
    internal Task<IReadOnlyList<Split>> SplitsAsync(Session last, DateOnly first) => SplitsAsync(_files, first, last.Day);

    /// <summary>The bars of a period by symbol, and the hash of its data.</summary>
    /// <param name="symbols">The symbols.</param>
    /// <param name="start">The first day (New York).</param>
    /// <param name="end">The last day.</param>
    /// <exception cref="BacktestRefusedException">They cannot be read.</exception>
    public async Task<(IReadOnlyDictionary<string, IReadOnlyList<Bar>> Prices, string Hash)> PeriodAsync(
        IEnumerable<string> symbols,
        DateOnly start,
        DateOnly end
    )
    {
        List<Session> sessions = [.. TradingCalendar.Nyse.Sessions(start, end)];
        if (sessions.Count == 0)
        {
            throw new BacktestRefusedException("The exchange has no session on these days.");
        }

        var period = await LookAsync(
            By(new Replay.ReplayClock(sessions[0].Open)),
            [.. symbols.Order(StringComparer.Ordinal)],
            sessions,
            CancellationToken.None
        );
        return (period.Prices, period.Hash);
    }

    /// <summary>The market by a clock.</summary>
    internal CsvMarketData By(TimeProvider clock) => _files.By(clock);

    /// <summary>The market of some symbols by a clock, as strategies see it and as orders fill in it.</summary>
    internal Task<MarketViews> ViewsAsync(IReadOnlyCollection<string> symbols, TimeProvider clock) =>
        MarketViews.OfAsync(_files.By(clock), _finer, options, symbols, clock);

    /// <summary>What is to be known about the bars of a period.</summary>
    /// <param name="market">The market by a clock that stands before the period.</param>
    /// <param name="symbols">The symbols, in order.</param>
    /// <param name="sessions">The sessions of the period, in order.</param>
    /// <param name="cancellationToken">Ends it between two symbols.</param>
    /// <exception cref="BacktestRefusedException">A symbol cannot be tested.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    internal async Task<PeriodData> LookAsync(
        CsvMarketData market,
        IReadOnlyList<string> symbols,
        IReadOnlyList<Session> sessions,
        CancellationToken cancellationToken
    )
    {
        RequireFolder();
        var key = (string.Join(',', symbols), sessions[0].Day, sessions[^1].Day);
        return _periods.TryGetValue(key, out var known)
            ? known
            : _periods[key] = await FindAsync(market, _finer, symbols, sessions, cancellationToken);
    }

    /// <summary>Holds the caller to a folder that is there.</summary>
    /// <exception cref="BacktestRefusedException">It is not; names the folder and the options.</exception>
    // The app's own message names a setting of the app, which nobody gave here.
    internal void RequireFolder()
    {
        if (!Directory.Exists(options.Directory))
        {
            throw new BacktestRefusedException(
                $"The folder of prices, {Path.GetFullPath(options.Directory)}, does not exist; name the folder with SYMBOL.csv: "
                    + "--data-dir, else HISTORICAL_DATA_DIR."
            );
        }
    }

    private static async Task<IReadOnlyList<Split>> SplitsAsync(CsvMarketData market, DateOnly first, DateOnly last)
    {
        try
        {
            return await market.GetSplitsAsync(first, last, CancellationToken.None);
        }
        catch (MarketFileException broken)
        {
            throw new BacktestRefusedException(broken.Message + ".");
        }
    }

    private static async Task<PeriodData> FindAsync(
        CsvMarketData market,
        IReadOnlyList<(string Timeframe, CsvMarketData Market)> finer,
        IReadOnlyList<string> symbols,
        IReadOnlyList<Session> sessions,
        CancellationToken cancellationToken
    )
    {
        var splits = await SplitsAsync(market, sessions[0].Day, sessions[^1].Day);
        var reports = new List<BarReport>(symbols.Count);
        var prices = new Dictionary<string, IReadOnlyList<Bar>>(StringComparer.Ordinal);
        using var hash = new DataHash();
        hash.Add(splits.Where(split => symbols.Contains(split.Symbol, StringComparer.Ordinal)));
        foreach (var symbol in symbols)
        {
            // Files may be large: reading them takes longer than playing a session.
            cancellationToken.ThrowIfCancellationRequested();
            var feed = (await market.GetFeedsAsync([symbol], CancellationToken.None))[symbol];
            if (feed.Problem is { } problem)
            {
                throw new BacktestRefusedException($"There are no prices of {symbol} to test on: {problem}.");
            }

            var bars = await market.GetBarsAsync(symbol, sessions[0].Open, sessions[^1].Close, CancellationToken.None);
            if (bars.Count == 0)
            {
                throw NoBar(symbol, sessions);
            }

            hash.Add(bars);
            prices[symbol] = bars;
            var report = BarReport.Of(symbol, bars, feed, sessions, splits);
            var shorter = await FinerReport.OfAsync(symbol, bars, finer, sessions);
            foreach (var length in shorter.Bars)
            {
                hash.Add(length);
            }

            reports.Add(report with { Remarks = [.. report.Remarks, .. shorter.Remarks] });
        }

        return new(reports, hash.ToString(), prices, [.. splits.Where(split => symbols.Contains(split.Symbol, StringComparer.Ordinal))]);
    }

    private static BacktestRefusedException NoBar(string symbol, IReadOnlyList<Session> sessions) =>
        new(
            FormattableString.Invariant(
                $"{symbol} has no bar from {sessions[0].Day:yyyy-MM-dd} to {sessions[^1].Day:yyyy-MM-dd}; give other dates."
            )
        );
}

/// <summary>What is to be known about the bars of a period.</summary>
/// <param name="Reports">By symbol.</param>
/// <param name="Hash">SHA-256 of bars and splits, in hexadecimal digits.</param>
/// <param name="Prices">The bars by symbol: those that were read, not copies.</param>
/// <param name="Splits">The splits.</param>
internal sealed record PeriodData(
    IReadOnlyList<BarReport> Reports,
    string Hash,
    IReadOnlyDictionary<string, IReadOnlyList<Bar>> Prices,
    IReadOnlyList<Split> Splits
)
{
    public static PeriodData None { get; } = new([], "", new Dictionary<string, IReadOnlyList<Bar>>(StringComparer.Ordinal), []);
}
