using AutoTrader.Core.Ports;
using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.LocalHost.Replay;

/// <summary>The host's view of its storage, for the app's health.</summary>
internal sealed class StorageGuard(StorageSafety safety) : IStorageGuard
{
    public string? Problem => safety.Problem;
}

/// <summary>The engine lease, which is unavailable while storage loses acknowledged writes: an order whose intent is lost would be sent
/// twice.</summary>
internal sealed class GuardedLease(IEngineLease lease, StorageSafety safety) : IEngineLease
{
    public Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken) =>
        safety.Problem is null ? lease.TryAcquireAsync(account, holder, cancellationToken) : Task.FromResult<IHeldLease?>(null);

    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) => lease.PeekAsync(account, cancellationToken);
}
