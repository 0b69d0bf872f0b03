using System.Net;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Testing;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>The whole app through fortnights that are not like others: every kind of rule fires at the instants that a search minute by
/// minute finds, and on time.</summary>
public sealed class FortnightTests
{
    private static readonly TimeZoneInfo NewYork = TradingCalendar.Nyse.NewYork;
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("Presidents' Day", "2026-02-09T05:00Z")]
    [InlineData("Thanksgiving and the early close after it", "2025-11-24T05:00Z")]
    [InlineData("Christmas, with an early close before it", "2025-12-22T05:00Z")]
    [InlineData("the clocks go forward", "2026-03-02T05:00Z")]
    [InlineData("the clocks go back", "2026-10-26T04:00Z")]
    public async Task Every_kind_of_rule_fires_at_exactly_its_instants_and_is_never_late(string fortnight, string from)
    {
        var start = DateTimeOffset.Parse(from, null);
        var end = start.AddDays(14);
        var (second, middle) = (start.AddMinutes(1), start.AddDays(6).AddHours(15));
        var rules = new Dictionary<string, (string When, IEnumerable<DateTimeOffset> Expected)>(StringComparer.Ordinal)
        {
            ["once"] = ($"\"schedule_at\":\"{middle:yyyy-MM-ddTHH:mm:sszzz}\"", [middle]),
            ["daily"] = Cron("35 9 * * *", NewYork),
            ["in-the-changed-hour"] = Cron("30 2 * * *", NewYork),
            ["in-the-doubled-hour"] = Cron("30 1 * * *", NewYork),
            ["every-half-hour-of-the-night"] = Cron("*/30 0-4 * * *", NewYork),
            ["mondays"] = Cron("0 11 * * 1", NewYork),
            ["abroad"] = Cron("15 2,15 * * *", Berlin),
            ["days-of-the-month"] = Cron("5 16 1,13,28 * *", NewYork),
            ["on-trading-days"] = Only(Cron("0 12 * * *", NewYork), ",\"trading_days_only\":true", at =>
                TradingCalendar.Nyse.SessionOn(TradingCalendar.Nyse.TradingDay(at)) is not null
            ),
            ["within-bounds"] = Only(
                Cron("0 6 * * *", NewYork),
                $",\"start_at\":\"{start.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}\",\"end_at\":\"{start.AddDays(10):yyyy-MM-ddTHH:mm:ssZ}\"",
                at => at >= start.AddDays(3) && at <= start.AddDays(10)
            ),
            ["four-times"] = Limited(Cron("0 7 * * *", NewYork), 4),
            ["jittered"] = Late(Cron("0 8 * * *", NewYork), 60, new ScheduleSpec { JitterSeconds = 60 }.Jitter("jittered")),
            ["after-the-open"] = Market("open+5m", MarketEdge.Open, 5),
            ["before-the-open"] = Market("open-30m", MarketEdge.Open, -30),
            ["before-the-close"] = Market("close-11m", MarketEdge.Close, -11),
            ["at-the-close"] = Market("close", MarketEdge.Close, 0),
        };

        // Hourly, so that a fortnight is quick: schedules do not wait for the cycle, nor for the sweeper.
        await using var app = await TestApp.StartAsync(
            new(),
            start,
            _ => { },
            ("CycleSchedule", "0 0 * * * *"),
            ("MaintenanceSchedule", "45 59 * * * *")
        );
        foreach (var (id, rule) in rules)
        {
            var created = await app.PostAsync(
                "schedules",
                $$"""{"id":"{{id}}","task_type":"notify","task_data":{"message":"hello"},{{rule.When}}}"""
            );
            created.Status.ShouldBe(HttpStatusCode.Created, created.Text);
        }

        await app.UntilAsync(end);

        var store = app.Get<IScheduleStore>();
        foreach (var (id, rule) in rules)
        {
            IReadOnlyList<ScheduleRun> runs =
            [
                .. (await store.ListRunsAsync(id, 1000, null, CancellationToken.None)).Items.Select(row => row.Value),
            ];
            runs.ShouldNotBeEmpty(id);
            runs.Select(run => run.Planned).Order().ShouldBe(rule.Expected, $"{fortnight}: {id}");
            runs.ShouldAllBe(run => run.Status == RunStatus.Fired && run.Lateness == TimeSpan.Zero, $"{fortnight}: {id}");
        }

        app.Failures.ShouldBeEmpty();

        (string When, IEnumerable<DateTimeOffset> Expected) Cron(string expression, TimeZoneInfo zone) =>
            ($"\"schedule_cron\":\"{expression}\",\"zone\":\"{zone.Id}\"", OccurrenceOracle.Cron(expression, zone, second, end));

        (string When, IEnumerable<DateTimeOffset> Expected) Market(string text, MarketEdge edge, int minutes) =>
            ($"\"market\":\"{text}\"", OccurrenceOracle.Market(edge, minutes, second, end));

        static (string When, IEnumerable<DateTimeOffset> Expected) Only(
            (string When, IEnumerable<DateTimeOffset> Expected) rule,
            string more,
            Func<DateTimeOffset, bool> isMeant
        ) => (rule.When + more, rule.Expected.Where(isMeant));

        static (string When, IEnumerable<DateTimeOffset> Expected) Limited(
            (string When, IEnumerable<DateTimeOffset> Expected) rule,
            int runs
        ) => ($"{rule.When},\"max_runs\":{runs}", rule.Expected.Take(runs));

        static (string When, IEnumerable<DateTimeOffset> Expected) Late(
            (string When, IEnumerable<DateTimeOffset> Expected) rule,
            int seconds,
            TimeSpan by
        ) => ($"{rule.When},\"jitter_seconds\":{seconds}", rule.Expected.Select(at => at + by));
    }
}
