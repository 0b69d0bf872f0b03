using System.Globalization;
using AutoTrader.Core.Market;
using CsCheck;

namespace AutoTrader.Core.Tests.Market;

public sealed class TradingCalendarTests
{
    private static readonly TradingCalendar Calendar = TradingCalendar.Nyse;
    private static readonly DateOnly FirstDay = new(1998, 1, 1);
    private static readonly DateOnly LastDay = new(2035, 12, 31);

    private static readonly Gen<DateTimeOffset> AnyInstant = Gen.Long[At("1998-01-10T00:00:00Z").Ticks, At("2035-12-20T00:00:00Z").Ticks]
        .Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    private static readonly List<Session> All = [.. Calendar.Sessions(FirstDay, LastDay)];

    /// <summary>Instants where answers change: at, one tick before and one tick after each open and close.</summary>
    private static readonly Gen<DateTimeOffset> AtAnEdge =
        from index in Gen.Int[5, All.Count - 6]
        from open in Gen.Bool
        from ticks in Gen.Int[-1, 1]
        select (open ? All[index].Open : All[index].Close).AddTicks(ticks);

    [Theory]
    [InlineData("1998-01-01", "New Year's Day")]
    [InlineData("1998-01-19", "Martin Luther King Jr. Day")]
    [InlineData("1998-07-03", "Independence Day (observed)")]
    [InlineData("1999-07-05", "Independence Day (observed)")]
    [InlineData("1999-12-24", "Christmas Day (observed)")]
    [InlineData("2000-04-21", "Good Friday")]
    [InlineData("2001-09-11", "attacks of September 11")]
    [InlineData("2001-09-14", "attacks of September 11")]
    [InlineData("2004-06-11", "mourning for President Reagan")]
    [InlineData("2004-12-24", "Christmas Day (observed)")]
    [InlineData("2006-01-02", "New Year's Day (observed)")]
    [InlineData("2007-01-02", "mourning for President Ford")]
    [InlineData("2008-03-21", "Good Friday")]
    [InlineData("2011-04-22", "Good Friday")]
    [InlineData("2011-12-26", "Christmas Day (observed)")]
    [InlineData("2012-10-29", "hurricane Sandy")]
    [InlineData("2012-10-30", "hurricane Sandy")]
    [InlineData("2018-12-05", "mourning for President George H. W. Bush")]
    [InlineData("2020-07-03", "Independence Day (observed)")]
    [InlineData("2021-05-31", "Memorial Day")]
    [InlineData("2021-12-24", "Christmas Day (observed)")]
    [InlineData("2022-06-20", "Juneteenth (observed)")]
    [InlineData("2023-01-02", "New Year's Day (observed)")]
    [InlineData("2023-06-19", "Juneteenth")]
    [InlineData("2024-02-19", "Presidents' Day")]
    [InlineData("2024-03-29", "Good Friday")]
    [InlineData("2024-09-02", "Labor Day")]
    [InlineData("2024-11-28", "Thanksgiving Day")]
    [InlineData("2025-01-09", "mourning for President Carter")]
    [InlineData("2026-07-03", "Independence Day (observed)")]
    [InlineData("2027-06-18", "Juneteenth (observed)")]
    [InlineData("2027-07-05", "Independence Day (observed)")]
    [InlineData("2027-12-24", "Christmas Day (observed)")]
    [InlineData("2024-06-08", "weekend")]
    [InlineData("2024-06-09", "weekend")]
    public void There_is_no_session_on_a_holiday(string day, string reason)
    {
        Calendar.SessionOn(Day(day)).ShouldBeNull();
        Calendar.ClosureReason(Day(day)).ShouldBe(reason);
    }

    [Theory]
    [InlineData("1999-12-31")] // New Year's Day 2000 is a Saturday: not observed.
    [InlineData("2004-12-31")]
    [InlineData("2010-12-31")]
    [InlineData("2021-12-31")]
    [InlineData("2027-12-31")]
    [InlineData("2021-06-18")] // The first Juneteenth that the exchange kept was in 2022.
    [InlineData("2020-06-19")]
    [InlineData("2009-07-02")]
    [InlineData("2024-10-14")] // Columbus Day and Veterans Day are holidays of the banks, not of the exchange.
    [InlineData("2024-11-11")]
    public void There_is_a_session_on_days_that_only_look_like_holidays(string day)
    {
        Calendar.SessionOn(Day(day)).ShouldNotBeNull();
        Calendar.ClosureReason(Day(day)).ShouldBeNull();
    }

