using System.Collections.Concurrent;

namespace AutoTrader.Core.Market;

/// <summary>One regular session of the exchange.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="Open">When it opens (UTC).</param>
/// <param name="Close">When it closes (UTC); the instant itself is closed.</param>
/// <param name="EarlyClose">Whether it closes early.</param>
public sealed record Session(DateOnly Day, DateTimeOffset Open, DateTimeOffset Close, bool EarlyClose);

/// <summary>
/// The sessions of the New York Stock Exchange, computed by rule for the years 1998 to 2035, with the closures and early closes outside
/// any rule listed in <see cref="ExceptionalDays"/>. Immutable to its users and safe for use by many threads.
/// </summary>
public sealed class TradingCalendar
{
    /// <summary>The first year that is known.</summary>
    public const int FirstYear = 1998;

    /// <summary>The last year that is known.</summary>
    public const int LastYear = 2035;

    private static readonly TimeOnly Opens = new(9, 30);
    private static readonly TimeOnly Closes = new(16, 0);
    private static readonly TimeOnly ClosesEarly = new(13, 0);

    private readonly ConcurrentDictionary<int, Session?[]> _years = new();

    private TradingCalendar()
    {
    }

    /// <summary>The calendar.</summary>
    public static TradingCalendar Nyse { get; } = new();

    /// <summary>The exchange's time zone: America/New_York.</summary>
    public TimeZoneInfo NewYork { get; } = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <summary>The New York date at <paramref name="instant"/>.</summary>
    public DateOnly TradingDay(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, NewYork).DateTime);

    /// <summary>The session of <paramref name="day"/>; null when the exchange is closed on it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The year is not known.</exception>
    public Session? SessionOn(DateOnly day) => Year(day.Year)[day.DayOfYear - 1];

    /// <summary>The session that is open at <paramref name="instant"/>: open &lt;= instant &lt; close; null when closed.</summary>
    public Session? SessionAt(DateTimeOffset instant) =>
        SessionOn(TradingDay(instant)) is { } session && instant >= session.Open && instant < session.Close ? session : null;

    /// <summary>Whether the exchange is open at <paramref name="instant"/>.</summary>
    public bool IsOpen(DateTimeOffset instant) => SessionAt(instant) is not null;

    /// <summary>The first session that opens after <paramref name="instant"/>.</summary>
    public Session NextSession(DateTimeOffset instant) => First(instant, 1, session => session.Open > instant);

    /// <summary>The session that is open at <paramref name="instant"/>, else the next.</summary>
    public Session CurrentOrNext(DateTimeOffset instant) => First(instant, 1, session => session.Close > instant);

    /// <summary>The last session that had closed by <paramref name="instant"/>.</summary>
    public Session PreviousSession(DateTimeOffset instant) => First(instant, -1, session => session.Close <= instant);

    /// <summary>The sessions from <paramref name="from"/> to <paramref name="to"/>, both included, in order.</summary>
    public IEnumerable<Session> Sessions(DateOnly from, DateOnly to)
    {
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            if (SessionOn(day) is { } session)
            {
                yield return session;
            }
        }
    }

    /// <summary>Why the exchange is closed on <paramref name="day"/>; null when it is open.</summary>
    public string? ClosureReason(DateOnly day) =>
        SessionOn(day) is not null ? null
        : day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? "weekend"
        : ExceptionalDays.Closures.TryGetValue(day, out var reason) ? reason
        : Holidays.On(day.Year).GetValueOrDefault(day);

    private Session First(DateTimeOffset instant, int step, Func<Session, bool> wanted)
    {
        for (var day = TradingDay(instant); ; day = day.AddDays(step))
        {
            if (SessionOn(day) is { } session && wanted(session))
            {
                return session;
            }
        }
    }

    private Session?[] Year(int year) => _years.TryGetValue(year, out var days) ? days
        : year is >= FirstYear and <= LastYear ? _years.GetOrAdd(year, Compute)
        : throw new ArgumentOutOfRangeException(nameof(year), year, $"The trading calendar knows the years {FirstYear} to {LastYear}.");

    private Session?[] Compute(int year)
    {
        var holidays = Holidays.On(year);
        var days = new Session?[DateTime.IsLeapYear(year) ? 366 : 365];
        for (var i = 0; i < days.Length; i++)
        {
            var day = new DateOnly(year, 1, 1).AddDays(i);
            if (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday || holidays.ContainsKey(day) || ExceptionalDays.Closures.ContainsKey(day))
            {
                continue;
            }

            var early = Holidays.ClosesEarly(day) || ExceptionalDays.EarlyCloses.ContainsKey(day);
            days[i] = new(day, At(day, Opens), At(day, early ? ClosesEarly : Closes), early);
        }

        return days;
    }

    // Both clock changes happen on Sunday nights: the local times of a session are never skipped nor repeated.
    private DateTimeOffset At(DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time);
        return new DateTimeOffset(local, NewYork.GetUtcOffset(local)).ToUniversalTime();
    }
}
