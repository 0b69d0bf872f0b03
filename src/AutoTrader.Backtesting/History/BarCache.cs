using System.Globalization;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;

namespace AutoTrader.Backtesting.History;

/// <summary>
/// Past bars that were fetched once: a file for each symbol, length and month below the feed that they are of, and one with the splits of
/// each symbol. Several processes may use one folder; the last one that writes a file wins, and each file is whole.
/// </summary>
/// <param name="folder">Where.</param>
/// <param name="feed">Whose prices: <c>iex</c> or <c>sip</c>. Those of one feed are never taken for those of another.</param>
public sealed class BarCache(string folder, string feed)
{
    /// <summary>Whose prices.</summary>
    public string Feed => feed;

    /// <summary>A cache for each feed of which there is something.</summary>
    /// <param name="folder">Where.</param>
    public static IReadOnlyList<BarCache> All(string folder) =>
        Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateDirectories(folder)
                    .Select(it => Path.GetFileName(it)!)
                    .Order(StringComparer.Ordinal)
                    .Select(feed => new BarCache(folder, feed)),
            ]
            : [];

    /// <summary>What is kept, by symbol and length.</summary>
    /// <param name="symbol">Of one symbol only; null for all.</param>
    /// <param name="timeframe">Of one length only, by its name; null for all.</param>
    /// <param name="reading">Who waits; null for nobody.</param>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<IReadOnlyList<KeptBars>> ListAsync(string? symbol = null, string? timeframe = null, FileReading? reading = null)
    {
        var symbols = Directory.Exists(Path.Combine(folder, feed))
            ? Directory.EnumerateDirectories(Path.Combine(folder, feed)).Select(it => Path.GetFileName(it)!).Order(StringComparer.Ordinal)
            : Enumerable.Empty<string>();
        var kept = new List<KeptBars>();
        foreach (var name in symbols.Where(it => symbol is null || it == symbol))
        {
            foreach (var length in Timeframe.Lengths.Keys.Where(it => timeframe is null || it == timeframe))
            {
                if (Months(name, length) is { Count: > 0 } months)
                {
                    kept.Add(await DescribeAsync(name, length, months, reading ?? FileReading.Unwatched));
                }
            }
        }

        return kept;
    }

    /// <summary>Deletes the bars of a symbol of one length; with the last length of a symbol its splits, too.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="timeframe">The length by its name.</param>
    public void Delete(string symbol, string timeframe)
    {
        Directory.Delete(Path.Combine(folder, feed, symbol, timeframe), recursive: true);
        if (!Directory.EnumerateDirectories(Path.Combine(folder, feed, symbol)).Any())
        {
            Directory.Delete(Path.Combine(folder, feed, symbol), recursive: true);
        }
    }

    /// <summary>A month; what is not there is empty.</summary>
    /// <exception cref="DamagedFileException">Its file cannot be read.</exception>
    internal async Task<CachedMonth> MonthAsync(string symbol, string timeframe, DateOnly month)
    {
        var file = FileOf(symbol, timeframe, month);
        return File.Exists(file) ? await BarParquet.ReadMonthAsync(file, symbol, Timeframe.Lengths[timeframe]) : CachedMonth.Empty;
    }

    /// <summary>Keeps a month.</summary>
    internal Task KeepAsync(string symbol, string timeframe, DateOnly month, CachedMonth bars) =>
        BarParquet.WriteAsync(FileOf(symbol, timeframe, month), bars);

    /// <summary>The first days of the months that are there, in order.</summary>
    internal IReadOnlyList<DateOnly> Months(string symbol, string timeframe)
    {
        var kept = Path.Combine(folder, feed, symbol, timeframe);
        return !Directory.Exists(kept)
            ? []
            :
            [
                .. Directory
                    .EnumerateFiles(kept, "*.parquet")
                    .Select(file =>
                        DateOnly.TryParseExact(
                            Path.GetFileNameWithoutExtension(file) + "-01",
                            "yyyy-MM-dd",
                            CultureInfo.InvariantCulture,
                            DateTimeStyles.None,
                            out var month
                        )
                            ? month
                            : (DateOnly?)null
                    )
                    .OfType<DateOnly>()
                    .Order(),
            ];
    }

    /// <summary>The splits of a symbol; null when they were never asked for.</summary>
    /// <exception cref="DamagedFileException">Their file cannot be read.</exception>
    internal async Task<CachedSplits?> SplitsAsync(string symbol)
    {
        var file = SplitsOf(symbol);
        return File.Exists(file) ? await BarParquet.ReadSplitsAsync(file, symbol) : null;
    }

    /// <summary>Keeps the splits of a symbol.</summary>
    internal Task KeepAsync(string symbol, CachedSplits splits) => BarParquet.WriteAsync(SplitsOf(symbol), splits);

    private async Task<KeptBars> DescribeAsync(string symbol, string timeframe, IReadOnlyList<DateOnly> months, FileReading reading)
    {
        var asked = new SortedDictionary<DateOnly, DateTimeOffset>();
        var (traded, bars, damaged) = (new HashSet<DateOnly>(), 0, new List<string>());
        for (var i = 0; i < months.Count; i++)
        {
            try
            {
                var month = await MonthAsync(symbol, timeframe, months[i]);
                bars += month.Bars.Count;
                traded.UnionWith(month.Bars.Select(bar => TradingCalendar.Nyse.TradingDay(bar.Start)));
                foreach (var (day, at) in month.Asked)
                {
                    asked[day] = at;
                }
            }
            catch (DamagedFileException broken)
            {
                damaged.Add(broken.Message);
            }

            reading.Tell($"{symbol} {timeframe}", bars, (i + 1.0) / months.Count);
        }

        var (from, to) = asked.Count == 0 ? ((DateOnly?)null, (DateOnly?)null) : (asked.Keys.First(), asked.Keys.Last());
        return new(symbol, timeframe, feed, from, to, bars)
        {
            WithoutBar = [.. asked.Keys.Where(day => !traded.Contains(day))],
            NeverAsked =
            [
                .. from is null
                    ? []
                    : TradingCalendar
                        .Nyse.Sessions(from.Value, to!.Value)
                        .Select(session => session.Day)
                        .Where(day => !asked.ContainsKey(day)),
            ],
            Bytes = months.Sum(month => new FileInfo(FileOf(symbol, timeframe, month)).Length),
            FetchedAt = asked.Count == 0 ? null : asked.Values.Max(),
            Damaged = damaged,
        };
    }

    private string FileOf(string symbol, string timeframe, DateOnly month) =>
        Path.Combine(folder, feed, symbol, timeframe, month.ToString("yyyy-MM", CultureInfo.InvariantCulture) + ".parquet");

    private string SplitsOf(string symbol) => Path.Combine(folder, feed, symbol, "splits.parquet");
}
