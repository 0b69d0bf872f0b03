using System.Security.Cryptography;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>How a change of a schedule becomes its next plan. Pure but for new ids.</summary>
internal static class ScheduleRules
{
    /// <summary>A new id: 8 hexadecimal digits.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(8, lowercase: true);

    /// <summary>Refuses an invalid definition.</summary>
    /// <exception cref="RefusedException">It is not sound; the fields are named.</exception>
    public static void Require(Schedule schedule)
    {
        var problems = ScheduleValidation.Validate(schedule);
        if (problems.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid, "INVALID_SCHEDULE", string.Join(" ", problems.Select(problem => problem.Message)))
            {
                Fields = problems,
            };
        }
    }

    /// <summary>A new schedule with its first occurrence after <paramref name="now"/>; a paused one waits for none.</summary>
    /// <exception cref="RefusedException">It has no occurrence after now.</exception>
    public static Schedule Planned(Schedule schedule, DateTimeOffset now)
    {
        var next = Occurrences.Next(schedule, now)
            ?? throw new RefusedException(
                Refusal.Invalid,
                TypedTime.Unusable,
                "The schedule is never due. " + NeverDue.Reason(schedule, now)
            );
        return schedule with { NextRun = schedule.Enabled ? next : null };
    }

    /// <summary>A changed schedule with its next occurrence: the one it waited for, unless what decides about it changed.</summary>
    /// <exception cref="RefusedException">It got another rule, by which it has no occurrence after now.</exception>
    public static Schedule Replanned(Schedule before, Schedule after, DateTimeOffset now) =>
        after.Spec != before.Spec ? Planned(after, now)
        : after.Enabled == before.Enabled ? after
        : after with { NextRun = after.Enabled ? Occurrences.Next(after, now) : null };

    /// <summary>What a schedule is, for the audit.</summary>
    public static Dictionary<string, string?> Definition(Schedule schedule) =>
        new(StringComparer.Ordinal)
        {
            ["task_type"] = WireNames.Of(schedule.Task.Action),
            ["target"] = schedule.Task.Target,
            ["when"] = schedule.Spec.At is { } at
                ? FormattableString.Invariant($"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}")
                : schedule.Spec.Cron ?? schedule.Spec.Market?.ToString(),
            ["enabled"] = schedule.Enabled ? "true" : "false",
        };
}
