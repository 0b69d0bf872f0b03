using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Simulation.Exploration;

/// <summary>Takes the write-ahead out: an order that is not sent yet is not stored.</summary>
internal sealed class WithoutIntents(ITradingStore inner) : TradingDecorator(inner)
{
    private static readonly RowVersion Nowhere = new("nowhere");

    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        List<TradingWrite> kept =
        [
            .. group
                .Where(write => write.Record is not Order { Status: OrderStatus.Intended })
                .Select(write => write.Expected == Nowhere ? write with { Expected = null } : write),
        ];
        kept.RemoveAll(write => write is { Record: null, Expected: null });
        if (kept.Count > 0 && await Inner.CommitAsync(account, kept, cancellationToken) is CommitResult.Committed committed)
        {
            var versions = kept.Zip(committed.Versions)
                .ToDictionary(pair => pair.First.RowKey, pair => pair.Second, StringComparer.Ordinal);
            return new CommitResult.Committed([.. group.Select(write => versions.GetValueOrDefault(write.RowKey, Nowhere))]);
        }

        return kept.Count == 0 ? new CommitResult.Committed([.. group.Select(_ => Nowhere)]) : new CommitResult.Conflict(kept[0].RowKey);
    }
}

/// <summary>Forgets who had what changed.</summary>
internal sealed class WithoutAudit(ITradingStore inner) : TradingDecorator(inner)
{
    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        List<TradingWrite> kept = [.. group.Where(write => write.Record is not AuditEntry)];
        if (await Inner.CommitAsync(account, kept, cancellationToken) is not CommitResult.Committed committed)
        {
            return new CommitResult.Conflict(kept[0].RowKey);
        }

        var versions = kept.Zip(committed.Versions).ToDictionary(pair => pair.First.RowKey, pair => pair.Second, StringComparer.Ordinal);
        return new CommitResult.Committed([.. group.Select(write => versions.GetValueOrDefault(write.RowKey))]);
    }
}

/// <summary>Answers that a group is written, and writes it with the next call: orders are sent before they are stored.</summary>
internal sealed class WriteBehind(ITradingStore inner) : TradingDecorator(inner)
{
    private readonly Dictionary<string, RowVersion?> _real = new(StringComparer.Ordinal);
    private (string Account, IReadOnlyList<TradingWrite> Group, IReadOnlyList<string> Promised)? _behind;
    private int _promises;

    public override async Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken)
    {
        await CatchUpAsync(cancellationToken);
        return await base.LoadAsync(account, cancellationToken);
    }

    public override async Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class
    {
        // The read just before a submission does not wait either.
        await (rowKey == TradingKey.Account ? Task.CompletedTask : CatchUpAsync(cancellationToken));
        return await base.ReadAsync<T>(account, rowKey, cancellationToken);
    }

    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        await CatchUpAsync(cancellationToken);
        List<string> promised = [.. group.Select(_ => FormattableString.Invariant($"promised {_promises++}"))];
        _behind = (
            account,
            [
                .. group.Select(write =>
                    write.Expected is { } version && _real.TryGetValue(version.ETag, out var real) ? write with { Expected = real } : write
                ),
            ],
            promised
        );
        return new CommitResult.Committed([.. promised.Select((etag, index) => group[index].Record is null ? null : new RowVersion(etag))]);
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (_behind is { } behind)
        {
            _behind = null;
            if (await Inner.CommitAsync(behind.Account, behind.Group, cancellationToken) is CommitResult.Committed committed)
            {
                for (var i = 0; i < behind.Promised.Count; i++)
                {
                    _real[behind.Promised[i]] = committed.Versions[i];
                }
            }
        }
    }
}

