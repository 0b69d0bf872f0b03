using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.History;

/// <summary>What is kept of one month of a symbol: its bars, and which sessions were asked for and when, so that a session without a bar is
/// a known gap and not asked for again.</summary>
/// <param name="Bars">The bars, in order.</param>
/// <param name="Asked">When each session was asked for (UTC).</param>
internal sealed record CachedMonth(IReadOnlyList<Bar> Bars, IReadOnlyDictionary<DateOnly, DateTimeOffset> Asked)
{
    public static CachedMonth Empty { get; } = new([], new Dictionary<DateOnly, DateTimeOffset>());

    /// <summary>Whether a session needs not be asked for again.</summary>
    public bool IsSettled(Session session) => Asked.TryGetValue(session.Day, out var at) && Settling.IsOver(session.Close, at);

    /// <summary>The bars of some days as they come at a time, in place of those that were there.</summary>
    public CachedMonth With(IReadOnlyCollection<DateOnly> days, IEnumerable<Bar> bars, DateTimeOffset at)
    {
        var asked = new Dictionary<DateOnly, DateTimeOffset>(Asked);
        foreach (var day in days)
        {
            asked[day] = at;
        }

        var replaced = days.ToHashSet();
        return new([.. Bars.Where(bar => !replaced.Contains(DayOf(bar))).Concat(bars).OrderBy(bar => bar.Start)], asked);
    }

    /// <summary>How many bars of days that were asked for before are others now, by day.</summary>
    public IEnumerable<(DateOnly Day, int Bars)> Differences(CachedMonth now)
    {
        var (before, after) = (Bars.ToLookup(DayOf), now.Bars.ToLookup(DayOf));
        return Asked
            .Keys.Order()
            .Select(day =>
                (day, before[day].Except(after[day]).Concat(after[day].Except(before[day])).DistinctBy(bar => bar.Start).Count())
            )
            .Where(day => day.Item2 > 0);
    }

    private static DateOnly DayOf(Bar bar) => TradingCalendar.Nyse.TradingDay(bar.Start);
}

/// <summary>The splits of a symbol that are known.</summary>
/// <param name="From">The first day that was asked for.</param>
/// <param name="To">The last one.</param>
/// <param name="AskedAt">When (UTC).</param>
/// <param name="Splits">The splits of these days, by ex-date.</param>
internal sealed record CachedSplits(DateOnly From, DateOnly To, DateTimeOffset AskedAt, IReadOnlyList<Split> Splits);

/// <summary>When what the exchange says of a day does not change any more.</summary>
internal static class Settling
{
    // Trades are busted and corrected for some days, and volumes are completed overnight.
    private static readonly TimeSpan Time = TimeSpan.FromDays(5);

    /// <summary>Whether what ended at <paramref name="end"/> was asked for after its corrections.</summary>
    public static bool IsOver(DateTimeOffset end, DateTimeOffset askedAt) => askedAt >= end + Time;
}
