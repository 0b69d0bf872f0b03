using AutoTrader.Core.Ports;
using AutoTrader.Storage.Lease;

namespace AutoTrader.LocalHost.Replay;

/// <summary>
/// The engine lease in a replay, where one process has the virtual clock. It is taken once and kept, because no other process may run a
/// cycle; a holder at the start of the replay was killed and loses it. Within the process a cycle waits for the one before it, and virtual
/// time with it: no virtual minute goes by without its tick.
/// </summary>
internal sealed class ReplayLease(BlobEngineLease lease) : IEngineLease, IAsyncDisposable
{
    private readonly SemaphoreSlim _cycle = new(1, 1);
    private IHeldLease? _kept;

    public async Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken)
    {
        await _cycle.WaitAsync(cancellationToken);
        try
        {
            if (_kept is { IsHeld: false })
            {
                await _kept.DisposeAsync();
                _kept = null;
            }

            _kept ??= await TakeAsync(account, holder, cancellationToken);
            if (_kept is not null)
            {
                return new Turn(_kept, _cycle);
            }
        }
        catch
        {
            _cycle.Release();
            throw;
        }

        _cycle.Release();
        return null;
    }

    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) => lease.PeekAsync(account, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_kept is not null)
        {
            await _kept.DisposeAsync();
        }

        _cycle.Dispose();
    }

    private async Task<IHeldLease?> TakeAsync(string account, string holder, CancellationToken cancellationToken)
    {
        if (await lease.TryAcquireAsync(account, holder, cancellationToken) is { } held)
        {
            return held;
        }

        await lease.BreakAsync(account, cancellationToken);
        return await lease.TryAcquireAsync(account, holder, cancellationToken);
    }

    private sealed class Turn(IHeldLease kept, SemaphoreSlim cycle) : IHeldLease
    {
        public bool IsHeld => kept.IsHeld;

        public CancellationToken Lost => kept.Lost;

        public ValueTask DisposeAsync()
        {
            cycle.Release();
            return ValueTask.CompletedTask;
        }
    }
}
