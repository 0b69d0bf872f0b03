using AutoTrader.Core.Ports;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>A gate that notes every call that leaves the engine, in order, and does what a test wants before one.</summary>
internal sealed class Watching(Action<PortCall>? before = null) : IGate
{
    public List<string> Calls { get; } = [];

    /// <summary>Whether a look-up gets the answer that there is no such thing.</summary>
    public Func<PortCall, bool> Hides { get; set; } = _ => false;

    public async Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null)
    {
        Calls.Add(at.Name);
        before?.Invoke(at);
        return Hides(at) ? default! : await call();
    }
}

/// <summary>The trading state, with every group that the engine commits.</summary>
internal sealed class WatchedStore(ITradingStore inner) : ITradingStore
{
    public List<IReadOnlyList<TradingWrite>> Groups { get; } = [];

    /// <summary>What happens before a group is written.</summary>
    public Action<IReadOnlyList<TradingWrite>>? BeforeCommit { get; set; }

    public Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) =>
        inner.PeekAsync(account, cancellationToken);

    public Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken) =>
        inner.LoadAsync(account, cancellationToken);

    public Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken)
    {
        BeforeCommit?.Invoke(group);
        Groups.Add([.. group]);
        return inner.CommitAsync(account, group, cancellationToken);
    }

    public Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class => inner.ReadAsync<T>(account, rowKey, cancellationToken);

    public Task<Page<Row<T>>> ListAsync<T>(
        string account,
        string prefix,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
        where T : class => inner.ListAsync<T>(account, prefix, pageSize, continuation, cancellationToken);

    public Task<bool> DeleteAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        inner.DeleteAsync(account, rowKey, cancellationToken);
}
