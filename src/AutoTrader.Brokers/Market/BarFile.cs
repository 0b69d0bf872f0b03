using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// One <c>{SYMBOL}.csv</c>: bars inside regular sessions, all of one length, or one a day. A row that cannot be used is left out and told
/// by line; minutes in which nothing traded are no bars where the file has volumes.
/// </summary>
internal sealed class BarFile
{
    private const int Shown = 3;

    private static readonly TimeSpan WholeSession = TimeSpan.FromHours(6.5);

    // Where people and their tools may be, and whose wall clock a file without offsets may show.
    private static readonly string[] OtherZones = ["Etc/UTC", "Europe/London", "Europe/Warsaw", "America/Chicago", "America/Los_Angeles"];

    private readonly string _name;
    private readonly TimeZoneInfo _zone;
    private readonly bool _tradesDays;
    private readonly List<LeftOutRow> _leftOut;
    private readonly FileReading _reading;

    private BarFile(string file, string symbol, BarRows rows, CsvMarketOptions options, FileReading reading)
    {
        (_name, _zone, _tradesDays, _reading) = (Path.GetFileName(file), options.Zone, options.TradesDailyBars, reading);
        _leftOut = rows.LeftOut;
        Count = rows.Read.Count + rows.LeftOut.Count;
        var days = rows.Read.Count(row => row.Time.Day is not null);
        IsDaily = days > rows.Read.Count(row => row.Time.Day is null && SessionOf(row.Time) is not null);
        All = Bars(symbol, IsDaily ? Days(rows.Read) : Intraday(InOrder(rows.Read), options));
        Last = All.Count > 0 ? All[^1] : null;
        _leftOut.Sort((left, right) => left.Line.CompareTo(right.Line));
        Problem ??= WhyNone(rows);
    }

    /// <summary>Every bar in order of time.</summary>
    public BarSeries All { get; }

    /// <summary>The last bar; null without any.</summary>
    public Bar? Last { get; }

    /// <summary>Whether the bars are daily ones, on which nothing is traded.</summary>
    public bool IsDaily { get; }

    /// <summary>How long bars are; of daily ones that are traded on a whole session, zero for others and where that is not known.</summary>
    public TimeSpan Length { get; private set; }

    /// <summary>Why nothing can be traded on the file; null when it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>How many rows the file has.</summary>
    public int Count { get; }

    /// <summary>Rows that cannot be used.</summary>
    public int LeftOutCount => _leftOut.Count;

    /// <summary>Rows outside regular sessions, which are of no use here, and are right all the same.</summary>
    public int Outside { get; private set; }

    /// <summary>Rows that say again what another one says.</summary>
    public int Repeated { get; private set; }

    /// <summary>Bars in which nothing traded.</summary>
    public int Filler { get; private set; }

    /// <summary>Which rows were left out and why, in a sentence; null when none was.</summary>
    public string? LeftOut => LeftOutRows is { } rows ? $"{_name}: {_leftOut.Count} of {Count} rows are left out: {rows}" : null;

    /// <summary>The rows that cannot be used, which stay the same while the file grows; null when there are none.</summary>
    public string? LeftOutRows => _leftOut.Count == 0 ? null : Tell(_leftOut);

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="symbol">Whose bars they are.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="reading">Who waits; null for nobody.</param>
    /// <exception cref="MarketFileException">The file as a whole cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static BarFile Read(string file, string symbol, CsvMarketOptions options, FileReading? reading = null)
    {
        reading ??= FileReading.Unwatched;
        using var rows = BarRows.Of(file, symbol, options.Zone, reading);
        var bars = new BarFile(file, symbol, rows, options, reading);
        reading.Tell(bars._name, bars.Count, 1);
        return bars;
    }

