using System.Globalization;
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

    private string FileOf(string symbol, string timeframe, DateOnly month) =>
        Path.Combine(folder, feed, symbol, timeframe, month.ToString("yyyy-MM", CultureInfo.InvariantCulture) + ".parquet");

    private string SplitsOf(string symbol) => Path.Combine(folder, feed, symbol, "splits.parquet");
}
