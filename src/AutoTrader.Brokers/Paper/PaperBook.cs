using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using static AutoTrader.Brokers.Paper.PaperRows;

namespace AutoTrader.Brokers.Paper;

/// <summary>Another process wrote the account since this one looked: nothing of the request has happened.</summary>
internal sealed class PaperConflictException() : IOException("Another process changed the paper account; nothing was done.");

/// <summary>
/// The account in memory, exact at the version of its account row, and the changes that are not committed yet. Every commit carries the
/// account row, so a process with an older version cannot write anything. Not thread-safe.
/// </summary>
internal sealed class PaperBook
{
    private readonly IPaperStore _store;
    private readonly string _key;
    private readonly Dictionary<string, string> _etags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object?> _changes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PaperOrder> _open = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<long, PaperOrder>> _bySymbol = new(StringComparer.Ordinal);

    // The same as lists, made when they are asked for: they are in each bar, and seldom change.
    private readonly Dictionary<string, PaperOrder[]> _listed = new(StringComparer.Ordinal);
    private PaperOrder[]? _all;
    private readonly Dictionary<string, string> _parents = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, PaperPosition> _positions = new(StringComparer.Ordinal);
    private readonly PastRows<PaperOrder> _ended;
    private readonly PastRows<Execution> _executions;
    private readonly PastRows<CashActivity> _cash;
    private PaperAccount _account;

    private PaperBook(IPaperStore store, string key, PaperAccount account)
    {
        (_store, _key, _account) = (store, key, account);
        _ended = new(store, key, Ended, ReadEnded, order => order.EndedAt!.Value);
        _executions = new(store, key, Executed, Read<Execution>, execution => execution.At);
        _cash = new(store, key, Moved, Read<CashActivity>, activity => StartOf(activity.Day));
    }

    public PaperAccount Account => _account;

    public IReadOnlyDictionary<string, PaperPosition> Positions => _positions;

    public bool HasOpenOrders => _open.Count > 0;

    /// <summary>Whether something is to be committed.</summary>
    public bool HasChanges => _changes.Count > 0;

    /// <summary>Whether so much has changed that it should be committed before more does.</summary>
    public bool IsLarge => _changes.Count >= GroupLimits.Large;

    /// <summary>The symbols that have open orders, in order.</summary>
    public List<string> OpenSymbols() => [.. _bySymbol.Keys];

    /// <summary>All open orders: by symbol, then in the order in which they were sent.</summary>
    public PaperOrder[] OpenOrders() => _all ??= [.. _bySymbol.Values.SelectMany(orders => orders.Values)];

    /// <summary>The open orders of a symbol in the order in which they were sent.</summary>
    public PaperOrder[] OpenOrders(string symbol)
    {
        if (!_listed.TryGetValue(symbol, out var listed))
        {
            _listed[symbol] = listed = _bySymbol.TryGetValue(symbol, out var orders) ? [.. orders.Values] : [];
        }

        return listed;
    }

    /// <summary>Whether a cancel is on its way.</summary>
    public bool HasCancels()
    {
        foreach (var order in _open.Values)
        {
            if (order.CancelRequestedAt is not null)
            {
                return true;
            }
        }

        return false;
    }

    public PaperPosition? Position(string symbol) => _positions.GetValueOrDefault(symbol);

    public static async Task<PaperBook> LoadAsync(
        IPaperStore store,
        string key,
        Func<PaperAccount> create,
        CancellationToken cancellationToken
    )
    {
        var rows = await store.LoadAsync(key, AccountRow, AccountRow + "}", cancellationToken);
        var account = rows.Count > 0 && rows[0].RowKey == AccountRow ? Read<PaperAccount>(rows[0]) : create();
        var book = new PaperBook(store, key, account);
        foreach (var row in rows)
        {
            book._etags[row.RowKey] = row.ETag;
            if (row.RowKey.StartsWith(OrderRow(string.Empty), StringComparison.Ordinal))
            {
                book.Remember(ReadOpen(row));
            }
            else if (row.RowKey.StartsWith(PositionRow(string.Empty), StringComparison.Ordinal))
            {
                var position = ReadPosition(row);
                book._positions[position.Symbol] = position;
            }
        }

        // Also when the account row was lost and is created again while orders are open.
        book._account = account with
        {
            NextSequence = Math.Max(account.NextSequence, book._open.Values.Select(order => order.Sequence + 1).DefaultIfEmpty().Max()),
        };
        return book;
    }

    /// <summary>Whether no other process has written since.</summary>
    public async Task<bool> IsCurrentAsync(CancellationToken cancellationToken)
    {
        var rows = await _store.LoadAsync(_key, AccountRow, AccountRow + "!", cancellationToken);
        return (rows.Count == 0 ? null : rows[0].ETag) == _etags.GetValueOrDefault(AccountRow);
    }

    /// <summary>Whether the id was ever used.</summary>
    public async Task<bool> WasUsedAsync(string id, CancellationToken cancellationToken) =>
        (await _store.LoadAsync(_key, IdRow(id), IdRow(id) + "!", cancellationToken)).Count > 0;

    /// <summary>The order, or the OCO whose stop leg it is; null when there is none.</summary>
    public async Task<PaperOrder?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (Open(id) is { } open)
        {
            return open;
        }

        if (_ended.Find(order => order.Id == id || order.Leg?.Id == id) is { } ended)
        {
            return ended;
        }

