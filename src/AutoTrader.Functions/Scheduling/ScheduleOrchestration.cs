using AutoTrader.Core.Schedules;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AutoTrader.Functions.Scheduling;

/// <summary>
/// One schedule as an orchestration: sleeps until the instant that its plan names, fires, and starts over with the plan it gets back. It
/// knows neither zones nor calendars, and keeps no state: the schedule's record and its revision decide.
/// </summary>
public static class ScheduleOrchestration
{
    /// <summary>The orchestration's name, with its version. What changes the order of its steps gets a new name; the sweeper moves sleeping
    /// instances over.</summary>
    public const string Name = "ScheduleV2";

    /// <summary>The event that says that the schedule's record changed. It carries nothing: a hint to look.</summary>
    public const string Changed = "changed";

    // Storage that is away for a minute must not end the orchestration; after that the sweeper has it.
    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(
        new RetryPolicy(5, TimeSpan.FromSeconds(2), backoffCoefficient: 2)
    );

    /// <summary>Sleeps, fires or plans, and starts over.</summary>
    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var input = context.GetInput<ScheduleInput>()!;
        var plan = input.Plan
            ?? await context.CallActivityAsync<SchedulePlan?>(nameof(ScheduleActivities.PlanSchedule), input.ScheduleId, Retry);
        if (plan is null)
        {
            return;
        }

        using var sleep = new CancellationTokenSource();
        var due = context.CreateTimer(plan.WakeAt.UtcDateTime, sleep.Token);
        var changed = context.WaitForExternalEvent<object?>(Changed);
        var first = await Task.WhenAny(due, changed);

        // A timer that is left open would be waited for.
#pragma warning disable CA1849, MA0042 // CancelAsync awaits a thread of the pool, which an orchestrator must not.
        sleep.Cancel();
#pragma warning restore CA1849, MA0042
        var next =
            first == due
                ? await context.CallActivityAsync<SchedulePlan?>(
                    nameof(ScheduleActivities.FireSchedule),
                    new ScheduleFiring(input.ScheduleId, plan.Planned, plan.Revision),
                    Retry
                )
                : await context.CallActivityAsync<SchedulePlan?>(nameof(ScheduleActivities.PlanSchedule), input.ScheduleId, Retry);
        if (next is not null)
        {
            context.ContinueAsNew(new ScheduleInput(input.ScheduleId, next), preserveUnprocessedEvents: false);
        }
    }
}

/// <summary>What an orchestration begins with.</summary>
/// <param name="ScheduleId">Which schedule it is for.</param>
/// <param name="Plan">The occurrence to wait for; null lets it plan itself.</param>
public sealed record ScheduleInput(string ScheduleId, SchedulePlan? Plan);

/// <summary>What an orchestration sleeps for.</summary>
/// <param name="Planned">The occurrence (UTC).</param>
/// <param name="WakeAt">When it is to wake (UTC), a little before.</param>
/// <param name="Revision">The revision of the schedule that this was planned for.</param>
public sealed record SchedulePlan(DateTimeOffset Planned, DateTimeOffset WakeAt, long Revision)
{
    /// <summary>The plan as the engine is given it.</summary>
    public static SchedulePlan? Of(PlannedOccurrence? planned) =>
        planned is null ? null : new(planned.Planned, planned.WakeAt, planned.Revision);

    /// <summary>The plan as the domain knows it.</summary>
    public PlannedOccurrence ToOccurrence() => new(Planned, WakeAt, Revision);
}

/// <summary>The occurrence that an orchestration woke for.</summary>
/// <param name="ScheduleId">The schedule.</param>
/// <param name="Planned">The occurrence (UTC).</param>
/// <param name="Revision">The revision that it was planned for: another one means that the plan is stale.</param>
public sealed record ScheduleFiring(string ScheduleId, DateTimeOffset Planned, long Revision);
