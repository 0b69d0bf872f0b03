using AutoTrader.Core.Market;

namespace AutoTrader.Testing;

/// <summary>
/// When schedules are due, found minute by minute: every minute of the wall clock is asked whether it matches. It shares nothing with the
/// product but the trading calendar, which has tests of its own.
/// </summary>
public static class OccurrenceOracle
{
    /// <summary>The occurrences of a cron expression of five fields made of *, numbers, ranges, steps and lists.</summary>
    public static IEnumerable<DateTimeOffset> Cron(string expression, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var fields = expression.Split(' ');
        var isInterval = fields
            .Take(2)
            .Any(field =>
                field.Contains('*', StringComparison.Ordinal)
                || field.Contains('-', StringComparison.Ordinal)
                || field.Contains('/', StringComparison.Ordinal)
            );
        HashSet<int>[] sets =
        [
            Values(fields[0], 0, 59),
            Values(fields[1], 0, 23),
            Values(fields[2], 1, 31),
            Values(fields[3], 1, 12),
            [.. Values(fields[4], 0, 7).Select(day => day % 7)],
        ];
        bool Matches(DateTime local) =>
            sets[0].Contains(local.Minute)
            && sets[1].Contains(local.Hour)
            && sets[2].Contains(local.Day)
            && sets[3].Contains(local.Month)
            && sets[4].Contains((int)local.DayOfWeek);

        var seen = new HashSet<DateTime>();
        for (var minute = from; minute <= to; minute = minute.AddMinutes(1))
        {
            var local = TimeZoneInfo.ConvertTime(minute, zone).DateTime;
            var before = TimeZoneInfo.ConvertTime(minute.AddMinutes(-1), zone).DateTime;
            // What the clock jumped over is due at the first minute after the jump.
            var isSkipped = false;
            for (var lost = before.AddMinutes(1); lost < local; lost = lost.AddMinutes(1))
            {
                isSkipped |= Matches(lost);
            }

            var isFirst = seen.Add(local);
            if (isSkipped || (Matches(local) && (isFirst || isInterval)))
            {
                yield return minute;
            }
        }
    }

    /// <summary>The instants so many minutes from the open or the close of each session.</summary>
    public static IEnumerable<DateTimeOffset> Market(MarketEdge edge, int minutes, DateTimeOffset from, DateTimeOffset to)
    {
        for (var minute = from; minute <= to; minute = minute.AddMinutes(1))
        {
            var (origin, calendar) = (minute.AddMinutes(-minutes), TradingCalendar.Nyse);
            if (
                edge == MarketEdge.Open
                    ? calendar.IsOpen(origin) && !calendar.IsOpen(origin.AddTicks(-1))
                    : !calendar.IsOpen(origin) && calendar.IsOpen(origin.AddTicks(-1))
            )
            {
                yield return minute;
            }
        }
    }

    private static HashSet<int> Values(string field, int low, int high)
    {
        var values = new HashSet<int>();
        foreach (var part in field.Split(','))
        {
            var pieces = part.Split('/');
            var ends = pieces[0].Split('-');
            var (first, last) =
                pieces[0] == "*"
                    ? (low, high)
                    : (
                        int.Parse(ends[0], null),
                        ends.Length == 2 ? int.Parse(ends[1], null)
                        : pieces.Length == 2 ? high
                        : int.Parse(ends[0], null)
                    );
            for (var value = first; value <= last; value += pieces.Length == 2 ? int.Parse(pieces[1], null) : 1)
            {
                values.Add(value);
            }
        }

        return values;
    }
}
