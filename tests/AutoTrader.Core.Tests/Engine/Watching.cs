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
internal sealed class WatchedStore(ITradingStore inner) : DelegatingTradingStore(inner)
{
    public List<IReadOnlyList<TradingWrite>> Groups { get; } = [];

    /// <summary>What happens before a group is written.</summary>
    public Action<IReadOnlyList<TradingWrite>>? BeforeCommit { get; set; }

    public override Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken)
    {
        BeforeCommit?.Invoke(group);
        Groups.Add([.. group]);
        return Inner.CommitAsync(account, group, cancellationToken);
    }
}
