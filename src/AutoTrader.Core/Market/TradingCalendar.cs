namespace AutoTrader.Core.Market;

/// <summary>
/// The sessions of the New York Stock Exchange, 1998 to 2035: holidays and early closes by rule, the rest from one table. Immutable and
/// thread-safe; after the first use of a year, lookups allocate nothing.
/// </summary>
/// <remarks>
/// The future follows today's rules. A closure announced later is unknown here; <see cref="With"/> gives a calendar that includes it. Every
/// member throws <see cref="ArgumentOutOfRangeException"/> for questions outside these years.
/// </remarks>
public sealed class TradingCalendar
{
    /// <summary>The first year known.</summary>
    public const int FirstYear = 1998;

    /// <summary>The last year known.</summary>
    public const int LastYear = 2035;

    private static readonly TimeOnly RegularOpen = new(9, 30);
    private static readonly TimeOnly RegularClose = new(16, 0);
    private static readonly TimeOnly EarlyClose = new(13, 0);

    private readonly Lazy<Year>[] _years;
    private readonly IReadOnlyDictionary<DateOnly, Session?>? _announced;

    private TradingCalendar() =>
        _years = [.. Enumerable.Range(FirstYear, LastYear - FirstYear + 1).Select(year => new Lazy<Year>(() => Build(year)))];

    private TradingCalendar(TradingCalendar rules, IReadOnlyDictionary<DateOnly, Session?> announced) =>
        (_years, _announced) = (rules._years, announced);

    /// <summary>The calendar by the rules.</summary>
    public static TradingCalendar Nyse { get; } = new();

    /// <summary>The day of the first session that the calendar knows.</summary>
    public static DateOnly FirstSession { get; } = new(FirstYear, 1, 2);

    /// <summary>The exchange's time zone: America/New_York.</summary>
    public TimeZoneInfo NewYork { get; } = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <summary>This calendar but for the days in <paramref name="announced"/>, which have the session that is given, or none where it is
    /// null.</summary>
    public TradingCalendar With(IReadOnlyDictionary<DateOnly, Session?> announced)
    {
        ArgumentNullException.ThrowIfNull(announced);
        return announced.Count == 0 ? this : new(this, announced);
    }

    /// <summary>The session from <paramref name="open"/> to <paramref name="close"/>, both New York time, whether this calendar knows of it
    /// or not.</summary>
    public Session SessionOf(DateOnly day, TimeOnly open, TimeOnly close) =>
        new(day, Instant(day, open), Instant(day, close), close < RegularClose);

    /// <summary>The session of a New York date; null when there is none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The year is not 1998 to 2035.</exception>
    public Session? SessionOn(DateOnly day) =>
        _announced is not null && _announced.TryGetValue(day, out var session) ? session : YearOf(day).Sessions[day.DayOfYear - 1];

    /// <summary>The session that trades at <paramref name="instant"/> (open &lt;= instant &lt; close); null when the market is
    /// closed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The year is not 1998 to 2035.</exception>
    public Session? SessionAt(DateTimeOffset instant) =>
        SessionOn(UtcDay(instant)) is { } session && session.Open <= instant && instant < session.Close ? session : null;

    /// <summary>Whether the market trades at <paramref name="instant"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The year is not 1998 to 2035.</exception>
    public bool IsOpen(DateTimeOffset instant) => SessionAt(instant) is not null;

    /// <summary>The first session that opens after <paramref name="after"/>; one that opens at that very instant does not count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside 1998 to 2035.</exception>
    public Session NextSession(DateTimeOffset after)
    {
        for (var day = UtcDay(after); ; day = day.AddDays(1))
        {
            if (SessionOn(day) is { } session && session.Open > after)
            {
                return session;
            }
        }
    }

