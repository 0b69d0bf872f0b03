using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Ports;

/// <summary>How far along the orchestration of a schedule is.</summary>
public enum InstanceState
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>It runs, or will.</summary>
    Running,

    /// <summary>It stands still until it is resumed or replaced.</summary>
    Suspended,

    /// <summary>It ended, in whatever way.</summary>
    Ended,
}

/// <summary>The orchestration of a schedule.</summary>
/// <param name="ScheduleId">Whose.</param>
/// <param name="State">How far along it is.</param>
/// <param name="IsCurrent">Whether it is of the version that this app starts.</param>
/// <param name="Plan">What it sleeps for; null when that is not known.</param>
public sealed record ScheduleInstance(string ScheduleId, InstanceState State, bool IsCurrent, PlannedOccurrence? Plan = null);

/// <summary>
/// The orchestrations that sleep until schedules are due. None of these calls is relied on: whatever they answer or throw, the sweeper
/// reads back and does what is missing. They throw nothing but <see cref="OperationCanceledException"/>.
/// </summary>
public interface IOrchestrationClient
{
    /// <summary>Starts the orchestration of a schedule; one that runs already stays.</summary>
    /// <param name="scheduleId">The schedule.</param>
    /// <param name="plan">What it waits for; null lets it look itself.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task StartAsync(string scheduleId, PlannedOccurrence? plan, CancellationToken cancellationToken);

    /// <summary>Tells it that its schedule changed: it plans anew.</summary>
    Task WakeAsync(string scheduleId, CancellationToken cancellationToken);

    /// <summary>Ends it, whatever it does.</summary>
    Task StopAsync(string scheduleId, CancellationToken cancellationToken);

    /// <summary>The orchestration of a schedule; null when it could not be read.</summary>
    Task<ScheduleInstance?> FindAsync(string scheduleId, CancellationToken cancellationToken);

    /// <summary>All orchestrations of schedules; null when they could not be read.</summary>
    Task<IReadOnlyDictionary<string, ScheduleInstance>?> ListAsync(CancellationToken cancellationToken);

    /// <summary>Deletes what is kept of orchestrations that ended before <paramref name="before"/> (UTC).</summary>
    Task PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
