using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>trailing_stop: buys, then a broker trailing stop of <c>trailing_stop_pct</c> follows the price.</summary>
public static class TrailingStop
{
    /// <summary>Enters; then raises the watermark, and the stop where it rests as a plain one.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure) =>
        exposure.Held >= 1 ? Trail(view) : Entry.Decide(view, exposure);

    /// <summary>
    /// A broker trailing stop, unless a stop placed before was higher than what one would start at: the effective stop never falls,
    /// so the shares then get a plain stop that the engine raises.
    /// </summary>
    public static IReadOnlyList<OrderPlan> Exits(in StrategyView view, decimal quantity)
    {
        var strategy = view.Strategy;
        var pct = strategy.TrailingStopPct ?? 0;
        var terms = new OrderTerms
        {
            Symbol = strategy.Symbol,
            Side = OrderSide.Sell,
            Quantity = quantity,
            Type = OrderType.TrailingStop,
            TimeInForce = TimeInForce.Gtc,
            TrailPercent = pct,
        };
        if (strategy.EffectiveStop is not { } effective)
        {
            return [new(OrderRole.Protection, terms, "trailing stop")];
        }

        var stop = Math.Max(effective, StopFor(strategy.HighWatermark ?? 0, pct));
        var start = view.Price is { } price ? Math.Min(price.Mid, price.Prior ?? price.Mid) : 0;
        return StopFor(start, pct) >= stop
            ? [new(OrderRole.Protection, terms, "trailing stop")]
            :
            [
                new(
                    OrderRole.Protection,
                    terms with
                    {
                        Type = OrderType.Stop,
                        TrailPercent = null,
                        StopPrice = stop,
                    },
                    "stop at the trailed price"
                ),
            ];
    }

    /// <summary>The stop below a high, rounded away from the market, in dollars.</summary>
    public static decimal StopFor(decimal high, decimal pct) => TickSize.RoundDown(high * (1 - (pct / 100)));

    private static Decision Trail(in StrategyView view)
    {
        if (view is not { Conditions.MarketOpen: true, Price: { ConfirmedHigh: { } high, ConfirmedLow: { } low } })
        {
            return Decision.None;
        }

        var strategy = view.Strategy;
        var isHigher = high > (strategy.HighWatermark ?? 0);
        var watermark = isHigher ? high : strategy.HighWatermark!.Value;
        var pct = strategy.TrailingStopPct ?? 0;
        var stop = StopFor(watermark, pct);
        var lags = false;
        List<OrderPlan>? raises = null;
        for (var i = 0; i < view.Orders.Count; i++)
        {
            if (view.Orders[i] is { IsWorking: true, Role: OrderRole.Protection, Terms.Type: OrderType.TrailingStop } trail)
            {
                lags |= strategy.ExitRevision > 0 && (trail.BrokerStopPrice ?? 0) < stop;
                if (IsToTrailAnew(view, trail))
                {
                    (raises ??= []).Add(
                        new(OrderRole.Protection, trail.Terms with { TrailPercent = pct }, "changed by the user", trail.Slot, trail)
                    );
                }

                continue;
            }

            // Also a stop that could not be raised when the watermark was: it does not lag until the next high.
            if (
                view.Orders[i]
                    is {
                        Role: OrderRole.Protection,
                        Terms.Type: OrderType.Stop,
                        Status: OrderStatus.Accepted,
                        FilledQuantity: 0,
                        IsCancelWanted: false
                    } order
                && (order.Terms.StopPrice < stop || (order.ExitRevision < strategy.StopRevision && order.Terms.StopPrice > stop))
                && !Exposure.IsBeingReplaced(order, view.Orders)
            )
            {
                lags |= order.Terms.StopPrice < stop;
                (raises ??= []).Add(new(OrderRole.Protection, order.Terms with { StopPrice = stop }, "stop raised", order.Slot, order));
            }
        }

        if (lags && low <= stop)
        {
            return Decision.Change(
                strategy with
                {
                    HighWatermark = watermark,
                    Closing = new($"the price is at or below the stop {stop:0.00##}", view.Conditions.Now),
                }
            );
        }

        // After a change of the trail the engine's stop counts while the broker's is lower.
        var effective = lags && strategy.ExitRevision > 0 ? Math.Max(strategy.EffectiveStop ?? 0, stop) : strategy.EffectiveStop;
        var next = strategy with { HighWatermark = watermark, EffectiveStop = effective };
        // A stop at or above the price would be refused, and one quote alone sells nothing.
        return (next != strategy ? Decision.Change(next) : Decision.None).And(
            raises is not null && high > stop ? Decision.PlaceOrders(raises) : Decision.None
        );
    }

    // The broker trails from the price of the replacement. That must not lower the stop, unless its owner said so; until then the old
    // order rests on, and the engine watches the new stop.
    private static bool IsToTrailAnew(in StrategyView view, Order trail)
    {
        var (strategy, price) = (view.Strategy, view.Price!.Value);
        return Repricing.IsEarlier(strategy, trail, view.Orders)
            && trail.Terms.TrailPercent != strategy.TrailingStopPct
            && (
                trail.ExitRevision < strategy.StopRevision
                || StopFor(Math.Min(price.Mid, price.Prior ?? price.Mid), strategy.TrailingStopPct ?? 0)
                    >= (trail.BrokerStopPrice ?? strategy.EffectiveStop)
            );
    }
}