    /// <summary>Why there is no bar on a day although the file has rows of it, or rows that do not say of which day they are in its place;
    /// null when there is a bar, or no such row.</summary>
    public string? ProblemOn(DateOnly day)
    {
        if (_leftOut.Count == 0 || TradingCalendar.Nyse.SessionOn(day) is not { } session)
        {
            return null;
        }

        var next = All.CountWhile(bar => bar.Start < session.Open);
        if (next < All.Count && All[next].Start < session.Close)
        {
            return null;
        }

        // The lines between those of the bars before and after; files are written in either direction.
        var (before, after) = (next > 0 ? All.LineOf(next - 1) : (int?)null, next < All.Count ? All.LineOf(next) : (int?)null);
        var (from, to) =
            All.Count > 1 && All.LineOf(0) > All.LineOf(All.Count - 1)
                ? (after ?? 0, before ?? int.MaxValue)
                : (before ?? 0, after ?? int.MaxValue);
        var lost = _leftOut.Where(row => row.Day == day || (row.Day is null && row.Line > from && row.Line < to)).ToList();
        return lost.Count == 0 ? null : $"{_name}: none of its {lost.Count} rows of {Day(day)} can be used: {Tell(lost)}";
    }

    private static string Tell(List<LeftOutRow> rows) =>
        string.Join("; ", rows.Take(Shown).Select(row => FormattableString.Invariant($"line {row.Line}, {row.Reason}")))
        + (rows.Count > Shown ? FormattableString.Invariant($"; and {rows.Count - Shown} more") : "");

    private static Session? SessionOf(BarTime time) =>
        time.Day is { } day ? TradingCalendar.Nyse.SessionOn(day) : TradingCalendar.Nyse.SessionAt(time.At);

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string InNewYork(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, TradingCalendar.Nyse.NewYork).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private void Leave(BarRow row, string reason) => _leftOut.Add(new(row.Line, BarRows.DayOf(row.Time), reason));

    /// <summary>Rows in order of time. Most files are written so or the other way round; the rows of others are sorted in
    /// memory.</summary>
    private static IEnumerable<BarRow> InOrder(Spool<BarRow> rows)
    {
        var (last, isAscending, isDescending) = ((long?)null, true, true);
        foreach (var row in rows)
        {
            var at = row.Time.At.UtcTicks;
            (isAscending, isDescending, last) = (isAscending && !(at < last), isDescending && !(at >= last), at);
        }

        return isAscending ? rows
            : isDescending ? rows.Backwards()
            : [.. rows.OrderBy(row => row.Time.At)];
    }

    /// <summary>Each day once.</summary>
    private List<(BarRow Row, DateTimeOffset Start, DateTimeOffset End)> Days(IEnumerable<BarRow> rows)
    {
        var bars = new List<(BarRow, DateTimeOffset Start, DateTimeOffset)>();
        var days = rows.Where(row => IsOfItsKind(row, "a time of day among daily bars")).OrderBy(row => BarRows.DayOf(row.Time));
        foreach (var row in Once(days, row => BarRows.DayOf(row.Time).DayNumber))
        {
            if (SessionOf(row.Time) is { } session)
            {
                bars.Add((row, session.Open, session.Close));
            }
            else
            {
                Leave(row, $"timestamp: there is no session on {Day(row.Time.Day!.Value)}");
            }
        }

        if (bars.Count == 0)
        {
            return bars;
        }

        var apart = bars.Zip(bars.Skip(1)).Count(pair => TradingCalendar.Nyse.NextSession(pair.First.Start).Open != pair.Second.Start);
        Length = _tradesDays ? WholeSession : TimeSpan.Zero;
        Problem =
            apart * 2 > bars.Count - 1
                ? $"{_name}: most of its rows are more than a session apart: weekly or monthly bars are of no use. Export shorter ones"
            : _tradesDays ? null
            : $"{_name} has daily bars: they serve for backtests and as prior closes. To trade on it, export bars of minutes";
        return apart * 2 > bars.Count - 1 ? [] : bars;
    }

