namespace AutoTrader.Core.Market;

/// <summary>The recurring holidays and early closes of the New York Stock Exchange, by rule (NYSE rule 7.2).</summary>
internal static class ExchangeHolidays
{
    /// <summary>The weekdays of <paramref name="year"/> without a session, with the name of the holiday.</summary>
    public static IEnumerable<(DateOnly Day, string Name)> Of(int year)
    {
        // A holiday on a Saturday is observed on Friday unless that Friday ends the accounting year: so New Year's Day never is.
        var newYear = new DateOnly(year, 1, 1);
        if (newYear.DayOfWeek != DayOfWeek.Saturday)
        {
            yield return Observed(newYear, "New Year's Day");
        }

        yield return (Nth(3, DayOfWeek.Monday, year, 1), "Martin Luther King Jr. Day");
        yield return (Nth(3, DayOfWeek.Monday, year, 2), "Presidents' Day");
        yield return (Easter(year).AddDays(-2), "Good Friday");
        yield return (Nth(1, DayOfWeek.Monday, year, 6).AddDays(-7), "Memorial Day");
        if (year >= 2022)
        {
            yield return Observed(new(year, 6, 19), "Juneteenth");
        }

        yield return Observed(new(year, 7, 4), "Independence Day");
        yield return (Nth(1, DayOfWeek.Monday, year, 9), "Labor Day");
        yield return (Thanksgiving(year), "Thanksgiving Day");
        yield return Observed(new(year, 12, 25), "Christmas Day");
    }

    /// <summary>Whether a session of that day ends at 13:00 by rule.</summary>
    public static bool ClosesEarly(DateOnly day) =>
        day switch
        {
            { Month: 7, Day: 3 } => day.DayOfWeek is DayOfWeek.Monday or DayOfWeek.Tuesday or DayOfWeek.Thursday
                || IsWednesdaySince2013(day),

            // Before 2013, a Thursday holiday made the Friday after it short, not the Wednesday before it.
            { Month: 7, Day: 5 } => day is { DayOfWeek: DayOfWeek.Friday, Year: < 2013 },
            { Month: 11 } => day == Thanksgiving(day.Year).AddDays(1),
            { Month: 12, Day: 24 } => true,
            _ => false,
        };

    /// <summary>Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876).</summary>
    public static DateOnly Easter(int year)
    {
        var golden = year % 19;
        var century = year / 100;
        var ofCentury = year % 100;
        var correction = (century - ((century + 8) / 25) + 1) / 3;
        var epact = ((19 * golden) + century - (century / 4) - correction + 15) % 30;
        var weekday = (32 + (2 * (century % 4)) + (2 * (ofCentury / 4)) - epact - (ofCentury % 4)) % 7;
        var late = (golden + (11 * epact) + (22 * weekday)) / 451;
        var sum = epact + weekday - (7 * late) + 114;
        return new(year, sum / 31, (sum % 31) + 1);
    }

    private static bool IsWednesdaySince2013(DateOnly day) => day is { DayOfWeek: DayOfWeek.Wednesday, Year: >= 2013 };

    private static DateOnly Thanksgiving(int year) => Nth(4, DayOfWeek.Thursday, year, 11);

    private static DateOnly Nth(int n, DayOfWeek weekday, int year, int month)
    {
        var first = new DateOnly(year, month, 1);
        return first.AddDays((((int)weekday - (int)first.DayOfWeek + 7) % 7) + (7 * (n - 1)));
    }

    private static (DateOnly Day, string Name) Observed(DateOnly holiday, string name) =>
        holiday.DayOfWeek switch
        {
            DayOfWeek.Saturday => (holiday.AddDays(-1), name + " (observed)"),
            DayOfWeek.Sunday => (holiday.AddDays(1), name + " (observed)"),
            _ => (holiday, name),
        };
}
