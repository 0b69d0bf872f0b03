using System.Collections.Concurrent;
using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// Market data from a folder of CSV files: raw prices, as they were printed. A file is read when its symbol is first asked for, and again
/// once it has changed; one that cannot be used disables that symbol only. Of long files a few bars are in memory at a time. Thread-safe.
/// </summary>
/// <remarks>A quote is the close of the last bar of the open session that has ended by now, stamped with the bar's end.</remarks>
public sealed partial class CsvMarketData : IMarketData
{
    private readonly CsvMarketOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<CsvMarketData> _log;
    private readonly FileReading? _once;
    private readonly Files _read;

    // Others look at the same files at other times.
    private readonly ConcurrentDictionary<string, Look> _looks = new(StringComparer.Ordinal);

    /// <summary>Market data from the folder that the settings name.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="clock">Business time.</param>
    /// <param name="log">The log.</param>
    /// <param name="once">Who waits while a file is read once and never looked at again: for data that does not change while it is used,
    /// as in a backtest. Null where files grow.</param>
    public CsvMarketData(CsvMarketOptions options, TimeProvider clock, ILogger<CsvMarketData> log, FileReading? once = null) =>
        (_options, _clock, _log, _once, _read) = (options, clock, log, once, new());

    private CsvMarketData(CsvMarketData other, TimeProvider clock) =>
        (_options, _clock, _log, _once, _read) = (other._options, clock, other._log, other._once, other._read);

