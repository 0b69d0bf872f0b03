using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// How restored records change (docs/operations.md, "Back up and restore"), because a backup describes the past: pending commands are not
/// run, due occurrences do not fire, order ids that may have been used since are not reused, and nothing is bought until a person turns the
/// kill switch off.
/// </summary>
internal static class RestoreRules
{
    /// <summary>The code for commands and runs from a backup, which are not carried out.</summary>
    public const string Restored = "restored";

    /// <summary>Who set the kill switch; no schedule lifts it.</summary>
    public const string Switch = "restore";

    // More than any arming sends: ids that were given after the backup are not met.
    private const int SequenceGap = 100_000;

    /// <summary>The account after a restore, with the mark removed.</summary>
    public static AccountState Of(AccountState backup, DateTimeOffset takenAt, DateTimeOffset now) =>
        backup with
        {
            KillSwitch = Held(
                string.Create(CultureInfo.InvariantCulture, $"restored from the backup of {takenAt:yyyy-MM-dd HH:mm:ss}Z"),
                backup.KillSwitch,
                now
            ),
            Restoring = null,
        };

    /// <summary>The kill switch that stays on after a restore or rebuild, until a person has checked the state.</summary>
    public static KillSwitch Held(string what, KillSwitch? before, DateTimeOffset now) =>
        new(
            $"{what}; compare positions and orders with the broker's, then turn it off"
                + (before is null ? "" : $" (it was already on: {before.Reason})"),
            now,
            Switch
        );

    /// <summary>The engine state after a restore: the broker is read from the time of the backup, and the first difference in quantities
    /// counts at once.</summary>
    public static EngineState Of(EngineState? backup, EngineState present, IEnumerable<string> symbols, DateTimeOffset takenAt) =>
        (backup ?? new EngineState { ReadTo = takenAt }) with
        {
            LastTick = present.LastTick,
            LastCycleAt = present.LastCycleAt,
            LastHolder = present.LastHolder,
            Exchange = present.Exchange,
            Unreadable = present.Unreadable,
            Quotes = new EngineState().Quotes,
            Quiet = null,
            Attention = [],
            StuckCancels = new EngineState().StuckCancels,
            ReadTo = backup?.ReadTo ?? takenAt,
            Mismatches = symbols.Distinct(StringComparer.Ordinal).ToDictionary(symbol => symbol, _ => 1, StringComparer.Ordinal),
        };

    /// <summary>A record of the trading state or a run; one without a rule stays as it is.</summary>
    public static object Of(object record, DateTimeOffset now) =>
        record switch
        {
            Strategy strategy => Of(strategy),
            UnmanagedHolding unmanaged => unmanaged with { NextSequence = unmanaged.NextSequence + SequenceGap },
            Order order => Of(order, now),
            CommandEnvelope { Status: CommandStatus.Pending } command => command with
            {
                Status = CommandStatus.Refused,
                Code = "RESTORED",
                Outcome = "It was pending when the backup was taken, and a restore does not run it. Send it again if you still want it.",
                HandledAt = now,
            },
            ScheduleRun { Status: RunStatus.Started } run => run with
            {
                Status = RunStatus.Skipped,
                Code = Restored,
                Outcome = "It was in progress when the backup was taken; its outcome is unknown, and a restore does not run it.",
                EndedAt = now,
            },
            _ => record,
        };

    /// <summary>A strategy that sent orders after the backup: it would buy the same shares again.</summary>
    public static Strategy Paused(Strategy strategy) =>
        strategy.PauseReason is not null
            ? Of(strategy)
            : Of(strategy)
                .Pause(
                    "the broker has newer orders of this strategy than the backup; compare its shares with the broker's, then resume it"
                );

    private static Strategy Of(Strategy strategy) => strategy with { NextSequence = strategy.NextSequence + SequenceGap };

    /// <summary>A schedule after a restore: it waits for its next occurrence from now on.</summary>
    /// <returns>The schedule, and the run that accounts for occurrences due since the backup; null if there were none.</returns>
    public static (Schedule Schedule, ScheduleRun? Passed) Of(Schedule schedule, DateTimeOffset now)
    {
        if (schedule is not { Enabled: true, NextRun: { } due } || !ScheduleValidation.IsSound(schedule))
        {
            return (schedule with { Revision = schedule.Revision + 1 }, null);
        }

        var isPassed = due <= now;
        var next = schedule with { Revision = schedule.Revision + 1, UpdatedAt = now, LastRun = isPassed ? due : schedule.LastRun };
        // Occurrences that fired before the backup must not fire again if this clock is behind the backup's.
        next = next with { NextRun = isPassed ? Occurrences.Next(schedule, schedule.LastRun > now ? schedule.LastRun.Value : now) : due };
        return (
            next,
            isPassed
                ? new()
                {
                    ScheduleId = schedule.Id,
                    Planned = due,
                    Cause = ScheduleRun.Scheduled,
                    Task = schedule.Task,
                    Status = RunStatus.Skipped,
                    StartedAt = now,
                    EndedAt = now,
                    Code = Restored,
                    Outcome = "Occurrences due before the restore do not fire here: the original installation may have fired it.",
                }
                : null
        );
    }

    // Looked up like any order with an unknown outcome: an order found at the broker is adopted, and an entry or a sale is ended there. One
    // that is absent is abandoned and decided again. Protection is looked up and placed where it is missing, as always.
    private static Order Of(Order order, DateTimeOffset now) =>
        order is { Status: OrderStatus.Intended or OrderStatus.Unknown, Role: not (OrderRole.Protection or OrderRole.Target) }
            ? order with
            {
                Status = OrderStatus.Unknown,
                CancelRequestedAt = order.CancelRequestedAt ?? now,
                Note = "it was being sent when the backup was taken, and is not sent again",
            }
            : order;
}