        var rows = await _store.LoadAsync(_key, EndedRow(id), EndedRow(id) + "!", cancellationToken);
        return rows.Count == 0 ? null : ReadEnded(rows[0]);
    }

    /// <summary>The open order, or the open OCO whose stop leg it is.</summary>
    public PaperOrder? Open(string id) => _open.GetValueOrDefault(_parents.GetValueOrDefault(id, id));

    public Task<IReadOnlyList<PaperOrder>> EndedSinceAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        _ended.SinceAsync(since, cancellationToken);

    public Task<IReadOnlyList<Execution>> ExecutionsSinceAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        _executions.SinceAsync(since, cancellationToken);

    public Task<IReadOnlyList<CashActivity>> CashSinceAsync(DateOnly since, CancellationToken cancellationToken) =>
        _cash.SinceAsync(StartOf(since), cancellationToken);

    // Activities have a day only.
    private static DateTimeOffset StartOf(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    /// <summary>Changes the account, and requires a commit.</summary>
    public void Set(PaperAccount account)
    {
        _account = account;
        _changes[AccountRow] = account;
    }

    /// <summary>Advances the account without requiring a commit: if the process dies, the bars reproduce it.</summary>
    public void Recall(PaperAccount account)
    {
        _account = account;
        if (_changes.ContainsKey(AccountRow))
        {
            _changes[AccountRow] = account;
        }
    }

    /// <summary>Takes a new order.</summary>
    public void Add(PaperOrder order)
    {
        _changes[IdRow(order.Id)] = new UsedId(order.ClientOrderId);
        Set(order);
        Set(_account with { NextSequence = Math.Max(_account.NextSequence, order.Sequence + 1) });
    }

    /// <summary>Changes an order; an ended order leaves the open orders.</summary>
    public void Set(PaperOrder order)
    {
        if (order.IsOpen)
        {
            Remember(order);
            _changes[OrderRow(order.Id)] = order;
        }
        else
        {
            Forget(order);
            _changes[OrderRow(order.Id)] = null;
            _changes[EndedRow(order.Id)] = order;
            _changes[PastRows<PaperOrder>.Row(Ended, order.EndedAt!.Value, order.Id)] = order;
            _ended.Add(order);
            if (order.Leg is { } leg)
            {
                _changes[EndedRow(leg.Id)] = order;
            }
        }

        Set(_account);
    }

    /// <summary>Changes an open order without asking for a commit: see <see cref="Recall(PaperAccount)"/>.</summary>
    public void Recall(PaperOrder order)
    {
        Remember(order);
        if (_changes.ContainsKey(OrderRow(order.Id)))
        {
            _changes[OrderRow(order.Id)] = order;
        }
    }

    public void Set(PaperPosition position)
    {
        if (position.Quantity == 0)
        {
            _positions.Remove(position.Symbol);
        }
        else
        {
            _positions[position.Symbol] = position;
        }

        _changes[PositionRow(position.Symbol)] = position.Quantity == 0 ? null : position;
        Set(_account);
    }

    public void Add(Execution execution)
    {
        _changes[PastRows<Execution>.Row(Executed, execution.At, execution.Id)] = execution;
        _executions.Add(execution);
        Set(_account);
    }

    /// <summary>Adds a cash movement other than a fill; the caller sets the account's cash.</summary>
    public void Add(CashActivity activity)
    {
        _changes[PastRows<CashActivity>.Row(Moved, StartOf(activity.Day), activity.Id)] = activity;
        _cash.Add(activity);
        Set(_account);
    }

    /// <summary>Commits the changes, if any of them requires it.</summary>
    /// <exception cref="PaperConflictException">Another process wrote first, or an id was used before. Discard the book.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (_changes.Count == 0)
        {
            return;
        }

        var group = new List<PaperWrite>(_changes.Count);
        foreach (var (key, content) in _changes)
        {
            var etag = _etags.GetValueOrDefault(key);
            if (content is not null || etag is not null)
            {
                group.Add(new(key, content is null ? null : Write(content), etag));
            }
        }

        var versions = await _store.CommitAsync(_key, group, cancellationToken) ?? throw new PaperConflictException();
        for (var i = 0; i < group.Count; i++)
        {
            if (versions[i] is not { } version)
            {
                _etags.Remove(group[i].RowKey);
            }
            else if (group[i].RowKey.StartsWith(AccountRow, StringComparison.Ordinal))
            {
                _etags[group[i].RowKey] = version;
            }
        }

        _changes.Clear();
    }

    private void Forget(PaperOrder order)
    {
        _open.Remove(order.Id);
        _listed.Remove(order.Terms.Symbol);
        _all = null;
        if (_bySymbol.TryGetValue(order.Terms.Symbol, out var orders) && orders.Remove(order.Sequence) && orders.Count == 0)
        {
            _bySymbol.Remove(order.Terms.Symbol);
        }

        if (order.Leg is { } leg)
        {
            _parents.Remove(leg.Id);
        }
    }

    private void Remember(PaperOrder order)
    {
        _open[order.Id] = order;
        _listed.Remove(order.Terms.Symbol);
        _all = null;
        if (!_bySymbol.TryGetValue(order.Terms.Symbol, out var orders))
        {
            _bySymbol[order.Terms.Symbol] = orders = [];
        }

        orders[order.Sequence] = order;
        if (order.Leg is { } leg)
        {
            _parents[leg.Id] = order.Id;
        }
    }
}
