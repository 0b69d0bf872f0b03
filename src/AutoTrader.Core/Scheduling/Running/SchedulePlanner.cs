using AutoTrader.Core.Engine.Ports;

namespace AutoTrader.Core.Scheduling.Running;

/// <summary>What a schedule waits for.</summary>
/// <param name="Planned">Its next occurrence (UTC).</param>
/// <param name="WakeAt">When to wake for it (UTC): a little before, and what must not be late some time before.</param>
/// <param name="Revision">The revision of the schedule.</param>
public sealed record PlannedOccurrence(DateTimeOffset Planned, DateTimeOffset WakeAt, long Revision);

/// <summary>Tells what a schedule waits for.</summary>
public sealed class SchedulePlanner(IScheduleStore store)
{
    // Queues are polled slowly when nothing happens.
    private static readonly TimeSpan EarlyOnTime = TimeSpan.FromSeconds(45);

    // Of a thousand that are due at one instant, the last would begin seconds late.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(5);

    /// <summary>The next occurrence of a schedule; null when it waits for none: it is gone, off, unsound or unreadable, or has no more.</summary>
    public async Task<PlannedOccurrence?> PlanAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAsync(id, cancellationToken) is { Value: { Enabled: true, NextRun: { } planned } schedule } && ScheduleValidation.IsSound(schedule)
                ? new(planned, planned - (MustBeOnTime(schedule) ? EarlyOnTime : Early), schedule.Revision)
                : null;
        }
        catch (UnreadableRowException)
        {
            // The attention list shows the row; when it can be read again, the sweeper starts the schedule.
            return null;
        }
    }

    private static bool MustBeOnTime(Schedule schedule) => schedule.Task.Action == ScheduleAction.OrderPlace || schedule.When.Market is not null;
}