    /// <summary>The same files by another clock: what the one has read, the other does not read again.</summary>
    /// <param name="clock">Business time of the other.</param>
    public CsvMarketData By(TimeProvider clock) => new(this, clock);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, SymbolFeed>> GetFeedsAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    )
    {
        var day = TradingCalendar.Nyse.TradingDay(_clock.GetUtcNow());
        var feeds = new Dictionary<string, SymbolFeed>(symbols.Count, StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            feeds[symbol] = Feed(FileOf(symbol), day);
        }

        return Task.FromResult<IReadOnlyDictionary<string, SymbolFeed>>(feeds);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(IReadOnlyCollection<string> symbols, CancellationToken cancellationToken)
    {
        var quotes = new Dictionary<string, Quote>(symbols.Count, StringComparer.Ordinal);
        var now = _clock.GetUtcNow();
        if (TradingCalendar.Nyse.SessionAt(now) is { } session)
        {
            foreach (var symbol in symbols)
            {
                if (LookAt(symbol) is { IsTradable: true } look && LastEnded(look.All, now) is { } bar && bar.Start >= session.Open)
                {
                    quotes[symbol] = _options.QuoteOf(bar);
                }
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, Quote>>(quotes);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Bar>> GetBarsAsync(string symbol, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        if (LookAt(symbol) is not { IsTradable: true, All: var bars })
        {
            return Task.FromResult<IReadOnlyList<Bar>>([]);
        }

        var first = bars.CountWhile(bar => bar.Start < from);
        var end = bars.CountWhile(bar => bar.End <= to);
        return Task.FromResult(bars.Range(first, Math.Max(0, end - first)));
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
            if (LookAt(symbol) is { } look && LastEnded(look.All, now < midnight ? now : midnight) is { } bar)
            {
                closes[symbol] = bar.Close;
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, decimal>>(closes);
    }

    /// <inheritdoc/>
    /// <exception cref="MarketFileException">splits.csv as a whole cannot be used.</exception>
    public Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Split>>([.. Splits().All.Where(split => split.ExDate >= from && split.ExDate <= to)]);

    private static SymbolFeed Feed(SymbolFile file, DateOnly day) =>
        file.Problem is { } problem ? new(problem, file.Bars?.LeftOut)
        : file.Bars is { } bars
            ? new(
                bars.ProblemOn(day),
                bars.LeftOut,
                bars.Last is { } last && TradingCalendar.Nyse.TradingDay(last.Start) < day
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{last.Symbol}.csv ends on {TradingCalendar.Nyse.TradingDay(last.Start):yyyy-MM-dd}"
                    )
                    : null,
                bars.Length
            )
            {
                LeftOutRows = bars.LeftOutCount,
                FillerRows = bars.Filler,
                Rows = bars.Count,
            }
        : new();

    private static Bar? LastEnded(BarSeries bars, DateTimeOffset now) =>
        bars.CountWhile(bar => bar.End <= now) is > 0 and var count ? bars[count - 1] : null;

    /// <summary>The bars of a symbol, from its file as it is now; null when there are none.</summary>
    private Look? LookAt(string symbol)
    {
        var file = FileOf(symbol);
        return file.Bars is null ? null
            : _looks.TryGetValue(symbol, out var look) && look.Of == file ? look
            : _looks[symbol] = new(file, file.Bars.All.Slice(0, file.Bars.All.Count));
    }

    /// <summary>What is known of a symbol, from its file as it is now.</summary>
    private SymbolFile FileOf(string symbol)
    {
        if (_once is not null && _read.BySymbol.TryGetValue(symbol, out var read))
        {
            return read;
        }

        // A symbol becomes part of a path: nothing but a symbol may.
        var path = Symbol.IsValid(symbol) ? Path.Combine(_options.Directory, symbol + ".csv") : null;
        var version = new FileVersions(FileVersion.Of(path), FileVersion.Of(SplitsPath));
        if (_read.BySymbol.TryGetValue(symbol, out var known) && known.Versions == version)
        {
            return known;
        }

        // Whoever comes at the same time waits, so that a file is read and told of once.
        lock (_read.Reading)
        {
            return _read.BySymbol.TryGetValue(symbol, out known) && known.Versions == version
                ? known
                : _read.BySymbol[symbol] = ReadFile(symbol, path, version, known);
        }
    }

    private SymbolFile ReadFile(string symbol, string? path, FileVersions versions, SymbolFile? before)
    {
        BarFile? bars = null;
        string? problem;
        try
        {
            // A symbol whose splits are not known must not trade at prices that they may have changed.
            bars = Splits().Problems.TryGetValue(symbol, out problem)
                ? null
                : BarFile.Read(Existing(symbol, path), symbol, _options, _once);
            problem ??= bars!.Problem;
        }
        catch (Exception failure) when (failure is MarketFileException or IOException or UnauthorizedAccessException)
        {
            problem = failure.Message;
        }

        Tell(symbol, bars, problem, before);
        return new(versions, bars, problem);
    }

    private static string Existing(string symbol, string? path)
    {
        if (path is null)
        {
            throw new MarketFileException($"'{symbol}' is not a symbol");
        }

        if (File.Exists(path))
        {
            return path;
        }

        var (name, folder) = (Path.GetFileName(path), Path.GetFullPath(Path.GetDirectoryName(path)!));
        if (!Directory.Exists(folder))
        {
            throw new MarketFileException($"{name}: the folder {folder} does not exist; AutoTrader__Market__Directory names it");
        }

        var other = Directory
            .EnumerateFiles(folder)
            .Select(Path.GetFileName)
            .FirstOrDefault(it => name.Equals(it, StringComparison.OrdinalIgnoreCase));
        throw new MarketFileException(
            other is null ? $"{name}: there is no such file in {folder}" : $"{name}: there is {other} in {folder}; rename it to {name}"
        );
    }

    // A file that grows is read again every minute: only what it did not say before is told.
    private void Tell(string symbol, BarFile? bars, string? problem, SymbolFile? before)
    {
        if (problem is not null && problem != before?.Problem)
        {
            LogDisabled(symbol, problem);
        }

        if (bars is null)
        {
            return;
        }

        if (bars.LeftOut is { } leftOut && bars.LeftOutRows != before?.Bars?.LeftOutRows)
        {
            LogLeftOut(symbol, leftOut);
        }

        if (before?.Bars is null || before.Problem != problem || before.Bars.Length != bars.Length)
        {
            LogRead(symbol, bars.All.Count, bars.Count, bars.Length, bars.Outside, bars.Filler, bars.Repeated);
        }
    }

    private string SplitsPath => Path.Combine(_options.Directory, "splits.csv");

    private KnownSplits Splits()
    {
        lock (_read.Reading)
        {
            if (_once is not null && _read.Splits is not null)
            {
                return _read.Splits;
            }

            var version = FileVersion.Of(SplitsPath);
            if (_read.Splits?.Version != version)
            {
                var (splits, problems) = version == default ? ([], []) : SplitFile.Read(SplitsPath);
                _read.Splits = new(version, splits, problems);
            }

            return _read.Splits;
        }
    }

    /// <summary>What was read.</summary>
    private sealed class Files
    {
        public ConcurrentDictionary<string, SymbolFile> BySymbol { get; } = new(StringComparer.Ordinal);

        public Lock Reading { get; } = new();

        public KnownSplits? Splits { get; set; }
    }

    private sealed record KnownSplits(FileVersion Version, Split[] All, Dictionary<string, string> Problems);

    private sealed record SymbolFile(FileVersions Versions, BarFile? Bars, string? Problem);

    /// <summary>The bars of a file, with a look of its own at them.</summary>
    private sealed record Look(SymbolFile Of, BarSeries All)
    {
        public bool IsTradable => Of.Problem is null;
    }

    private readonly record struct FileVersions(FileVersion Bars, FileVersion Splits);

    /// <summary>What changes when a file does; the default of one that is not there.</summary>
    private readonly record struct FileVersion(DateTime WrittenAt, long Length)
    {
        public static FileVersion Of(string? path) =>
            path is not null && new FileInfo(path) is { Exists: true } file ? new(file.LastWriteTimeUtc, file.Length) : default;
    }

    [LoggerMessage(3101, LogLevel.Error, "No market data for {Symbol}: {Problem}")]
    private partial void LogDisabled(string symbol, string problem);

    [LoggerMessage(3102, LogLevel.Warning, "Market data of {Symbol}: {LeftOut}")]
    private partial void LogLeftOut(string symbol, string leftOut);

    [LoggerMessage(
        3103,
        LogLevel.Information,
        "Market data of {Symbol}: {Bars} bars of {Length} from {Rows} rows; {Outside} rows lie outside regular sessions, in {Filler} "
            + "nothing traded, {Repeated} say again what another says"
    )]
    private partial void LogRead(string symbol, int bars, int rows, TimeSpan length, int outside, int filler, int repeated);
}