/// <summary>Writes whatever version the rows have.</summary>
internal sealed class WithoutVersions(ITradingStore inner) : TradingDecorator(inner)
{
    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        var result = await Inner.CommitAsync(account, group, cancellationToken);
        return result is CommitResult.Conflict ? await ForceAsync(account, group) : result;
    }

    private async Task<CommitResult> ForceAsync(string account, IReadOnlyList<TradingWrite> group)
    {
        foreach (var write in group)
        {
            await Inner.DeleteAsync(account, write.RowKey, null, CancellationToken.None);
        }

        List<TradingWrite> inserts = [.. group.Where(write => write.Record is not null).Select(write => write with { Expected = null })];
        if (inserts.Count == 0 || await Inner.CommitAsync(account, inserts, CancellationToken.None) is not CommitResult.Committed committed)
        {
            return new CommitResult.Committed([.. group.Select(_ => (RowVersion?)null)]);
        }

        var versions = inserts.Zip(committed.Versions).ToDictionary(pair => pair.First.RowKey, pair => pair.Second, StringComparer.Ordinal);
        return new CommitResult.Committed([.. group.Select(write => versions.GetValueOrDefault(write.RowKey))]);
    }
}

/// <summary>Does not look whether an execution is in the ledger already.</summary>
internal sealed class WithoutKnownFills(ITradingStore inner) : TradingDecorator(inner)
{
    public override Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class =>
        typeof(T) == typeof(Fill) ? Task.FromResult<Row<T>?>(null) : base.ReadAsync<T>(account, rowKey, cancellationToken);

    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        foreach (var write in group.Where(write => write.Record is Fill))
        {
            await Inner.DeleteAsync(account, write.RowKey, null, cancellationToken);
        }

        return await base.CommitAsync(account, group, cancellationToken);
    }
}

/// <summary>Does not remember which executions were applied.</summary>
internal sealed class WithoutAppliedExecutions(IEngineStore inner) : IEngineStore
{
    public Task<Row<EngineState>?> LoadAsync(string account, CancellationToken cancellationToken) =>
        inner.LoadAsync(account, cancellationToken);

    public Task<RowVersion?> SaveAsync(
        string account,
        EngineState state,
        RowVersion? expected,
        CycleRecord cycle,
        CancellationToken cancellationToken
    ) =>
        inner.SaveAsync(
            account,
            state with
            {
                Applied = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal),
            },
            expected,
            cycle,
            cancellationToken
        );

    public Task<CycleListing> ListCyclesAsync(string account, int count, CancellationToken cancellationToken) =>
        inner.ListCyclesAsync(account, count, cancellationToken);

    public Task<UnreadableRow?> FindUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        inner.FindUnreadableAsync(account, rowKey, cancellationToken);

    public Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        inner.DeleteUnreadableAsync(account, rowKey, cancellationToken);

    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneAsync(account, before, cancellationToken);
}

/// <summary>Never finds what it sent: an answer that was lost means that nothing was sent.</summary>
internal sealed class WithoutLookUp(IBroker inner) : BrokerDecorator(inner)
{
    public override Task<IReadOnlyList<BrokerOrder>> GetOrdersAsync(DateTimeOffset endedSince, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BrokerOrder>>([]);

    public override Task<BrokerOrder?> FindAsync(string clientOrderId, CancellationToken cancellationToken) =>
        Task.FromResult<BrokerOrder?>(null);
}

/// <summary>Takes protection for placed without placing it.</summary>
internal sealed class WithoutProtection(IBroker inner, TimeProvider clock) : BrokerDecorator(inner)
{
    private readonly Dictionary<string, BrokerOrder> _imagined = new(StringComparer.Ordinal);

    public override Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken)
    {
        if (terms.Side == OrderSide.Buy || terms.Type == OrderType.Market)
        {
            return base.SubmitAsync(clientOrderId, terms, cancellationToken);
        }

        var imagined = _imagined["imagined-" + clientOrderId] = new()
        {
            Id = "imagined-" + clientOrderId,
            ClientOrderId = clientOrderId,
            Status = "new",
            Terms = terms,
            SubmittedAt = clock.GetUtcNow(),
        };
        return Task.FromResult(imagined);
    }

    public override Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        _imagined.TryGetValue(brokerOrderId, out var imagined)
            ? Task.FromResult<BrokerOrder?>(imagined)
            : base.GetOrderAsync(brokerOrderId, cancellationToken);
}

/// <summary>Takes an order of one side for canceled without asking the broker.</summary>
internal sealed class WithoutCancels(IBroker inner, OrderSide side, TimeProvider clock) : BrokerDecorator(inner)
{
    private readonly HashSet<string> _canceled = new(StringComparer.Ordinal);

