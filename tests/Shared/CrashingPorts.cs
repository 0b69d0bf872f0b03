using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;

namespace AutoTrader.Tests.Shared;

/// <summary>The process is dead: nothing more gets out until it is started again.</summary>
internal sealed class ProcessDied : Exception;

/// <summary>Counts every call that leaves the process, and kills it before or after the one that it is told.</summary>
internal sealed class CrashPoint
{
    public int Calls { get; private set; }

    public int? DieAt { get; set; }

    public bool IsDead { get; private set; }

    /// <summary>What a call meets once it is dead: the end of the process, or of what is called.</summary>
    public Func<Exception> Death { get; init; } = () => new ProcessDied();

    public void Restart()
    {
        IsDead = false;
        DieAt = null;
    }

    public async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        Step();
        var answer = await call();
        Step();
        return answer;
    }

    private void Step()
    {
        IsDead |= ++Calls == DieAt;
        if (IsDead)
        {
            throw Death();
        }
    }
}

/// <summary>A store whose every call may be the last of the process.</summary>
internal sealed class CrashingStore(ITradingStore inner, CrashPoint crash) : ITradingStore
{
    public Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken) => crash.CallAsync(() => inner.LoadAsync(account, cancellationToken));

    public Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken) =>
        crash.CallAsync(() => inner.CommitAsync(account, group, cancellationToken));

    public Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class => crash.CallAsync(() => inner.ReadAsync<T>(account, rowKey, cancellationToken));

    public Task<Page<Row<T>>> ListAsync<T>(string account, string prefix, int pageSize, string? continuation, CancellationToken cancellationToken)
        where T : class => crash.CallAsync(() => inner.ListAsync<T>(account, prefix, pageSize, continuation, cancellationToken));

    public Task<bool> DeleteAsync(string account, string rowKey, CancellationToken cancellationToken) => crash.CallAsync(() => inner.DeleteAsync(account, rowKey, cancellationToken));
}

/// <summary>An engine store whose every call may be the last of the process.</summary>
internal sealed class CrashingEngineStore(IEngineStore inner, CrashPoint crash) : IEngineStore
{
    public Task<Row<EngineMemory>?> LoadAsync(string account, CancellationToken cancellationToken) => crash.CallAsync(() => inner.LoadAsync(account, cancellationToken));

    public Task<RowVersion?> SaveAsync(string account, EngineMemory memory, RowVersion? expected, CycleRecord cycle, CancellationToken cancellationToken) =>
        crash.CallAsync(() => inner.SaveAsync(account, memory, expected, cycle, cancellationToken));

    public Task<IReadOnlyList<CycleRecord>> ListCyclesAsync(string account, int count, CancellationToken cancellationToken) => inner.ListCyclesAsync(account, count, cancellationToken);

    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) => inner.PruneAsync(account, before, cancellationToken);
}

/// <summary>A broker whose every call may be the last of the process.</summary>
internal sealed class CrashingBroker(IBroker inner, CrashPoint crash) : IBroker
{
    public string AccountKey => inner.AccountKey;

    public TimeSpan InFlight => inner.InFlight;

    public bool SupportsOco => inner.SupportsOco;

    public Task<BrokerAccount> GetAccountAsync(CancellationToken cancellationToken) => crash.CallAsync(() => inner.GetAccountAsync(cancellationToken));

    public Task<IReadOnlyList<BrokerPosition>> GetPositionsAsync(CancellationToken cancellationToken) => crash.CallAsync(() => inner.GetPositionsAsync(cancellationToken));

    public Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) => crash.CallAsync(() => inner.GetOrdersAsync(endedSince, cancellationToken));

    public Task<IReadOnlyList<Execution>> GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken) => crash.CallAsync(() => inner.GetExecutionsAsync(since, cancellationToken));

    public Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken) => crash.CallAsync(() => inner.FindAsync(clientOrderId, cancellationToken));

    public Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) => crash.CallAsync(() => inner.GetOrderAsync(brokerOrderId, cancellationToken));

    public Task<BrokerOrder?> WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken) => crash.CallAsync(() => inner.WatchAsync(brokerOrderId, atMost, cancellationToken));

    public Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken) => crash.CallAsync(() => inner.SubmitAsync(clientOrderId, terms, cancellationToken));

    public Task<BrokerOrder> ReplaceAsync(string brokerOrderId, string clientOrderId, OrderTerms terms, CancellationToken cancellationToken) =>
        crash.CallAsync(() => inner.ReplaceAsync(brokerOrderId, clientOrderId, terms, cancellationToken));

    public Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken) => crash.CallAsync(async () =>
    {
        await inner.CancelAsync(brokerOrderId, cancellationToken);
        return true;
    });
}
