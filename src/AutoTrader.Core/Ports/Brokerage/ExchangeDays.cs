using AutoTrader.Core.Market;

namespace AutoTrader.Core.Ports.Brokerage;

/// <summary>What follows from the broker's calendar and clock: unscheduled closures, other hours, a halt of the whole exchange, clocks that
/// differ. Pure.</summary>
internal static class ExchangeDays
{
    /// <summary>This close to an edge of the session the broker's clock may be slightly ahead of ours, or behind.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Our calendar with the broker's corrections: a day that it closes is closed, and its hours count. A session that only the broker has
    /// is ignored, because nothing else here knows it.
    /// </summary>
    public static TradingCalendar CalendarOf(IReadOnlyList<ExchangeDay> days) =>
        TradingCalendar.Nyse.With(
            days.Where(day => Ours(day.Day) is not null).DistinctBy(day => day.Day).ToDictionary(day => day.Day, day => day.Session)
        );

    /// <summary>
    /// The days up to <paramref name="last"/> on which the broker's sessions are not ours. Only days between the first and the last that it
    /// lists count: a list that was cut off says nothing of the days beyond.
    /// </summary>
    public static IReadOnlyList<ExchangeDay> Differing(IReadOnlyList<Session> theirs, DateOnly last)
    {
        var listed = theirs.DistinctBy(session => session.Day).ToDictionary(session => session.Day);
        if (listed.Count == 0)
        {
            return [];
        }

        var days = new List<ExchangeDay>();
        for (var (day, end) = (listed.Keys.Min(), listed.Keys.Max()); day <= end && day <= last; day = day.AddDays(1))
        {
            if (
                (listed.GetValueOrDefault(day), Ours(day)) is var (session, ours)
                && (session?.Open, session?.Close) != (ours?.Open, ours?.Close)
            )
            {
                days.Add(new(day, session));
            }
        }

        return days;
    }

    /// <summary>What a day that differs means, in both versions.</summary>
    public static string Describe(ExchangeDay day) =>
        (day.Session, Ours(day.Day)) switch
        {
            (null, { } ours) =>
                $"The broker has no session on {day.Day:yyyy-MM-dd}, but the exchange's rules have one from {Hours(ours)} New York time. "
                    + "On that day the engine buys and sells nothing, orders at the broker stay, and session schedules "
                    + "skip it.",
            ({ } theirs, { } ours) =>
                $"On {day.Day:yyyy-MM-dd} the broker trades from {Hours(theirs)} New York time; the exchange's rules say "
                    + $"{Hours(ours)}. The broker's hours apply, also to session schedules.",
            ({ } theirs, null) =>
                $"The broker has a session on {day.Day:yyyy-MM-dd}, from {Hours(theirs)} New York time, but by the exchange's rules there "
                    + $"is none ({TradingCalendar.Nyse.ClosureReason(day.Day)}). Nothing is traded on that day.",
            _ => $"Neither the broker nor the exchange's rules have a session on {day.Day:yyyy-MM-dd}.",
        };

    /// <summary>Whether the broker's clock says that the exchange does not trade in the midst of a session.</summary>
    public static bool IsHalted(BrokerClock clock, Session session, DateTimeOffset now) =>
        !clock.IsOpen && now >= session.Open + Grace && now < session.Close - Grace;

    /// <summary>How far the broker's time certainly is from ours: it was read at some instant between question and answer.</summary>
    public static TimeSpan Skew(BrokerClock clock, DateTimeOffset asked, DateTimeOffset answered) =>
        clock.Now < asked ? asked - clock.Now
        : clock.Now > answered ? clock.Now - answered
        : TimeSpan.Zero;

    private static Session? Ours(DateOnly day) =>
        day.Year is >= TradingCalendar.FirstYear and <= TradingCalendar.LastYear ? TradingCalendar.Nyse.SessionOn(day) : null;

    private static string Hours(Session session) => $"{NewYork(session.Open):HH:mm} to {NewYork(session.Close):HH:mm}";

    private static DateTimeOffset NewYork(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, TradingCalendar.Nyse.NewYork);
}
