using AutoTrader.Core.Market;
using Cronos;

namespace AutoTrader.Core.Schedules;

/// <summary>
/// The instants at which a schedule is due: a pure function of its rule. At clock changes, Cronos' rules apply: a skipped time is due at
/// the first instant after the gap; a repeated time is due once, at the first, unless the expression has *, ranges or steps in second,
/// minute or hour, which makes it due both times. Rules that need the trading calendar are never due after its last year.
/// </summary>
public static class Occurrences
{
    private const int FieldsWithSeconds = 6;

    /// <summary>The first occurrence after an instant (UTC) by the rules of the exchange's calendar; null when there is none.</summary>
    public static DateTimeOffset? Next(Schedule schedule, DateTimeOffset after) => Next(schedule, after, TradingCalendar.Nyse);

    /// <summary>The first occurrence after an instant (UTC) by <paramref name="calendar"/>; null when there is none.</summary>
    public static DateTimeOffset? Next(Schedule schedule, DateTimeOffset after, TradingCalendar calendar)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var when = schedule.Spec;
        if (schedule.RunCount >= when.MaxRuns)
        {
            return null;
        }

        var from = when.StartAt > after ? when.StartAt.Value.AddTicks(-1) : after;
        return Unbounded(when, when.Jitter(schedule.Id), from, calendar) is { } next && !(next > when.EndAt) ? next : null;
    }

    /// <summary>Reads a cron expression of five or six fields.</summary>
    /// <exception cref="CronFormatException">It is invalid; the message says why.</exception>
    public static CronExpression ParseCron(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return CronExpression.Parse(
            expression,
            expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length == FieldsWithSeconds
                ? CronFormat.IncludeSeconds
                : CronFormat.Standard
        );
    }

    private static DateTimeOffset? Unbounded(ScheduleSpec when, TimeSpan jitter, DateTimeOffset after, TradingCalendar calendar) =>
        when switch
        {
            { At: { } at } => at + jitter > after && (!when.TradingDaysOnly || IsTradingDay(calendar.TradingDay(at), calendar))
                ? at + jitter
                : null,
            { Cron: { } cron } => NextOfCron(when, ParseCron(cron), after - jitter, calendar) + jitter,
            { Market: { } market } => NextOfMarket(market, jitter, after, calendar),
            _ => null,
        };

    private static DateTimeOffset? NextOfCron(ScheduleSpec when, CronExpression cron, DateTimeOffset after, TradingCalendar calendar)
    {
        var zone = LocalTimes.FindZone(when.Zone) ?? throw new TimeZoneNotFoundException($"There is no time zone '{when.Zone}'.");
        while (cron.GetNextOccurrence(after, zone)?.ToUniversalTime() is { } next)
        {
            var day = calendar.TradingDay(next);
            if (!when.TradingDaysOnly || IsTradingDay(day, calendar))
            {
                return next;
            }

            if (day.Year > TradingCalendar.LastYear)
            {
                return null;
            }

            // The whole day is closed: do not evaluate each second of an expression.
            after = LocalTimes.Resolve(day.AddDays(1).ToDateTime(TimeOnly.MinValue), calendar.NewYork).AddTicks(-1);
        }

        return null;
    }

    private static DateTimeOffset? NextOfMarket(MarketTime market, TimeSpan jitter, DateTimeOffset after, TradingCalendar calendar)
    {
        var first = new DateOnly(TradingCalendar.FirstYear, 1, 1);
        var day = calendar.TradingDay(after).AddDays(-1);
        for (day = day < first ? first : day; day.Year <= TradingCalendar.LastYear; day = day.AddDays(1))
        {
            if (calendar.SessionOn(day) is { } session && InSession(session, market, jitter) is var planned && planned > after)
            {
                return planned;
            }
        }

        return null;
    }

    // Jitter never moves an occurrence past the open or the close that it must precede.
    private static DateTimeOffset InSession(Session session, MarketTime market, TimeSpan jitter)
    {
        var due = (market.Edge == MarketEdge.Open ? session.Open : session.Close) + market.Offset;
        DateTimeOffset? bound =
            due < session.Open ? session.Open
            : due < session.Close ? session.Close
            : null;
        var last = bound?.AddSeconds(-1) ?? DateTimeOffset.MaxValue;
        return due + jitter <= last ? due + jitter
            : due > last ? due
            : last;
    }

    private static bool IsTradingDay(DateOnly day, TradingCalendar calendar) =>
        day.Year is >= TradingCalendar.FirstYear and <= TradingCalendar.LastYear && calendar.SessionOn(day) is not null;
}
