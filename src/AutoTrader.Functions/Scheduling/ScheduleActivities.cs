using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Schedules;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Scheduling;

/// <summary>The steps of <see cref="ScheduleOrchestration"/>. Each may run more than once for one call of it.</summary>
public sealed partial class ScheduleActivities(SchedulePlanner planner, OccurrenceDispatcher dispatcher, ILogger<ScheduleActivities> log)
{
    /// <summary>The schedule's next occurrence; null if there is none.</summary>
    [Function(nameof(PlanSchedule))]
    public async Task<SchedulePlan?> PlanSchedule([ActivityTrigger] string scheduleId, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Log(scheduleId, await planner.PlanAsync(scheduleId, context.CancellationToken));
    }

    /// <summary>Fires an occurrence; returns the schedule's next one.</summary>
    [Function(nameof(FireSchedule))]
    public async Task<SchedulePlan?> FireSchedule([ActivityTrigger] ScheduleFiring firing, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(firing);
        ArgumentNullException.ThrowIfNull(context);
        return Log(
            firing.ScheduleId,
            await dispatcher.DispatchAsync(firing.ScheduleId, firing.Planned, firing.Revision, context.CancellationToken)
        );
    }

    // Nothing else outside the app shows the next occurrence.
    private SchedulePlan? Log(string scheduleId, PlannedOccurrence? next)
    {
        LogNext(log, scheduleId, next?.Planned);
        return SchedulePlan.Of(next);
    }

    [LoggerMessage(1103, LogLevel.Information, "Schedule {ScheduleId} is due next at {Due:O}")]
    private static partial void LogNext(ILogger logger, string scheduleId, DateTimeOffset? due);
}
