using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Core.Schedules;

/// <summary>An occurrence to come.</summary>
/// <param name="At">The instant (UTC).</param>
/// <param name="Local">The same in the schedule's zone.</param>
/// <param name="Remark">A remark about the day, in a sentence; null for none.</param>
public sealed record UpcomingOccurrence(DateTimeOffset At, DateTimeOffset Local, string? Remark);

/// <summary>A New York day on which a schedule is not due although it would be without its calendar.</summary>
/// <param name="Day">The day.</param>
/// <param name="Reason">Why: the holiday's name, or the weekend.</param>
public sealed record DayLeftOut(DateOnly Day, string Reason);

/// <summary>What a schedule will do, without doing it.</summary>
/// <param name="Occurrences">Its next occurrences, in order.</param>
/// <param name="LeftOut">The days that are left out until the last of them.</param>
/// <param name="Ends">Whether there are no more after these.</param>
/// <param name="Reason">Why there is no occurrence at all, in a sentence; null when there is one.</param>
public sealed record SchedulePreview(
    IReadOnlyList<UpcomingOccurrence> Occurrences,
    IReadOnlyList<DayLeftOut> LeftOut,
    bool Ends,
    string? Reason
)
{
    private const int MostDays = 100;

    /// <summary>Looks ahead from <paramref name="now"/> (UTC) for at most <paramref name="count"/> occurrences.</summary>
    public static SchedulePreview Of(Schedule schedule, DateTimeOffset now, int count)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var zone = LocalTimes.FindZone(schedule.Spec.Zone) ?? TradingCalendar.Nyse.NewYork;
        var found = new List<UpcomingOccurrence>();
        var ahead = schedule;
        DateTimeOffset? next = Schedules.Occurrences.Next(ahead, now);
        for (; next is { } at && found.Count < count; next = Schedules.Occurrences.Next(ahead, at))
        {
            found.Add(new(at, TimeZoneInfo.ConvertTime(at, zone), Remark(schedule.Spec, at, zone)));
            ahead = ahead with { RunCount = ahead.RunCount + 1 };
        }

        return new(
            found,
            found.Count == 0 ? [] : [.. DaysLeftOut(schedule, now, found[^1].At).Take(MostDays)],
            next is null,
            NeverDue.Reason(schedule, now)
        );
    }

    private static IEnumerable<DayLeftOut> DaysLeftOut(Schedule schedule, DateTimeOffset from, DateTimeOffset to)
    {
        var calendar = TradingCalendar.Nyse;
        var days = schedule.Spec switch
        {
            { Market: not null } => Days(
                calendar.TradingDay(schedule.Spec.StartAt > from ? schedule.Spec.StartAt.Value : from),
                calendar.TradingDay(to)
            ),
            { TradingDaysOnly: true, Cron: not null } => DaysDue(
                schedule with
                {
                    Spec = schedule.Spec with { TradingDaysOnly = false, MaxRuns = null },
                },
                from,
                to
            ),
            _ => [],
        };
        foreach (var day in days.Where(day => day.Year is >= TradingCalendar.FirstYear and <= TradingCalendar.LastYear))
        {
            if (calendar.ClosureReason(day) is { } reason)
            {
                yield return new(day, reason);
            }
        }
    }

    private static IEnumerable<DateOnly> Days(DateOnly from, DateOnly to)
    {
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            yield return day;
        }
    }

    private static IEnumerable<DateOnly> DaysDue(Schedule schedule, DateTimeOffset from, DateTimeOffset to)
    {
        var calendar = TradingCalendar.Nyse;
        for (var next = Schedules.Occurrences.Next(schedule, from); next is { } at && at <= to;)
        {
            var day = calendar.TradingDay(at);
            yield return day;
            next = Schedules.Occurrences.Next(
                schedule,
                LocalTimes.Resolve(day.AddDays(1).ToDateTime(TimeOnly.MinValue), calendar.NewYork).AddTicks(-1)
            );
        }
    }

    private static string? Remark(ScheduleSpec when, DateTimeOffset at, TimeZoneInfo zone)
    {
        var day = TradingCalendar.Nyse.TradingDay(at);
        if (when.Market is not null && TradingCalendar.Nyse.SessionOn(day) is { EarlyClose: true } session)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The market closes early at {TimeZoneInfo.ConvertTime(session.Close, TradingCalendar.Nyse.NewYork):HH:mm} New York time."
            );
        }

        var midnight = DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(at, zone).Date, DateTimeKind.Unspecified);
        var (before, after) = (zone.GetUtcOffset(midnight), zone.GetUtcOffset(midnight.AddDays(1)));
        return before == after ? null
            : after > before ? "Clocks go forward on this day."
            : "Clocks go back on this day.";
    }
}
