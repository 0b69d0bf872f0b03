using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// Moves resting exits to the prices of a definition that was changed while they rested (docs/trading-rules.md, "Changing an open
/// position"). An order is replaced, never canceled for it: its shares are covered throughout.
/// </summary>
public static class Repricing
{
    /// <summary>The orders that take the place of those of an earlier definition; selling at market where two quotes have reached the new
    /// stop.</summary>
    /// <param name="view">The strategy with its orders.</param>
    /// <param name="canceled">Orders that are canceled anyhow.</param>
    public static Decision Decide(in StrategyView view, IReadOnlyList<CancelPlan> canceled)
    {
        var strategy = view.Strategy;
        // An order that the broker rejects while the market is closed stays rejected until the open.
        if (strategy.ExitRevision == 0 || (!view.Conditions.MarketOpen && strategy.IsWaiting))
        {
            return Decision.None;
        }

        List<OrderPlan>? plans = null;
        for (var i = 0; i < view.Orders.Count; i++)
        {
            var order = view.Orders[i];
            if (!IsEarlier(strategy, order, view.Orders) || Wanted(strategy, order) is not { } wanted || wanted == order.Terms)
            {
                continue;
            }

            if (wanted.StopPrice > order.Terms.StopPrice && view.Conditions.MarketOpen && view.Price is { } price)
            {
                if (price.ConfirmedLow <= wanted.StopPrice)
                {
                    return Decision.Change(
                        strategy with
                        {
                            Closing = new($"the price is at or below the stop {wanted.StopPrice:0.00##}", view.Conditions.Now),
                        }
                    );
                }

                // A single quote sells nothing, and too close is not through the stop: the order stays until the next quote.
                var distance = price.Mid - wanted.StopPrice;
                if (distance <= 0 || (wanted.Class == OrderClass.Oco && distance < Protection.OcoGap))
                {
                    continue;
                }
            }

            if (canceled.All(cancel => cancel.Order.ClientOrderId != order.ClientOrderId))
            {
                (plans ??= []).Add(new(order.Role, wanted, "changed by the user", order.Slot, order));
            }
        }

        return plans is null ? Decision.None : Decision.PlaceOrders(plans);
    }

    /// <summary>Whether an exit rests at the broker, can be replaced there, and is priced by an earlier definition.</summary>
    public static bool IsEarlier(Strategy strategy, Order order, IReadOnlyList<Order> orders) =>
        order.ExitRevision < strategy.ExitRevision
        && order is { Role: OrderRole.Protection or OrderRole.Target, IsCancelWanted: false, BrokerOrderId: not null }
        && (
            order is { Status: OrderStatus.Accepted, FilledQuantity: 0 }
            || order is { Status: OrderStatus.Accepted or OrderStatus.PartiallyFilled, Terms.Class: OrderClass.Oco }
        )
        && !Exposure.IsBeingReplaced(order, orders);

    private static OrderTerms? Wanted(Strategy strategy, Order order) =>
        (strategy.StrategyType, Bracket.Basis(strategy)) switch
        {
            (StrategyType.Bracket, not null) => Moved(order, Bracket.Stop(strategy), Bracket.Target(strategy)),
            (StrategyType.ScaleOut, not null) when order.Slot is { } tranche && tranche < strategy.ScaleTargets.Count => Moved(
                order,
                Bracket.Stop(strategy),
                ScaleOut.Target(strategy, tranche)
            ),
            _ => null,
        };

    // Where a stop rests without an OCO, the engine watches the target, so only the stop moves here.
    private static OrderTerms? Moved(Order order, decimal stop, decimal target) =>
        order.Terms switch
        {
            { Class: OrderClass.Oco } terms => terms with { StopPrice = stop, LimitPrice = target },
            { Type: OrderType.Stop } terms => terms with { StopPrice = stop },
            { Type: OrderType.Limit } terms => terms with { LimitPrice = target },
            _ => null,
        };
}
