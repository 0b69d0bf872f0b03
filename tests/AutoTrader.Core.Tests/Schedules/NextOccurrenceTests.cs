using AutoTrader.Core.Market;
using AutoTrader.Core.Schedules;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Core.Tests.Schedules;

/// <summary>Every kind of rule is due at exactly the instants that the oracle finds minute by minute.</summary>
public class NextOccurrenceTests
{
    private const string NewYork = "America/New_York";

    // Fortnights around Good Friday, the short day after Thanksgiving, and both changes of the clocks.
    public static TheoryData<string> Fortnights => ["2025-04-11", "2025-11-21", "2025-03-02", "2025-10-26", "2026-06-26"];

    private static Schedule Of(ScheduleSpec when) =>
        new()
        {
            Id = "it",
            Task = new(ScheduleAction.Notify),
            Spec = when,
        };

    private static List<DateTimeOffset> Until(Schedule schedule, DateTimeOffset from, DateTimeOffset to)
    {
        var found = new List<DateTimeOffset>();
        for (var next = Occurrences.Next(schedule, from.AddTicks(-1)); next is { } at && at <= to; next = Occurrences.Next(schedule, at))
        {
            found.Add(at);
        }

        return found;
    }

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static (DateTimeOffset From, DateTimeOffset To) Fortnight(string day)
    {
        var from = new DateTimeOffset(DateTime.Parse(day, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero);
        return (from, from.AddDays(14));
    }

    [Theory]
    [MemberData(nameof(Fortnights))]
    public void Market_times_are_due_on_every_session_at_its_own_hours(string day)
    {
        var (from, to) = Fortnight(day);
        foreach (
            var (edge, minutes) in new[]
            {
                (MarketEdge.Open, 0),
                (MarketEdge.Open, 5),
                (MarketEdge.Open, -30),
                (MarketEdge.Close, 0),
                (MarketEdge.Close, -11),
                (MarketEdge.Close, 90),
            }
        )
        {
            Until(Of(new() { Market = new(edge, TimeSpan.FromMinutes(minutes)) }), from, to)
                .ShouldBe(OccurrenceOracle.Market(edge, minutes, from, to), $"{edge} {minutes}");
        }
    }

    [Theory]
    [MemberData(nameof(Fortnights))]
    public void Cron_expressions_are_due_as_the_clock_of_their_zone_shows(string day)
    {
        var (from, to) = Fortnight(day);
        foreach (var zone in new[] { NewYork, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC" })
        {
            foreach (
                var cron in new[]
                {
                    "30 9 * * 1-5",
                    "30 2 * * *",
                    "15 1 * * *",
                    "*/30 * * * *",
                    "0 */2 * * *",
                    "10-50/20 2 * * *",
                    "0 0 * * 1",
                    "45 1,2 * * *",
                    "0 11 1 * *",
                }
            )
            {
                Until(Of(new() { Cron = cron, Zone = zone }), from, to)
                    .ShouldBe(OccurrenceOracle.Cron(cron, LocalTimes.FindZone(zone)!, from, to), $"{cron} in {zone}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Fortnights))]
    public void Trading_days_only_leaves_out_weekends_and_holidays(string day)
    {
        var (from, to) = Fortnight(day);
        var expected = OccurrenceOracle
            .Cron("*/15 9-16 * * *", TradingCalendar.Nyse.NewYork, from, to)
            .Where(at => TradingCalendar.Nyse.SessionOn(TradingCalendar.Nyse.TradingDay(at)) is not null);
        Until(Of(new() { Cron = "*/15 9-16 * * *", TradingDaysOnly = true }), from, to).ShouldBe(expected);
    }

    [Fact]
    public void Random_expressions_agree_with_the_oracle_and_strictly_increase()
    {
        var field = (int low, int high) =>
            Gen.OneOf(
                Gen.Const("*"),
                Gen.Int[low, high].Select(value => $"{value}"),
                Gen.Select(Gen.Int[low, high], Gen.Int[low, high], (a, b) => $"{Math.Min(a, b)}-{Math.Max(a, b)}"),
                Gen.Int[2, Math.Min(high, 20)].Select(step => $"*/{step}"),
                Gen.Select(Gen.Int[low, high], Gen.Int[low, high], (a, b) => $"{a},{b}")
            );
        var cron = Gen.Select(
            field(0, 59),
            field(0, 23),
            Any("*", "1", "10-20", "*/3"),
            Gen.Const("*"),
            Any("*", "1-5", "0", "6"),
            (minute, hour, date, month, weekday) => $"{minute} {hour} {date} {month} {weekday}"
        );
        var zones = Any(NewYork, "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo");
        // Days before and after changes of the clocks are drawn more often than others.
        var days = Gen.OneOf(Gen.Int[0, 700], Any(66, 304, 87, 297, 430, 668))
            .Select(offset => new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(offset));
        Gen.Select(cron, zones, days)
            .Sample(
                (expression, zone, from) =>
                {
                    var to = from.AddDays(3);
                    var found = Until(Of(new() { Cron = expression, Zone = zone }), from, to);
                    found.ShouldBe(OccurrenceOracle.Cron(expression, LocalTimes.FindZone(zone)!, from, to));
                    found.Zip(found.Skip(1)).ShouldAllBe(pair => pair.First < pair.Second);
                },
                iter: 150
            );
    }

    [Fact]
    public void Bounds_hold_and_an_instant_is_due_once()
    {
        var at = new DateTimeOffset(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);
        Occurrences.Next(Of(new() { At = at }), at.AddTicks(-1)).ShouldBe(at);
        Occurrences.Next(Of(new() { At = at }), at).ShouldBeNull();
        var daily = new ScheduleSpec
        {
            Cron = "0 10 * * *",
            StartAt = at,
            EndAt = at.AddDays(2),
            MaxRuns = 2,
        };
        Until(Of(daily), at.AddDays(-5), at.AddDays(9)).ShouldBe([at, at.AddDays(1), at.AddDays(2)]);
        Occurrences.Next(Of(daily) with { RunCount = 2 }, at).ShouldBeNull();
    }

    [Fact]
    public void Jitter_is_the_same_every_time_keeps_the_order_and_stays_within_the_session()
    {
        var from = new DateTimeOffset(2026, 2, 2, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 50; i++)
        {
            var id = $"it-{i}";
            var cron = Of(new() { Cron = "0 * * * *", JitterSeconds = 600 }) with { Id = id };
            var times = Until(cron, from, from.AddDays(1));
            times.ShouldBe(Until(cron, from, from.AddDays(1)));
            times.Select(time => time.Minute * 60 + time.Second).Distinct().ShouldHaveSingleItem().ShouldBeInRange(0, 600);
            foreach (
                var last in Until(
                    Of(new() { Market = new(MarketEdge.Close, TimeSpan.FromMinutes(-1)), JitterSeconds = 600 }) with
                    {
                        Id = id,
                    },
                    from,
                    from.AddDays(7)
                )
            )
            {
                TradingCalendar.Nyse.IsOpen(last).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Nothing_is_due_after_the_calendar_ends()
    {
        var end = new DateTimeOffset(2035, 12, 31, 23, 0, 0, TimeSpan.Zero);
        Occurrences.Next(Of(new() { Market = new(MarketEdge.Open, TimeSpan.Zero) }), end).ShouldBeNull();
        Occurrences.Next(Of(new() { Cron = "* * * * *", TradingDaysOnly = true }), end.AddDays(1)).ShouldBeNull();
    }
}
