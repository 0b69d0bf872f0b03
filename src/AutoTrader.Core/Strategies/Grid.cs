using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// grid: buys rest on the levels below the price; what fills at a level rests a sell one level higher, whose fill rests the buy again.
/// Per level, open buys and shares held never exceed <c>qty_per_level</c>, so the inventory stays within [0, (levels-1)*qty_per_level].
/// </summary>
public static class Grid
{
    /// <summary>Places missing buys; takes them back outside the band; sells out below <see cref="GridConfig.StopBelow"/>.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure)
    {
        var strategy = view.Strategy;
        if (view is not { Conditions.MarketOpen: true, Price: { } price })
        {
            return Decision.None;
        }

        if (strategy.GridConfig is not { } grid)
        {
            return strategy.MayEnter ? Decision.Change(strategy with { GridConfig = GridConfig.Around(price.Mid) }) : Decision.None;
        }

        if (grid.StopBelow is { } floor && price.ConfirmedLow <= floor && (exposure.Held > 0 || exposure.OpenBuys > 0))
        {
            return Decision.Change(strategy with { Closing = new($"the price fell to stop_below {floor:0.00##}", view.Conditions.Now) });
        }

        if (IsOutside(grid, price))
        {
            // Of a grid that may not buy, they are taken back already.
            return strategy.MayEnter && !view.Conditions.CancelEntries ? CancelBuys(view) : Decision.None;
        }

        return strategy.MayEnter && view.Conditions.EntriesBarred is null && IsInside(grid, price)
            ? PlaceBuys(view, grid, price.Mid)
            : Decision.None;
    }

    /// <summary>Whether two quotes in a row are outside the band.</summary>
    public static bool IsOutside(GridConfig grid, Price price) => price.ConfirmedLow < grid.Low || price.ConfirmedHigh > grid.High;

    /// <summary>Sells one level above what each level holds, one order per filled increment.</summary>
    public static IReadOnlyList<OrderPlan> Exits(in StrategyView view, decimal quantity)
    {
        var strategy = view.Strategy;
        if (strategy.GridConfig is not { } grid)
        {
            return [];
        }

        var plans = new List<OrderPlan>();
        for (var level = 0; level < grid.Levels - 1 && quantity >= 1; level++)
        {
            var (held, _, sells) = Level(strategy, view.Orders, level);
            // Fractions of several levels, as a split leaves them, may add up to whole shares: those are sold at the top.
            var lacking = level == grid.Levels - 2 ? quantity : Math.Min(quantity, Math.Floor(held - sells));
            if (lacking >= 1)
            {
                plans.Add(Order(strategy, OrderSide.Sell, OrderRole.Target, lacking, SellPrice(grid, level), level, "grid sell"));
                quantity -= lacking;
            }
        }

        return plans;
    }

    /// <summary>The lowest price in dollars, at or above <paramref name="mid"/>, that a rising mid must pass for a buy to be placed: that of
    /// the first level that has room. Null when no level up there has, or the grid has no levels yet.</summary>
    public static decimal? NextBuyAbove(Strategy strategy, IReadOnlyList<Order> orders, decimal mid)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        if (strategy.GridConfig is not { } grid)
        {
            return null;
        }

        for (var level = 0; level < grid.Levels - 1; level++)
        {
            if (grid.PriceAt(level) >= mid && Lacking(strategy, orders, grid, level) >= 1)
            {
                return grid.PriceAt(level);
            }
        }

        return null;
    }

    private static bool IsInside(GridConfig grid, Price price) => price.Mid >= grid.Low && price.Mid <= grid.High;

    private static Decision PlaceBuys(in StrategyView view, GridConfig grid, decimal mid)
    {
        List<OrderPlan>? plans = null;
        for (var level = 0; level < grid.Levels - 1 && grid.PriceAt(level) < mid; level++)
        {
            var lacking = Lacking(view.Strategy, view.Orders, grid, level);
            if (lacking >= 1)
            {
                (plans ??= []).Add(Order(view.Strategy, OrderSide.Buy, OrderRole.Entry, lacking, grid.PriceAt(level), level, "grid buy"));
            }
        }

        return plans is null ? Decision.None : Decision.PlaceOrders(plans);
    }

    private static Decision CancelBuys(in StrategyView view)
    {
        List<CancelPlan>? cancels = null;
        for (var i = 0; i < view.Orders.Count; i++)
        {
            if (view.Orders[i] is { IsWorking: true, IsCancelWanted: false, Role: OrderRole.Entry } order)
            {
                (cancels ??= []).Add(new(order, "the price left the grid"));
            }
        }

        return cancels is null ? Decision.None : Decision.CancelOrders(cancels);
    }

    /// <summary>The price in dollars at which shares that <paramref name="level"/> bought are sold: that of the level above, rounded up,
    /// away from the market; <see cref="GridConfig.PriceAt"/> rounds down, as buys do.</summary>
    public static decimal SellPrice(GridConfig grid, int level)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return TickSize.RoundUp(grid.Low + ((grid.High - grid.Low) * (level + 1) / (grid.Levels - 1)));
    }

    private static decimal Lacking(Strategy strategy, IReadOnlyList<Order> orders, GridConfig grid, int level)
    {
        var (held, buys, _) = Level(strategy, orders, level);
        return Math.Floor(grid.QtyPerLevel - held - buys);
    }

    private static (decimal Held, decimal Buys, decimal Sells) Level(Strategy strategy, IReadOnlyList<Order> orders, int level)
    {
        var slots = strategy.Slots;
        var held = level < slots.Count ? slots[level] : 0;
        decimal buys = 0,
            sells = 0;
        for (var i = 0; i < orders.Count; i++)
        {
            var order = orders[i];
            if (order.Slot != level)
            {
                continue;
            }

            if (order.Terms.Side == OrderSide.Buy)
            {
                held += order.UnexplainedQuantity;
                buys += order.OpenQuantity;
            }
            else
            {
                held -= order.UnexplainedQuantity;
                sells += order.OpenQuantity;
            }
        }

        return (held, buys, sells);
    }

    private static OrderPlan Order(
        Strategy strategy,
        OrderSide side,
        OrderRole role,
        decimal quantity,
        decimal price,
        int level,
        string reason
    ) =>
        new(
            role,
            new()
            {
                Symbol = strategy.Symbol,
                Side = side,
                Quantity = quantity,
                Type = OrderType.Limit,
                TimeInForce = TimeInForce.Gtc,
                LimitPrice = price,
            },
            FormattableString.Invariant($"{reason} at level {level}"),
            level
        );
}