    [Theory]
    [InlineData("1998-11-27")]
    [InlineData("1998-12-24")]
    [InlineData("1999-12-31")]
    [InlineData("2000-07-03")]
    [InlineData("2001-07-03")]
    [InlineData("2002-07-05")] // Thursday the 4th before 2013: the Friday is short...
    [InlineData("2003-07-03")]
    [InlineData("2003-12-24")]
    [InlineData("2003-12-26")]
    [InlineData("2006-07-03")]
    [InlineData("2007-12-24")]
    [InlineData("2008-07-03")]
    [InlineData("2012-07-03")]
    [InlineData("2012-12-24")]
    [InlineData("2013-07-03")] // ... and since then the Wednesday.
    [InlineData("2014-07-03")]
    [InlineData("2015-12-24")]
    [InlineData("2017-07-03")]
    [InlineData("2018-07-03")]
    [InlineData("2019-07-03")]
    [InlineData("2020-12-24")]
    [InlineData("2023-07-03")]
    [InlineData("2024-07-03")]
    [InlineData("2024-11-29")]
    [InlineData("2024-12-24")]
    [InlineData("2025-07-03")]
    [InlineData("2026-12-24")]
    [InlineData("2028-07-03")]
    public void Early_closes_are_at_13_00_in_New_York(string day)
    {
        var session = Calendar.SessionOn(Day(day)).ShouldNotBeNull();
        session.EarlyClose.ShouldBeTrue();
        NewYorkTime(session.Open).ShouldBe(Day(day).ToDateTime(new(9, 30)));
        NewYorkTime(session.Close).ShouldBe(Day(day).ToDateTime(new(13, 0)));
    }

    [Theory]
    [InlineData("2002-07-03")]
    [InlineData("2013-07-05")]
    [InlineData("2019-07-05")]
    [InlineData("2024-07-05")]
    [InlineData("1998-07-02")]
    [InlineData("2009-07-02")]
    [InlineData("2004-07-02")]
    [InlineData("2005-07-01")]
    [InlineData("2010-12-23")]
    [InlineData("2016-12-23")]
    [InlineData("2008-12-26")]
    [InlineData("2014-12-26")]
    [InlineData("2024-12-31")]
    [InlineData("2024-11-27")]
    public void Full_sessions_run_from_9_30_to_16_00_in_New_York(string day)
    {
        var session = Calendar.SessionOn(Day(day)).ShouldNotBeNull();
        session.EarlyClose.ShouldBeFalse();
        NewYorkTime(session.Open).ShouldBe(Day(day).ToDateTime(new(9, 30)));
        NewYorkTime(session.Close).ShouldBe(Day(day).ToDateTime(new(16, 0)));
    }

    [Fact]
    public void The_anniversary_of_September_11_opened_at_noon()
    {
        var session = Calendar.SessionOn(new(2002, 9, 11)).ShouldNotBeNull();
        session.Open.ShouldBe(At("2002-09-11T16:00:00Z"));
        session.Close.ShouldBe(At("2002-09-11T20:00:00Z"));
        session.EarlyClose.ShouldBeFalse();
    }

    [Theory]
    [InlineData("2024-03-08", "14:30", "21:00")]
    [InlineData("2024-03-11", "13:30", "20:00")] // Clocks went forward on the 10th.
    [InlineData("2024-11-01", "13:30", "20:00")]
    [InlineData("2024-11-04", "14:30", "21:00")] // Clocks went back on the 3rd.
    [InlineData("2006-04-03", "13:30", "20:00")] // Until 2006 they changed in April and October.
    [InlineData("2006-03-31", "14:30", "21:00")]
    public void Sessions_follow_the_clocks_of_New_York(string day, string open, string close)
    {
        var session = Calendar.SessionOn(Day(day)).ShouldNotBeNull();
        session.Open.ShouldBe(At($"{day}T{open}:00Z"));
        session.Close.ShouldBe(At($"{day}T{close}:00Z"));
        session.Open.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(1998, 252)]
    [InlineData(1999, 252)]
    [InlineData(2000, 252)]
    [InlineData(2001, 248)]
    [InlineData(2004, 252)]
    [InlineData(2012, 250)]
    [InlineData(2018, 251)]
    [InlineData(2020, 253)]
    [InlineData(2022, 251)]
    [InlineData(2023, 250)]
    [InlineData(2024, 252)]
    [InlineData(2025, 250)]
    public void A_year_has_as_many_sessions_as_the_exchange_counted(int year, int sessions) =>
        Calendar.Sessions(new(year, 1, 1), new(year, 12, 31)).Count().ShouldBe(sessions);

