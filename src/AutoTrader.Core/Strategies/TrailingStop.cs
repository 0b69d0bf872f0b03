using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>trailing_stop: buys, then a broker trailing stop of <c>trailing_stop_pct</c> follows the price.</summary>
public static class TrailingStop
{
    /// <summary>Enters; then raises the watermark, and the stop where it rests as a plain one.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure) =>
        exposure.Held > 0 ? Trail(view) : Entry.Decide(view, exposure);

    /// <summary>
    /// A broker trailing stop, unless a stop placed before was higher than what one would start at: the effective stop never falls,
    /// so the shares then get a plain stop that the engine raises.
    /// </summary>
    public static IReadOnlyList<OrderPlan> Exits(in StrategyView view, decimal quantity)
    {
        var strategy = view.Strategy;
        var pct = strategy.TrailingStopPct ?? 0;
        var terms = new OrderTerms { Symbol = strategy.Symbol, Side = OrderSide.Sell, Quantity = quantity, Type = OrderType.TrailingStop, TimeInForce = TimeInForce.Gtc, TrailPercent = pct };
        if (strategy.EffectiveStop is not { } effective)
        {
            return [new(OrderRole.Protection, terms, "trailing stop")];
        }

        var stop = Math.Max(effective, StopFor(strategy.HighWatermark ?? 0, pct));
        var start = view.Price is { } price ? Math.Min(price.Mid, price.Prior ?? price.Mid) : 0;
        return StopFor(start, pct) >= stop
            ? [new(OrderRole.Protection, terms, "trailing stop")]
            : [new(OrderRole.Protection, terms with { Type = OrderType.Stop, TrailPercent = null, StopPrice = stop }, "stop at the trailed price")];
    }

    /// <summary>The stop below a high, rounded away from the market, in dollars.</summary>
    public static decimal StopFor(decimal high, decimal pct) => TickSize.RoundDown(high * (1 - (pct / 100)));

    private static Decision Trail(in StrategyView view)
    {
        var strategy = view.Strategy;
        if (!view.Conditions.MarketOpen || view.Price?.ConfirmedHigh is not { } high || high <= (strategy.HighWatermark ?? 0))
        {
            return Decision.None;
        }

        var raised = Decision.Change(strategy with { HighWatermark = high });
        var stop = StopFor(high, strategy.TrailingStopPct ?? 0);
        var replacements = view.Orders
            .Where(order => order is { Role: OrderRole.Protection, Terms.Type: OrderType.Stop, Status: OrderStatus.Accepted, FilledQuantity: 0, IsCancelWanted: false } && order.Terms.StopPrice < stop)
            .Select(order => new OrderPlan(OrderRole.Protection, order.Terms with { StopPrice = stop }, "stop raised", order.Slot, order))
            .ToList();
        return raised.And(Decision.PlaceOrders(replacements));
    }
}
