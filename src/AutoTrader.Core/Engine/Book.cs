using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>
/// One book of shares and orders in the working set of a cycle: a strategy, or the unmanaged shares of a symbol. What changed since
/// it was loaded is written as one entity group, so that a fill, its order and its strategy never part.
/// </summary>
internal abstract class Book(string symbol)
{
    // An order takes two rows at most.
    private const int CancelsAtOnce = (GroupLimits.Rows - 20) / 2;

    private readonly List<Order> _orders = [];
    private readonly Dictionary<string, RowVersion> _versions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly List<Fill> _fills = [];
    private readonly List<Row<CommandEnvelope>> _commands = [];
    private readonly List<TradingWrite> _forgotten = [];

    public string Symbol { get; } = symbol;

    public IReadOnlyList<Order> Orders => _orders;

    public abstract string Id { get; }

    public abstract Holding Holding { get; }

    public IReadOnlyList<Fill> UncommittedFills => _fills;

    /// <summary>Whether its commit met a conflict: it is left alone for the rest of the cycle.</summary>
    public bool IsStale { get; set; }

    /// <summary>Whether something happened to it, so that it is decided about again in this cycle.</summary>
    public bool IsTouched { get; set; } = true;

    public bool IsDirty => _changed.Count > 0 || _forgotten.Count > 0 || _fills.Count > 0 || _commands.Count > 0 || IsRecordDirty;

    /// <summary>Rows that a commit of it writes, at most.</summary>
    public int RowCount => (_changed.Count * 2) + _forgotten.Count + (_fills.Count * 2) + (_commands.Count * 2) + RecordRows;

    protected abstract bool IsRecordDirty { get; }

    /// <summary>Rows that its own record takes in a commit, at most.</summary>
    protected virtual int RecordRows => 2;

    /// <summary>Whether an order that is not stored yet is among the changes.</summary>
    protected bool HasNewOrders => _changed.Any(id => !_versions.ContainsKey(id));

    public void Load(Row<Order> order)
    {
        _orders.Add(order.Value);
        _versions[order.Value.ClientOrderId] = order.Version;
    }

    public void Set(Order order)
    {
        var index = _orders.FindIndex(known => known.ClientOrderId == order.ClientOrderId);
        if (index < 0)
        {
            _orders.Add(order);
        }
        else if (_orders[index] == order)
        {
            return;
        }
        else
        {
            _orders[index] = order;
        }

        _changed.Add(order.ClientOrderId);
        IsTouched = true;
    }

    /// <summary>Marks orders to be canceled: as many as fit one commit with the rest of its changes; the others follow.</summary>
    /// <returns>Those that are marked.</returns>
    public IReadOnlyList<CancelPlan> Cancel(IEnumerable<CancelPlan> plans, DateTimeOffset now)
    {
        List<CancelPlan> marked = [.. plans.Take(CancelsAtOnce)];
        foreach (var (order, reason) in marked)
        {
            Set(order with { CancelRequestedAt = now, Note = reason });
        }

        return marked;
    }

    /// <summary>Cancels its working orders, or those that <paramref name="meant"/> names.</summary>
    public IReadOnlyList<CancelPlan> CancelWorking(string reason, DateTimeOffset now, Func<Order, bool>? meant = null) =>
        Cancel(
            _orders
                .Where(order => order is { IsWorking: true, IsCancelWanted: false } && meant?.Invoke(order) != false)
                .Select(order => new CancelPlan(order, reason)),
            now
        );

    public Order? Find(string clientOrderId) => _orders.Find(order => order.ClientOrderId == clientOrderId);

    public bool IsCommitted(Order order) => _versions.ContainsKey(order.ClientOrderId);

    public void Insert(Fill fill) => _fills.Add(fill);

    public void Complete(Row<CommandEnvelope> command, CommandEnvelope answered)
    {
        _commands.RemoveAll(known => known.Value.Id == answered.Id);
        _commands.Add(new(answered, command.Version));
    }

    /// <summary>Drops an order whose rejection repeats the one before it, so that hours of retries leave one row.</summary>
    public void Forget(Order order)
    {
        _orders.RemoveAll(known => known.ClientOrderId == order.ClientOrderId);
        _changed.Remove(order.ClientOrderId);
        if (_versions.Remove(order.ClientOrderId, out var version))
        {
            _forgotten.Add(new(TradingKey.Order(order), null, version));
        }
    }

    /// <summary>Forgets entries that were decided but not committed; they are decided anew.</summary>
    public void DropUncommittedEntries()
    {
        foreach (
            var order in _orders.Where(order => order is { Role: OrderRole.Entry or OrderRole.Manual } && !IsCommitted(order)).ToList()
        )
        {
            _orders.Remove(order);
            _changed.Remove(order.ClientOrderId);
        }

        _commands.RemoveAll(command => command.Value.Command is PlaceOrder);
    }

    /// <summary>The entity group that brings the store up to date.</summary>
    public List<TradingWrite> Writes()
    {
        var writes = new List<TradingWrite>(RowCount);
        writes.AddRange(RecordWrites());
        foreach (var id in _changed)
        {
            var order = Find(id)!;
            _versions.TryGetValue(id, out var version);
            if (!order.IsSettled)
            {
                writes.Add(new(TradingKey.Order(order), order, version));
                continue;
            }

            if (version is not null)
            {
                writes.Add(new(TradingKey.Order(order), null, version));
            }

            writes.Add(new(TradingKey.Done(order), order, null));
        }

        writes.AddRange(_forgotten);
        writes.AddRange(_fills.Select(fill => new TradingWrite(TradingKey.Fill(fill.ExecutionId), fill, null)));
        writes.AddRange(NotificationComposer.Trades(_fills).Select(NotificationPublisher.Write));
        writes.AddRange(_commands.SelectMany(command => command.Value.Served(command.Version)));
        return writes;
    }

