using System.Net;
using AutoTrader.Functions.Tests.Api;
using AutoTrader.LocalHost.Hosting;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>A host whose timers do not run, as has been seen after deployments: health says so, and the watchdog does their work.</summary>
public sealed class WatchdogTests
{
    private const TriggerGroups WithoutTimers = TriggerGroups.Http | TriggerGroups.Durable;

    [Fact]
    public async Task It_is_started_by_whoever_asks_for_health_and_runs_the_cycles_that_no_timer_runs()
    {
        await using var app = await StartAsync(WithoutTimers, new());
        await app.CreateAsync(Requests.Quiet);
        (await HealthAsync(app)).ShouldBe((HttpStatusCode.ServiceUnavailable, "stale"));
        await app.MinutesAsync(21);

        var engine = (await app.GetAsync("engine")).Json;
        engine["cycles"]!
            .AsArray()
            .Select(cycle => cycle!["cause"]!.GetValue<string>())
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(["watchdog"]);
        engine["cycles"]!.AsArray().Count.ShouldBe(4);
        engine["open_orders"]!.GetValue<int>().ShouldBe(1);
        engine["attention"]!.AsArray().Select(item => item!["code"]!.GetValue<string>()).ShouldContain("TIMER_SILENT");
        var health = await app.GetAsync("health");
        health.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        health.Json["problems"]!.AsArray()[0]!.GetValue<string>().ShouldContain("EvaluateStrategies does not run");
    }

    [Fact]
    public async Task It_sweeps_so_that_a_schedule_whose_orchestration_is_gone_is_fired_all_the_same()
    {
        await using var app = await StartAsync(WithoutTimers, new());
        await HealthAsync(app);
        var at = app.Now.AddMinutes(4);
        (
            await app.PostAsync(
                "schedules",
                $$"""{"id":"s","task_type":"kill_switch_on","task_data":{"reason":"watch"},"schedule_at":"{{at:O}}"}"""
            )
        ).Status.ShouldBe(HttpStatusCode.Created);
        await app.MinutesAsync(1);
        await app.Orchestrations.TerminateInstanceAsync("schedule-s");
        await app.MinutesAsync(16);
        (await app.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>().ShouldBeTrue();
        (await app.GetAsync("schedules/s/runs")).Json["items"]!.AsArray().ShouldHaveSingleItem()!["status"]!
            .GetValue<string>()
            .ShouldBe("fired");
    }

    [Fact]
    public async Task When_the_timers_run_again_the_attention_goes_and_health_is_good()
    {
        var storage = new TestStorage();
        DateTimeOffset now;
        await using (var silent = await StartAsync(WithoutTimers, storage))
        {
            await HealthAsync(silent);
            await silent.MinutesAsync(11);
            now = silent.Now;
        }

        await using var app = await TestApp.StartAsync(storage, now, _ => { });
        await app.MinutesAsync(2);
        (await HealthAsync(app)).ShouldBe((HttpStatusCode.OK, "ok"));
        (await app.GetAsync("engine")).Json["attention"]!
            .AsArray()
            .Select(item => item!["code"]!.GetValue<string>())
            .ShouldNotContain("TIMER_SILENT");
    }

    [Fact]
    public async Task Where_the_timers_run_it_does_nothing_and_one_of_it_sleeps()
    {
        await using var app = await TestApp.StartAsync();
        await app.MinutesAsync(30);
        (await app.GetAsync("engine")).Json["cycles"]!
            .AsArray()
            .Select(cycle => cycle!["cause"]!.GetValue<string>())
            .ShouldAllBe(cause => cause == "timer");
        (await app.Orchestrations.GetInstanceAsync("watchdog"))!.IsRunning.ShouldBeTrue();
        (await HealthAsync(app)).ShouldBe((HttpStatusCode.OK, "ok"));
    }

    [Fact]
    public async Task A_watchdog_that_was_ended_is_started_again_and_its_silence_is_told_meanwhile()
    {
        await using var app = await TestApp.StartAsync();
        await app.MinutesAsync(3);
        await app.Orchestrations.TerminateInstanceAsync("watchdog");
        await app.MinutesAsync(20);
        (await app.Orchestrations.GetInstanceAsync("watchdog"))!.IsRunning.ShouldBeTrue();
    }

    private static Task<TestApp> StartAsync(TriggerGroups groups, TestStorage storage) =>
        TestApp.StartAsync(groups, storage, TestApp.Start, _ => { });

    private static async Task<(HttpStatusCode Status, string Body)> HealthAsync(TestApp app)
    {
        var reply = await app.GetAsync("health");
        return (reply.Status, reply.Json["status"]!.GetValue<string>());
    }
}
