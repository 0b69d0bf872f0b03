namespace AutoTrader.LocalHost.Storage;

/// <summary>When a timer last ran and runs next (UTC); the default instant means never.</summary>
internal sealed record TimerStatus(DateTime Last, DateTime Next, DateTime LastUpdated);

/// <summary>The state of an orchestration in a replay.</summary>
/// <param name="InstanceId">The orchestration.</param>
/// <param name="Json">Its state; null when it was deleted.</param>
internal readonly record struct InstanceChange(string InstanceId, string? Json);

/// <summary>
/// The runtime's state between runs of a host. A <em>scope</em> is one course of business time: the wall clock, or one replay.
/// </summary>
internal interface IRuntimeStorage
{
    /// <summary>The storage account; null when state is in memory only.</summary>
    StorageServices? Services { get; }

    /// <summary>Makes tables and containers.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    Task<TimerStatus?> ReadTimerAsync(string scope, string function, CancellationToken cancellationToken);

    Task WriteTimerAsync(string scope, string function, TimerStatus status, CancellationToken cancellationToken);

    /// <summary>The instant up to which everything has ended, in a replay.</summary>
    Task<DateTimeOffset?> ReadPositionAsync(string scope, CancellationToken cancellationToken);

    /// <summary>Writes the position together with the orchestrations that changed since the last one.</summary>
    Task WritePositionAsync(string scope, DateTimeOffset position, IReadOnlyList<InstanceChange> changes);

    /// <summary>The orchestrations at the position, in a replay.</summary>
    Task<IReadOnlyList<InstanceChange>> ReadInstancesAsync(string scope, CancellationToken cancellationToken);

    /// <summary>Takes an exclusive lease across processes and keeps it renewed (wall clock) until disposed.</summary>
    /// <returns>Null when a live process holds it.</returns>
    Task<IRuntimeLease?> TryLeaseAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A lease that is held.</summary>
internal interface IRuntimeLease : IAsyncDisposable
{
    /// <summary>Canceled when the lease could not be renewed in time.</summary>
    CancellationToken Lost { get; }
}
