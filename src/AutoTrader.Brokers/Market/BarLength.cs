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
    /// <param name="rows">Rows inside regular sessions, each instant once; they are looked at twice.</param>
    /// <param name="declared">The length that is configured; null for none.</param>
    public static BarLength? Of(IEnumerable<BarRow> rows, TimeSpan? declared)
    {
        var gaps = Gaps(rows).CountBy(gap => gap).ToList();
        var counted = gaps.Where(gap => !gap.Key.AfterOpening).ToList();
        if (counted.Count == 0)
        {
            counted = [.. gaps.Where(gap => gap.Key.Length <= LongestOpeningGap)];
        }

        // A file of which no two rows are so far apart does not hold such bars.
        var found = declared is { } length
            ? gaps.Count == 0 || gaps.Exists(gap => gap.Key.Length == length)
                ? length
                : null
            : MostCommon(counted.Select(gap => KeyValuePair.Create(gap.Key.Length, gap.Value)));
        return found is { } step ? new(step, PhaseOf(rows, step)) : null;
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

    private static IEnumerable<(TimeSpan Length, bool AfterOpening)> Gaps(IEnumerable<BarRow> rows)
    {
        DateTimeOffset? last = null;
        foreach (var row in rows)
        {
            var at = row.Time.At;
            if (last is { } before && Calendar.TradingDay(before) == Calendar.TradingDay(at))
            {
                yield return (at - before, IsOpening(before));
            }

            last = at;
        }
    }

    // Opening bars may be short ones, and count where there are no others.
    private static TimeSpan PhaseOf(IEnumerable<BarRow> rows, TimeSpan length)
    {
        var phases = rows.CountBy(row => (IsOpening: IsOpening(row.Time.At), Phase: PhaseOf(row.Time.At, length))).ToList();
        return MostCommon(
            phases
                .Where(it => !it.Key.IsOpening || phases.TrueForAll(other => other.Key.IsOpening))
                .Select(it => KeyValuePair.Create(it.Key.Phase, it.Value))
        ) ?? TimeSpan.Zero;
    }

    // Zones are whole hours apart: lengths that divide an hour begin alike in all of them.
    private static TimeSpan PhaseOf(DateTimeOffset start, TimeSpan length) =>
        TimeSpan.FromTicks(
            (
                TimeSpan.TicksPerHour % length.Ticks == 0
                    ? start.UtcTicks % TimeSpan.TicksPerHour
                    : TimeZoneInfo.ConvertTime(start, Calendar.NewYork).TimeOfDay.Ticks
            ) % length.Ticks
        );

    private static bool IsOpening(DateTimeOffset start) => Calendar.SessionAt(start)?.Open == start;

    private static TimeSpan? MostCommon(IEnumerable<KeyValuePair<TimeSpan, int>> counts) =>
        counts.OrderByDescending(it => it.Value).ThenBy(it => it.Key).Select(it => (TimeSpan?)it.Key).FirstOrDefault();

    private static long Greatest(long left, long right)
    {
        while (right != 0)
        {
            (left, right) = (right, left % right);
        }

        return left;
    }
}