    [Theory]
    [InlineData(1998, 4, 12)]
    [InlineData(2000, 4, 23)]
    [InlineData(2008, 3, 23)]
    [InlineData(2011, 4, 24)]
    [InlineData(2024, 3, 31)]
    [InlineData(2025, 4, 20)]
    [InlineData(2035, 3, 25)]
    public void Good_Friday_is_two_days_before_Easter(int year, int month, int day) =>
        Calendar.ClosureReason(new DateOnly(year, month, day).AddDays(-2)).ShouldBe("Good Friday");

    [Fact]
    public void The_sessions_from_1998_to_2021_are_the_days_on_which_SPY_traded()
    {
        var bars = File("SPY.csv");
        Assert.SkipWhen(bars is null, "the recorded daily bars are not beside this clone");
        var traded = System.IO.File.ReadLines(bars!).Skip(1).Select(line => Day(line[..10])).ToList();
        traded.Count.ShouldBeGreaterThan(5000);
        Calendar.Sessions(new(1998, 1, 1), traded[^1]).Select(session => session.Day).ShouldBe(traded);
    }

    [Fact]
    public void Every_session_is_found_by_its_day_and_by_its_instants()
    {
        foreach (var session in All)
        {
            Calendar.SessionOn(session.Day).ShouldBeSameAs(session);
            Calendar.SessionAt(session.Open).ShouldBeSameAs(session);
            Calendar.SessionAt(session.Close.AddTicks(-1)).ShouldBeSameAs(session);
            Calendar.IsOpen(session.Close).ShouldBeFalse();
            Calendar.IsOpen(session.Open.AddTicks(-1)).ShouldBeFalse();
            Calendar.TradingDay(session.Open).ShouldBe(session.Day);
            Calendar.TradingDay(session.Close).ShouldBe(session.Day);
            session.EarlyClose.ShouldBe(NewYorkTime(session.Close).Hour < 16);
        }
    }

    [Fact]
    public void A_day_has_either_a_session_or_a_reason()
    {
        for (var day = FirstDay; day <= LastDay; day = day.AddDays(1))
        {
            (Calendar.SessionOn(day) is null).ShouldBe(
                Calendar.ClosureReason(day) is not null,
                day.ToString("O", CultureInfo.InvariantCulture)
            );
        }
    }

    [Fact]
    public void Next_current_and_previous_agree_with_a_walk_over_all_sessions() =>
        Gen.OneOf(AnyInstant, AtAnEdge)
            .Sample(
                instant =>
                {
                    Calendar.NextSession(instant).ShouldBe(All.First(session => session.Open > instant));
                    Calendar.CurrentOrNext(instant).ShouldBe(All.First(session => session.Close > instant));
                    Calendar.PreviousSession(instant).ShouldBe(All.Last(session => session.Close <= instant));
                    Calendar
                        .SessionAt(instant)
                        .ShouldBe(All.SingleOrDefault(session => session.Open <= instant && instant < session.Close));
                },
                iter: 500
            );

    [Fact]
    public void The_offset_of_an_instant_does_not_matter() =>
        (from instant in Gen.OneOf(AnyInstant, AtAnEdge) from hours in Gen.Int[-12, 12] select (instant, hours)).Sample(it =>
        {
            var elsewhere = it.instant.ToOffset(TimeSpan.FromHours(it.hours));
            Calendar.SessionAt(elsewhere).ShouldBe(Calendar.SessionAt(it.instant));
            Calendar.NextSession(elsewhere).ShouldBe(Calendar.NextSession(it.instant));
            Calendar.TradingDay(elsewhere).ShouldBe(Calendar.TradingDay(it.instant));
        });

