namespace AutoTrader.Backtesting.Statistics;

/// <summary>One fall below the highest worth before, until it was reached again.</summary>
/// <param name="Peak">The session of the highest worth before; null when that is the initial cash.</param>
/// <param name="Trough">The session of the lowest worth.</param>
/// <param name="Recovered">The session in which the peak was reached again; null when it was not.</param>
/// <param name="Depth">From peak to trough in dollars.</param>
/// <param name="DepthPct">The same in percent of the peak.</param>
/// <param name="Sessions">Sessions below the peak.</param>
public sealed record Drawdown(DateOnly? Peak, DateOnly Trough, DateOnly? Recovered, decimal Depth, decimal DepthPct, int Sessions);

/// <summary>How far an account fell: 1 - E/running peak, the peak beginning at the initial cash.</summary>
public sealed record Drawdowns
{
    /// <summary>The deepest by percent; null when it never fell.</summary>
    public Drawdown? Deepest { get; init; }

    /// <summary>The greatest depth in percent of the peak before it, from closes; 0 when it never fell.</summary>
    public decimal MaxPct => Deepest?.DepthPct ?? 0;

    /// <summary>The greatest depth in dollars, from closes; 0 when it never fell.</summary>
    public required decimal Max { get; init; }

    /// <summary>The greatest depth in percent, with positions valued at the lows of their bars: at least <see cref="MaxPct"/>.</summary>
    public required decimal MaxPctFromLows { get; init; }

    /// <summary>The average depth of all falls in percent; null without any.</summary>
    public decimal? AveragePct { get; init; }

    /// <summary>The average depth of all falls in dollars; null without any.</summary>
    public decimal? Average { get; init; }

    /// <summary>The most sessions below a peak; 0 when it never fell.</summary>
    public required int LongestSessions { get; init; }

    /// <summary>The falls of an account.</summary>
    /// <param name="initial">The initial cash in dollars.</param>
    /// <param name="equity">The account at each session's close, in order.</param>
    public static Drawdowns Of(decimal initial, IReadOnlyList<SessionEquity> equity)
    {
        var falls = new List<Drawdown>();
        var (peak, peakDay, fromLows) = (initial, (DateOnly?)null, 0m);
        Drawdown? open = null;
        foreach (var session in equity)
        {
            fromLows = Math.Max(fromLows, Pct(peak - Math.Min(session.LowestEquity, session.Equity), peak));
            if (session.Equity >= peak)
            {
                if (open is not null)
                {
                    falls.Add(open with { Recovered = session.Day });
                }

                (peak, peakDay, open) = (session.Equity, session.Day, null);
                continue;
            }

            var depth = peak - session.Equity;
            open = open is null ? new(peakDay, session.Day, null, depth, Pct(depth, peak), 1) : open with { Sessions = open.Sessions + 1 };
            open = depth > open.Depth ? open with { Trough = session.Day, Depth = depth, DepthPct = Pct(depth, peak) } : open;
        }

        if (open is not null)
        {
            falls.Add(open);
        }

        return new()
        {
            Deepest = falls.MaxBy(fall => fall.DepthPct),
            Max = falls.Select(fall => fall.Depth).DefaultIfEmpty().Max(),
            MaxPctFromLows = fromLows,
            AveragePct = falls.Count == 0 ? null : falls.Average(fall => fall.DepthPct),
            Average = falls.Count == 0 ? null : falls.Average(fall => fall.Depth),
            LongestSessions = falls.Select(fall => fall.Sessions).DefaultIfEmpty().Max(),
        };
    }

    private static decimal Pct(decimal depth, decimal peak) => peak <= 0 ? 0 : 100 * depth / peak;
}
