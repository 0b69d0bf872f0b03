using System.Collections.Concurrent;
using AutoTrader.LocalRuntime.Durable.Storage;

namespace AutoTrader.LocalRuntime.Storage;

/// <summary>When a timer last ran and runs next (UTC); the default instant stands for never.</summary>
internal sealed record TimerStatus(DateTime Last, DateTime Next, DateTime LastUpdated);

/// <summary>What the runtime keeps between runs of a host. A <em>scope</em> is one course of business time: the wall clock, or one replay.</summary>
internal interface IRuntimeStorage
{
    /// <summary>The storage account; null when state is in memory only.</summary>
    string? ConnectionString { get; }

    /// <summary>Makes tables and containers.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    Task<TimerStatus?> ReadTimerAsync(string scope, string function, CancellationToken cancellationToken);

    Task WriteTimerAsync(string scope, string function, TimerStatus status);

    /// <summary>The instant up to which everything has ended, in a replay.</summary>
    Task<DateTimeOffset?> ReadPositionAsync(string scope, CancellationToken cancellationToken);

    Task WritePositionAsync(string scope, DateTimeOffset position);

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

/// <summary>State in memory: for tests, where one instance given to two hosts in turn stands for a restart.</summary>
internal sealed class MemoryRuntimeStorage : IRuntimeStorage
{
    private readonly ConcurrentDictionary<(string Scope, string Function), TimerStatus> _timers = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _positions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lease> _leases = new(StringComparer.Ordinal);

    public string? ConnectionString => null;

    /// <summary>The orchestrations.</summary>
    public IDurableStore Durable { get; set; } = new MemoryDurableStore();

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<TimerStatus?> ReadTimerAsync(string scope, string function, CancellationToken cancellationToken) =>
        Task.FromResult(_timers.GetValueOrDefault((scope, function)));

    public Task WriteTimerAsync(string scope, string function, TimerStatus status)
    {
        _timers[(scope, function)] = status;
        return Task.CompletedTask;
    }

    public Task<DateTimeOffset?> ReadPositionAsync(string scope, CancellationToken cancellationToken) =>
        Task.FromResult(_positions.TryGetValue(scope, out var position) ? position : (DateTimeOffset?)null);

    public Task WritePositionAsync(string scope, DateTimeOffset position)
    {
        _positions[scope] = position;
        return Task.CompletedTask;
    }

    public Task<IRuntimeLease?> TryLeaseAsync(string name, CancellationToken cancellationToken)
    {
        var lease = new Lease(this, name);
        return Task.FromResult<IRuntimeLease?>(_leases.TryAdd(name, lease) ? lease : null);
    }

    private sealed class Lease(MemoryRuntimeStorage storage, string name) : IRuntimeLease
    {
        public CancellationToken Lost => CancellationToken.None;

        public ValueTask DisposeAsync()
        {
            storage._leases.TryRemove(new KeyValuePair<string, Lease>(name, this));
            return ValueTask.CompletedTask;
        }
    }
}
