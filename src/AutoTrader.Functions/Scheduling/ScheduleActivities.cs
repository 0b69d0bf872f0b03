using AutoTrader.Core.Scheduling.Running;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Scheduling;

/// <summary>The steps of <see cref="ScheduleOrchestration"/>. Each may run more than once for one call of it.</summary>
public sealed class ScheduleActivities(SchedulePlanner planner, ScheduleFirer firer)
{
    /// <summary>What the schedule waits for.</summary>
    [Function(nameof(PlanSchedule))]
    public async Task<SchedulePlan> PlanSchedule([ActivityTrigger] string scheduleId, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return await planner.PlanAsync(scheduleId, context.CancellationToken) is { } next
            ? new(next.Planned, next.WakeAt, next.Revision)
            : new(null, default, 0);
    }

    /// <summary>Fires an occurrence.</summary>
    [Function(nameof(FireSchedule))]
    public Task FireSchedule([ActivityTrigger] ScheduleFiring firing, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(firing);
        ArgumentNullException.ThrowIfNull(context);
        return firer.FireAsync(firing.ScheduleId, firing.Planned, firing.Revision, context.CancellationToken);
    }
}
