using System.Collections.Concurrent;
using AutoTrader.Core.Ports;

namespace AutoTrader.Storage.Lease;

/// <summary>The engine lease within one process: held until it is given back, or broken as if its holder had died.</summary>
/// <param name="wallClock">Infrastructure time; null for the system's.</param>
public sealed class MemoryEngineLease(TimeProvider? wallClock = null) : IEngineLease
{
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var lease = new Held(this, account, new(holder, (wallClock ?? TimeProvider.System).GetUtcNow()));
        if (_held.TryAdd(account, lease))
        {
            return Task.FromResult<IHeldLease?>(lease);
        }

        lease.Forget();
        return Task.FromResult<IHeldLease?>(null);
    }

    /// <inheritdoc/>
    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) =>
        Task.FromResult(_held.TryGetValue(account, out var held) ? held.Holder : null);

    /// <summary>Takes the lease from its holder, which sees it lost; does nothing when it is free.</summary>
    public void Break(string account)
    {
        if (_held.TryRemove(account, out var held))
        {
            held.Lose();
        }
    }

    private sealed class Held(MemoryEngineLease lease, string account, LeaseHolder holder) : IHeldLease
    {
        private readonly CancellationTokenSource _lost = new();
        private volatile bool _isHeld = true;

        public LeaseHolder Holder => holder;

        public bool IsHeld => _isHeld;

        public CancellationToken Lost => _lost.Token;

        public void Lose()
        {
            _isHeld = false;
            _lost.Cancel();
        }

        public void Forget() => _lost.Dispose();

        public ValueTask DisposeAsync()
        {
            _isHeld = false;
            lease._held.TryRemove(new(account, this));
            return ValueTask.CompletedTask;
        }
    }
}
