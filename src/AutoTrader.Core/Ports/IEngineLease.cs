namespace AutoTrader.Core.Ports;

/// <summary>Who holds a lease.</summary>
/// <param name="Holder">The name that the holder gave.</param>
/// <param name="Since">Since when (UTC, wall clock).</param>
public sealed record LeaseHolder(string Holder, DateTimeOffset Since);

/// <summary>A lease that is held. Disposing gives it back.</summary>
public interface IHeldLease : IAsyncDisposable
{
    /// <summary>Whether it is certainly still held: counted on the monotonic clock from the send time of the last good renewal.</summary>
    bool IsHeld { get; }

    /// <summary>Canceled when it is lost, or can no longer be proven to be held.</summary>
    CancellationToken Lost { get; }
}

/// <summary>The engine lease: one holder per account decides and talks to the broker about orders.</summary>
public interface IEngineLease
{
    /// <summary>Takes the lease of <paramref name="account"/>; null when another holds it.</summary>
    Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken);

    /// <summary>The holder; null when it is free.</summary>
    Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken);
}
