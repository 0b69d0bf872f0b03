using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Strategies;
using BenchmarkDotNet.Attributes;

namespace AutoTrader.Benchmarks;

/// <summary>
/// One decision about one strategy when there is nothing to do, as in nearly every cycle: waiting for an entry, and holding protected
/// shares. The aim is a million decisions a second on one core, without allocating.
/// </summary>
[MemoryDiagnoser]
public class EvaluatorBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);
    private static readonly Conditions Open = new() { Now = Now, MarketOpen = true };

    private StrategyView _waiting;
    private StrategyView _holding;

    /// <summary>The kind of strategy.</summary>
    [ParamsAllValues]
    public StrategyType Type { get; set; }

    /// <summary>Whether the broker has OCO orders; where it has none the engine watches the targets itself.</summary>
    [Params(true, false)]
    public bool Oco { get; set; }

    /// <summary>Builds both views, and makes sure that there is indeed nothing to do.</summary>
    /// <exception cref="InvalidOperationException">There is something to do, so that something else would be measured.</exception>
    [GlobalSetup]
    public void Build()
    {
        var conditions = Open with { SupportsOco = Oco };
        var price = new Price(100, 100.01m, 100);
        var strategy = Strategy();
        _waiting = new(strategy, Type == StrategyType.Grid ? GridBuys() : [], price, conditions);
        _holding = new(
            strategy with
            {
                Phase = StrategyPhase.PositionOpen,
                Holding = Holding.Empty.Trade(OrderSide.Buy, 10, 100, 0, Now).Holding,
                EnteredQuantity = 10,
                EntryFillPrice = 100,
                HighWatermark = 101,
                EffectiveStop = 95,
                Slots = Type == StrategyType.Grid ? [0, 10] : [],
            },
            Type == StrategyType.Grid ? GridSells() : Protections(),
            price,
            conditions
        );
        if (!StrategyEvaluator.Decide(_waiting).IsNone || !StrategyEvaluator.Decide(_holding).IsNone)
        {
            throw new InvalidOperationException("There is something to do.");
        }
    }

    /// <summary>Waits for its entry; a grid has its buys at rest.</summary>
    [Benchmark]
    public Decision Waiting() => StrategyEvaluator.Decide(_waiting);

    /// <summary>Holds shares that are covered.</summary>
    [Benchmark]
    public Decision Holding_protected() => StrategyEvaluator.Decide(_holding);

    private Strategy Strategy() =>
        new()
        {
            Id = "s1",
            Symbol = "AAPL",
            StrategyType = Type,
            Quantity = 10,
            Arm = "abcdefgh",
            EntryType = EntryType.Condition,
            EntryCondition = "below:90",
            TrailingStopPct = 5,
            StopLossPct = 5,
            TakeProfitPct = 10,
            PullbackPct = 5,
            PullbackReferencePrice = 101,
            ScaleTargets = ScaleOut.DefaultTargets,
            GridConfig = new(90, 110, 5, 10),
        };

    private List<Order> Protections() =>
        Type switch
        {
            StrategyType.ScaleOut => [Sell(3, 105, 0), Sell(3, 110, 1), Sell(4, 115, 2)],
            StrategyType.Bracket => [Sell(10, 110, null)],
            _ => [Order(1, OrderRole.Protection, Terms(OrderSide.Sell, 10) with { Type = OrderType.TrailingStop, TrailPercent = 5 }, null)],
        };

    private Order Sell(int quantity, decimal target, int? slot)
    {
        var terms = Terms(OrderSide.Sell, quantity) with { StopPrice = 95 };
        return Order(
            1 + (slot ?? 0),
            OrderRole.Protection,
            Oco ? terms with { Type = OrderType.Limit, Class = OrderClass.Oco, LimitPrice = target } : terms with { Type = OrderType.Stop },
            slot
        );
    }

    private static List<Order> GridBuys() =>
        [
            .. new[] { 90m, 95m }.Select(
                (price, level) => Order(level + 1, OrderRole.Entry, Terms(OrderSide.Buy, 10) with { LimitPrice = price }, level)
            ),
        ];

    private static List<Order> GridSells() =>
        [GridBuys()[0], Order(3, OrderRole.Target, Terms(OrderSide.Sell, 10) with { LimitPrice = 100 }, 1)];

    private static OrderTerms Terms(OrderSide side, decimal quantity) =>
        new()
        {
            Symbol = "AAPL",
            Side = side,
            Quantity = quantity,
            Type = OrderType.Limit,
            TimeInForce = TimeInForce.Gtc,
        };

    private static Order Order(int sequence, OrderRole role, OrderTerms terms, int? slot) =>
        new()
        {
            ClientOrderId = ClientOrderIds.ForStrategy("s1", "abcdefgh", sequence),
            StrategyId = "s1",
            Arm = "abcdefgh",
            Sequence = sequence,
            Role = role,
            Terms = terms,
            Slot = slot,
            Status = OrderStatus.Accepted,
            DecidedAt = Now,
            LastAttemptAt = Now,
        };
}
