namespace AutoTrader.Core.Market;

/// <summary>The holidays and early closes of the New York Stock Exchange that follow a rule (NYSE Rule 7.2 and its published practice).</summary>
internal static class Holidays
{
    private const int JuneteenthSince = 2022;
    private const int EarlyWednesdayBeforeIndependenceSince = 2013;

    /// <summary>The days of <paramref name="year"/> on which the exchange is closed by rule, each with its name.</summary>
    public static Dictionary<DateOnly, string> On(int year)
    {
        var days = new Dictionary<DateOnly, string>
        {
            [Nth(year, 1, DayOfWeek.Monday, 3)] = "Martin Luther King Jr. Day",
            [Nth(year, 2, DayOfWeek.Monday, 3)] = "Washington's Birthday",
            [Easter(year).AddDays(-2)] = "Good Friday",
            [Last(year, 5, DayOfWeek.Monday)] = "Memorial Day",
            [Observed(new(year, 7, 4))] = "Independence Day",
            [Nth(year, 9, DayOfWeek.Monday, 1)] = "Labor Day",
            [Nth(year, 11, DayOfWeek.Thursday, 4)] = "Thanksgiving Day",
            [Observed(new(year, 12, 25))] = "Christmas Day",
        };

        // A New Year's Day on a Saturday is not moved to the Friday: the year's books are closed on that day.
        var newYear = new DateOnly(year, 1, 1);
        if (newYear.DayOfWeek != DayOfWeek.Saturday)
        {
            days[Observed(newYear)] = "New Year's Day";
        }

        if (year >= JuneteenthSince)
        {
            days[Observed(new(year, 6, 19))] = "Juneteenth";
        }

        return days;
    }

    /// <summary>Whether a trading day closes at 13:00 by rule.</summary>
    public static bool ClosesEarly(DateOnly day) => (day.Month, day.Day, day.DayOfWeek) switch
    {
        (11, _, DayOfWeek.Friday) => day == Nth(day.Year, 11, DayOfWeek.Thursday, 4).AddDays(1),
        (12, 24, >= DayOfWeek.Monday and <= DayOfWeek.Thursday) => true,
        (7, 3, DayOfWeek.Monday or DayOfWeek.Tuesday or DayOfWeek.Thursday) => true,
        // Until 2012 a Thursday holiday shortened the Friday after it, since then the Wednesday before it.
        (7, 3, DayOfWeek.Wednesday) => day.Year >= EarlyWednesdayBeforeIndependenceSince,
        (7, 5, DayOfWeek.Friday) => day.Year < EarlyWednesdayBeforeIndependenceSince,
        _ => false,
    };

    private static DateOnly Observed(DateOnly day) => day.DayOfWeek switch
    {
        DayOfWeek.Saturday => day.AddDays(-1),
        DayOfWeek.Sunday => day.AddDays(1),
        _ => day,
    };

    private static DateOnly Nth(int year, int month, DayOfWeek weekday, int nth)
    {
        var first = new DateOnly(year, month, 1);
        return first.AddDays((((int)weekday - (int)first.DayOfWeek + 7) % 7) + (7 * (nth - 1)));
    }

    private static DateOnly Last(int year, int month, DayOfWeek weekday)
    {
        var last = new DateOnly(year, month, DateTime.DaysInMonth(year, month));
        return last.AddDays(-(((int)last.DayOfWeek - (int)weekday + 7) % 7));
    }

    /// <summary>Easter Sunday of the Gregorian calendar (the algorithm of Meeus, Jones and Butcher).</summary>
    private static DateOnly Easter(int year)
    {
        var a = year % 19;
        var (b, c) = (year / 100, year % 100);
        var (d, e) = (b / 4, b % 4);
        var g = ((8 * b) + 13) / 25;
        var h = ((19 * a) + b - d - g + 15) % 30;
        var (i, k) = (c / 4, c % 4);
        var l = (32 + (2 * e) + (2 * i) - h - k) % 7;
        var m = (a + (11 * h) + (19 * l)) / 433;
        var month = (h + l - (7 * m) + 90) / 25;
        return new(year, month, (h + l - (7 * m) + (33 * month) + 19) % 32);
    }
}
