using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Simulation.Exploration;

/// <summary>The broker as it really is, seen past every fault.</summary>
/// <param name="Orders">All orders that it knows.</param>
/// <param name="Positions">Shares by symbol.</param>
/// <param name="Executions">Those that it lists now.</param>
/// <param name="Cash">Cash in dollars.</param>
/// <param name="InitialCash">Cash at the beginning, with what moved it since without a trade.</param>
/// <param name="ListsAll">Whether every execution is listed already.</param>
internal sealed record BrokerTruth(
    IReadOnlyList<BrokerOrder> Orders,
    IReadOnlyDictionary<string, decimal> Positions,
    IReadOnlyList<Execution> Executions,
    decimal Cash,
    decimal InitialCash,
    bool ListsAll
);

/// <summary>
/// docs/trading-rules.md, "Invariants", checked from outside: at every commit from what is committed, before every submission from what was
/// committed before it, and after every cycle against the broker. Nothing here asks the engine what it believes.
/// </summary>
internal sealed class Invariants(TimeProvider clock)
{
    private readonly Dictionary<string, Order> _orders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Strategy> _strategies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnmanagedHolding> _unmanaged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Fill> _fills = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CashActivity> _activities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CommandEnvelope> _commands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (decimal Stop, DateOnly? Split, int Revision)> _stops = new(StringComparer.Ordinal);
    private readonly HashSet<string> _audited = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];
    private AccountState _account = new();

    public IReadOnlyList<string> Violations => _violations;

    public IReadOnlyDictionary<string, Strategy> Strategies => _strategies;

    public IReadOnlyDictionary<string, Order> Orders => _orders;

    public IReadOnlyDictionary<string, Fill> Fills => _fills;

    public IEnumerable<CommandEnvelope> PendingCommands => _commands.Values.Where(command => command.Status == CommandStatus.Pending);

    public IReadOnlyDictionary<string, CashActivity> Activities => _activities;

    public AccountState Account => _account;

    /// <summary>Commits of trading state.</summary>
    public int Commits { get; private set; }

    /// <summary>Whether a read of the account row may have been answered with an old one, so that a switch may be seen late.</summary>
    public bool ReadsMayBeStale { get; set; }

    /// <summary>The ask of a symbol, to value market orders at.</summary>
    public Func<string, decimal> Ask { get; set; } = _ => 0;

    public void Violate(int invariant, string what) =>
        _violations.Add(string.Create(CultureInfo.InvariantCulture, $"invariant {invariant} at {clock.GetUtcNow():dd HH:mm}: {what}"));

    public void AfterCommit(IReadOnlyList<TradingWrite> group)
    {
        Commits++;
        var intents = new List<Order>();
        var owners = new HashSet<string>(StringComparer.Ordinal);
        var before = _account;
        CheckAudit(group);
        foreach (var write in group)
        {
            Note(write, intents, owners);
        }

        foreach (var intent in intents)
        {
            CheckIntent(intent, before);
        }

        foreach (var id in owners)
        {
            if (_strategies.TryGetValue(id, out var strategy))
            {
                CheckStrategy(strategy);
            }
        }

        if (
            before.Cash is { } known
            && _account.Cash is { } cash
            && cash.Total.Sum - known.Total.Sum != group.Sum(write => write.Record is CashActivity activity ? activity.Amount : 0)
        )
        {
            Violate(
                7,
                $"the total of cash activities went from {known.Total.Sum} to {cash.Total.Sum}, which is not what was stored with it"
            );
        }

        if (group.Any(write => write.Record is Fill))
        {
            CheckLedgerWithin();
        }
    }

    public void BeforeSend(string clientOrderId, OrderTerms terms)
    {
        if (!_orders.TryGetValue(clientOrderId, out var order))
        {
            Violate(8, $"{clientOrderId} is sent without a committed intent");
            return;
        }

        if (order.Terms != terms)
        {
            Violate(
                8,
                $"{clientOrderId} is sent with other terms than were committed: {WireNames.Of(terms)}, not {WireNames.Of(order.Terms)}"
            );
        }

        if (order.Status is not (OrderStatus.Intended or OrderStatus.Unknown))
        {
            Violate(8, $"{clientOrderId} is sent although it is {order.Status}");
        }

        if (terms.Side == OrderSide.Buy && order.Role != OrderRole.Cover && _account.KillSwitch is not null && !ReadsMayBeStale)
        {
            Violate(6, $"{clientOrderId} is sent after the kill switch was set");
        }
    }

    public void BeforeAmend(string brokerOrderId, OcoPrices prices)
    {
        if (_orders.Values.FirstOrDefault(order => order.BrokerOrderId == brokerOrderId) is not { } order || order.Amendment != prices)
        {
            Violate(8, $"{brokerOrderId} is moved to {prices}, which is not committed");
        }
    }

    /// <summary>Checks what must hold after a cycle that met no fault.</summary>
    public void AfterCycle(BrokerTruth truth, IReadOnlyCollection<string> heldSymbols, bool wasRefused)
    {
        var byClientId = new Dictionary<string, BrokerOrder>(StringComparer.Ordinal);
        foreach (var shown in truth.Orders)
        {
            if (shown.ClientOrderId.StartsWith("at-", StringComparison.Ordinal) && !_orders.ContainsKey(shown.ClientOrderId))
            {
                Violate(8, $"the broker has {shown.ClientOrderId}, of which nothing is committed");
            }

            if (!byClientId.TryAdd(shown.ClientOrderId, shown))
            {
                Violate(8, $"the broker has {shown.ClientOrderId} twice");
            }
        }

        CheckPositions(truth);
        CheckExecutions(truth);
        foreach (var strategy in _strategies.Values)
        {
            CheckBought(strategy, truth);
            CheckEntries(strategy, byClientId);
            if (!heldSymbols.Contains(strategy.Symbol) && !wasRefused)
            {
                CheckProtection(strategy, truth);
            }
        }
    }

    private void CheckAudit(IReadOnlyList<TradingWrite> group)
    {
        var entries = group.Select(write => write.Record).OfType<AuditEntry>().ToList();
        foreach (var entry in entries.Where(entry => !_audited.Add(entry.Id)))
        {
            Violate(11, $"{entry.Action} {entry.Target} is in the audit twice");
        }

        foreach (
            var command in group
                .Select(write => write.Record)
                .OfType<CommandEnvelope>()
                .Where(command => command.Status != CommandStatus.Pending && entries.TrueForAll(entry => entry.Id != command.Id))
        )
        {
            Violate(11, $"the command {command.Id} is served without an audit entry");
        }

        foreach (
            var strategy in group
                .Select(write => write.Record)
                .OfType<Strategy>()
                .Where(next => _strategies.TryGetValue(next.Id, out var known) && next.ExitRevision > known.ExitRevision)
                .Where(next => entries.TrueForAll(entry => entry.Target != next.Id))
        )
        {
            Violate(11, $"the exits of {strategy.Id} are moved by their owner without an audit entry");
        }
    }

    private void Note(TradingWrite write, List<Order> intents, HashSet<string> owners)
    {
        switch (write.Record)
        {
            case Order order:
                if (
                    write.Expected is null
                    && order is { Status: OrderStatus.Intended, Terms.Side: OrderSide.Buy }
                    && order.Role != OrderRole.Cover
                    && !_orders.ContainsKey(order.ClientOrderId)
                )
                {
                    intents.Add(order);
                }

                _orders[order.ClientOrderId] = order;
                owners.Add(order.StrategyId);
                break;
            case Strategy strategy:
                _strategies[strategy.Id] = strategy;
                owners.Add(strategy.Id);
                CheckStop(strategy);
                break;
            case UnmanagedHolding unmanaged:
                _unmanaged[unmanaged.Symbol] = unmanaged;
                break;
            case AccountState account:
                _account = account;
                break;
            case CommandEnvelope command:
                _commands[command.Id] = command;
                break;
            case CashActivity activity:
                if (!_activities.TryAdd(activity.Id, activity))
                {
                    Violate(7, $"the cash activity {activity.Id} is taken in twice");
                }

                break;
            case Fill fill:
                if (!_fills.TryAdd(fill.ExecutionId, fill))
                {
                    Violate(7, $"the execution {fill.ExecutionId} is applied twice");
                }

                break;
            case null when write.RowKey.StartsWith(TradingKey.StrategyPrefix, StringComparison.Ordinal):
                _strategies.Remove(write.RowKey[TradingKey.StrategyPrefix.Length..]);
                break;
            // With an order that has ended comes its row of the past, behind this one; one that was refused and forgotten is gone.
            case null when _orders.Values.FirstOrDefault(order => TradingKey.Order(order) == write.RowKey) is { } gone:
                _orders.Remove(gone.ClientOrderId);
                break;
            case null when write.RowKey.StartsWith(TradingKey.CommandPrefix, StringComparison.Ordinal):
                _commands.Remove(write.RowKey[TradingKey.CommandPrefix.Length..]);
                break;
        }
    }

    private void CheckIntent(Order intent, AccountState before)
    {
        if (before.KillSwitch is not null || _account.KillSwitch is not null)
        {
            Violate(6, $"{intent.ClientOrderId} is committed after the kill switch was");
        }

        var day = TradingCalendar.Nyse.TradingDay(clock.GetUtcNow());
        if (before.LossLatchedOn == day)
        {
            Violate(6, $"{intent.ClientOrderId} is committed after the daily loss limit was reached");
        }

        var limits = _account.Limits;
        var value = intent.Terms.Quantity * (intent.Terms.LimitPrice ?? Ask(intent.Terms.Symbol));
        if (value > limits.MaxOrderValue)
        {
            Violate(6, $"{intent.ClientOrderId} of {value:0.00} exceeds the order limit {limits.MaxOrderValue:0.00}");
        }

        var held = Held(intent.Terms.Symbol);
        var open = _orders
            .Values.Where(order => order is { IsWorking: true, Terms.Side: OrderSide.Buy } && order.Terms.Symbol == intent.Terms.Symbol)
            .Sum(order => order.OpenQuantity);
        if (held + open > limits.MaxPositionSize)
        {
            Violate(6, $"{intent.ClientOrderId} makes {held + open} {intent.Terms.Symbol}, more than {limits.MaxPositionSize}");
        }

        var trades = _fills
            .Values.Where(fill => fill is { Kind: FillKind.Trade, Side: OrderSide.Buy, ClientOrderId: not null } && fill.TradingDay == day)
            .Select(fill => fill.ClientOrderId)
            .Concat(
                _orders.Values.Where(order => order is { IsWorking: true, Terms.Side: OrderSide.Buy }).Select(order => order.ClientOrderId)
            )
            .Distinct()
            .Count();
        if (trades > limits.MaxDailyTrades)
        {
            Violate(6, $"{intent.ClientOrderId} is trade {trades} of at most {limits.MaxDailyTrades}");
        }
    }

    private decimal Held(string symbol) =>
        _strategies.Values.Where(strategy => strategy.Symbol == symbol).Sum(strategy => strategy.Holding.Quantity)
        + (_unmanaged.TryGetValue(symbol, out var unmanaged) ? unmanaged.Holding.Quantity : 0)
        + _orders.Values.Where(order => order.Terms.Symbol == symbol).Sum(Unexplained);

    private static decimal Unexplained(Order order) =>
        order.Terms.Side == OrderSide.Buy ? order.UnexplainedQuantity : -order.UnexplainedQuantity;

    private void CheckStrategy(Strategy strategy)
    {
        var own = _orders.Values.Where(order => order.StrategyId == strategy.Id).ToList();
        var held = strategy.Holding.Quantity + own.Sum(Unexplained);
        var buys = own.Where(order => order is { Terms.Side: OrderSide.Buy, Role: OrderRole.Entry });
        if (strategy.Holding.LastSplit is null)
        {
            var (bought, bound) =
                strategy.StrategyType == StrategyType.Grid
                    ? (held + buys.Sum(order => order.OpenQuantity), Bound(strategy))
                    : (
                        buys.Where(order => order.Arm == strategy.Arm).Sum(order => order.FilledQuantity + order.OpenQuantity),
                        strategy.Quantity
                    );
            if (bought > bound)
            {
                Violate(1, $"{strategy.Id} has bought or asked for {bought}, more than {bound}");
            }
        }

        var sells = own.Where(order => order is { IsWorking: true, Terms.Side: OrderSide.Sell } && !Exposure.IsBeingReplaced(order, own))
            .ToList();
        if (sells.Where(order => !order.IsCancelWanted).Sum(order => order.OpenQuantity) > Math.Max(0, held))
        {
            Violate(2, $"{strategy.Id} sells {sells.Sum(order => order.OpenQuantity)} of {held}");
        }
    }

    private static decimal Bound(Strategy strategy) => strategy.GridConfig is { } grid ? (grid.Levels - 1) * grid.QtyPerLevel : 0;

    private void CheckStop(Strategy strategy)
    {
        var key = strategy.Id + "|" + strategy.Arm;
        if (
            _stops.TryGetValue(key, out var known)
            && known.Split == strategy.Holding.LastSplit
            // Its owner said that it may.
            && known.Revision == strategy.StopRevision
            && (strategy.EffectiveStop ?? 0) < known.Stop
        )
        {
            Violate(4, $"the stop of {strategy.Id} fell from {known.Stop} to {strategy.EffectiveStop}");
        }

        if (strategy.EffectiveStop is { } stop)
        {
            _stops[key] = (stop, strategy.Holding.LastSplit, strategy.StopRevision);
        }
    }

    private void CheckLedgerWithin()
    {
        if (_fills.Values.Any(fill => fill.Kind != FillKind.Trade))
        {
            return;
        }

        var sums = _fills
            .Values.GroupBy(fill => fill.Symbol, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Sum(fill => fill.Side == OrderSide.Buy ? fill.Quantity : -fill.Quantity),
                StringComparer.Ordinal
            );
        foreach (var (symbol, sum) in sums)
        {
            var held =
                _strategies.Values.Where(strategy => strategy.Symbol == symbol).Sum(strategy => strategy.Holding.Quantity)
                + (_unmanaged.TryGetValue(symbol, out var unmanaged) ? unmanaged.Holding.Quantity : 0);
            if (held != sum)
            {
                Violate(7, $"{held} {symbol} are held, but the fills add up to {sum}");
            }
        }
    }

    private void CheckPositions(BrokerTruth truth)
    {
        foreach (var (symbol, position) in truth.Positions)
        {
            if (position < 0)
            {
                Violate(2, $"the broker is short of {position} {symbol}");
            }

            var onSale = truth.Orders.Where(order => order.Terms.Side == OrderSide.Sell && order.Terms.Symbol == symbol).Sum(Open);
            if (onSale > position)
            {
                Violate(2, $"{onSale} {symbol} are on sale at the broker, {position} held");
            }
        }

        foreach (var symbol in truth.Positions.Keys.Union(_strategies.Values.Select(strategy => strategy.Symbol)).Union(_unmanaged.Keys))
        {
            var (ours, theirs) = (Held(symbol), truth.Positions.GetValueOrDefault(symbol));
            if (Math.Abs(ours - theirs) > Reconciliation)
            {
                Violate(2, $"our records say {ours} {symbol}, the broker {theirs}");
            }
        }
    }

    private const decimal Reconciliation = 0.000001m;

    private void CheckExecutions(BrokerTruth truth)
    {
        var explainsAll = truth.ListsAll;
        foreach (var execution in truth.Executions)
        {
            if (!_fills.TryGetValue(execution.Id, out var fill))
            {
                // What filled in the cycle itself is explained in the next one.
                explainsAll &= execution.At < clock.GetUtcNow();
                if (execution.At < clock.GetUtcNow())
                {
                    Violate(7, $"the execution {execution.Id} is not in the ledger");
                }
            }
            else if (fill.Quantity != execution.Quantity || fill.Price != execution.Price || fill.Side != execution.Side)
            {
                Violate(7, $"the execution {execution.Id} is another in the ledger");
            }
        }

        var listed = truth.Executions.Select(execution => execution.Id).ToHashSet(StringComparer.Ordinal);
        var trades = _fills
            .Values.Where(fill => fill.Kind != FillKind.Split && !fill.ExecutionId.StartsWith("fraction-", StringComparison.Ordinal))
            .ToList();
        foreach (var fill in trades.Where(fill => !listed.Contains(fill.ExecutionId)))
        {
            Violate(7, $"the ledger has {fill.ExecutionId}, which the broker has not");
        }

        var cash = truth.InitialCash - trades.Sum(fill => ((fill.Side == OrderSide.Buy ? 1 : -1) * fill.Quantity * fill.Price) + fill.Fee);
        if (explainsAll && cash != truth.Cash)
        {
            Violate(7, $"the ledger explains {cash} of cash, the broker has {truth.Cash}");
        }
    }

    // What the broker was asked to buy under any id of this arming.
    private void CheckBought(Strategy strategy, BrokerTruth truth)
    {
        if (strategy.StrategyType == StrategyType.Grid || strategy.Holding.LastSplit is not null)
        {
            return;
        }

        var prefix = $"at-{strategy.Id}-{strategy.Arm}-";
        var bought = truth
            .Orders.Where(order => order.Terms.Side == OrderSide.Buy && order.ClientOrderId.StartsWith(prefix, StringComparison.Ordinal))
            .Sum(order => order.FilledQuantity + Open(order));
        if (bought > strategy.Quantity)
        {
            Violate(1, $"{strategy.Id} has bought or asked for {bought} at the broker, more than {strategy.Quantity}");
        }
    }

    private void CheckEntries(Strategy strategy, Dictionary<string, BrokerOrder> byClientId)
    {
        if (strategy.MayEnter || strategy.Closing is not null)
        {
            return;
        }

        foreach (var order in _orders.Values.Where(order => order.StrategyId == strategy.Id && order.Role == OrderRole.Entry))
        {
            if (byClientId.TryGetValue(order.ClientOrderId, out var shown) && Open(shown) > 0 && !order.IsCancelWanted)
            {
                Violate(5, $"{strategy.Id} may not enter, and {order.ClientOrderId} works at the broker");
            }
        }
    }

    private void CheckProtection(Strategy strategy, BrokerTruth truth)
    {
        var own = _orders.Values.Where(order => order.StrategyId == strategy.Id).ToList();
        // One that is being deleted gives its shares up, as one that closes does: its protection is canceled before its row can go.
        if (
            !strategy.DeclaresProtection
            || strategy.Closing is not null
            || PendingCommands.Any(envelope => envelope.Command is DeleteStrategy command && command.StrategyId == strategy.Id)
            || own.Exists(order =>
                order
                    is { Terms.Side: OrderSide.Sell, Status: OrderStatus.Intended or OrderStatus.Unknown }
                        or { Terms.Side: OrderSide.Sell, IsCancelWanted: true }
            )
        )
        {
            return;
        }

        var held = strategy.Holding.Quantity + own.Sum(Unexplained);
        var ids = own.Select(order => order.BrokerOrderId)
            .Concat(own.Select(order => order.ClientOrderId))
            .ToHashSet(StringComparer.Ordinal);
        var covered = truth
            .Orders.Where(order => order.Terms.Side == OrderSide.Sell && (ids.Contains(order.ClientOrderId) || ids.Contains(order.Id)))
            .Sum(Open);
        if (covered < Math.Floor(held))
        {
            Violate(3, $"{strategy.Id} holds {held}, and {covered} are covered");
        }
    }

    private static decimal Open(BrokerOrder order) =>
        order.EndedAt is not null ? 0 : order.Terms.Quantity - order.FilledQuantity - (order.StopLeg?.FilledQuantity ?? 0);
}
