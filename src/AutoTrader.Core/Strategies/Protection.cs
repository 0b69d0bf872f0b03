using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// Covers held shares that no working sell covers (docs/trading-rules.md, "Protection"). A working order is never canceled in order to
/// enlarge it: each filled increment gets its own order.
/// </summary>
public static class Protection
{
    /// <summary>The minimum distance of an OCO's stop from the market and from its target, in dollars.</summary>
    public const decimal OcoGap = 0.01m;

    /// <summary>The orders that cover unprotected shares, or a market sale when the price is already at or below the stop.</summary>
    public static Decision Cover(in StrategyView view, in Exposure exposure)
    {
        var quantity = Math.Min(exposure.Uncovered, Sellable(view, exposure));
        if (quantity < 1)
        {
            return Decision.None;
        }

        var plans = view.Strategy.StrategyType switch
        {
            StrategyType.Bracket => Bracket.Exits(view, quantity),
            StrategyType.ScaleOut => ScaleOut.Exits(view, quantity),
            StrategyType.Grid => Grid.Exits(view, quantity),
            _ => TrailingStop.Exits(view, quantity),
        };

        return StopOf(plans) is { } stop && IsReached(view, stop)
            ? Decision.Change(view.Strategy with { Closing = new($"the price is at or below the stop {stop:0.00##}", view.Conditions.Now) })
            : Decision.PlaceOrders(plans);
    }

    /// <summary>
    /// An order over <paramref name="quantity"/> shares: an OCO where the broker knows them and the stop is not too close for one, else the
    /// stop alone, at its own price; the engine then watches the target.
    /// </summary>
    public static OrderPlan StopAndTarget(in StrategyView view, decimal quantity, decimal stop, decimal target, int? slot)
    {
        var terms = new OrderTerms
        {
            Symbol = view.Strategy.Symbol,
            Side = OrderSide.Sell,
            Quantity = quantity,
            Type = OrderType.Stop,
            TimeInForce = TimeInForce.Gtc,
            StopPrice = stop,
        };
        if (view.Conditions.SupportsOco && target - stop >= OcoGap && view.Price?.Mid - stop is not (> 0 and < OcoGap))
        {
            return new(
                OrderRole.Protection,
                terms with
                {
                    Type = OrderType.Limit,
                    Class = OrderClass.Oco,
                    LimitPrice = target,
                },
                "take-profit and stop",
                slot
            );
        }

        return view.Price?.ConfirmedHigh >= target
            ? new(
                OrderRole.Exit,
                terms with
                {
                    Type = OrderType.Market,
                    StopPrice = null,
                    TimeInForce = TimeInForce.Day,
                },
                "target reached",
                slot
            )
            : new(OrderRole.Protection, terms, "stop; the engine watches the target", slot);
    }

    /// <summary>Cancels a stop that rests without its target, once two quotes have reached that, so that the shares can be sold.</summary>
    public static Decision WatchTarget(in StrategyView view, Func<Strategy, Order, decimal?> targetOf)
    {
        if (view.Price?.ConfirmedHigh is not { } high)
        {
            return Decision.None;
        }

        List<CancelPlan>? cancels = null;
        for (var i = 0; i < view.Orders.Count; i++)
        {
            var order = view.Orders[i];
            if (
                order is { IsWorking: true, IsCancelWanted: false, Role: OrderRole.Protection, Terms.Class: not OrderClass.Oco }
                && targetOf(view.Strategy, order) <= high
            )
            {
                (cancels ??= []).Add(new(order, "target reached"));
            }
        }

        return cancels is null ? Decision.None : Decision.CancelOrders(cancels);
    }

    /// <summary>While quantities disagree with the broker, exits are clamped to what is available there.</summary>
    private static decimal Sellable(in StrategyView view, in Exposure exposure) =>
        view.Conditions.SellableQuantity is { } available ? Math.Floor(Math.Max(0, available - exposure.OpenSells)) : decimal.MaxValue;

    private static decimal? StopOf(IReadOnlyList<OrderPlan> plans) =>
        plans.Count > 0 && plans[0].Role == OrderRole.Protection ? plans.Max(plan => plan.Terms.StopPrice) : null;

    // One quote alone sells nothing; a stop placed above the market is refused by the broker, and then the shares are sold.
    private static bool IsReached(in StrategyView view, decimal stop) => view.Conditions.MarketOpen && view.Price?.ConfirmedLow <= stop;
}
