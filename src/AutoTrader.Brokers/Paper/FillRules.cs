using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Brokers.Paper;

/// <summary>What a bar does to an order.</summary>
/// <param name="Order">The order after the bar: a watermark raised, a stop triggered.</param>
/// <param name="Price">The price in dollars at which what is open fills; null when it does not.</param>
/// <param name="OnLeg">Whether the stop leg of an OCO fills.</param>
internal readonly record struct Fate(PaperOrder Order, decimal? Price = null, bool OnLeg = false);

/// <summary>
/// How orders fill in bars (docs/trading-rules.md, "Fills in bars"). Pure. The open comes first: there a stop at or beyond its price, or a
/// limit at or better, fills at the open. Inside the bar a stop fills when it is touched, a limit only when it is traded through, and of an
/// OCO with both legs touched the stop.
/// </summary>
internal static class FillRules
{
    /// <summary>What <paramref name="bar"/> does to an open <paramref name="order"/> that was there when it began.</summary>
    /// <param name="order">The order.</param>
    /// <param name="bar">The bar.</param>
    /// <param name="model">What fills cost.</param>
    /// <param name="targetFirst">Whether the target of an OCO comes first in an ambiguous bar: only to see what that would make.</param>
    public static Fate Play(PaperOrder order, Bar bar, FillModel model, bool targetFirst = false) =>
        order.Terms switch
        {
            { Type: OrderType.Market } => new(order, MarketPrice(order, bar.Open, bar, model)),
            { TimeInForce: TimeInForce.Opg or TimeInForce.Ioc or TimeInForce.Fok, LimitPrice: { } limit } => new(
                order,
                IsMarketable(limit, bar.Open, order) ? bar.Open : null
            ),
            { Class: OrderClass.Oco } => Oco(order, bar, model, targetFirst),
            { Type: OrderType.Limit, LimitPrice: { } limit } => new(order, LimitPrice(limit, bar, order)),
            { Type: OrderType.Stop } => Stop(order, bar, model),
            { Type: OrderType.StopLimit, LimitPrice: { } limit } => StopLimit(order, limit, bar),
            { Type: OrderType.TrailingStop } => Trailing(order, bar, model),
            _ => new(order),
        };

    /// <summary>The price at which a closing-auction order fills in the session's last bar; null when it does not.</summary>
    public static decimal? AtClose(PaperOrder order, Bar last, FillModel model) =>
        order.Terms.LimitPrice is { } limit
            ? IsMarketable(limit, last.Close, order)
                ? last.Close
                : null
            : MarketPrice(order, last.Close, last, model);

    /// <summary>The trailing stop after a bar that did not trigger it: its watermark raised by the bar's high, or itself.</summary>
    public static PaperOrder Raise(PaperOrder order, Bar bar)
    {
        if (order.HighWatermark >= bar.High)
        {
            return order;
        }

        var high = Math.Max(order.HighWatermark ?? bar.Open, bar.High);
        return order with { HighWatermark = high, StopPrice = TrailedStop(high, order.Terms), PlayedTo = bar.End };
    }

    /// <summary>The stop below a high, in dollars, rounded away from the market.</summary>
    public static decimal TrailedStop(decimal high, OrderTerms terms) => TickSize.RoundDown(high * (1 - (terms.TrailPercent!.Value / 100)));

    /// <summary>Whether a bar touches both legs of an OCO, so that the order of the two is unknown.</summary>
    public static bool IsAmbiguous(PaperOrder order, Bar bar) =>
        order is { IsOco: true, Triggered: false, StopPrice: { } stop, Terms.LimitPrice: { } limit }
        && bar.Open > stop
        && bar.Open < limit
        && bar.Low <= stop
        && bar.High > limit;

    private static Fate Oco(PaperOrder order, Bar bar, FillModel model, bool targetFirst)
    {
        var (stop, limit) = (order.StopPrice!.Value, order.Terms.LimitPrice!.Value);
        if (targetFirst && IsAmbiguous(order, bar))
        {
            return new(order, limit);
        }

        if (order.Triggered || bar.Open <= stop || (bar.Open < limit && bar.Low <= stop))
        {
            return Stop(order, bar, model) with { OnLeg = true };
        }

        return new(order, LimitPrice(limit, bar, order));
    }

    private static Fate Stop(PaperOrder order, Bar bar, FillModel model)
    {
        if (order.Triggered)
        {
            return new(order, MarketPrice(order, bar.Open, bar, model));
        }

        decimal? price =
            order.StopPrice is not { } stop ? null
            : IsReached(stop, bar.Open, order) ? bar.Open
            : IsReached(stop, IsSell(order) ? bar.Low : bar.High, order) ? stop
            : null;
        return price is { } reached ? Triggered(order, reached, bar, model) : new(order);
    }

    private static Fate StopLimit(PaperOrder order, decimal limit, Bar bar)
    {
        if (order.Triggered)
        {
            return new(order, LimitPrice(limit, bar, order));
        }

        var stop = order.StopPrice!.Value;
        if (IsReached(stop, bar.Open, order))
        {
            return new(order with { Triggered = true }, LimitPrice(limit, bar, order));
        }

        // Inside the bar the price is at the stop when it triggers; the rest of the bar is unknown.
        return IsReached(stop, IsSell(order) ? bar.Low : bar.High, order)
            ? new(order with { Triggered = true }, IsMarketable(limit, stop, order) ? stop : null)
            : new(order);
    }

    private static Fate Trailing(PaperOrder order, Bar bar, FillModel model)
    {
        var fate = Stop(order, bar, model);
        if (fate.Price is not null)
        {
            return fate;
        }

        // A watermark that begins in this bar begins at its open.
        var begun = order.HighWatermark is null
            ? order with
            {
                HighWatermark = bar.Open,
                StopPrice = TrailedStop(bar.Open, order.Terms),
            }
            : order;
        if (order.HighWatermark is null && Stop(begun, bar, model) is { Price: not null } atOnce)
        {
            return atOnce;
        }

        var raised = Raise(begun, bar);
        return bar.Close <= raised.StopPrice ? Triggered(raised, raised.StopPrice.Value, bar, model) : new(raised);
    }

    private static Fate Triggered(PaperOrder order, decimal price, Bar bar, FillModel model) =>
        new(order with { Triggered = true }, Worse(order, price, model.SlippagePct, bar));

    private static decimal? LimitPrice(decimal limit, Bar bar, PaperOrder order) =>
        IsMarketable(limit, bar.Open, order) ? bar.Open
        : IsSell(order) ? (bar.High > limit ? limit : null)
        : bar.Low < limit ? limit
        : null;

    private static decimal MarketPrice(PaperOrder order, decimal price, Bar bar, FillModel model) =>
        Worse(order, price, (model.SpreadPct / 2) + model.SlippagePct, bar);

    private static decimal Worse(PaperOrder order, decimal price, decimal pct, Bar bar) =>
        pct == 0 ? price
        : IsSell(order) ? Math.Max(bar.Low, TickSize.RoundDown(price * (1 - (pct / 100))))
        : Math.Min(bar.High, TickSize.RoundUp(price * (1 + (pct / 100))));

    private static bool IsReached(decimal stop, decimal price, PaperOrder order) => IsSell(order) ? price <= stop : price >= stop;

    private static bool IsMarketable(decimal limit, decimal price, PaperOrder order) => IsSell(order) ? price >= limit : price <= limit;

    private static bool IsSell(PaperOrder order) => order.Terms.Side == OrderSide.Sell;
}
