using AutoTrader.Core.Engine.Ports;
using AutoTrader.Storage.Lease;

namespace AutoTrader.LocalHost.Replay;

/// <summary>
/// The engine lease in a replay, where one process has the virtual clock. Whoever else holds the lease when it starts was killed, and loses it at once; and
/// virtual time does not pass while a cycle waits for another of this process. So no virtual minute goes by without its tick.
/// </summary>
internal sealed class ReplayLease(BlobEngineLease lease) : IEngineLease
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private int _started;

    public async Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await lease.TryAcquireAsync(account, holder, cancellationToken) is { } held)
            {
                _started = 1;
                return held;
            }

            if (Interlocked.Exchange(ref _started, 1) == 0 && await lease.PeekAsync(account, cancellationToken) is { } dead && dead.Holder != holder)
            {
                await lease.BreakAsync(account, cancellationToken);
                continue;
            }

            await Task.Delay(Poll, cancellationToken);
        }
    }

    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) => lease.PeekAsync(account, cancellationToken);
}
