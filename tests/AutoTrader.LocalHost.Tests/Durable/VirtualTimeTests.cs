using System.Globalization;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Tests.Durable.Support;
using Microsoft.DurableTask;
using Newtonsoft.Json;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>What virtual time adds: it passes for orchestrations, activities and retries alike, always in the same order.</summary>
public sealed class VirtualTimeTests
{
    private static readonly DateTime Start = VirtualHost.Start.UtcDateTime;

    [Fact]
    public async Task Two_runs_of_the_same_schedules_give_the_same_log()
    {
        var first = await FortnightAsync();
        var second = await FortnightAsync();

        first.Count.ShouldBeGreaterThan(500);
        second.ShouldBe(first);
    }

    [Fact]
    public async Task Orchestrations_and_their_metadata_tell_business_time()
    {
        await using var host = await VirtualHost.StartAsync(new DurableTasks().Orchestrator("Main", async context =>
            {
                var begun = context.CurrentUtcDateTime;
                await context.CreateTimer(TimeSpan.FromDays(400), CancellationToken.None);
                return new[] { begun, context.CurrentUtcDateTime };
            }));
        await host.PassAsync(TimeSpan.FromHours(1));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main");
        await host.PassAsync(TimeSpan.FromDays(401));

        var ended = (await host.Client.GetInstanceAsync(id, getInputsAndOutputs: true)).ShouldNotBeNull();

        ended.ReadOutputAs<DateTime[]>().ShouldBe([Start.AddHours(1), Start.AddHours(1).AddDays(400)]);
        ended.CreatedAt.UtcDateTime.ShouldBe(Start.AddHours(1));
        ended.LastUpdatedAt.UtcDateTime.ShouldBe(Start.AddHours(1).AddDays(400));
    }

