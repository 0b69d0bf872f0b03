using AutoTrader.Core.Ports;

namespace AutoTrader.Backtesting.Replay;

/// <summary>The engine lease of a backtest: nobody else is there to hold it.</summary>
internal sealed class ReplayLease : IEngineLease, IHeldLease
{
    /// <inheritdoc/>
    public bool IsHeld => true;

    /// <inheritdoc/>
    public CancellationToken Lost => CancellationToken.None;

    /// <inheritdoc/>
    public Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken) =>
        Task.FromResult<IHeldLease?>(this);

    /// <inheritdoc/>
    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) => Task.FromResult<LeaseHolder?>(null);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