    /// <summary>Each instant once, on the grid of the bars' length.</summary>
    private IEnumerable<(BarRow Row, DateTimeOffset Start, DateTimeOffset End)> Intraday(IEnumerable<BarRow> rows, CsvMarketOptions options)
    {
        using var once = new Spool<BarRow>();
        foreach (var row in Once(rows.Where(IsInside), row => row.Time.At.UtcTicks))
        {
            once.Add(row);
            if (FileReading.IsDue(once.Count))
            {
                _reading.Tell(_name, once.Count, FileReading.Ordering, once.Count / (double)Count);
            }
        }

        if (once.Count == 0)
        {
            yield break;
        }

        Problem = OfAnotherClock(rows);
        if (Problem is not null)
        {
            yield break;
        }

        if (BarLength.Of(once, options.BarLength) is not { } length)
        {
            Problem = options.BarLength is { } declared
                ? $"{_name}: no two of its rows are {BarLength.Words(declared)} apart, as AutoTrader__Market__BarLength declares"
                : $"{_name}: its rows do not show how long their bars are; it needs two in a row, or AutoTrader__Market__BarLength "
                    + "(such as 00:01:00)";
            yield break;
        }

        Length = length.Length;
        foreach (var day in InDays(once))
        {
            foreach (var fitting in Fitting(day, length, options.BarLength is not null))
            {
                yield return fitting;
            }
        }
    }

    private bool IsInside(BarRow row)
    {
        if (!IsOfItsKind(row, "a date without a time of day among bars of minutes"))
        {
            return false;
        }

        var isInside = TradingCalendar.Nyse.SessionAt(row.Time.At) is not null;
        Outside += isInside ? 0 : 1;
        return isInside;
    }

    /// <summary>Rows in order of time by their New York day, one day after the other.</summary>
    private static IEnumerable<List<BarRow>> InDays(IEnumerable<BarRow> rows)
    {
        var (of, day) = (default(DateOnly), new List<BarRow>());
        foreach (var row in rows)
        {
            var next = TradingCalendar.Nyse.TradingDay(row.Time.At);
            if (next != of && day.Count > 0)
            {
                yield return day;
                day = [];
            }

            of = next;
            day.Add(row);
        }

        if (day.Count > 0)
        {
            yield return day;
        }
    }

    private IEnumerable<(BarRow Row, DateTimeOffset Start, DateTimeOffset End)> Fitting(List<BarRow> day, BarLength length, bool isDeclared)
    {
        var problem = isDeclared ? null : length.Problem(day);
        var session = TradingCalendar.Nyse.SessionAt(day[0].Time.At)!;
        foreach (var row in day)
        {
            if (problem is null && length.Fits(row.Time.At))
            {
                yield return (row, row.Time.At, length.EndOf(row.Time.At, session));
            }
            else
            {
                var why = problem ?? $"bars of {BarLength.Words(length.Length)} do not begin at {row.Time.At:HH:mm:ss} UTC";
                Leave(row, $"timestamp: {why}");
            }
        }
    }

    // A day written as its midnight is an instant outside the session among bars of minutes.
    private bool IsOfItsKind(BarRow row, string other)
    {
        if ((row.Time.Day is not null) == IsDaily || (row.Time.IsMidnight && !IsDaily))
        {
            return true;
        }

        Leave(row, $"timestamp: {other}");
        return false;
    }

    /// <summary>Each time once, of rows in its order: what is said twice counts once, and contradictions do not count.</summary>
    private IEnumerable<BarRow> Once(IEnumerable<BarRow> rows, Func<BarRow, long> key)
    {
        var same = new List<BarRow>();
        foreach (var row in rows)
        {
            if (same.Count > 0 && key(same[0]) != key(row))
            {
                if (IsOneOf(same))
                {
                    yield return same[0];
                }

                same.Clear();
            }

            same.Add(row);
        }

        if (same.Count > 0 && IsOneOf(same))
        {
            yield return same[0];
        }
    }

    private bool IsOneOf(List<BarRow> same)
    {
        if (same.TrueForAll(same[0].SaysTheSameAs))
        {
            Repeated += same.Count - 1;
            return true;
        }

        foreach (var row in same)
        {
            var when = row.Time.Day is { } day ? Day(day) : $"{InNewYork(row.Time.At)} New York time";
            Leave(row, $"timestamp: two bars cover {when}, with different prices");
        }

        return false;
    }

