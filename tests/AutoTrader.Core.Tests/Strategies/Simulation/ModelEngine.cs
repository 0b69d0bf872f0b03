using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Strategies.Simulation;

/// <summary>The least engine that can run one strategy against the model broker: take in, settle, decide, send, decide again.</summary>
internal sealed class ModelEngine(Strategy strategy, bool supportsOco)
{
    private const int Rounds = 5;

    private readonly List<Order> _orders = [];
    private readonly List<Execution> _delayed = [];
    private readonly Dictionary<string, decimal> _boughtByArm = [];
    private decimal? _prior;

    public ModelBroker Broker { get; } = new();

    public Strategy Strategy { get; private set; } = strategy;

    public IReadOnlyList<Order> Orders => _orders;

    public DateTimeOffset Now { get; private set; } = Given.Now;

    public bool KillSwitch { get; set; }

    /// <summary>Whether executions arrive a step after the order shows them.</summary>
    public bool DelaysExecutions { get; set; }

    /// <summary>Whether the broker refused something in the last step.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Decisions of the last step that were not "nothing".</summary>
    public int Decisions { get; private set; }

    public List<string> Log { get; } = [];

    /// <summary>Shares that the arming bought, and may still buy.</summary>
    public decimal BoughtAndOpen =>
        _boughtByArm.GetValueOrDefault(Strategy.Arm)
        + _orders.Where(order => order.Terms.Side == OrderSide.Buy).Sum(order => order.OpenQuantity);

    public void Change(Func<Strategy, Strategy> change)
    {
        Strategy = change(Strategy);
        Log.Add($"changed: {Describe()}");
    }

    /// <summary>The price moves, a minute passes, a cycle runs.</summary>
    public void Step(decimal price)
    {
        Now = Now.AddMinutes(1);
        Broker.Move(price, Now);
        (WasRefused, Decisions) = (false, 0);
        TakeIn();
        Decide(_prior);
        _prior = Broker.IsOpen ? price : null;
        Log.Add($"{price:0.00##}: {Describe()}");
    }

    /// <summary>A split overnight: the symbol's orders are canceled first, then quantities and prices change.</summary>
    public void Split(Split split)
    {
        foreach (var order in _orders.Where(order => order.IsWorking).ToList())
        {
            Set(order with { CancelRequestedAt = Now });
            Broker.Cancel(order.BrokerOrderId!);
        }

        Broker.IsOpen = false;
        Broker.Move(Broker.Price, Now);
        DelaysExecutions = false;
        TakeIn();
        TakeIn();
        Broker.IsOpen = true;
        Broker.Split(split.Ratio);
        Strategy = SplitScaling.Scale(Strategy, split, Broker.Price, Now).Strategy;
        _boughtByArm[Strategy.Arm] = _boughtByArm.GetValueOrDefault(Strategy.Arm) * split.Ratio;
        _prior = null;
        Log.Add($"split {split.Numerator}/{split.Denominator}: {Describe()}");
    }

    private void TakeIn()
    {
        foreach (
            var order in _orders
                .Where(order => order.BrokerOrderId is not null && (order.IsWorking || order.UnexplainedQuantity > 0))
                .ToList()
        )
        {
            Take(order, Broker.Get(order.BrokerOrderId!));
        }

        var executions = _delayed.ToList();
        _delayed.Clear();
        (DelaysExecutions ? _delayed : executions).AddRange(Broker.TakeExecutions());
        foreach (var execution in executions)
        {
            var order = _orders.Find(order => order.BrokerOrderId == execution.BrokerOrderId)!;
            var fill = order.Fill(execution.Quantity, execution.Price, execution.Id) with { At = execution.At };
            (Strategy, _) = Lifecycle.Apply(Strategy, order, fill);
            var executed = order.ExecutedQuantity + execution.Quantity;
            Set(order with { ExecutedQuantity = executed, FilledQuantity = Math.Max(order.FilledQuantity, executed) });
        }

        _orders.RemoveAll(order => order.IsSettled);
    }

    private void Take(Order order, BrokerOrder shown)
    {
        var next = BrokerView.Apply(order, shown, Now, Now.AddHours(4));
        if (order.Terms.Side == OrderSide.Buy)
        {
            _boughtByArm[order.Arm] = _boughtByArm.GetValueOrDefault(order.Arm) + next.FilledQuantity - order.FilledQuantity;
        }

        Set(next);
        Strategy = Lifecycle.Observe(Strategy, next);
        Strategy = order.IsWorking && !next.IsWorking ? Lifecycle.Ended(Strategy, next) : Strategy;
    }

    private void Decide(decimal? prior)
    {
        for (var round = 0; round < Rounds; round++)
        {
            Strategy = Lifecycle.Settle(Strategy, _orders, Now);
            Price? price = Broker.IsOpen ? new Price(Broker.Price, Broker.Price, prior) : null;
            var conditions = new Conditions
            {
                Now = Now,
                MarketOpen = Broker.IsOpen,
                EntriesBarred = KillSwitch ? "kill" : null,
                CancelEntries = KillSwitch,
                SupportsOco = supportsOco,
            };
            var decision = StrategyEvaluator.Decide(new(Strategy, _orders, price, conditions));
            if (decision.IsNone)
            {
                return;
            }

            Decisions++;
            Check(decision);
            Strategy = decision.Next ?? Strategy;
            foreach (var cancel in decision.Cancel)
            {
                Log.Add($"  cancel {cancel.Order.Sequence}: {cancel.Reason}");
                Set(cancel.Order with { CancelRequestedAt = Now });
                Broker.Cancel(cancel.Order.BrokerOrderId!);
                Take(_orders.Find(order => order.ClientOrderId == cancel.Order.ClientOrderId)!, Broker.Get(cancel.Order.BrokerOrderId!));
            }

            foreach (var plan in decision.Place)
            {
                Send(plan);
            }
        }
    }

