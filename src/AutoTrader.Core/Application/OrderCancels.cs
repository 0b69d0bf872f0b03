using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Application;

/// <summary>What a cancel of orders leaves alone, and what it takes with it (docs/trading-rules.md, "Protective orders are not canceled by hand"). Pure.</summary>
internal static class OrderCancels
{
    private const int MostNames = 20;

    /// <summary>Whether a cancel of all orders means this one: protection and targets would be placed again in the same cycle.</summary>
    public static bool IsMeant(Order order) => order.Role is not (OrderRole.Protection or OrderRole.Target);

    /// <summary>The strategies that pause when <paramref name="orders"/> are canceled: those whose entries are among them.</summary>
    public static IReadOnlyList<string> PausedBy(IEnumerable<Order> orders) =>
        [.. orders.Where(order => order.Role == OrderRole.Entry).Select(order => order.StrategyId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Which strategies are paused, as the end of a sentence.</summary>
    public static string Told(IReadOnlyList<string> paused) => paused.Count switch
    {
        0 => "no strategy is paused",
        1 => $"1 strategy is paused until it is resumed ({paused[0]})",
        _ => FormattableString.Invariant($"{paused.Count} strategies are paused until they are resumed ({string.Join(", ", paused.Take(MostNames))}{(paused.Count > MostNames ? ", ..." : "")})"),
    };

    /// <summary>How many orders, in words.</summary>
    public static string Count(int orders) => orders == 1 ? "1 order is" : FormattableString.Invariant($"{orders} orders are");
}