    /// <summary>Bars, but for those in which nothing traded.</summary>
    private BarSeries Bars(string symbol, IEnumerable<(BarRow Row, DateTimeOffset Start, DateTimeOffset End)> rows)
    {
        var (bars, hasVolumes, empty) = (new Spool<StoredBar>(), false, 0);
        foreach (var (row, start, end) in rows)
        {
            bars.Add(new(start.UtcTicks, (end - start).Ticks, row.Open, row.High, row.Low, row.Close, row.Volume, row.Line));
            hasVolumes |= row.Volume > 0;
            empty += row.IsFlatAndEmpty ? 1 : 0;
            if (FileReading.IsDue(bars.Count))
            {
                _reading.Tell(_name, bars.Count, FileReading.Keeping, bars.Count / (double)Count);
            }
        }

        if (!hasVolumes || empty == 0)
        {
            return new(symbol, bars);
        }

        Filler = empty;
        using (bars)
        {
            return BarSeries.Of(symbol, bars.Where(bar => bar.Volume > 0 || bar.High != bar.Low));
        }
    }

    private string? WhyNone(BarRows rows) =>
        All.Count > 0 ? null
        : Count == 0 ? $"{_name} has no rows"
        : OfAnotherClock(InOrder(rows.Read)) is { } shifted ? shifted
        : _leftOut.Count == 0
            ? $"{_name}: none of its {Count} rows lies inside a regular session, 09:30 to 16:00 in New York; check their times"
        : $"{_name}: none of its {Count} rows can be used: {Tell(_leftOut)}";

    /// <summary>Whether the times are wrong as they are read and right otherwise: with another zone's clock, or as the ends of
    /// bars.</summary>
    private string? OfAnotherClock(IEnumerable<BarRow> rows)
    {
        var instants = rows.Where(row => row.Time.Day is null || row.Time.IsMidnight);
        var outside = instants.All(row => row.Time.IsLocal)
            ? instants.Count(row => TradingCalendar.Nyse.SessionAt(row.Time.At) is null)
            : 0;
        if (outside > 0)
        {
            foreach (var zone in OtherZones.Select(TimeZoneInfo.FindSystemTimeZoneById))
            {
                if (instants.All(row => TradingCalendar.Nyse.SessionAt(InZone(row.Time, zone)) is not null))
                {
                    return $"{_name}: its times have no offset. As {_zone.Id} times {outside} of {instants.Count()} lie outside the "
                        + $"session, as {zone.Id} times none does: write the offset, or set AutoTrader__Market__TimeZone to {zone.Id}";
                }
            }
        }

        return AreEnds(instants)
            ? $"{_name}: its rows carry the ends of their bars (each day has one at the close and none at the open): write when they begin"
            : null;
    }

    private DateTimeOffset InZone(BarTime time, TimeZoneInfo zone)
    {
        var wall = TimeZoneInfo.ConvertTime(time.At, _zone).DateTime;
        return zone.IsInvalidTime(wall) ? time.At : new(TimeZoneInfo.ConvertTimeToUtc(wall, zone), TimeSpan.Zero);
    }

    // The first bar of each day ends as long after the open as the second one after it. The last day may not be over yet.
    private static bool AreEnds(IEnumerable<BarRow> instants)
    {
        var endsAtClose = false;
        foreach (var day in InDays(instants))
        {
            if (TradingCalendar.Nyse.SessionOn(TradingCalendar.Nyse.TradingDay(day[0].Time.At)) is not { } session)
            {
                continue;
            }

            // The first day decides nearly always.
            List<DateTimeOffset> times = [.. day.Select(row => row.Time.At).Distinct()];
            if (times is not [var first, var second, ..] || first - session.Open != second - first || times[^1] > session.Close)
            {
                return false;
            }

            endsAtClose |= times[^1] == session.Close;
        }

        return endsAtClose;
    }
}
