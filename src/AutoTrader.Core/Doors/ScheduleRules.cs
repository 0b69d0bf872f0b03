using System.Globalization;
using System.Security.Cryptography;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Scheduling;

namespace AutoTrader.Core.Doors;

/// <summary>What every door asks of the definition of a schedule.</summary>
public static class ScheduleRules
{
    /// <summary>Whether <paramref name="id"/> can be the id of a schedule.</summary>
    public static bool IsValidId(string id) => ScheduleValidation.IsValidId(id);

    /// <summary>A new id: 8 hex characters, as the original's.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(8, lowercase: true);

    /// <summary>Refuses a definition that is unsound.</summary>
    /// <exception cref="RefusedException">It names every field that is wrong.</exception>
    public static void Require(Schedule schedule)
    {
        var problems = ScheduleValidation.Validate(schedule);
        if (problems.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid, "INVALID_SCHEDULE", string.Join(" ", problems.Select(problem => problem.Message))) { Fields = problems };
        }
    }

    /// <summary>A new schedule with its next occurrence after <paramref name="now"/> (UTC); none while it is off.</summary>
    /// <exception cref="RefusedException">It has no occurrence to come.</exception>
    public static Schedule Planned(Schedule schedule, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var next = Occurrences.Next(schedule, now);
        return next is null && schedule.Enabled
            ? throw new RefusedException(Refusal.Invalid, "INVALID_SCHEDULE_TIME", NothingToCome(schedule, now)) { Fields = [new(FieldOf(schedule.When), "nothing_to_come", NothingToCome(schedule, now))] }
            : schedule with { NextRun = schedule.Enabled ? next : null };
    }

    /// <summary>An edited schedule: where its occurrences changed, they begin after <paramref name="now"/> (UTC); where they did not, the next stays.</summary>
    public static Schedule Replanned(Schedule before, Schedule after, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return after.When == before.When && after.Enabled == before.Enabled ? after
            : after with { NextRun = after.Enabled ? Occurrences.Next(after, now) : null };
    }

    /// <summary>The definition in words, for the audit.</summary>
    public static Dictionary<string, string?> Definition(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var when = schedule.When;
        return new(StringComparer.Ordinal)
        {
            ["task_type"] = Words.Of(schedule.Task.Action),
            ["strategy_id"] = schedule.Task.Target,
            [FieldOf(when)] = when.At?.ToString("O", CultureInfo.InvariantCulture) ?? when.Cron ?? when.Market?.ToString(),
            ["enabled"] = schedule.Enabled ? "true" : "false",
        };
    }

    private static string FieldOf(When when) => when switch { { Cron: not null } => "schedule_cron", { Market: not null } => "market", _ => "schedule_at" };

    private static string NothingToCome(Schedule schedule, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture,
        $"The schedule has no occurrence after now ({now.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z): {FieldOf(schedule.When)} is past, or start_at, end_at, max_runs or trading_days_only leave nothing. Change them.");
}
