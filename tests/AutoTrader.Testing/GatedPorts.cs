using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Testing;

/// <summary>The process is dead: nothing more gets out until it is started again.</summary>
public sealed class ProcessDiedException : Exception;

/// <summary>What a call goes to.</summary>
public enum Port
{
    Trading,
    Engine,
    Audit,
    Paper,
    Broker,
    Market,
    Lease,
    Schedules,
    Notifications,
}

/// <summary>A call that leaves the process.</summary>
/// <param name="Port">To what.</param>
/// <param name="Name">The method.</param>
/// <param name="IsWrite">Whether it changes anything there.</param>
/// <param name="Key">What it is about: two reads of one key may answer differently only because something changed between them.</param>
public readonly record struct PortCall(Port Port, string Name, bool IsWrite = false, string Key = "");

/// <summary>Stands between the process and everything outside it. A write that has got out is not taken back when its caller gives
/// up.</summary>
public interface IGate
{
    /// <summary>Lets a call out, or does to it what the gate is there for.</summary>
    /// <param name="at">Which call.</param>
    /// <param name="call">Makes it.</param>
    /// <param name="twice">The answer when everything in it is reported twice; null when that means nothing.</param>
    Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null);
}

/// <summary>Counts every call that leaves the process, and kills it before or after the one that it is told.</summary>
public sealed class CrashPoint : IGate
{
    public int Calls { get; private set; }

    public int? DieAt { get; set; }

    public bool IsDead { get; private set; }

    /// <summary>What a call meets once it is dead: the end of the process, or of what is called.</summary>
    public Func<Exception> Death { get; init; } = () => new ProcessDiedException();

    public void Restart()
    {
        IsDead = false;
        DieAt = null;
    }

    public async Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null)
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

public static class Gates
{
    public static Task CallAsync(this IGate gate, PortCall at, Func<Task> call) => gate.CallAsync(at, async () =>
        {
            await call();
            return true;
        });
}

public sealed class GatedTradingStore(ITradingStore inner, IGate gate) : ITradingStore
{
    public Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Trading, "load"), () => inner.LoadAsync(account, cancellationToken));

    public Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Trading, "peek"), () => inner.PeekAsync(account, cancellationToken));

    public Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Trading, "commit", IsWrite: true), () => inner.CommitAsync(account, group, CancellationToken.None));

    public Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class =>
        gate.CallAsync(new(Port.Trading, "read", Key: rowKey), () => inner.ReadAsync<T>(account, rowKey, cancellationToken));

    public Task<Page<Row<T>>> ListAsync<T>(
        string account,
        string prefix,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
        where T : class =>
        gate.CallAsync(new(Port.Trading, "list", Key: prefix + continuation), () =>
            inner.ListAsync<T>(account, prefix, pageSize, continuation, cancellationToken)
        );

    public Task<bool> DeleteAsync(string account, string rowKey, TradingWrite? audit, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Trading, "delete", IsWrite: true), () => inner.DeleteAsync(account, rowKey, audit, cancellationToken));
}

public sealed class GatedEngineStore(IEngineStore inner, IGate gate) : IEngineStore
{
    public Task<Row<EngineState>?> LoadAsync(string account, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Engine, "load"), () => inner.LoadAsync(account, cancellationToken));

    public Task<RowVersion?> SaveAsync(
        string account,
        EngineState state,
        RowVersion? expected,
        CycleRecord cycle,
        CancellationToken cancellationToken
    ) =>
        gate.CallAsync(new(Port.Engine, "save", IsWrite: true), () =>
            inner.SaveAsync(account, state, expected, cycle, CancellationToken.None)
        );

    public Task<CycleListing> ListCyclesAsync(string account, int count, CancellationToken cancellationToken) =>
        inner.ListCyclesAsync(account, count, cancellationToken);

    public Task<UnreadableRow?> FindUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        inner.FindUnreadableAsync(account, rowKey, cancellationToken);

    public Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Engine, "delete", IsWrite: true), () => inner.DeleteUnreadableAsync(account, rowKey, cancellationToken));

    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneAsync(account, before, cancellationToken);
}

