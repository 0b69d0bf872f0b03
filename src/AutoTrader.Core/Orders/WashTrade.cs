namespace AutoTrader.Core.Orders;

/// <summary>Which orders of one account brokers refuse at the same time. Source: Alpaca's table of potential wash trades. Pure.</summary>
public static class WashTrade
{
    /// <summary>Whether <paramref name="terms"/> are refused while <paramref name="other"/> works on the same symbol.</summary>
    public static bool IsPotential(OrderTerms terms, OrderTerms other) =>
        terms.Side != other.Side
        && !IsExempt(terms)
        && !IsExempt(other)
        && (terms.Side, terms.Type, other.Type) switch
        {
            (OrderSide.Buy, OrderType.Market or OrderType.Limit, OrderType.Stop or OrderType.StopLimit) => true,
            (OrderSide.Buy, OrderType.Market, OrderType.Limit) => true,
            (OrderSide.Buy, OrderType.Limit, OrderType.Limit) => terms.LimitPrice >= other.LimitPrice,
            (OrderSide.Sell, OrderType.Market or OrderType.Stop or OrderType.StopLimit, OrderType.Limit) => true,
            (OrderSide.Sell, OrderType.Limit, OrderType.Limit) => terms.LimitPrice <= other.LimitPrice,
            _ => false,
        };

    private static bool IsExempt(OrderTerms terms) => terms.Class == OrderClass.Oco || terms.Type == OrderType.TrailingStop;
}
