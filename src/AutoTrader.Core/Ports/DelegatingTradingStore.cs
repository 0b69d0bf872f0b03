namespace AutoTrader.Core.Ports;

/// <summary>Base class for decorators of a trading store: it forwards every call.</summary>
/// <param name="inner">The inner store.</param>
public abstract class DelegatingTradingStore(ITradingStore inner) : ITradingStore
{
    /// <summary>The inner store.</summary>
    protected ITradingStore Inner => inner;

    /// <inheritdoc/>
    public virtual Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken) =>
        inner.LoadAsync(account, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) =>
        inner.PeekAsync(account, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken) =>
        inner.CommitAsync(account, group, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class => inner.ReadAsync<T>(account, rowKey, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<Row<T>>> ListAsync<T>(
        string account,
        string prefix,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
        where T : class => inner.ListAsync<T>(account, prefix, pageSize, continuation, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<bool> DeleteAsync(string account, string rowKey, TradingWrite? audit, CancellationToken cancellationToken) =>
        inner.DeleteAsync(account, rowKey, audit, cancellationToken);
}
