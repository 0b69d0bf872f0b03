using System.Globalization;
using AutoTrader.Backtesting.Market;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>
/// Recorded bars on other days, as files in a folder of its own that is deleted when it is disposed of. Each session is moved onto another
/// one, by the distance between their opens, so that a price of five minutes after the open stays one.
/// </summary>
internal sealed class RebasedMarket : IDisposable
{
    private readonly Dictionary<string, decimal> _references = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _missing = new(StringComparer.Ordinal);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trader-rehearsal-");

    private RebasedMarket(CsvMarketOptions recorded) => Options = recorded with { Directory = _folder.FullName, BarLength = null };

    /// <summary>Where the moved bars are.</summary>
    public CsvMarketOptions Options { get; private set; }

    /// <summary>The price of each symbol before the day: the last close of the sessions before it, else the day's first price, in dollars
    /// and as recorded. A symbol without bars on the day is not there.</summary>
    public IReadOnlyDictionary<string, decimal> References => _references;

    /// <summary>Why there are no prices of the other symbols, in a sentence each.</summary>
    public IReadOnlyDictionary<string, string> Missing => _missing;

    /// <summary>Moves a recorded day, and the sessions before it, onto another session and those before that.</summary>
    /// <param name="recorded">Where the recorded bars are.</param>
    /// <param name="day">The recorded session.</param>
    /// <param name="onto">The session that it is moved onto.</param>
    /// <param name="before">How many sessions before the day are moved with it.</param>
    /// <param name="symbols">The symbols.</param>
    /// <param name="factorOf">What prices of a symbol are multiplied with, given its reference price.</param>
    /// <exception cref="BacktestRefusedException">There is no such folder, or its splits.csv cannot be used.</exception>
    public static async Task<RebasedMarket> CreateAsync(
        CsvMarketOptions recorded,
        Session day,
        Session onto,
        int before,
        IEnumerable<string> symbols,
        Func<string, decimal, decimal> factorOf
    )
    {
        var moved = new RebasedMarket(recorded);
        try
        {
            var data = new BacktestData(recorded);
            data.RequireFolder();
            await moved.WriteAsync(data, Pairs(day, onto, before), symbols, factorOf);
            return moved;
        }
        catch
        {
            moved.Dispose();
            throw;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Dictionary<DateOnly, (Session From, Session Onto)> Pairs(Session day, Session onto, int before) =>
        Latest(day, before).Zip(Latest(onto, before)).ToDictionary(pair => pair.First.Day);

    // Of two days more than one is a session.
    private static IEnumerable<Session> Latest(Session last, int before) =>
        TradingCalendar.Nyse.Sessions(last.Day.AddDays(-2 * before), last.Day).Reverse().Take(before + 1);

    private async Task WriteAsync(
        BacktestData data,
        Dictionary<DateOnly, (Session From, Session Onto)> pairs,
        IEnumerable<string> symbols,
        Func<string, decimal, decimal> factorOf
    )
    {
        var (first, day) = (pairs.Values.Min(pair => pair.From.Open), pairs.Values.MaxBy(pair => pair.From.Open).From);
        var lengths = new HashSet<TimeSpan>();
        foreach (var symbol in symbols)
        {
            List<Bar> bars = [.. (await BarsAsync(data, symbol, day.Day)).SkipWhile(bar => bar.Start < first)];
            if (bars.FirstOrDefault(bar => bar.Start >= day.Open) is not { } opening)
            {
                _missing.TryAdd(symbol, FormattableString.Invariant($"There are no prices of {symbol} on {day.Day:yyyy-MM-dd}."));
                continue;
            }

            if (DailyMarket.IsOfADay(opening))
            {
                _missing.TryAdd(symbol, $"The prices of {symbol} are daily bars; a rehearsal by the clock needs bars of minutes.");
                continue;
            }

            lengths.Add(opening.Length);
            var reference = bars.LastOrDefault(bar => bar.Start < day.Open)?.Close ?? opening.Open;
            _references[symbol] = reference;
            var factor = factorOf(symbol, reference);
            await File.WriteAllLinesAsync(
                Path.Combine(_folder.FullName, symbol + ".csv"),
                bars.Select(bar => Line(bar, pairs[TradingCalendar.Nyse.TradingDay(bar.Start)], factor))
                    .OfType<string>()
                    .Prepend("timestamp,open,high,low,close,volume")
            );
        }

        // A day with few bars does not show how long they are.
        Options = Options with { BarLength = lengths.Count == 1 ? lengths.Single() : null };
        await WriteAsync(await data.SplitsAsync(day, pairs.Keys.Min()), pairs);
    }

    private async Task<IReadOnlyList<Bar>> BarsAsync(BacktestData data, string symbol, DateOnly day)
    {
        try
        {
            return await data.BarsAsync(symbol, day);
        }
        catch (BacktestRefusedException refused)
        {
            // It has no file that can be used: the others are rehearsed.
            _missing.Add(symbol, refused.Message);
            return [];
        }
    }

    private async Task WriteAsync(IReadOnlyList<Split> splits, Dictionary<DateOnly, (Session From, Session Onto)> pairs)
    {
        var lines = splits
            .Where(split => pairs.ContainsKey(split.ExDate))
            .Select(split =>
                FormattableString.Invariant(
                    $"{split.Symbol},{pairs[split.ExDate].Onto.Day:yyyy-MM-dd},{split.Numerator}:{split.Denominator}"
                )
            )
            .ToList();
        if (lines.Count > 0)
        {
            await File.WriteAllLinesAsync(Path.Combine(_folder.FullName, "splits.csv"), lines.Prepend("symbol,date,ratio"));
        }
    }

    // A session that closes early has no room for the afternoon of another.
    private static string? Line(Bar bar, (Session From, Session Onto) pair, decimal factor)
    {
        var start = pair.Onto.Open + (bar.Start - pair.From.Open);
        return start + bar.Length > pair.Onto.Close
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{start.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ},{At(bar.Open)},{At(bar.High)},{At(bar.Low)},{At(bar.Close)},{bar.Volume}"
            );

        decimal At(decimal price) => factor == 1 ? price : Math.Round(price * factor, price * factor >= 1 ? 2 : 4);
    }
}
