using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.History;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>An indicator's description.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is.</param>
/// <param name="Params">What it takes, with the defaults.</param>
/// <param name="Output">The names of its outputs.</param>
/// <param name="Formula">How it is computed.</param>
internal sealed record IndicatorView(
    string Name,
    string Description,
    IReadOnlyDictionary<string, double> Params,
    string Output,
    string Formula
)
{
    public static IReadOnlyList<IndicatorView> All { get; } = [.. StandardIndicators.All.Select(Of)];

    /// <exception cref="CommandException">It does not exist.</exception>
    public static IndicatorView Find(string name) =>
        StandardIndicators.Find(name) is { } known
            ? Of(known)
            : throw new CommandException(ExitCode.NotFound, $"There is no indicator {name}. See: trader indicator list")
            {
                ProblemCode = "INDICATOR_NOT_FOUND",
            };

    private static IndicatorView Of(Indicator it) =>
        new(
            it.Name,
            it.Description,
            it.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Default, StringComparer.Ordinal),
            string.Join(", ", it.Output),
            it.Formula
        );
}

/// <summary>One bar and the values that are known at its end.</summary>
/// <param name="Timestamp">The bar's start (UTC).</param>
/// <param name="Close">Its close in dollars.</param>
/// <param name="Values">By the name of the output; null where it is not defined yet.</param>
internal sealed record IndicatorRow(string Timestamp, decimal Close, IReadOnlyDictionary<string, double?> Values);

/// <summary>Which indicators are wanted over which bars.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Indicators">Indicators as they are typed, such as <c>sma:20</c>.</param>
/// <param name="Start">The first day of the rows; null for the last rows only.</param>
/// <param name="End">The last day; null for the last that there is.</param>
/// <param name="Timeframe">The length of bars by its name; null for that of a file, and for minutes where they are fetched.</param>
/// <param name="Last">How many rows, counted from the end.</param>
internal sealed record IndicatorQuery(
    string Symbol,
    IReadOnlyList<string> Indicators,
    DateOnly? Start,
    DateOnly? End,
    string? Timeframe,
    int Last
);

/// <summary>Indicators over the bars of a symbol.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Bars">How many bars they were computed over, those before the first row included.</param>
/// <param name="WarmUp">What came before the first row, in a sentence.</param>
/// <param name="Remarks">What the prices are, a sentence each; empty for files.</param>
/// <param name="Rows">The rows, oldest first.</param>
internal sealed record IndicatorTable(
    string Symbol,
    int Bars,
    string WarmUp,
    IReadOnlyList<string> Remarks,
    IReadOnlyList<IndicatorRow> Rows
)
{
    /// <summary>The most rows of an answer.</summary>
    public const int MostRows = 10_000;

    // Ten years: Alpaca has not many more.
    private const int MostSessions = 2520;

    private static readonly TimeSpan FullSession = TimeSpan.FromHours(6.5);

    private static readonly DateOnly Latest = new(TradingCalendar.LastYear - 1, 12, 31);

    /// <summary>Computes indicators.</summary>
    /// <param name="query">Which.</param>
    /// <param name="source">Where prices come from, one of <see cref="PriceSource.All"/>.</param>
    /// <param name="open">Makes the prices ready that are needed, fetched ones with bars of a length by its name.</param>
    /// <param name="reading">Who waits; null for nobody.</param>
    /// <exception cref="CommandException">It cannot be done.</exception>
    public static async Task<IndicatorTable> OfAsync(
        IndicatorQuery query,
        string source,
        Func<PriceNeed, string?, Task<PastPrices>> open,
        FileReading? reading = null
    )
    {
        try
        {
            var (start, end, timeframe) = (query.Start, query.End, query.Timeframe);
            if (start > end)
            {
                throw new FormatException(FormattableString.Invariant($"start, {start:yyyy-MM-dd}, is after end, {end:yyyy-MM-dd}."));
            }

            var calls = query.Indicators.Select(IndicatorCall.Parse).ToList();
            var name = Core.Market.Symbol.Normalize(query.Symbol);
            var length = LengthOf(timeframe ?? PriceSource.Timeframe);
            using var prices = await open(NeedOf(query, name, calls, length), source == PriceSource.Csv ? null : timeframe);
            var read = await Task.Run(() => new BacktestData(prices.Market, reading).BarsAsync(name, end ?? Latest));
            var bars = timeframe is null ? read : Timeframe.Of(read, length);
            var series = Distinct(calls.SelectMany(call => call.Over(bars)));
            var first = Math.Max(bars.Count - query.Last, start is { } day ? bars.TakeWhile(bar => DayOf(bar) < day).Count() : 0);
            return new(
                name,
                bars.Count,
                FormattableString.Invariant($"{first} bars before the first row are part of the values.") + Undefined(series, bars.Count),
                prices.Remarks,
                [.. Enumerable.Range(first, bars.Count - first).Select(i => Row(bars[i], series, i))]
            );
        }
        catch (FormatException wrong)
        {
            throw new CommandException(ExitCode.Usage, wrong.Message);
        }
        catch (BacktestRefusedException refused)
        {
            throw new CommandException(ExitCode.Failed, refused.Message) { ProblemCode = CommandException.DataNotFound };
        }
    }

    // Twice the sessions that the bars take, because a symbol may not trade in every bar.
    private static PriceNeed NeedOf(IndicatorQuery query, string symbol, List<IndicatorCall> calls, TimeSpan length)
    {
        var now = TimeProvider.System.GetUtcNow();
        var today = TradingCalendar.Nyse.TradingDay(now);
        var end = query.End ?? BarFetch.Over(today.AddDays(-10), today, now)[^1].Day;
        var bars = calls.Max(call => call.Bars ?? 0) + (query.Start is null ? query.Last : 0);
        var sessions = (2 * (int)Math.Ceiling(bars * Math.Min(length / FullSession, 1))) + 1;
        return new([symbol], query.Start ?? end, end, Math.Min(sessions, MostSessions));
    }

    // Not all names have the numbers in them: MACD of two calls would be one column.
    private static List<IndicatorSeries> Distinct(IEnumerable<IndicatorSeries> series)
    {
        var distinct = new List<IndicatorSeries>();
        foreach (var named in series.GroupBy(it => it.Name, StringComparer.Ordinal))
        {
            var one = named.First();
            distinct.Add(
                named.All(it => it.Values.SequenceEqual(one.Values))
                    ? one
                    : throw new FormatException($"{one.Name} is requested with different numbers under one name: compute each separately.")
            );
        }

        return distinct;
    }

    private static string Undefined(IReadOnlyList<IndicatorSeries> series, int bars) =>
        series.Where(it => it.Values.All(value => value is null)).Select(it => it.Name).ToList() is { Count: > 0 } names
            ? FormattableString.Invariant($" Without values, possibly because {bars} bars are too few: ") + $"{string.Join(", ", names)}."
            : "";

    private static TimeSpan LengthOf(string timeframe) =>
        Timeframe.Lengths.TryGetValue(timeframe, out var length)
            ? length
            : throw new FormatException($"There is no timeframe {timeframe}. Available: {string.Join(", ", Timeframe.Lengths.Keys)}.");

    private static DateOnly DayOf(Bar bar) => TradingCalendar.Nyse.TradingDay(bar.Start);

    private static IndicatorRow Row(Bar bar, IReadOnlyList<IndicatorSeries> series, int index) =>
        new(
            bar.Start.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            bar.Close,
            series.ToDictionary(it => it.Name, it => it.Values[index], StringComparer.Ordinal)
        );
}
