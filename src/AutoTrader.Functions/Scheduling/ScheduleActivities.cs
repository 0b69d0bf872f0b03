using AutoTrader.Core.Application.Scheduling;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Scheduling;

/// <summary>The steps of <see cref="ScheduleOrchestration"/>. Each may run more than once for one call of it.</summary>
public sealed class ScheduleActivities(SchedulePlanner planner, OccurrenceDispatcher firer)
{
    /// <summary>What the schedule waits for; null when it waits for nothing.</summary>
    [Function(nameof(PlanSchedule))]
    public async Task<SchedulePlan?> PlanSchedule([ActivityTrigger] string scheduleId, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return SchedulePlan.Of(await planner.PlanAsync(scheduleId, context.CancellationToken));
    }

    /// <summary>Fires an occurrence; answers what the schedule waits for then.</summary>
    [Function(nameof(FireSchedule))]
    public async Task<SchedulePlan?> FireSchedule([ActivityTrigger] ScheduleFiring firing, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(firing);
        ArgumentNullException.ThrowIfNull(context);
        return SchedulePlan.Of(await firer.DispatchAsync(firing.ScheduleId, firing.Planned, firing.Revision, context.CancellationToken));
    }
}
