using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;

namespace AutoTrader.Backtesting.History;

/// <summary>
/// Kept bars as a folder that the market data reader takes, so that they go through the same reader and the same checks as files of people;
/// it is deleted when it is disposed of. Shorter bars that are kept, too, lie in folders of their own below it and decide inside the longer
/// ones (<see cref="Market.FinerBars"/>).
/// </summary>
public sealed class PriceFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trader-prices-");

    private PriceFolder() { }

    /// <summary>The folder, with the length of its bars.</summary>
    public CsvMarketOptions Options { get; private set; } = new();

    /// <summary>What the bars are, a sentence for each symbol.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>Lays out the kept bars of symbols up to a day.</summary>
    /// <param name="cache">Where they are kept.</param>
    /// <param name="symbols">The symbols.</param>
    /// <param name="timeframe">The length of the bars by its name.</param>
    /// <param name="start">The first day that must be there (New York).</param>
    /// <param name="end">The last day.</param>
    /// <param name="now">Now (UTC): sessions that are not over need not be there.</param>
    /// <param name="reading">Who waits; null for nobody.</param>
    /// <exception cref="BacktestRefusedException">A session or a file is missing or damaged; says how to fetch it.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static async Task<PriceFolder> OfAsync(
        BarCache cache,
        IEnumerable<string> symbols,
        string timeframe,
        DateOnly start,
        DateOnly end,
        DateTimeOffset now,
        FileReading? reading = null
    )
    {
        var folder = new PriceFolder();
        try
        {
            await folder.FillAsync(cache, symbols, timeframe, BarFetch.Over(start, end, now), end, reading ?? FileReading.Unwatched);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private async Task FillAsync(
        BarCache cache,
        IEnumerable<string> symbols,
        string timeframe,
        IReadOnlyList<Session> sessions,
        DateOnly end,
        FileReading reading
    )
    {
        var length = Timeframe.Lengths[timeframe];
        var (splits, remarks) = (new List<Split>(), new List<string>());
        foreach (var symbol in symbols)
        {
            var first = sessions.Count > 0 ? sessions[0].Day : end;
            var fetch =
                $"trader data fetch {symbol} --timeframe {timeframe} "
                + FormattableString.Invariant($"--start {first:yyyy-MM-dd} --end {end:yyyy-MM-dd}");
            try
            {
                var asked = await WriteAsync(cache, symbol, timeframe, end, _folder.FullName, reading);
                if (sessions.Where(session => !asked.Contains(session.Day)).ToList() is [var missing, ..] all)
                {
                    throw new BacktestRefusedException(
                        $"The {timeframe} bars of {symbol} (feed {cache.Feed}) were not fetched for "
                            + FormattableString.Invariant($"{all.Count} sessions, the first on {missing.Day:yyyy-MM-dd}: {fetch}")
                    );
                }

                var known = await cache.SplitsAsync(symbol);
                splits.AddRange(known?.Splits ?? []);
                remarks.Add($"The {timeframe} bars of {symbol} are Alpaca's raw prices of its feed {cache.Feed}{Part(cache.Feed)}.");
                foreach (var shorter in Timeframe.Lengths.Where(it => it.Value < length))
                {
                    await WriteAsync(cache, symbol, shorter.Key, end, _folder.CreateSubdirectory(shorter.Key).FullName, reading);
                }
            }
            catch (DamagedFileException damaged)
            {
                throw new BacktestRefusedException($"{damaged.Message}. Fetch it anew: {fetch}");
            }
        }

        await BarCsv.WriteAsync(_folder.FullName, splits);
        // A day with few bars does not show how long they are.
        Options = new() { Directory = _folder.FullName, BarLength = length < TimeSpan.FromDays(1) ? length : null };
        Remarks = remarks;
    }

    /// <summary>Writes the bars month by month, so that no more of them are in memory, and tells the sessions that were asked
    /// for.</summary>
    private static async Task<HashSet<DateOnly>> WriteAsync(
        BarCache cache,
        string symbol,
        string timeframe,
        DateOnly end,
        string folder,
        FileReading reading
    )
    {
        var (asked, rows) = (new HashSet<DateOnly>(), 0);
        List<DateOnly> months = [.. cache.Months(symbol, timeframe).Where(month => month <= end)];
        for (var i = 0; i < months.Count; i++)
        {
            var kept = await cache.MonthAsync(symbol, timeframe, months[i]);
            await BarCsv.AppendAsync(folder, symbol, kept.Bars.TakeWhile(bar => TradingCalendar.Nyse.TradingDay(bar.Start) <= end));
            asked.UnionWith(kept.Asked.Keys);
            rows += kept.Bars.Count;
            reading.Tell($"{symbol} {timeframe}", rows, (i + 1.0) / months.Count);
        }

        return asked;
    }

    private static string Part(string feed) =>
        feed == Brokers.Alpaca.AlpacaOptions.IexFeed ? ", one exchange with a few percent of the volume" : "";
}