    /// <summary>Takes over the versions of a committed group.</summary>
    public void Committed(IReadOnlyList<TradingWrite> writes, IReadOnlyList<RowVersion?> versions)
    {
        for (var i = 0; i < writes.Count; i++)
        {
            if (writes[i].Record is Order order)
            {
                if (order.IsSettled)
                {
                    _versions.Remove(order.ClientOrderId);
                    _orders.RemoveAll(known => known.ClientOrderId == order.ClientOrderId);
                }
                else
                {
                    _versions[order.ClientOrderId] = versions[i]!;
                }
            }
            else if (writes[i].Record is Strategy or UnmanagedHolding)
            {
                RecordCommitted(versions[i]!);
            }
        }

        _changed.Clear();
        _forgotten.Clear();
        _fills.Clear();
        _commands.Clear();
    }

    /// <summary>Applies an execution of <paramref name="order"/>; of an order that is not ours when it is null.</summary>
    public abstract void Apply(Order? order, Fill fill);

    /// <summary>Notes that a split is not applied to it.</summary>
    public abstract void PassOver(Market.Split split);

    protected abstract IEnumerable<TradingWrite> RecordWrites();

    protected abstract void RecordCommitted(RowVersion version);
}

/// <summary>A strategy with its orders.</summary>
internal sealed class StrategyBook(Row<Strategy> row) : Book(row.Value.Symbol)
{
    private Strategy _stored = row.Value;
    private RowVersion _version = row.Version;

    public Strategy Strategy { get; private set; } = row.Value;

    public override string Id => Strategy.Id;

    public override Holding Holding => Strategy.Holding;

    /// <summary>Whether this commit deletes the row.</summary>
    public bool IsDeleted { get; set; }

    protected override bool IsRecordDirty => IsDeleted || !ReferenceEquals(Strategy, _stored);

    public void Set(Strategy strategy)
    {
        if (strategy != Strategy)
        {
            Strategy = strategy;
            IsTouched = true;
        }
    }

    public Exposure Exposure() => Strategies.Exposure.Of(Strategy, Orders);

    public override void Apply(Order? order, Fill fill)
    {
        var (strategy, applied) = Lifecycle.Apply(Strategy, order!, fill);
        Set(strategy);
        Insert(applied);
    }

    public override void PassOver(Market.Split split) => Set(Strategy with { Holding = Holding with { LastSplit = split.ExDate } });

    // Exact, since thousands of watermarks may rise in one cycle: a notification takes a row of its own.
    protected override int RecordRows =>
        !IsRecordDirty ? 0
        : NotificationComposer.OfStrategy(_stored, IsDeleted ? null : Strategy) is null ? 1
        : 2;

    protected override IEnumerable<TradingWrite> RecordWrites()
    {
        if (!IsRecordDirty)
        {
            return [];
        }

        var write = new TradingWrite(TradingKey.Strategy(Id), IsDeleted ? null : Strategy, _version);
        // It may begin and end and begin again at one instant; each version of its row changes once.
        return NotificationComposer.OfStrategy(_stored, IsDeleted ? null : Strategy) is { } notification
            ? [write, NotificationPublisher.Write(notification with { Id = $"{notification.Id}-{Mark(_version)}" })]
            : [write];
    }

    // Ids are shown to users; the store's versions are not.
    private static string Mark(RowVersion version) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(version.ETag)).AsSpan(0, 6));

    protected override void RecordCommitted(RowVersion version)
    {
        _version = version;
        _stored = Strategy;
    }
}

/// <summary>The unmanaged shares of a symbol, with the manual orders in it.</summary>
internal sealed class UnmanagedBook(string symbol, Row<UnmanagedHolding>? row) : Book(symbol)
{
    private UnmanagedHolding? _stored = row?.Value;
    private RowVersion? _version = row?.Version;

    public UnmanagedHolding Unmanaged { get; private set; } = row?.Value ?? new(symbol, Holding.Empty);

    public override string Id => Order.ManualOwner;

    public override Holding Holding => Unmanaged.Holding;

    protected override bool IsRecordDirty => Unmanaged != (_stored ?? new(Symbol, Holding.Empty));

    public void Set(Holding holding)
    {
        Unmanaged = Unmanaged with { Holding = holding };
        IsTouched = true;
    }

    public override void Apply(Order? order, Fill fill)
    {
        var (holding, realized) = Holding.Trade(fill.Side, fill.Quantity, fill.Price, fill.Fee, fill.At);
        var first = fill.Side == OrderSide.Buy && fill.Quantity > 0 && order is { ExecutedQuantity: 0 };
        Set(holding.Tally(fill.TradingDay, realized, fill.Fee, first));
        Insert(fill with { RealizedPnl = realized });
    }

    public override void PassOver(Market.Split split) => Set(Holding with { LastSplit = split.ExDate });

    // Committed even unchanged with a new order: its version stops an order that another host has ended meanwhile from coming back.
    protected override IEnumerable<TradingWrite> RecordWrites() =>
        IsRecordDirty || HasNewOrders ? [new(TradingKey.Holding(Symbol), Unmanaged, _version)] : [];

    protected override void RecordCommitted(RowVersion version)
    {
        _version = version;
        _stored = Unmanaged;
    }
}
