using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Core.Schedules;

/// <summary>Why a schedule has no occurrence to come, for people.</summary>
public static class NeverDue
{
    /// <summary>The reason in a sentence; null when there is an occurrence after <paramref name="now"/> (UTC).</summary>
    public static string? Reason(Schedule schedule, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (Occurrences.Next(schedule, now) is not null)
        {
            return null;
        }

        var when = schedule.Spec;
        if (schedule.RunCount >= when.MaxRuns)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"It already ran {schedule.RunCount} times, and max_runs is {when.MaxRuns}. Raise max_runs."
            );
        }

        if (when.EndAt is { } end && end <= now)
        {
            return $"end_at, {Format(end, when)}, is in the past: it is {Format(now, when)} now. Move end_at.";
        }

        var endless = schedule with { Spec = when with { EndAt = null } };
        if (when is { EndAt: { } last } && Occurrences.Next(endless, now) is { } next)
        {
            return $"It would first be due at {Format(next, when)}, after end_at, {Format(last, when)}. Move end_at.";
        }

        return when switch
        {
            { At: { } at } when Due(when with { TradingDaysOnly = false, StartAt = null }) => when.StartAt > at
                ? $"schedule_at, {Format(at, when)}, is before start_at, {Format(when.StartAt.Value, when)}. Move one of them."
                : $"schedule_at, {Format(at, when)}, is not a trading day ({Closed(at)}), and trading_days_only excludes it. "
                    + "Move it to a session.",
            { At: { } at } => $"schedule_at, {Format(at, when)}, is in the past: it is {Format(now, when)} now. Enter a future time.",
            { TradingDaysOnly: true, Cron: not null } when Due(when with { TradingDaysOnly = false }) =>
                "Its days are never trading days, and trading_days_only excludes them. "
                    + "Change schedule_cron, or remove trading_days_only.",
            { Cron: { } cron } => $"No date meets '{cron}'. Correct schedule_cron.",
            _ => string.Create(CultureInfo.InvariantCulture, $"The trading calendar ends with {TradingCalendar.LastYear}. Move start_at."),
        };

        bool Due(ScheduleSpec other) => Occurrences.Next(schedule with { Spec = other }, now) is not null;
    }

    private static string Closed(DateTimeOffset at) =>
        TradingCalendar.Nyse.TradingDay(at) is { Year: >= TradingCalendar.FirstYear and <= TradingCalendar.LastYear } day
            ? TradingCalendar.Nyse.ClosureReason(day) ?? "closed"
            : "beyond the calendar";

    private static string Format(DateTimeOffset at, ScheduleSpec when)
    {
        var zone = LocalTimes.FindZone(when.Zone) ?? TimeZoneInfo.Utc;
        return string.Create(CultureInfo.InvariantCulture, $"{TimeZoneInfo.ConvertTime(at, zone):ddd yyyy-MM-dd HH:mm:ss zzz}");
    }
}