public sealed class GatedAuditLog(IAuditLog inner, IGate gate) : IAuditLog
{
    public Task AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Audit, "append", IsWrite: true), () => inner.AppendAsync(account, entry, cancellationToken));

    public Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListAsync(account, pageSize, continuation, cancellationToken);

    public Task ProjectAsync(string account, CancellationToken cancellationToken) => inner.ProjectAsync(account, cancellationToken);

    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneAsync(account, before, cancellationToken);
}

public sealed class GatedPaperStore(IPaperStore inner, IGate gate) : IPaperStore
{
    public Task<IReadOnlyList<PaperRow>> LoadAsync(string account, string fromKey, string? toKey, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Paper, "load", Key: fromKey), () => inner.LoadAsync(account, fromKey, toKey, cancellationToken));

    public Task<IReadOnlyList<string?>?> CommitAsync(
        string account,
        IReadOnlyList<PaperWrite> group,
        CancellationToken cancellationToken
    ) => gate.CallAsync(new(Port.Paper, "commit", IsWrite: true), () => inner.CommitAsync(account, group, CancellationToken.None));
}

public sealed class GatedMarketData(IMarketData inner, IGate gate) : IMarketData
{
    public Task<IReadOnlyDictionary<string, SymbolFeed>> GetFeedsAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    ) => gate.CallAsync(new(Port.Market, "feeds"), () => inner.GetFeedsAsync(symbols, cancellationToken));

    public Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    ) => gate.CallAsync(new(Port.Market, "quotes"), () => inner.GetQuotesAsync(symbols, cancellationToken));

    public Task<IReadOnlyList<Bar>> GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    ) =>
        gate.CallAsync(new(Port.Market, "bars", Key: FormattableString.Invariant($"{symbol} {from:O} {to:O}")), () =>
            inner.GetBarsAsync(symbol, from, to, cancellationToken)
        );

    public Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    ) => gate.CallAsync(new(Port.Market, "closes"), () => inner.GetClosesAsync(symbols, session, cancellationToken));

    public Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Market, "splits"), () => inner.GetSplitsAsync(from, to, cancellationToken));
}

public sealed class GatedBroker(IBroker inner, IGate gate) : IBroker
{
    public string AccountKey => inner.AccountKey;

    public TimeSpan InFlight => inner.InFlight;

    public bool SupportsOco => inner.SupportsOco;

    public bool HasRoomForEntries => inner.HasRoomForEntries;

    public bool RefusesWashTrades => inner.RefusesWashTrades;

