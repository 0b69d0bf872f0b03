using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Application;

/// <summary>
/// Which orders a cancel leaves alone, and which strategies it pauses (docs/trading-rules.md, "Protective orders are not canceled by
/// hand"). Pure.
/// </summary>
internal static class OrderCancels
{
    private const int MostNames = 20;

    /// <summary>Whether a cancel of all orders means this one: protection and targets would be placed again in the same cycle.</summary>
    public static bool IsMeant(Order order) => order.Role is not (OrderRole.Protection or OrderRole.Target);

    /// <summary>What a cancel of <paramref name="orders"/> leads to, in a sentence: without its entry a strategy pauses.</summary>
    public static string Describe(IReadOnlyCollection<Order> orders)
    {
        var paused = orders
            .Where(order => order.Role == OrderRole.Entry)
            .Select(order => order.StrategyId)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var names = string.Join(", ", paused.Take(MostNames)) + (paused.Count > MostNames ? ", ..." : "");
        var pauses = paused.Count switch
        {
            0 => "no strategy is paused",
            1 => $"1 strategy is paused until it is resumed ({names})",
            _ => FormattableString.Invariant($"{paused.Count} strategies are paused until they are resumed ({names})"),
        };
        return FormattableString.Invariant($"{orders.Count} {(orders.Count == 1 ? "order is" : "orders are")} canceled; {pauses}; ")
            + "protection and targets stay.";
    }
}
