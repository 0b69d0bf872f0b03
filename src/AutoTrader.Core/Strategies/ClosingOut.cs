using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// Sells all that a strategy holds: cancels its own orders, waits until the broker says canceled, then sells at market. While the
/// market is closed the protection stays, and the sale waits for the next open. Until a blocked sale can be sent, its shares stay
/// protected.
/// </summary>
public static class ClosingOut
{
    /// <summary>The next step of the sale.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure)
    {
        if (!view.Conditions.MarketOpen)
        {
            return CancelAll(view, entriesOnly: true).And(exposure.Uncovered >= 1 ? Protection.Cover(view, exposure) : Decision.None);
        }

        if (view.Conditions.IsExitRefused)
        {
            return exposure.Uncovered >= 1 ? Protection.Cover(view, exposure) : Decision.None;
        }

        var cancels = CancelAll(view, entriesOnly: false);
        if (!cancels.IsNone || exposure.WorkingOrders > 0 || exposure.Held < 1)
        {
            return cancels;
        }

        var quantity = Math.Floor(Math.Min(exposure.Held, view.Conditions.SellableQuantity ?? exposure.Held));
        return quantity < 1
            ? Decision.None
            : Decision.PlaceOrders(
                new OrderPlan(
                    OrderRole.Exit,
                    new()
                    {
                        Symbol = view.Strategy.Symbol,
                        Side = OrderSide.Sell,
                        Quantity = quantity,
                        Type = OrderType.Market,
                    },
                    view.Strategy.Closing!.Reason
                )
            );
    }

    private static Decision CancelAll(in StrategyView view, bool entriesOnly) =>
        Decision.CancelOrders([
            .. view
                .Orders.Where(order =>
                    order is { IsWorking: true, IsCancelWanted: false }
                    && order.Role is not (OrderRole.Exit or OrderRole.Cover)
                    && (!entriesOnly || order.Role == OrderRole.Entry)
                )
                .Select(order => new CancelPlan(order, "closing")),
        ]);
}
