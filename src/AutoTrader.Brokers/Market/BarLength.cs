using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// How long the bars of a file are, as its rows show it: as long as the most common gap between two rows of a day. The gap after a
/// session's opening bar does not count, since that bar may be a short one: bars of an hour begin at 09:30, 10:00 and 11:00 in some files.
/// </summary>
/// <param name="Length">The length.</param>
/// <param name="Phase">When bars begin, from midnight in New York: at this and every multiple of the length later.</param>
internal sealed record BarLength(TimeSpan Length, TimeSpan Phase)
{
    private const int RowsThatShowADay = 8;

    // A longer first gap may be that of a short opening bar.
    private static readonly TimeSpan LongestOpeningGap = TimeSpan.FromMinutes(5);

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary>The length that rows in order of time show; null when they show none.</summary>
    /// <param name="rows">Rows inside regular sessions, each instant once.</param>
    /// <param name="declared">The length that is configured; null for none.</param>
    public static BarLength? Of(IReadOnlyList<BarRow> rows, TimeSpan? declared)
    {
        var gaps = Gaps(rows).ToList();
        var counted = gaps.Where(gap => !gap.AfterOpening).Select(gap => gap.Length).ToList();
        if (counted.Count == 0)
        {
            counted = [.. gaps.Where(gap => gap.Length <= LongestOpeningGap).Select(gap => gap.Length)];
        }

        // A file of which no two rows are so far apart does not hold such bars.
        var found = declared is { } length
            ? gaps.Count == 0 || gaps.Any(gap => gap.Length == length) ? length : null
            : MostCommon(counted);
        return found is { } step
            ? new(step, MostCommon(PhasesOf(rows, step)) ?? TimeSpan.Zero)
            : null;
    }

    /// <summary>Whether a bar may begin then: on the grid, or with the session.</summary>
    public bool Fits(DateTimeOffset start) => IsOpening(start) || PhaseOf(start, Length) == Phase;

    /// <summary>When a bar ends: where the next one may begin, at the latest with its session.</summary>
    public DateTimeOffset EndOf(DateTimeOffset start, Session session)
    {
        var sinceGrid = (PhaseOf(start, Length) - Phase + Length).Ticks % Length.Ticks;
        var end = start + Length - TimeSpan.FromTicks(sinceGrid);
        return end < session.Close ? end : session.Close;
    }

    /// <summary>Why a day's rows, in order, cannot be bars of this length; null when they can.</summary>
    public string? Problem(IReadOnlyList<BarRow> day)
    {
        var astray = day.Count(row => !Fits(row.Time.At));
        if (astray * 10 > day.Count)
        {
            return $"{astray} of the day's {day.Count} rows do not begin where bars of {Words(Length)} do";
        }

        var gaps = Gaps(day).Where(gap => !gap.AfterOpening).Select(gap => gap.Length.Ticks).ToList();
        var common = gaps.Aggregate(0L, Greatest);
        return gaps.Count >= RowsThatShowADay && common >= 2 * Length.Ticks
            ? $"the day's rows are {Words(TimeSpan.FromTicks(common))} apart, in a file of bars of {Words(Length)}"
            : null;
    }

    /// <summary>A length in words.</summary>
    public static string Words(TimeSpan length) =>
        FormattableString.Invariant(
            length switch
            {
                { TotalMinutes: 1 } => $"1 minute",
                { TotalSeconds: < 60 } => $"{length.TotalSeconds:0.###} seconds",
                _ => $"{length.TotalMinutes:0.###} minutes",
            }
        );

    private static IEnumerable<(TimeSpan Length, bool AfterOpening)> Gaps(IReadOnlyList<BarRow> rows)
    {
        for (var i = 1; i < rows.Count; i++)
        {
            var (before, at) = (rows[i - 1].Time.At, rows[i].Time.At);
            if (Calendar.TradingDay(before) == Calendar.TradingDay(at))
            {
                yield return (at - before, IsOpening(before));
            }
        }
    }

    private static IEnumerable<TimeSpan> PhasesOf(IReadOnlyList<BarRow> rows, TimeSpan length)
    {
        var inside = rows.Where(row => !IsOpening(row.Time.At)).ToList();
        return (inside.Count > 0 ? inside : rows).Select(row => PhaseOf(row.Time.At, length));
    }

    private static TimeSpan PhaseOf(DateTimeOffset start, TimeSpan length) =>
        TimeSpan.FromTicks(TimeZoneInfo.ConvertTime(start, Calendar.NewYork).TimeOfDay.Ticks % length.Ticks);

    private static bool IsOpening(DateTimeOffset start) => Calendar.SessionAt(start)?.Open == start;

    private static TimeSpan? MostCommon(IEnumerable<TimeSpan> spans) =>
        spans
            .GroupBy(span => span)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key)
            .Select(group => (TimeSpan?)group.Key)
            .FirstOrDefault();

    private static long Greatest(long left, long right)
    {
        while (right != 0)
        {
            (left, right) = (right, left % right);
        }

        return left;
    }
}
