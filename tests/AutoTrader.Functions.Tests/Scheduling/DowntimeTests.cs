using System.Net;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>The whole app is killed before occurrences and started again after them: each is in the run history once, and what it does is
/// done once.</summary>
public sealed class DowntimeTests
{
    private static readonly DateTimeOffset At10 = new(2026, 2, 2, 15, 0, 0, TimeSpan.Zero);

    public static TheoryData<ScheduleAction, string, string> Cases =>
        [
            .. from action in Enum.GetValues<ScheduleAction>()
            from it in new[]
            {
                ("\"schedule_at\":\"2026-02-02T10:00:00-05:00\"", "2026-02-02T15:31:30Z"),
                ("\"schedule_cron\":\"0 10 * * *\"", "2026-02-02T15:00:40Z"),
                ("\"schedule_cron\":\"*/10 10-15 * * *\"", "2026-02-02T16:31:30Z"),
                ("\"market\":\"open+30m\"", "2026-02-02T15:31:30Z"),
                ("\"market\":\"open+30m\"", "2026-02-05T16:31:30Z"),
            }
            select (action, it.Item1, it.Item2),
        ];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_occurrence_is_accounted_for_once_and_its_effect_happens_once(ScheduleAction action, string when, string upAgain)
    {
        var (storage, notifications, up) = (new TestStorage(), new KeptNotifications(), DateTimeOffset.Parse(upAgain, null));
        var schedules = Enum.GetValues<Misfire>()
            .Select((misfire, number) => (Misfire: misfire, Id: $"s{number}", Symbol: new[] { "ACME", "BOLT", "CRUX" }[number]))
            .ToList();
        var before = await StartAsync(storage, TestApp.Start, notifications);
        if (action == ScheduleAction.KillSwitchOff)
        {
            (
                await before.PostAsync("schedules", """{"id":"off","task_type":"kill_switch_on","schedule_cron":"0 0 1 1 *"}""")
            ).Status.ShouldBe(HttpStatusCode.Created);
            (await before.PostAsync("schedules/off/trigger")).Text.ShouldContain("fired");
        }

        foreach (var (misfire, id, symbol) in schedules)
        {
            await ScheduledEffect.PrepareAsync(before, action, id, symbol);
            var created = await before.PostAsync(
                "schedules",
                $$"""{"id":"{{id}}","task_type":"{{WireNames.Of(action)}}","misfire":"{{WireNames.Of(misfire)}}","""
                    + $$"""{{when}},"task_data":{{ScheduledEffect.Data(action, id, symbol)}}}"""
            );
            created.Status.ShouldBe(HttpStatusCode.Created, created.Text);
        }

        await before.MinutesAsync(3);
        await before.KillAsync();
        await using var app = await StartAsync(storage, up, notifications);
        await app.UntilAsync(up.AddMinutes(4));
        app.Failures.ShouldBeEmpty();

        var carriedOut = 0;
        foreach (var (misfire, id, symbol) in schedules)
        {
            IReadOnlyList<ScheduleRun> runs =
            [
                .. (await app.Get<IScheduleStore>().ListRunsAsync(id, 1000, null, CancellationToken.None))
                    .Items.Select(row => row.Value)
                    .OrderBy(run => run.Planned),
            ];
            IReadOnlyList<DateTimeOffset> missed = [.. Occurrences(when, up)];
            runs.Select(run => run.Planned).ShouldBe(missed, id);
            runs.ShouldAllBe(
                run =>
                    run.Status != RunStatus.Started
                    && run.StartedAt >= up
                    && run.StartedAt <= up.AddMinutes(2)
                    && run.Lateness == run.StartedAt - run.Planned,
                id
            );
            foreach (var run in runs)
            {
                var expected =
                    up > Latest(action, misfire, run.Planned) ? "too_late"
                    : run != runs[^1] && misfire != Misfire.CatchUp ? "missed"
                    : null;
                (run.Code is "too_late" or "missed" ? run.Code : null).ShouldBe(
                    expected,
                    $"{misfire} {run.Planned:O}: {run.Status} {run.Code} {run.Outcome}"
                );
            }

            var done = runs.Where(run => run.Code is not ("too_late" or "missed")).ToList();
            done.ShouldAllBe(run =>
                run.Status == RunStatus.Fired
                || run.Code == ScheduleRun.NoOp
                || (run.Status == RunStatus.Skipped && action == ScheduleAction.KillSwitchOn)
                || (run.Status == RunStatus.Skipped && action == ScheduleAction.KillSwitchOff)
            );
            await ScheduledEffect.ShouldBeThatOfAsync(app, action, id, symbol, done, notifications);
            carriedOut += done.Count;
        }

        if (action is ScheduleAction.KillSwitchOn or ScheduleAction.KillSwitchOff)
        {
            var isOn = (await app.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>();
            isOn.ShouldBe((action == ScheduleAction.KillSwitchOn) == (carriedOut > 0));
        }
    }

    private static Task<TestApp> StartAsync(TestStorage storage, DateTimeOffset start, KeptNotifications notifications) =>
        TestApp.StartAsync(storage, start, services => services.AddSingleton<IScheduleNotifications>(notifications));

    private static IEnumerable<DateTimeOffset> Occurrences(string when, DateTimeOffset up)
    {
        var from = TestApp.Start.AddMinutes(1);
        return when switch
        {
            _ when when.Contains("schedule_at", StringComparison.Ordinal) => [At10],
            _ when when.Contains("market", StringComparison.Ordinal) => OccurrenceOracle.Market(MarketEdge.Open, 30, from, up),
            _ => OccurrenceOracle.Cron(when.Split('"')[3], TradingCalendar.Nyse.NewYork, from, up),
        };
    }

    // As docs/architecture.md, "Misfires" has it.
    private static DateTimeOffset Latest(ScheduleAction action, Misfire misfire, DateTimeOffset planned) =>
        (action, misfire) switch
        {
            (_, Misfire.Skip) or (ScheduleAction.OrderPlace, _) => planned.AddMinutes(1),
            (ScheduleAction.StrategyStart, _) => new DateTimeOffset(planned.Date, TimeSpan.Zero).AddHours(21),
            (ScheduleAction.StrategyResume or ScheduleAction.KillSwitchOff, _) => planned.AddMinutes(5),
            (ScheduleAction.Notify, _) => planned.AddHours(1),
            _ => DateTimeOffset.MaxValue,
        };
}
