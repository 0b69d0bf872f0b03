namespace AutoTrader.Core.Market.Indicators;

/// <summary>Bars of longer spans out of shorter ones.</summary>
public static class Timeframe
{
    /// <summary>The spans by the names that the market data has.</summary>
    public static IReadOnlyDictionary<string, TimeSpan> Lengths { get; } =
        new Dictionary<string, TimeSpan>(StringComparer.OrdinalIgnoreCase)
        {
            ["1Min"] = TimeSpan.FromMinutes(1),
            ["5Min"] = TimeSpan.FromMinutes(5),
            ["15Min"] = TimeSpan.FromMinutes(15),
            ["1Hour"] = TimeSpan.FromHours(1),
            ["1Day"] = TimeSpan.FromDays(1),
        };

    /// <summary>Bars of a length, counted from each session's open; the last of a session ends with it. Bars that are as long or longer
    /// stay unchanged.</summary>
    /// <param name="bars">Bars of regular sessions, in order.</param>
    /// <param name="length">The length; a day makes one bar of each session.</param>
    public static IReadOnlyList<Bar> Of(IReadOnlyList<Bar> bars, TimeSpan length) =>
        bars.All(bar => bar.Length >= length)
            ? bars
            : [.. bars.GroupBy(bar => SpanOf(bar, length)).Select(group => Merged(group.Key, [.. group]))];

    private static (DateTimeOffset Start, DateTimeOffset End) SpanOf(Bar bar, TimeSpan length)
    {
        var session = bar.Length < length ? TradingCalendar.Nyse.SessionAt(bar.Start) : null;
        if (session is null)
        {
            return (bar.Start, bar.End);
        }

        var start = session.Open + (length * Math.Floor((bar.Start - session.Open) / length));
        return (start, start + length < session.Close ? start + length : session.Close);
    }

    private static Bar Merged((DateTimeOffset Start, DateTimeOffset End) span, IReadOnlyList<Bar> bars) =>
        new(
            bars[0].Symbol,
            span.Start,
            span.End - span.Start,
            bars[0].Open,
            bars.Max(bar => bar.High),
            bars.Min(bar => bar.Low),
            bars[^1].Close,
            bars.Sum(bar => bar.Volume)
        );
}