    /// <summary>The session that trades at <paramref name="instant"/>, else the next one: the first whose close is after it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside 1998 to 2035.</exception>
    public Session CurrentOrNext(DateTimeOffset instant)
    {
        for (var day = UtcDay(instant); ; day = day.AddDays(1))
        {
            if (SessionOn(day) is { } session && session.Close > instant)
            {
                return session;
            }
        }
    }

    /// <summary>The last session that has ended at <paramref name="instant"/>: whose close is not after it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside 1998 to 2035.</exception>
    public Session PreviousSession(DateTimeOffset instant)
    {
        for (var day = UtcDay(instant); ; day = day.AddDays(-1))
        {
            if (SessionOn(day) is { } session && session.Close <= instant)
            {
                return session;
            }
        }
    }

    /// <summary>The sessions of the New York dates from <paramref name="from"/> to <paramref name="to"/>, both included, in order; none
    /// when <paramref name="to"/> is the earlier one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A year is not 1998 to 2035.</exception>
    public IEnumerable<Session> Sessions(DateOnly from, DateOnly to)
    {
        // Both ends are checked at the call, not at the first session.
        _ = YearOf(from);
        _ = YearOf(to);
        return Iterate();

        IEnumerable<Session> Iterate()
        {
            for (var day = from; day <= to; day = day.AddDays(1))
            {
                if (SessionOn(day) is { } session)
                {
                    yield return session;
                }
            }
        }
    }

    /// <summary>Why there is no session on a New York date ("weekend", "Good Friday", "Christmas Day (observed)", "hurricane Sandy"); null
    /// when there is one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The year is not 1998 to 2035.</exception>
    public string? ClosureReason(DateOnly day) =>
        SessionOn(day) is not null ? null : YearOf(day).Reasons[day.DayOfYear - 1] ?? "closed by announcement";

    /// <summary>The New York date at <paramref name="instant"/>, whether the market trades on it or not.</summary>
    public DateOnly TradingDay(DateTimeOffset instant)
    {
        // New York is four or five hours behind: from five on it is the same date, and no zone arithmetic is needed.
        var utc = instant.UtcDateTime;
        return utc is { Hour: >= 5, Year: >= FirstYear and <= LastYear }
            ? DateOnly.FromDateTime(utc)
            : DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, NewYork).DateTime);
    }

    // From open to close, the date in New York and the date in UTC are the same: a lookup by instant needs no zone arithmetic.
    private static DateOnly UtcDay(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    private Year YearOf(DateOnly day) =>
        day.Year is >= FirstYear and <= LastYear
            ? _years[day.Year - FirstYear].Value
            : throw new ArgumentOutOfRangeException(nameof(day), day, "The trading calendar knows the years 1998 to 2035.");

    private Year Build(int year)
    {
        var days = DateTime.IsLeapYear(year) ? 366 : 365;
        var reasons = new string?[days];
        var sessions = new Session?[days];
        foreach (var (day, name) in ExchangeHolidays.Of(year))
        {
            reasons[day.DayOfYear - 1] = name;
        }

        for (var day = new DateOnly(year, 1, 1); day.Year == year; day = day.AddDays(1))
        {
            ref var reason = ref reasons[day.DayOfYear - 1];
            reason = day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday
                ? "weekend"
                : reason ?? ExchangeExceptions.Closures.GetValueOrDefault(day);
            sessions[day.DayOfYear - 1] = reason is null ? SessionOf(day) : null;
        }

        return new(sessions, reasons);
    }

    private Session SessionOf(DateOnly day)
    {
        var exception = ExchangeExceptions.Hours.GetValueOrDefault(day);
        var close = exception.Close ?? (ExchangeHolidays.ClosesEarly(day) ? EarlyClose : RegularClose);
        return SessionOf(day, exception.Open ?? RegularOpen, close);
    }

    private DateTimeOffset Instant(DateOnly day, TimeOnly time) =>
        new(TimeZoneInfo.ConvertTimeToUtc(day.ToDateTime(time), NewYork), TimeSpan.Zero);

    private sealed record Year(Session?[] Sessions, string?[] Reasons);
}
