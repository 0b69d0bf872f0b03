using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// What becomes of records when they are restored (docs/operations.md, "Back up and restore"): the past of a backup is over. What waited to
/// be done is not done, what was due is not made up for, no order id that may have been given since is given again, and nothing is bought
/// until a person lifts the kill switch.
/// </summary>
internal static class RestoreRules
{
    /// <summary>The code of what is not done since it comes from a backup.</summary>
    public const string Restored = "restored";

    /// <summary>Who set the kill switch; no schedule lifts it.</summary>
    public const string Switch = "restore";

    // More than any arming sends: ids that were given after the backup are not met.
    private const int SequenceGap = 100_000;

    /// <summary>The account as it is after a restore; only then its mark is gone.</summary>
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

    /// <summary>The kill switch that holds after what was done to the state, until a person has looked.</summary>
    public static KillSwitch Held(string what, KillSwitch? before, DateTimeOffset now) =>
        new(
            $"{what}; compare positions and orders with the broker's, then lift it"
                + (before is null ? "" : $" (it was on already: {before.Reason})"),
            now,
            Switch
        );

    /// <summary>The engine state after a restore: what is read of the broker is read from the backup on, and the first difference in
    /// quantities is believed at once.</summary>
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
                Outcome = "It waited when the backup was taken, and is not done after a restore. Ask for it again if it is still wanted.",
                HandledAt = now,
            },
            ScheduleRun { Status: RunStatus.Started } run => run with
            {
                Status = RunStatus.Skipped,
                Code = Restored,
                Outcome = "It was under way when the backup was taken; whether it was carried out is not known, and it is not done again.",
                EndedAt = now,
            },
            _ => record,
        };

    /// <summary>A strategy that sent orders after the backup: what it bought with them would be bought again.</summary>
    public static Strategy Paused(Strategy strategy) =>
        strategy.PauseReason is not null
            ? Of(strategy)
            : Of(strategy).Pause("the broker has orders of it from after the backup; compare its shares with the broker's, then resume it");

    private static Strategy Of(Strategy strategy) => strategy with { NextSequence = strategy.NextSequence + SequenceGap };

    /// <summary>A schedule after a restore: it waits for its next occurrence from now on.</summary>
    /// <returns>The schedule, and the run that accounts for what was due since the backup; null when nothing was.</returns>
    public static (Schedule Schedule, ScheduleRun? Passed) Of(Schedule schedule, DateTimeOffset now)
    {
        if (schedule is not { Enabled: true, NextRun: { } due } || !ScheduleValidation.IsSound(schedule))
        {
            return (schedule with { Revision = schedule.Revision + 1 }, null);
        }

        var isPassed = due <= now;
        var next = schedule with { Revision = schedule.Revision + 1, UpdatedAt = now, LastRun = isPassed ? due : schedule.LastRun };
        // Not again what the backup says was fired, should this clock be behind the one of the backup.
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
                    Outcome =
                        "It and what else was due before the restore is not made up for: the installation of the backup may have fired "
                        + "it.",
                }
                : null
        );
    }

    // Looked up like any whose answer is not known: what is at the broker is taken over, and an entry or a sale is ended there. What is not
    // there is given up, and decided anew. Protection is looked up, and placed where it is missing, as always.
    private static Order Of(Order order, DateTimeOffset now) =>
        order is { Status: OrderStatus.Intended or OrderStatus.Unknown, Role: not (OrderRole.Protection or OrderRole.Target) }
            ? order with
            {
                Status = OrderStatus.Unknown,
                CancelRequestedAt = order.CancelRequestedAt ?? now,
                Note = "it was on its way when the backup was taken, and is not sent again",
            }
            : order;
}
