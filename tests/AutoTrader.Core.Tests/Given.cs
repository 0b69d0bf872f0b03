using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests;

/// <summary>What the tests of the pure rules begin with: an open market at noon, strategies of each type, orders, prices.</summary>
internal static class Given
{
    public const string Arm = "abcdefgh";

    public static DateTimeOffset Now { get; } = new(2026, 2, 3, 17, 0, 0, TimeSpan.Zero);

    public static Conditions Open { get; } = new() { Now = Now, MarketOpen = true };

    public static Conditions Closed { get; } = Open with { MarketOpen = false };

    public static Strategy Trailing { get; } = Of(StrategyType.TrailingStop) with { TrailingStopPct = 5 };

    public static Strategy Bracket { get; } = Of(StrategyType.Bracket) with { TakeProfitPct = 10, StopLossPct = 5 };

    public static Strategy ScaleOut { get; } =
        Of(StrategyType.ScaleOut) with
        {
            ScaleTargets = Core.Strategies.ScaleOut.DefaultTargets,
            StopLossPct = 5,
        };

    public static Strategy Grid { get; } = Of(StrategyType.Grid) with { GridConfig = new(90, 110, 5, 10) };

    public static Strategy Pullback { get; } = Of(StrategyType.PullbackTrailing) with { PullbackPct = 5, TrailingStopPct = 5 };

    private static Strategy Of(StrategyType type) =>
        new()
        {
            Id = "s1",
            Symbol = "AAPL",
            StrategyType = type,
            Quantity = 10,
            Arm = Arm,
        };

    /// <summary>The strategy after its entry of <paramref name="quantity"/> shares filled at <paramref name="price"/>.</summary>
    public static Strategy Holding(this Strategy strategy, decimal quantity = 10, decimal price = 100) =>
        strategy with
        {
            Phase = StrategyPhase.PositionOpen,
            Holding = Core.Portfolio.Holding.Empty.Trade(OrderSide.Buy, quantity, price, 0, Now).Holding,
            EnteredQuantity = quantity,
            EntryFillPrice = price,
            HighWatermark = price,
        };

    public static OrderTerms Sell(decimal quantity = 10) =>
        new()
        {
            Symbol = "AAPL",
            Side = OrderSide.Sell,
            Quantity = quantity,
            Type = OrderType.Market,
        };

    public static OrderTerms Buy(decimal quantity = 10) => Sell(quantity) with { Side = OrderSide.Buy };

    public static OrderTerms Limit(this OrderTerms terms, decimal price) =>
        terms with
        {
            Type = OrderType.Limit,
            LimitPrice = price,
            TimeInForce = TimeInForce.Gtc,
        };

    public static OrderTerms Stop(this OrderTerms terms, decimal price) =>
        terms with
        {
            Type = OrderType.Stop,
            StopPrice = price,
            TimeInForce = TimeInForce.Gtc,
        };

    public static OrderTerms Trail(this OrderTerms terms, decimal pct) =>
        terms with
        {
            Type = OrderType.TrailingStop,
            TrailPercent = pct,
            TimeInForce = TimeInForce.Gtc,
        };

    public static OrderTerms Oco(this OrderTerms terms, decimal target, decimal stop) =>
        terms.Limit(target) with
        {
            Class = OrderClass.Oco,
            StopPrice = stop,
        };

    public static Order Order(OrderRole role, OrderTerms terms, int sequence = 1, OrderStatus status = OrderStatus.Accepted) =>
        new()
        {
            ClientOrderId = ClientOrderIds.ForStrategy("s1", Arm, sequence),
            StrategyId = "s1",
            Arm = Arm,
            Sequence = sequence,
            Role = role,
            Terms = terms,
            Status = status,
            BrokerOrderId = "b" + sequence,
            DecidedAt = Now,
            LastAttemptAt = Now,
        };

    public static Order Filled(this Order order, decimal quantity, decimal price = 100) =>
        order with
        {
            FilledQuantity = quantity,
            AverageFillPrice = price,
            Status =
                quantity == order.Terms.Quantity ? OrderStatus.Filled
                : order.IsWorking ? OrderStatus.PartiallyFilled
                : order.Status,
        };

    public static Fill Fill(this Order order, decimal quantity, decimal price = 100, string id = "x1") =>
        new()
        {
            ExecutionId = id,
            StrategyId = order.StrategyId,
            ClientOrderId = order.ClientOrderId,
            Arm = order.Arm,
            Symbol = order.Terms.Symbol,
            Side = order.Terms.Side,
            Quantity = quantity,
            Price = price,
            At = Now,
            TradingDay = new(2026, 2, 3),
        };

    /// <summary>A price that two quotes confirm.</summary>
    public static Price At(decimal mid) => new(mid, mid + 0.01m, mid);

    /// <summary>A price after another.</summary>
    public static Price At(decimal mid, decimal prior) => new(mid, mid + 0.01m, prior);

    /// <summary>The first price of a row: it confirms nothing.</summary>
    public static Price Once(decimal mid) => new(mid, mid + 0.01m, null);

    public static Decision Decide(this Strategy strategy, Price? price, params IReadOnlyList<Order> orders) =>
        strategy.DecideIn(Open, price, orders);

    public static Decision DecideIn(this Strategy strategy, Conditions conditions, Price? price, params IReadOnlyList<Order> orders) =>
        StrategyEvaluator.Decide(new(strategy, orders, price, conditions));
}
