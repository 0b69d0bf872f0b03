using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Ports.Scheduling;

/// <summary>How far along the orchestration of a schedule is.</summary>
public enum InstanceState
{
    /// <summary>It does not exist.</summary>
    Missing,

    /// <summary>It runs, or will.</summary>
    Running,

    /// <summary>It is suspended until it is resumed or replaced.</summary>
    Suspended,

    /// <summary>It ended in any way.</summary>
    Ended,
}

/// <summary>The orchestration of a schedule.</summary>
/// <param name="ScheduleId">Whose.</param>
/// <param name="State">How far along it is.</param>
/// <param name="IsCurrent">Whether it is of the version that this app starts.</param>
/// <param name="Plan">The occurrence it waits for; null when unknown.</param>
public sealed record ScheduleInstance(string ScheduleId, InstanceState State, bool IsCurrent, PlannedOccurrence? Plan = null);

/// <summary>
/// The orchestrations that sleep until schedules are due. No code relies on these calls: whatever they return or throw, the sweeper reads
/// back and repairs. They throw only <see cref="OperationCanceledException"/>.
/// </summary>
public interface IOrchestrationClient
{
    /// <summary>Starts the orchestration of a schedule; a running one stays.</summary>
    /// <param name="scheduleId">The schedule.</param>
    /// <param name="plan">The occurrence to wait for; null lets it plan itself.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task StartAsync(string scheduleId, PlannedOccurrence? plan, CancellationToken cancellationToken);

    /// <summary>Signals that the schedule changed, so that it plans again.</summary>
    Task WakeAsync(string scheduleId, CancellationToken cancellationToken);

    /// <summary>Terminates it.</summary>
    Task StopAsync(string scheduleId, CancellationToken cancellationToken);

    /// <summary>The orchestration of a schedule; null when it could not be read.</summary>
    Task<ScheduleInstance?> FindAsync(string scheduleId, CancellationToken cancellationToken);

    /// <summary>All orchestrations of schedules; null when they could not be read.</summary>
    Task<IReadOnlyDictionary<string, ScheduleInstance>?> ListAsync(CancellationToken cancellationToken);

    /// <summary>Deletes the history of orchestrations that ended before <paramref name="before"/> (UTC).</summary>
    Task PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
