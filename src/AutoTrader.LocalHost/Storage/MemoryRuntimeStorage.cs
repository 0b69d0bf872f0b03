using System.Collections.Concurrent;

namespace AutoTrader.LocalHost.Storage;

/// <summary>State in memory, for tests: giving one instance to two hosts in turn simulates a restart.</summary>
internal sealed class MemoryRuntimeStorage : IRuntimeStorage
{
    private readonly ConcurrentDictionary<(string Scope, string Function), TimerStatus> _timers = new();
    private readonly ConcurrentDictionary<string, Lease> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Replay> _replays = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public StorageServices? Services => null;

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<TimerStatus?> ReadTimerAsync(string scope, string function, CancellationToken cancellationToken) =>
        Task.FromResult(_timers.GetValueOrDefault((scope, function)));

    public Task WriteTimerAsync(string scope, string function, TimerStatus status, CancellationToken cancellationToken)
    {
        _timers[(scope, function)] = status;
        return Task.CompletedTask;
    }

    public Task<DateTimeOffset?> ReadPositionAsync(string scope, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_replays.GetValueOrDefault(scope)?.Position);
        }
    }

    public Task WritePositionAsync(string scope, DateTimeOffset position, IReadOnlyList<InstanceChange> changes)
    {
        lock (_gate)
        {
            var replay = _replays.TryGetValue(scope, out var found) ? found : _replays[scope] = new Replay();
            replay.Position = position;
            foreach (var (id, json) in changes)
            {
                if (json is null)
                {
                    replay.Instances.Remove(id);
                }
                else
                {
                    replay.Instances[id] = json;
                }
            }
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<InstanceChange>> ReadInstancesAsync(string scope, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var instances = _replays.GetValueOrDefault(scope)?.Instances ?? [];
            return Task.FromResult<IReadOnlyList<InstanceChange>>([.. instances.Select(one => new InstanceChange(one.Key, one.Value))]);
        }
    }

    public Task<IRuntimeLease?> TryLeaseAsync(string name, CancellationToken cancellationToken)
    {
        var lease = new Lease(this, name);
        return Task.FromResult<IRuntimeLease?>(_leases.TryAdd(name, lease) ? lease : null);
    }

    private sealed class Replay
    {
        public DateTimeOffset? Position { get; set; }

        public SortedDictionary<string, string> Instances { get; } = new(StringComparer.Ordinal);
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
