using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Replay;

/// <summary>
/// The trading and the engine state of a backtest: the records themselves, in memory. Ended orders and fills are its result; notifications
/// and records of cycles are not kept. One backtest uses it, one call at a time.
/// </summary>
internal sealed class ReplayBooks : ITradingStore, IEngineStore
{
    private static readonly RowVersion Only = new("1");

    private readonly SortedDictionary<string, (object Record, RowVersion Version)> _rows = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (object Record, RowVersion Version)> _past = new(StringComparer.Ordinal);
    private readonly List<Order> _ended = [];
    private readonly List<Fill> _fills = [];
    private TradingSnapshot? _snapshot;
    private Row<EngineState>? _memory;

    /// <summary>Changes with every commit.</summary>
    public long Version { get; private set; }

    /// <summary>Everything that a cycle works on, as it is now.</summary>
    public TradingSnapshot Snapshot => _snapshot ??= Read();

    /// <summary>What the engine remembers; null before the first cycle.</summary>
    public EngineState? Memory => _memory?.Value;

    /// <summary>Orders that ended and are settled, in the order in which they did.</summary>
    public IReadOnlyList<Order> Ended => _ended;

    /// <summary>Ledger entries in the order in which they were taken in.</summary>
    public IReadOnlyList<Fill> Fills => _fills;

    /// <inheritdoc/>
    public Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken) => Task.FromResult(Snapshot);

    /// <inheritdoc/>
    public Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) => Task.FromResult(Snapshot);

    /// <inheritdoc/>
    public Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken)
    {
        foreach (var write in group)
        {
            if (Find(write.RowKey)?.Version.ETag != write.Expected?.ETag)
            {
                return Task.FromResult<CommitResult>(new CommitResult.Conflict(write.RowKey));
            }
        }

        Version++;
        _snapshot = null;
        var version = new RowVersion(Version.ToString(CultureInfo.InvariantCulture));
        var versions = new RowVersion?[group.Count];
        for (var i = 0; i < group.Count; i++)
        {
            versions[i] = Apply(group[i], version);
        }

        return Task.FromResult<CommitResult>(new CommitResult.Committed(versions));
    }

    /// <inheritdoc/>
    public Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class => Task.FromResult(Find(rowKey) is { } row ? new Row<T>((T)row.Record, row.Version) : null);

    /// <inheritdoc/>
    public Task<Page<Row<T>>> ListAsync<T>(
        string account,
        string prefix,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
        where T : class =>
        Task.FromResult(
            new Page<Row<T>>(
                [
                    .. _rows
                        .Concat(_past)
                        .Where(row => row.Key.StartsWith(prefix, StringComparison.Ordinal))
                        .Select(row => new Row<T>((T)row.Value.Record, row.Value.Version)),
                ],
                null
            )
        );

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string account, string rowKey, TradingWrite? audit, CancellationToken cancellationToken)
    {
        _snapshot = null;
        Version++;
        return Task.FromResult(_rows.Remove(rowKey) || _past.Remove(rowKey));
    }

    /// <inheritdoc/>
    Task<Row<EngineState>?> IEngineStore.LoadAsync(string account, CancellationToken cancellationToken) => Task.FromResult(_memory);

    /// <inheritdoc/>
    public Task<RowVersion?> SaveAsync(
        string account,
        EngineState memory,
        RowVersion? expected,
        CycleRecord cycle,
        CancellationToken cancellationToken
    )
    {
        _memory = new(memory, Only);
        return Task.FromResult<RowVersion?>(Only);
    }

    /// <inheritdoc/>
    public Task<CycleListing> ListCyclesAsync(string account, int count, CancellationToken cancellationToken) =>
        Task.FromResult(new CycleListing([], []));

    /// <inheritdoc/>
    public Task<UnreadableRow?> FindUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        Task.FromResult<UnreadableRow?>(null);

    /// <inheritdoc/>
    public Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        Task.FromResult<UnreadableRow?>(null);

    /// <inheritdoc/>
    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) => Task.CompletedTask;

    private (object Record, RowVersion Version)? Find(string key) =>
        _rows.TryGetValue(key, out var row) || _past.TryGetValue(key, out row) ? row : null;

    private RowVersion? Apply(TradingWrite write, RowVersion version)
    {
        switch (write.Record)
        {
            case null:
                _rows.Remove(write.RowKey);
                _past.Remove(write.RowKey);
                return null;
            case Fill fill:
                _fills.Add(fill);
                _past[write.RowKey] = (fill, version);
                return version;
            case Order order when write.RowKey.StartsWith(TradingKey.DonePrefix, StringComparison.Ordinal):
                _ended.Add(order);
                _past[write.RowKey] = (order, version);
                return version;
            case AccountState or Strategy or Order or UnmanagedHolding or CommandEnvelope:
                _rows[write.RowKey] = (write.Record, version);
                return version;
            case CashActivity:
                _past[write.RowKey] = (write.Record, version);
                return version;
            default:
                return version;
        }
    }

    private TradingSnapshot Read() =>
        new()
        {
            Account = Rows<AccountState>().SingleOrDefault(),
            Strategies = Rows<Strategy>(),
            Orders = Rows<Order>(),
            Unmanaged = Rows<UnmanagedHolding>(),
            Commands = Rows<CommandEnvelope>(),
        };

    private List<Row<T>> Rows<T>() => [.. from row in _rows.Values where row.Record is T select new Row<T>((T)row.Record, row.Version)];
}