    public override async Task CancelAsync(string brokerOrderId, CancellationToken cancellationToken)
    {
        if ((await Inner.GetOrderAsync(brokerOrderId, cancellationToken))?.Terms.Side == side)
        {
            _canceled.Add(brokerOrderId);
            return;
        }

        await base.CancelAsync(brokerOrderId, cancellationToken);
    }

    public override async Task<BrokerOrder?> GetOrderAsync(string brokerOrderId, CancellationToken cancellationToken) =>
        await base.GetOrderAsync(brokerOrderId, cancellationToken) is not { } shown ? null
        : _canceled.Contains(brokerOrderId)
            ? shown with
            {
                Status = "canceled",
                EndedAt = clock.GetUtcNow(),
                StopLeg = shown.StopLeg is { } leg ? leg with { Status = "canceled" } : null,
            }
        : shown;
}

/// <summary>Lets the engine see another account row than there is.</summary>
/// <param name="inner">The store.</param>
/// <param name="seen">What the engine sees.</param>
/// <param name="written">What is stored when the engine writes the second while the first was there.</param>
internal sealed class AnotherAccount(
    ITradingStore inner,
    Func<AccountState, AccountState> seen,
    Func<AccountState, AccountState, AccountState> written
) : TradingDecorator(inner)
{
    private AccountState _there = new();

    public override async Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken)
    {
        var snapshot = await base.LoadAsync(account, cancellationToken);
        return snapshot.Account is { } row ? snapshot with { Account = Seen(row) } : snapshot;
    }

    public override async Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class
    {
        var row = await base.ReadAsync<T>(account, rowKey, cancellationToken);
        return row is Row<AccountState> state ? (Row<T>)(object)Seen(state) : row;
    }

    public override Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    ) =>
        base.CommitAsync(
            account,
            [.. group.Select(write => write.Record is AccountState state ? write with { Record = written(_there, state) } : write)],
            cancellationToken
        );

    private Row<AccountState> Seen(Row<AccountState> row)
    {
        _there = row.Value;
        return row with { Value = seen(row.Value) };
    }
}

/// <summary>Checks the account row once, when the cycle begins: what was changed since is not seen, and entries commit without its
/// version.</summary>
internal sealed class AccountOfTheBeginning(ITradingStore inner) : TradingDecorator(inner)
{
    private Row<AccountState>? _row;

    public override async Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken)
    {
        var snapshot = await base.LoadAsync(account, cancellationToken);
        _row = snapshot.Account;
        return snapshot;
    }

    public override Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class =>
        rowKey == TradingKey.Account ? Task.FromResult((Row<T>?)(object?)_row) : base.ReadAsync<T>(account, rowKey, cancellationToken);

    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        List<TradingWrite> others = [.. group.Where(write => write.Record is not AccountState || write.Expected is null)];
        if (others.Count == group.Count || others.Count == 0)
        {
            return await base.CommitAsync(account, group, cancellationToken);
        }

        var result = await base.CommitAsync(account, others, cancellationToken);
        return result is not CommitResult.Committed committed
            ? result
            : new CommitResult.Committed([
                .. group.Select(write => others.IndexOf(write) is >= 0 and var index ? committed.Versions[index] : write.Expected),
            ]);
    }
}

/// <summary>Changes strategies as they are written.</summary>
internal sealed class OtherStrategies(ITradingStore inner, Func<Strategy, Strategy> change) : TradingDecorator(inner)
{
    public override Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    ) =>
        base.CommitAsync(
            account,
            [.. group.Select(write => write.Record is Strategy strategy ? write with { Record = change(strategy) } : write)],
            cancellationToken
        );
}

/// <summary>A lease whose holder never learns that it was lost.</summary>
internal sealed class WithoutFence(IEngineLease inner) : IEngineLease
{
    public async Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken) =>
        await inner.TryAcquireAsync(account, holder, cancellationToken) is { } held ? new Unfenced(held) : null;

    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken) => inner.PeekAsync(account, cancellationToken);

    private sealed class Unfenced(IHeldLease held) : IHeldLease
    {
        public bool IsHeld => true;

        public CancellationToken Lost => CancellationToken.None;

        public ValueTask DisposeAsync() => held.DisposeAsync();
    }
}