    [Fact]
    public async Task The_pauses_of_retries_pass_in_virtual_time()
    {
        List<DateTime> tries = [];
        VirtualHost host = null!;
        await using var started = host = await VirtualHost.StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context =>
                    await context.CallActivityAsync<string>(
                        "Flaky",
                        TaskOptions.FromRetryPolicy(new RetryPolicy(4, TimeSpan.FromMinutes(10), backoffCoefficient: 2))
                    )
                )
                .Activity("Flaky", _ =>
                {
                    tries.Add(host.Clock.GetUtcNow().UtcDateTime);
                    return tries.Count < 4 ? throw new IOException("away") : Task.FromResult<object?>("there");
                })
        );

        (await host.RunAsync("Main")).ReadOutputAs<string>().ShouldBe("there");

        tries.ShouldBe([Start, Start.AddMinutes(10), Start.AddMinutes(30), Start.AddMinutes(70)]);
    }

    [Fact]
    public async Task While_an_activity_waits_for_virtual_time_others_run()
    {
        List<string> log = [];
        VirtualHost host = null!;
        await using var started = host = await VirtualHost.StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context =>
                {
                    await context.CallActivityAsync("Wait", context.GetInput<string>());
                    return null;
                })
                .Activity("Wait", async minutes =>
                {
                    await Task.Delay(TimeSpan.FromMinutes(int.Parse(minutes, CultureInfo.InvariantCulture)), host.Clock);
                    log.Add($"{minutes} at {host.Clock.GetUtcNow():HH:mm}");
                    return null;
                })
        );
        foreach (var minutes in (string[])["30", "10", "20"])
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", minutes);
        }

        await host.PassAsync(TimeSpan.FromHours(1));

        log.ShouldBe(["10 at 14:40", "20 at 14:50", "30 at 15:00"]);
    }

    [Fact]
    public async Task Time_does_not_stop_at_timers_that_nobody_waits_for_any_more()
    {
        await using var host = await VirtualHost.StartAsync(new DurableTasks().Orchestrator("Main", async context =>
            {
                var round = context.GetInput<int>();
                using var stop = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromHours(7 + round), stop.Token);
                await Task.WhenAny(timer, context.WaitForExternalEvent<string>("changed"));
                Cancel(stop);
                if (round < 2)
                {
                    context.ContinueAsNew(round + 1, preserveUnprocessedEvents: false);
                }

                return null;
            }));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", 0);
        for (var round = 0; round < 2; round++)
        {
            await host.PassAsync(TimeSpan.FromMinutes(1));
            await host.Client.RaiseEventAsync(id, "changed");
        }

        await host.PassAsync(TimeSpan.FromDays(1));
        (await host.Client.GetInstanceAsync(id)).ShouldNotBeNull().IsCompleted.ShouldBeTrue();

        // The two minutes, the one timer that was waited for, and the day at whose end the clock stands.
        var second = VirtualHost.Start.AddMinutes(2);
        host.Positions.ShouldBe([VirtualHost.Start.AddMinutes(1), second, second.AddHours(9), second.AddDays(1)]);
    }

    [Fact]
    public async Task A_kill_between_two_instants_loses_nothing_and_repeats_nothing()
    {
        List<string> fired = [];
        VirtualHost host = null!;
        await using var started = host = await VirtualHost.StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context =>
                {
                    for (var day = 1; day <= 4; day++)
                    {
                        await context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
                        await context.CallActivityAsync("Fire", $"{day}");
                    }

                    return null;
                })
                .Activity("Fire", day =>
                {
                    fired.Add($"{day} at {host.Clock.GetUtcNow():MM-dd}");
                    return Task.FromResult<object?>(null);
                })
        );
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main");

        await host.PassAsync(TimeSpan.FromDays(2.5));
        await host.KillAndRestartAsync();
        host.Clock.GetUtcNow().ShouldBe(VirtualHost.Start.AddDays(2.5));
        await host.EndAsync(id);

        fired.ShouldBe(["1 at 03-03", "2 at 03-04", "3 at 03-05", "4 at 03-06"]);
    }

    [Fact]
    public async Task What_was_purged_stays_away_after_a_restart_and_payloads_come_back_as_they_were()
    {
        const string odd = "2026-03-02T14:30:00+01:00 $type \" \\ ü \u2028";
        await using var host = await VirtualHost.StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context =>
                {
                    context.SetCustomStatus(odd);
                    await context.CallActivityAsync("Fail").ContinueWith(_ => { }, TaskContinuationOptions.ExecuteSynchronously);
                    await context.WaitForExternalEvent<string>("go");
                    return context.GetInput<string>();
                })
                .Activity("Fail", _ => throw new InvalidOperationException(odd))
        );
        var tags = new StartOrchestrationOptions("kept-ü") { Tags = new Dictionary<string, string> { ["tag"] = odd } };
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", odd, tags);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", odd, new StartOrchestrationOptions("purged"));
        await host.PassAsync(TimeSpan.FromHours(1));
        await host.Client.PurgeInstanceAsync("purged");
        await host.PassAsync(TimeSpan.FromHours(1));

        await host.KillAndRestartAsync();

        (await host.Client.GetInstanceAsync("purged")).ShouldBeNull();
        var kept = (await host.Client.GetInstanceAsync("kept-ü", getInputsAndOutputs: true)).ShouldNotBeNull();
        kept.ReadInputAs<string>().ShouldBe(odd);
        kept.ReadCustomStatusAs<string>().ShouldBe(odd);
        kept.Tags["tag"].ShouldBe(odd);
        await host.Client.RaiseEventAsync("kept-ü", "go", "");
        (await host.EndAsync("kept-ü")).ReadOutputAs<string>().ShouldBe(odd);
    }

    [Fact]
    public async Task A_snapshot_that_names_a_foreign_type_is_refused()
    {
        var storage = new MemoryRuntimeStorage();
        const string json = """{ "State": { "Tags": { "$type": "System.IO.FileInfo, System.Private.CoreLib" } } }""";
        await storage.WritePositionAsync("test", VirtualHost.Start, [new InstanceChange("x", json)]);

        var thrown = await Should.ThrowAsync<JsonSerializationException>(() => VirtualHost.StartAsync(new DurableTasks(), storage));

        thrown.ToString().ShouldContain("A snapshot does not hold a System.IO.FileInfo");
    }

    // Twenty schedules that fire, are changed, wait out the rest and are planned anew.
    private static async Task<List<string>> FortnightAsync()
    {
        List<string> log = [];
        VirtualHost host = null!;
        await using var started = host = await VirtualHost.StartAsync(new DurableTasks().Orchestrator("Schedule", async context =>
            {
                var plan = context.GetInput<Plan>()!;
                using var sleep = new CancellationTokenSource();
                var due = context.CreateTimer(plan.Planned.AddSeconds(-2).UtcDateTime, sleep.Token);
                var first = await Task.WhenAny(due, context.WaitForExternalEvent<string>("changed"));
                Cancel(sleep);
                plan = await context.CallActivityAsync<Plan>(first == due ? "Fire" : "Plan", plan);
                context.ContinueAsNew(plan, preserveUnprocessedEvents: false);
                return null;
            }));
        host.Tasks.Activities["Plan"] = new DurableActivity(typeof(Plan), (_, input) =>
        {
            var plan = (Plan)input!;
            log.Add($"{host.Clock.GetUtcNow():O} plan {plan.Id}");
            return Task.FromResult<object?>(plan with { Planned = plan.Planned.AddMinutes(1) });
        });
        host.Tasks.Activities["Fire"] = new DurableActivity(typeof(Plan), async (_, input) =>
        {
            var plan = (Plan)input!;
            await Task.Delay(plan.Planned - host.Clock.GetUtcNow(), host.Clock);
            log.Add($"{host.Clock.GetUtcNow():O} fire {plan.Id}");
            return plan with { Planned = plan.Planned.AddMinutes(400 + (plan.Id % 7 * 60)) };
        });
        for (var i = 0; i < 20; i++)
        {
            var plan = new Plan(i, VirtualHost.Start.AddMinutes(i % 5));
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Schedule", plan, new StartOrchestrationOptions($"s{i}"));
        }

        for (var day = 0; day < 14; day++)
        {
            await host.PassAsync(TimeSpan.FromDays(1));
            await host.Client.RaiseEventAsync($"s{day}", "changed");
        }

        return log;
    }

#pragma warning disable CA1849, MA0042 // CancelAsync awaits a thread of the pool, which an orchestrator must not.
    private static void Cancel(CancellationTokenSource source) => source.Cancel();
#pragma warning restore CA1849, MA0042

    private sealed record Plan(int Id, DateTimeOffset Planned);
}