    [Theory]
    [InlineData("2024-06-12T03:59:59Z", "2024-06-11")]
    [InlineData("2024-06-12T04:00:00Z", "2024-06-12")]
    [InlineData("2024-01-12T04:59:59Z", "2024-01-11")]
    [InlineData("2024-06-15T12:00:00Z", "2024-06-15")] // A Saturday has a date, though no session.
    public void The_trading_day_is_the_date_in_New_York(string instant, string day) => Calendar.TradingDay(At(instant)).ShouldBe(Day(day));

    [Fact]
    public void At_any_hour_of_any_year_the_trading_day_is_the_date_in_New_York() =>
        Gen.Long[
                At("1990-01-01T00:00:00Z").UtcTicks / TimeSpan.TicksPerMinute,
                At("2040-01-01T00:00:00Z").UtcTicks / TimeSpan.TicksPerMinute
            ]
            .Select(minute => new DateTimeOffset(minute * TimeSpan.TicksPerMinute, TimeSpan.Zero))
            .Sample(
                instant =>
                    Calendar
                        .TradingDay(instant)
                        .ShouldBe(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, Calendar.NewYork).DateTime)),
                iter: 5000
            );

    [Fact]
    public void Questions_outside_the_known_years_are_refused_and_say_so()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.SessionOn(new(1997, 12, 31))).Message.ShouldContain("1998 to 2035");
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.SessionOn(new(2036, 1, 1))).Message.ShouldContain("1998 to 2035");
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.ClosureReason(new(2036, 1, 1)));
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.SessionAt(DateTimeOffset.MinValue));
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.IsOpen(DateTimeOffset.MaxValue));
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.NextSession(All[^1].Open));
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.CurrentOrNext(All[^1].Close));
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.PreviousSession(All[0].Close.AddTicks(-1)));
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.Sessions(new(1997, 1, 1), new(1998, 1, 1)));
        Should.Throw<ArgumentOutOfRangeException>(() => Calendar.Sessions(new(2035, 1, 1), new(2036, 1, 1)));
    }

    [Fact]
    public void Lookups_allocate_nothing()
    {
        var from = At("2024-06-14T12:00:00Z");
        Look();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Look();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Look()
        {
            for (var minute = 0; minute < 5 * 24 * 60; minute++)
            {
                var instant = from.AddMinutes(minute);
                _ = Calendar.SessionAt(instant);
                _ = Calendar.NextSession(instant);
                _ = Calendar.CurrentOrNext(instant);
                _ = Calendar.PreviousSession(instant);
                _ = Calendar.ClosureReason(Calendar.TradingDay(instant));
            }
        }
    }

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static DateTime NewYorkTime(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Calendar.NewYork).DateTime;

    private static string? File(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "AutoTrader.sln")))
            {
                var path = Path.Combine(folder.FullName, "..", "shared", "data", "daily", name);
                return System.IO.File.Exists(path) ? path : null;
            }
        }

        return null;
    }

    [Fact]
    public void What_was_announced_counts_more_than_the_rules_and_leaves_every_other_day_as_it_was()
    {
        var (closed, early) = (new DateOnly(2026, 2, 4), new DateOnly(2026, 2, 5));
        var hours = TradingCalendar.Nyse.SessionOf(early, new(9, 30), new(12, 0));
        var calendar = TradingCalendar.Nyse.With(new Dictionary<DateOnly, Session?> { [closed] = null, [early] = hours });
        calendar.SessionOn(closed).ShouldBeNull();
        calendar.ClosureReason(closed).ShouldBe("closed by announcement");
        hours.ShouldBe(new(early, new(2026, 2, 5, 14, 30, 0, TimeSpan.Zero), new(2026, 2, 5, 17, 0, 0, TimeSpan.Zero), EarlyClose: true));
        calendar.NextSession(TradingCalendar.Nyse.SessionOn(closed)!.Open.AddHours(-1)).ShouldBe(hours);
        calendar.IsOpen(hours.Close).ShouldBeFalse();
        calendar
            .Sessions(new(2026, 1, 1), new(2026, 12, 31))
            .Where(session => session.Day != early)
            .ShouldBe(
                TradingCalendar
                    .Nyse.Sessions(new(2026, 1, 1), new(2026, 12, 31))
                    .Where(session => session.Day != closed && session.Day != early)
            );
        TradingCalendar.Nyse.SessionOn(closed).ShouldNotBeNull();
    }
}
