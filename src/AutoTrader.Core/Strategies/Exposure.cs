using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// What a strategy holds and what its orders may still do to it. Exits are sized from the greatest cumulative fill that any route has
/// shown, also before its execution has arrived (docs/trading-rules.md, "Fills").
/// </summary>
/// <param name="Held">Shares held; negative only by a fault.</param>
/// <param name="OpenBuys">Shares that working or unknown buys may still buy.</param>
/// <param name="OpenSells">Shares that working or unknown sells may still sell; an order and its replacement count once.</param>
/// <param name="WorkingOrders">Working orders.</param>
public readonly record struct Exposure(decimal Held, decimal OpenBuys, decimal OpenSells, int WorkingOrders)
{
    /// <summary>Whole shares that no working sell covers.</summary>
    public decimal Uncovered => Math.Max(0, Math.Floor(Held - OpenSells));

    /// <summary>The exposure of a strategy with its orders.</summary>
    public static Exposure Of(Strategy strategy, IReadOnlyList<Order> orders)
    {
        var held = strategy.Holding.Quantity;
        decimal buys = 0,
            sells = 0;
        var working = 0;
        for (var i = 0; i < orders.Count; i++)
        {
            var order = orders[i];
            var unexplained = order.UnexplainedQuantity;
            if (order.Terms.Side == OrderSide.Buy)
            {
                held += unexplained;
                buys += order.OpenQuantity;
            }
            else
            {
                held -= unexplained;
                sells += IsBeingReplaced(order, orders) ? 0 : order.OpenQuantity;
            }

            working += order.IsWorking ? 1 : 0;
        }

        return new(held, buys, sells, working);
    }

    /// <summary>Whether another working order was sent to take the place of <paramref name="order"/>: the two cover the same
    /// shares.</summary>
    public static bool IsBeingReplaced(Order order, IReadOnlyList<Order> orders)
    {
        for (var i = 0; i < orders.Count; i++)
        {
            if (orders[i].IsWorking && orders[i].Replaces == order.ClientOrderId)
            {
                return true;
            }
        }

        return false;
    }
}
