namespace AutoTrader.SampleMarket;

/// <summary>A point that a price passes through.</summary>
/// <param name="Day">The session, counted from zero.</param>
/// <param name="Minute">Minutes after its open.</param>
/// <param name="Price">The price in dollars.</param>
public readonly record struct Waypoint(int Day, int Minute, decimal Price);

/// <summary>An invented symbol and the course of its price.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Course">The points between which the price goes straight, but for noise. Every session has one at minute 0 and one at
/// its end.</param>
public sealed record SampleSymbol(string Symbol, IReadOnlyList<Waypoint> Course);

/// <summary>
/// The five symbols. Each course takes the strategy of its symbol in <c>samples/strategies.yaml</c> through its whole life, and shows
/// something within the first 45 minutes.
/// </summary>
public static class SampleSymbols
{
    /// <summary>Minutes in a session.</summary>
    public const int Minutes = 390;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SampleSymbol> All { get; } =
    [
        // trailing_stop of 2 %: up to 103.60, then the stop near 101.60.
        Course("ACME",
            [(0, 100.00m), (4, 100.10m), (26, 103.60m), (34, 100.90m), (120, 101.80m), (Minutes, 102.40m)],
            [(0, 102.20m), (150, 103.40m), (Minutes, 102.90m)],
            [(0, 103.10m), (200, 104.60m), (Minutes, 104.20m)],
            [(0, 104.50m), (120, 105.90m), (Minutes, 105.20m)],
            [(0, 105.00m), (240, 103.20m), (Minutes, 103.80m)],
            [(0, 103.60m), (180, 102.40m), (Minutes, 103.10m)],
            [(0, 103.40m), (210, 105.00m), (Minutes, 104.70m)],
            [(0, 104.90m), (100, 106.30m), (Minutes, 105.80m)],
            [(0, 106.00m), (260, 107.50m), (Minutes, 107.10m)],
            [(0, 106.80m), (150, 105.60m), (Minutes, 106.20m)]),

        // bracket from a limit of 49.50, +3 % or -2 %, again and again: the target on the first day, the stop on the second.
        Course("BOLT",
            [(0, 50.00m), (6, 49.38m), (38, 51.15m), (200, 50.60m), (Minutes, 50.20m)],
            [(0, 50.10m), (120, 49.30m), (280, 48.30m), (Minutes, 48.80m)],
            [(0, 48.90m), (250, 50.30m), (Minutes, 50.60m)],
            [(0, 50.70m), (200, 51.40m), (Minutes, 50.90m)],
            [(0, 50.60m), (180, 49.30m), (Minutes, 49.90m)],
            [(0, 50.00m), (220, 51.20m), (Minutes, 50.80m)],
            [(0, 50.90m), (300, 50.20m), (Minutes, 50.40m)],
            [(0, 50.20m), (90, 49.25m), (260, 50.50m), (Minutes, 50.40m)],
            [(0, 50.60m), (140, 51.30m), (Minutes, 51.00m)],
            [(0, 50.80m), (200, 50.20m), (Minutes, 50.50m)]),

        // scale_out from above 80.50 at +1.5, +3 and +5 %: a step on the first day, the second day and the fourth.
        Course("CRUX",
            [(0, 80.00m), (5, 80.20m), (9, 80.80m), (32, 82.60m), (70, 81.40m), (Minutes, 81.80m)],
            [(0, 82.00m), (200, 83.80m), (Minutes, 82.90m)],
            [(0, 83.00m), (180, 83.90m), (Minutes, 83.60m)],
            [(0, 83.80m), (150, 85.70m), (Minutes, 85.10m)],
            [(0, 85.00m), (200, 84.20m), (Minutes, 84.60m)],
            [(0, 84.40m), (240, 83.10m), (Minutes, 83.50m)],
            [(0, 83.30m), (160, 82.00m), (Minutes, 82.60m)],
            [(0, 82.80m), (200, 84.10m), (Minutes, 83.90m)],
            [(0, 84.00m), (120, 85.00m), (Minutes, 84.50m)],
            [(0, 84.30m), (300, 85.40m), (Minutes, 85.20m)]),

        // grid from 28 to 32: swings through its levels; on the sixth day it leaves the band and comes back.
        Course("DUNE",
            [(0, 30.40m), (10, 29.85m), (36, 31.20m), (110, 28.80m), (210, 31.25m), (300, 29.80m), (Minutes, 30.50m)],
            [(0, 30.60m), (90, 28.90m), (200, 31.30m), (310, 29.70m), (Minutes, 30.40m)],
            [(0, 30.30m), (120, 31.20m), (250, 28.70m), (Minutes, 30.20m)],
            [(0, 30.10m), (80, 28.85m), (210, 30.30m), (Minutes, 31.20m)],
            [(0, 31.10m), (100, 29.80m), (220, 31.30m), (Minutes, 30.60m)],
            [(0, 30.90m), (120, 32.60m), (180, 32.70m), (280, 31.40m), (Minutes, 30.70m)],
            [(0, 30.60m), (110, 28.80m), (230, 31.20m), (Minutes, 29.90m)],
            [(0, 30.00m), (140, 31.30m), (260, 28.90m), (Minutes, 30.10m)],
            [(0, 30.20m), (90, 29.70m), (200, 31.20m), (300, 29.80m), (Minutes, 30.30m)],
            [(0, 30.40m), (130, 28.80m), (270, 31.25m), (Minutes, 30.80m)]),

        // pullback_trailing: a dip of 2.5 % below the high is bought, then a stop trails by 1.5 %; again and again.
        Course("ECHO",
            [(0, 60.00m), (7, 61.20m), (14, 59.25m), (17, 59.30m), (31, 61.50m), (39, 60.10m), (250, 60.40m), (Minutes, 61.00m)],
            [(0, 61.10m), (150, 62.60m), (250, 60.80m), (Minutes, 61.90m)],
            [(0, 62.10m), (100, 63.60m), (200, 62.30m), (Minutes, 62.60m)],
            [(0, 62.80m), (120, 64.20m), (260, 62.40m), (Minutes, 63.00m)],
            [(0, 63.20m), (200, 64.50m), (Minutes, 63.30m)],
            [(0, 63.10m), (180, 62.20m), (Minutes, 62.90m)],
            [(0, 63.00m), (150, 64.80m), (300, 63.00m), (Minutes, 63.40m)],
            [(0, 63.60m), (190, 65.40m), (Minutes, 64.20m)],
            [(0, 64.00m), (120, 63.10m), (Minutes, 64.00m)],
            [(0, 64.30m), (220, 65.60m), (Minutes, 64.90m)]),
    ];

    private static SampleSymbol Course(string symbol, params ReadOnlySpan<(int Minute, decimal Price)[]> days)
    {
        var course = new List<Waypoint>();
        for (var day = 0; day < days.Length; day++)
        {
            foreach (var (minute, price) in days[day])
            {
                course.Add(new(day, minute, price));
            }
        }

        return new(symbol, course);
    }
}
