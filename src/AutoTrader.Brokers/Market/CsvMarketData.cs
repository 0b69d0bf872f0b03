using System.Collections.Concurrent;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// Market data from a folder of CSV files: raw prices, as they were printed. Each file is read once, when its symbol is first asked for;
/// a file that cannot be used disables that symbol only. Thread-safe.
/// </summary>
/// <remarks>A quote is the close of the last bar of the open session that has ended by now, stamped with the bar's end.</remarks>
public sealed partial class CsvMarketData : IMarketData
{
    private readonly CsvMarketOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<CsvMarketData> _log;
    private readonly Lazy<Split[]> _splits;
    private readonly ConcurrentDictionary<string, Lazy<Bar[]>> _bars = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    /// <summary>Market data from the folder that the settings name.</summary>
    public CsvMarketData(CsvMarketOptions options, TimeProvider clock, ILogger<CsvMarketData> log)
    {
        (_options, _clock, _log) = (options, clock, log);
        _splits = new(ReadSplits);
    }

    /// <summary>Why symbols are disabled, by symbol; filled as symbols are asked for.</summary>
    public IReadOnlyDictionary<string, string> Problems => _problems;

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(IReadOnlyCollection<string> symbols, CancellationToken cancellationToken)
    {
        var quotes = new Dictionary<string, Quote>(symbols.Count, StringComparer.Ordinal);
        var now = _clock.GetUtcNow();
        if (TradingCalendar.Nyse.SessionAt(now) is { } session)
        {
            foreach (var symbol in symbols)
            {
                if (LastEnded(BarsOf(symbol), now) is { } bar && bar.Start >= session.Open)
                {
                    quotes[symbol] = Quote(bar);
                }
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, Quote>>(quotes);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Bar>> GetBarsAsync(string symbol, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var bars = BarsOf(symbol);
        var first = CountWhile(bars, bar => bar.Start < from);
        var end = CountWhile(bars, bar => bar.End <= to);
        return Task.FromResult<IReadOnlyList<Bar>>(first < end ? new ArraySegment<Bar>(bars, first, end - first) : Array.Empty<Bar>());
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    )
    {
        var closes = new Dictionary<string, decimal>(symbols.Count, StringComparer.Ordinal);
        var midnight = new DateTimeOffset(
            TimeZoneInfo.ConvertTimeToUtc(session.AddDays(1).ToDateTime(TimeOnly.MinValue), TradingCalendar.Nyse.NewYork),
            TimeSpan.Zero
        );
        var now = _clock.GetUtcNow();
        foreach (var symbol in symbols)
        {
            if (LastEnded(BarsOf(symbol), now < midnight ? now : midnight) is { } bar)
            {
                closes[symbol] = bar.Close;
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, decimal>>(closes);
    }

    /// <inheritdoc/>
    /// <exception cref="MarketFileException">splits.csv as a whole cannot be used.</exception>
    public Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Split>>([.. _splits.Value.Where(split => split.ExDate >= from && split.ExDate <= to)]);

    private Quote Quote(Bar bar)
    {
        var half = bar.Close * _options.SpreadPct / 200;
        return half == 0
            ? new(bar.Symbol, bar.Close, bar.Close, bar.End, bar.Close)
            : new(bar.Symbol, TickSize.RoundDown(bar.Close - half), TickSize.RoundUp(bar.Close + half), bar.End, bar.Close);
    }

    private static Bar? LastEnded(Bar[] bars, DateTimeOffset now) =>
        CountWhile(bars, bar => bar.End <= now) is > 0 and var count ? bars[count - 1] : null;

    /// <summary>How many bars at the beginning meet a condition that no later bar meets again.</summary>
    private static int CountWhile(Bar[] bars, Predicate<Bar> condition)
    {
        var (low, high) = (0, bars.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = condition(bars[middle]) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private Bar[] BarsOf(string symbol) => _bars.GetOrAdd(symbol, static (key, data) => new(() => data.ReadBars(key)), this).Value;

    private Bar[] ReadBars(string symbol)
    {
        // A symbol whose splits are not known must not trade at prices that they may have changed.
        _ = _splits.Value;
        if (_problems.ContainsKey(symbol))
        {
            return [];
        }

        try
        {
            // A symbol becomes part of a path: nothing but a symbol may.
            var file = Path.Combine(_options.Directory, symbol + ".csv");
            return !Symbol.IsValid(symbol) ? throw new MarketFileException($"'{symbol}' is not a symbol")
                : File.Exists(file) ? BarFile.Read(file, symbol)
                : throw new MarketFileException(
                    $"{Path.GetFileName(file)}: there is no such file in {Path.GetFullPath(_options.Directory)}"
                );
        }
        catch (Exception failure) when (failure is MarketFileException or IOException or UnauthorizedAccessException)
        {
            Disable(symbol, failure.Message);
            return [];
        }
    }

    private Split[] ReadSplits()
    {
        var file = Path.Combine(_options.Directory, "splits.csv");
        if (!File.Exists(file))
        {
            return [];
        }

        var (splits, problems) = SplitFile.Read(file);
        foreach (var (symbol, problem) in problems)
        {
            Disable(symbol, problem);
        }

        return splits;
    }

    private void Disable(string symbol, string problem)
    {
        _problems[symbol] = problem;
        LogDisabled(symbol, problem);
    }

    [LoggerMessage(3101, LogLevel.Error, "No market data for {Symbol}: {Problem}")]
    private partial void LogDisabled(string symbol, string problem);
}