    // What holds for every decision by itself, whatever comes of it.
    private void Check(Decision decision)
    {
        decision.Cancel.Select(cancel => cancel.Order.ClientOrderId).ShouldBeUnique();
        decision.Place.ShouldAllBe(plan => plan.Terms.Quantity >= 1 && plan.Terms.Quantity == Math.Floor(plan.Terms.Quantity));
        foreach (var plan in decision.Place)
        {
            foreach (var price in new[] { plan.Terms.LimitPrice, plan.Terms.StopPrice }.OfType<decimal>())
            {
                (price > 0 && price % TickSize.Of(price) == 0).ShouldBeTrue($"{price} is not on a tick");
            }

            if (plan.Role == OrderRole.Protection && Strategy.EffectiveStop is { } effective)
            {
                var stop = plan.Terms.StopPrice ?? TickSize.RoundDown(Broker.Price * (1 - (plan.Terms.TrailPercent!.Value / 100)));
                var isLowered = plan.Replaces?.ExitRevision < Strategy.StopRevision;
                (
                    stop >= effective
                    || isLowered
                    || plan is { Terms.TrailPercent: not null, Replaces: not null }
                    || plan.Terms.TrailPercent is not null && !Broker.IsOpen
                ).ShouldBeTrue($"a stop of {stop} is below the effective stop {effective}");
            }
        }
    }

    private void Move(Order order, OrderTerms terms)
    {
        try
        {
            var shown = Broker.Amend(order.BrokerOrderId!, new(terms.LimitPrice!.Value, terms.StopPrice!.Value));
            Log.Add($"  {order.Sequence} moved: {WireNames.Of(terms)}");
            Take(order with { Terms = terms, ExitRevision = Strategy.ExitRevision }, shown);
        }
        catch (BrokerRefusedException refusal)
        {
            WasRefused = true;
            Log.Add($"  {order.Sequence} not moved to {WireNames.Of(terms)}: {refusal.Message}");
        }
    }

    private void Send(OrderPlan plan)
    {
        if (plan.Replaces is { Terms.Class: OrderClass.Oco } moved)
        {
            Move(moved, plan.Terms);
            return;
        }

        var order = new Order
        {
            ClientOrderId = ClientOrderIds.ForStrategy(Strategy.Id, Strategy.Arm, Strategy.NextSequence),
            StrategyId = Strategy.Id,
            Arm = Strategy.Arm,
            Sequence = Strategy.NextSequence,
            Role = plan.Role,
            Terms = plan.Terms,
            DecidedAt = Now,
            LastAttemptAt = Now,
            Slot = plan.Slot,
            ExitRevision = Strategy.ExitRevision,
            Replaces = plan.Replaces?.ClientOrderId,
        };
        Strategy = Strategy with { NextSequence = Strategy.NextSequence + 1 };
        _orders.Add(order);
        try
        {
            var shown = Broker.Submit(order.ClientOrderId, order.Terms, Now, plan.Replaces?.BrokerOrderId);
            if (plan.Replaces is { } replaced)
            {
                Set(replaced with { Status = OrderStatus.Replaced, EndReason = EndReason.Replaced });
            }

            Log.Add($"  {order.Sequence} {plan.Role} {WireNames.Of(plan.Terms)}: {plan.Reason}, {shown.Status}");
            Take(order, shown);
        }
        catch (BrokerRefusedException refusal)
        {
            WasRefused = true;
            Log.Add($"  {order.Sequence} {plan.Role} {WireNames.Of(plan.Terms)}: refused, {refusal.Message}");
            Refused(order, refusal);
        }
    }

    private void Refused(Order order, BrokerRefusedException refusal)
    {
        var refused = order with
        {
            Status = OrderStatus.Rejected,
            EndReason = refusal.Kind == RefusalKind.InsufficientShares ? EndReason.Waiting : EndReason.Refused,
            Note = refusal.Message,
        };
        Set(refused);
        if (order.Replaces is not null)
        {
            return;
        }

        Strategy = Lifecycle.Ended(Strategy, refused);
        if (order.Role == OrderRole.Protection && refusal.Kind == RefusalKind.StopPriceBeyondMarket)
        {
            Strategy = Strategy with { Closing = new("beyond the market", Now) };
        }
    }

    private void Set(Order order)
    {
        var index = _orders.FindIndex(known => known.ClientOrderId == order.ClientOrderId);
        if (index < 0)
        {
            _orders.Add(order);
        }
        else
        {
            _orders[index] = order;
        }
    }

    private string Describe() =>
        $"{Strategy.Phase} holds {Strategy.Holding.Quantity:0.##} (broker {Broker.Position:0.##}), stop {Strategy.EffectiveStop}, "
        + $"{(Strategy.Closing is null ? "" : "closing, ")}"
        + $"{(Strategy.PauseReason is null ? "" : "paused, ")}{(Strategy.Enabled ? "" : "disabled, ")}"
        + string.Join(
            "; ",
            _orders
                .Where(order => order.IsWorking)
                .Select(order => $"{order.Sequence} {order.Status} {WireNames.Of(order.Terms)} filled {order.FilledQuantity}")
        );
}
