namespace AutoTrader.Core.Market;

/// <summary>What traded in a span of time. It is known at its end.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Start">When it began (UTC).</param>
/// <param name="Length">How long it is.</param>
/// <param name="Open">The first price in dollars.</param>
/// <param name="High">The highest price in dollars.</param>
/// <param name="Low">The lowest price in dollars.</param>
/// <param name="Close">The last price in dollars.</param>
/// <param name="Volume">Shares traded.</param>
public sealed record Bar(string Symbol, DateTimeOffset Start, TimeSpan Length, decimal Open, decimal High, decimal Low, decimal Close, long Volume)
{
    /// <summary>When it ended and became known (UTC).</summary>
    public DateTimeOffset End => Start + Length;
}
