using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>Computes what a schedule waits for.</summary>
public sealed class SchedulePlanner(IScheduleStore store)
{
    // The engine finds a timer, and then its activity, only when it polls their queues: within host.json's maxQueuePollingInterval of
    // twelve seconds each. The rest is for a crowd.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(30);

    // A firing takes the engine some 15 requests: of a thousand orders or market events of one instant, the last is awake by then.
    private static readonly TimeSpan EarlyOnTime = TimeSpan.FromSeconds(60);

    /// <summary>The next occurrence of a schedule; null when it waits for none: it is off, unsound, or has no more.</summary>
    public static PlannedOccurrence? Of(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return schedule is { Enabled: true, NextRun: { } planned } && ScheduleValidation.IsSound(schedule)
            ? new(planned, planned - (MustBeOnTime(schedule) ? EarlyOnTime : Early), schedule.Revision)
            : null;
    }

    /// <summary>The next occurrence of a stored schedule; null if there is none, or the schedule is gone or unreadable.</summary>
    public async Task<PlannedOccurrence?> PlanAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAsync(id, cancellationToken) is { } row ? Of(row.Value) : null;
        }
        catch (UnreadableRowException)
        {
            // The attention list shows the row; when it can be read again, the sweeper starts the schedule.
            return null;
        }
    }

    private static bool MustBeOnTime(Schedule schedule) =>
        schedule.Task.Action == ScheduleAction.OrderPlace || schedule.Spec.Market is not null;
}