    public Task<BrokerAccount> GetAccountAsync(CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "account"), () => inner.GetAccountAsync(cancellationToken));

    public Task<IReadOnlyList<BrokerPosition>> GetPositionsAsync(CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "positions"), () => inner.GetPositionsAsync(cancellationToken));

    public Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) =>
        gate.CallAsync<IReadOnlyList<BrokerOrder>>(
            new(Port.Broker, "orders"),
            () => inner.GetOrdersAsync(endedSince, cancellationToken),
            twice: list => [.. list, .. list]
        );

    public Task<IReadOnlyList<Execution>> GetExecutionsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        gate.CallAsync<IReadOnlyList<Execution>>(
            new(Port.Broker, "executions"),
            () => inner.GetExecutionsAsync(since, cancellationToken),
            twice: list => [.. list, .. list]
        );

    public Task<IReadOnlyList<CashActivity>> GetCashActivitiesAsync(DateOnly since, CancellationToken cancellationToken) =>
        gate.CallAsync<IReadOnlyList<CashActivity>>(
            new(Port.Broker, "activities"),
            () => inner.GetCashActivitiesAsync(since, cancellationToken),
            twice: list => [.. list, .. list]
        );

    public Task<IReadOnlyList<Session>?> GetSessionsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "calendar", Key: FormattableString.Invariant($"{to:O}")), () =>
            inner.GetSessionsAsync(from, to, cancellationToken)
        );

    public Task<BrokerClock?> GetClockAsync(CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "clock"), () => inner.GetClockAsync(cancellationToken));

    public Task<string?> WhyNotTradableAsync(string symbol, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "asset", Key: symbol), () => inner.WhyNotTradableAsync(symbol, cancellationToken));

    public Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "find", Key: clientOrderId), () => inner.FindAsync(clientOrderId, cancellationToken));

    public Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "order", Key: brokerOrderId), () => inner.GetOrderAsync(brokerOrderId, cancellationToken));

    public Task<BrokerOrder?> WatchAsync(string brokerOrderId, TimeSpan atMost, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "watch", Key: brokerOrderId), () => inner.WatchAsync(brokerOrderId, atMost, cancellationToken));

    public Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "submit", IsWrite: true), () => inner.SubmitAsync(clientOrderId, terms, cancellationToken));

    public Task<BrokerOrder> ReplaceAsync(
        string brokerOrderId,
        string clientOrderId,
        OrderTerms terms,
        CancellationToken cancellationToken
    ) =>
        gate.CallAsync(new(Port.Broker, "replace", IsWrite: true), () =>
            inner.ReplaceAsync(brokerOrderId, clientOrderId, terms, cancellationToken)
        );

    public Task<BrokerOrder> AmendAsync(string brokerOrderId, OcoPrices prices, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "amend", IsWrite: true), () => inner.AmendAsync(brokerOrderId, prices, cancellationToken));

    public Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Broker, "cancel", IsWrite: true), () => inner.CancelAsync(brokerOrderId, cancellationToken));
}

public sealed class GatedLease(IEngineLease inner, IGate gate) : IEngineLease
{
    public Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken) =>
        gate.CallAsync<IHeldLease?>(new(Port.Lease, "acquire", IsWrite: true), async () =>
            await inner.TryAcquireAsync(account, holder, cancellationToken) is { } held ? new Held(held, gate) : null
        );

    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) => inner.PeekAsync(account, cancellationToken);

    private sealed class Held(IHeldLease inner, IGate gate) : IHeldLease
    {
        public bool IsHeld => inner.IsHeld;

        public CancellationToken Lost => inner.Lost;

        public async ValueTask DisposeAsync()
        {
            try
            {
                await gate.CallAsync(new(Port.Lease, "release", IsWrite: true), () => inner.DisposeAsync().AsTask());
            }
            catch (ProcessDiedException)
            {
                // A dead process releases nothing; its lease ends by itself.
            }
            catch (StorageUnavailableException)
            {
                // As the blob's lease: what could not be released ends by itself.
            }
        }
    }
}

public sealed class GatedScheduleStore(IScheduleStore inner, IGate gate) : IScheduleStore
{
    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, "read", Key: id), () => inner.ReadAsync(id, cancellationToken));

    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, "list", Key: continuation ?? ""), () =>
            inner.ListAsync(pageSize, continuation, cancellationToken)
        );

    public Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, "commit", IsWrite: true), () => inner.CommitAsync(id, group, CancellationToken.None));

    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, "run", Key: ScheduleKey.Run(id, planned, cause)), () =>
            inner.ReadRunAsync(id, planned, cause, cancellationToken)
        );

    public Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, "triggered", Key: id + cause), () => inner.FindTriggeredAsync(id, cause, cancellationToken));

    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, "runs", Key: id + continuation), () =>
            inner.ListRunsAsync(id, pageSize, continuation, cancellationToken)
        );

    public Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, "open", Key: continuation ?? ""), () =>
            inner.ListOpenRunsAsync(pageSize, continuation, cancellationToken)
        );

    public Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        inner.ListUnreadableAsync(cancellationToken);

    public Task<UnreadableRow?> DeleteUnreadableAsync(
        string rowKey,
        Func<UnreadableRow, ScheduleWrite> audit,
        CancellationToken cancellationToken
    ) => gate.CallAsync(new(Port.Schedules, "delete", IsWrite: true), () => inner.DeleteUnreadableAsync(rowKey, audit, cancellationToken));

    public Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneRunsAsync(before, cancellationToken);
}
