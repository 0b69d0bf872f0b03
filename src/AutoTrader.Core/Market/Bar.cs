namespace AutoTrader.Core.Market;

/// <summary>The trades of a symbol over a span of time.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Start">The first instant of the span (UTC): the stamp of the bar.</param>
/// <param name="Length">The length of the span.</param>
/// <param name="Open">The first price in dollars.</param>
/// <param name="High">The highest price in dollars.</param>
/// <param name="Low">The lowest price in dollars.</param>
/// <param name="Close">The last price in dollars.</param>
/// <param name="Volume">Shares traded.</param>
public sealed record Bar(
    string Symbol,
    DateTimeOffset Start,
    TimeSpan Length,
    decimal Open,
    decimal High,
    decimal Low,
    decimal Close,
    long Volume
)
{
    /// <summary>The first instant after the span (UTC): a bar is known from here on, not before.</summary>
    public DateTimeOffset End => Start + Length;
}
