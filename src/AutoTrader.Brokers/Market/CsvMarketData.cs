using System.Collections.Concurrent;
using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// Market data from a folder of CSV files: raw prices, as they were printed. A file is read when its symbol is first asked for, and again
/// once it has changed; one that cannot be used disables that symbol only. Thread-safe.
/// </summary>
/// <remarks>A quote is the close of the last bar of the open session that has ended by now, stamped with the bar's end.</remarks>
public sealed partial class CsvMarketData : IMarketData
{
    private readonly CsvMarketOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<CsvMarketData> _log;
    private readonly bool _readOnce;
    private readonly Files _read;

    /// <summary>Market data from the folder that the settings name.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="clock">Business time.</param>
    /// <param name="log">The log.</param>
    /// <param name="readOnce">Whether a file is read once and never looked at again: for data that does not change while it is used, as in
    /// a backtest.</param>
    public CsvMarketData(CsvMarketOptions options, TimeProvider clock, ILogger<CsvMarketData> log, bool readOnce = false) =>
        (_options, _clock, _log, _readOnce, _read) = (options, clock, log, readOnce, new());

    private CsvMarketData(CsvMarketData other, TimeProvider clock) =>
        (_options, _clock, _log, _readOnce, _read) = (other._options, clock, other._log, other._readOnce, other._read);

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
                if (LastEnded(FileOf(symbol).Trading, now) is { } bar && bar.Start >= session.Open)
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
        var bars = FileOf(symbol).Trading;
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
        var midnight = EndOf(session);
        var now = _clock.GetUtcNow();
        foreach (var symbol in symbols)
        {
            if (LastEnded(FileOf(symbol).All, now < midnight ? now : midnight) is { } bar)
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

    /// <summary>The bars of a day, and the last one before it; of what else is in the file nothing is kept.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="before">The session before the day.</param>
    /// <param name="day">The session of the day.</param>
    /// <param name="known">What was read before: answered again while the file is the same.</param>
    internal DayOfBars DayOf(string symbol, DateOnly before, DateOnly day, DayOfBars? known)
    {
        var (path, version) = VersionOf(symbol);
        if (known is not null && known.Versions == version && known.Day == day)
        {
            return known;
        }

        SymbolFile file;
        lock (_read.Reading)
        {
            file =
                _read.BySymbol.TryGetValue(symbol, out var read) && read.Versions == version ? read : ReadFile(symbol, path, version, read);
        }

        var (from, to) = (EndOf(before), EndOf(day));
        var first = Math.Max(0, CountWhile(file.All, bar => bar.End <= from) - 1);
        return new(version, day, file.All[first..CountWhile(file.All, bar => bar.End <= to)]);
    }

    /// <summary>The midnight in New York with which a day ends (UTC).</summary>
    internal static DateTimeOffset EndOf(DateOnly day) =>
        new(TimeZoneInfo.ConvertTimeToUtc(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TradingCalendar.Nyse.NewYork), TimeSpan.Zero);

    /// <summary>The last bar that had ended at an instant; null when none had.</summary>
    internal static Bar? LastEnded(Bar[] bars, DateTimeOffset at) =>
        CountWhile(bars, bar => bar.End <= at) is > 0 and var count ? bars[count - 1] : null;

    private static SymbolFeed Feed(SymbolFile file, DateOnly day) =>
        file.Problem is { } problem ? new(problem, file.Bars?.LeftOut)
        : file.Bars is { } bars
            ? new(
                bars.ProblemOn(day),
                bars.LeftOut,
                bars.All[^1] is var last && TradingCalendar.Nyse.TradingDay(last.Start) < day
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{last.Symbol}.csv ends on {TradingCalendar.Nyse.TradingDay(last.Start):yyyy-MM-dd}"
                    )
                    : null,
                bars.Length
            )
        : new();

    private Quote Quote(Bar bar)
    {
        var half = bar.Close * _options.SpreadPct / 200;
        return half == 0
            ? new(bar.Symbol, bar.Close, bar.Close, bar.End, bar.Close)
            : new(bar.Symbol, TickSize.RoundDown(bar.Close - half), TickSize.RoundUp(bar.Close + half), bar.End, bar.Close);
    }

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

    /// <summary>What is known of a symbol, from its file as it is now.</summary>
    private SymbolFile FileOf(string symbol)
    {
        if (_readOnce && _read.BySymbol.TryGetValue(symbol, out var read))
        {
            return read;
        }

        var (path, version) = VersionOf(symbol);
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

    // A symbol becomes part of a path: nothing but a symbol may.
    private (string? Path, FileVersions Version) VersionOf(string symbol)
    {
        var path = Symbol.IsValid(symbol) ? Path.Combine(_options.Directory, symbol + ".csv") : null;
        return (path, new(FileVersion.Of(path), FileVersion.Of(SplitsPath)));
    }

    private SymbolFile ReadFile(string symbol, string? path, FileVersions versions, SymbolFile? before)
    {
        BarFile? bars = null;
        string? problem;
        try
        {
            // A symbol whose splits are not known must not trade at prices that they may have changed.
            bars = Splits().Problems.TryGetValue(symbol, out problem) ? null : BarFile.Read(Existing(symbol, path), symbol, _options);
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
            LogRead(symbol, bars.All.Length, bars.Count, bars.Length, bars.Outside, bars.Filler, bars.Repeated);
        }
    }

    private string SplitsPath => Path.Combine(_options.Directory, "splits.csv");

    private KnownSplits Splits()
    {
        lock (_read.Reading)
        {
            if (_readOnce && _read.Splits is not null)
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

    private sealed record SymbolFile(FileVersions Versions, BarFile? Bars, string? Problem)
    {
        public Bar[] Trading => Problem is null ? Bars!.Trading : [];

        public Bar[] All => Bars?.All ?? [];
    }

    /// <summary>The bars of a day, and the last one before it.</summary>
    internal sealed record DayOfBars(FileVersions Versions, DateOnly Day, Bar[] Bars);

    internal readonly record struct FileVersions(FileVersion Bars, FileVersion Splits);

    /// <summary>What changes when a file does; the default of one that is not there.</summary>
    internal readonly record struct FileVersion(DateTime WrittenAt, long Length)
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
