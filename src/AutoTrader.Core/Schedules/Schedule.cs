using AutoTrader.Core.Orders;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Schedules;

/// <summary>What a schedule does; in files and requests <c>task_type</c>.</summary>
public enum ScheduleAction
{
    /// <summary>Lets a strategy enter; rearms one that completed or failed.</summary>
    StrategyStart,

    /// <summary>Stops a strategy's entries until it is started or enabled; protection runs on.</summary>
    StrategyStop,

    /// <summary>Stops a strategy's entries until it is resumed; protection stays.</summary>
    StrategyPause,

    /// <summary>Resumes a paused strategy where it stopped.</summary>
    StrategyResume,

    /// <summary>Sells what a strategy holds, at market; at the next open when the market is closed.</summary>
    StrategyClose,

    /// <summary>Places a manual order.</summary>
    OrderPlace,

    /// <summary>Cancels working orders, protection excepted.</summary>
    OrdersCancel,

    /// <summary>Sets the kill switch.</summary>
    KillSwitchOn,

    /// <summary>Turns off a kill switch that a schedule set; one that a person set stays on.</summary>
    KillSwitchOff,

    /// <summary>Sends a message.</summary>
    Notify,
}

/// <summary>The task; in files and requests <c>task_type</c> with <c>task_data</c>.</summary>
/// <param name="Action">The kind.</param>
public sealed record ScheduleTask(ScheduleAction Action)
{
    /// <summary>The strategy that it is about; of <see cref="ScheduleAction.OrdersCancel"/> also null for all.</summary>
    public string? Target { get; init; }

    /// <summary>The symbol whose orders are canceled; null for all.</summary>
    public string? Symbol { get; init; }

    /// <summary>The order to place.</summary>
    public OrderTerms? Order { get; init; }

    /// <summary>The message to send; null for the daily summary.</summary>
    public string? Message { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it buys, or lets a strategy buy.</summary>
    public bool MayBuy =>
        Action is ScheduleAction.StrategyStart or ScheduleAction.StrategyResume
        || (Action == ScheduleAction.OrderPlace && Order is { Side: OrderSide.Buy });

    /// <summary>What keeps a buying task from its effect while the kill switch is on, in a sentence; null while it is off.</summary>
    public string? HeldBackBy(KillSwitch? killSwitch) =>
        killSwitch is null ? null
        : Action == ScheduleAction.OrderPlace ? "the kill switch is on and rejects its order: " + killSwitch.Reason
        : "the kill switch is on and its strategy waits: " + killSwitch.Reason;
}

/// <summary>A schedule (docs/architecture.md, "Scheduling"): a record with its task, rule, policy and state.</summary>
public sealed record Schedule
{
    /// <summary>1 to 50 of <c>A-Z a-z 0-9 _ -</c>.</summary>
    public required string Id { get; init; }

    /// <summary>For people; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>The task.</summary>
    public required ScheduleTask Task { get; init; }

    /// <summary>When it is due.</summary>
    public required ScheduleSpec Spec { get; init; }

    /// <summary>What happens to occurrences that were missed; null for the action's default.</summary>
    public Misfire? Misfire { get; init; }

    /// <summary>How late an occurrence may be carried out; <see cref="Timeout.InfiniteTimeSpan"/> for however late, null for the action's
    /// default.</summary>
    public TimeSpan? MisfireWindow { get; init; }

    /// <summary>Whether it is due at all; a paused one passes its occurrences over without a record.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The last occurrence that was accounted for, or the last trigger (UTC).</summary>
    public DateTimeOffset? LastRun { get; init; }

    /// <summary>The next occurrence (UTC); null when there is none: it is paused, or has ended.</summary>
    public DateTimeOffset? NextRun { get; init; }

    /// <summary>How many planned occurrences were carried out; skipped ones and triggers do not count.</summary>
    public int RunCount { get; init; }

    /// <summary>Rises with every edit: a plan made under another revision fires nothing.</summary>
    public long Revision { get; init; }

    /// <summary>For a strategy's short form: the strategy's <c>enabled</c> before it was scheduled.</summary>
    public bool? PriorEnabled { get; init; }

    /// <summary>When it was created (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last edited (UTC).</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>For people; null for none.</summary>
    public string? Note { get; init; }
}
