using System.Net;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Scheduling;
using Grpc.Core;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Functions.Tests.Scheduling;

/// <summary>Whatever is done to the orchestration of a schedule behind the app's back: every occurrence is carried out, once, and a sound
/// orchestration takes its place.</summary>
public sealed class LostOrchestrationTests
{
    private const int Occurrences = 12;

    public static TheoryData<string, int> Cases =>
        [.. from damage in OrchestrationDamage.All.Keys from second in new[] { 10, 290, 299 } select (damage, second)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_sweeper_restores_it_and_nothing_fires_twice(string damage, int secondsAfterAFiring)
    {
        var counts = new KeptNotifications();
        await using var app = await StartAsync(counts);
        await app.UntilAsync(TestApp.Start.AddMinutes(3).AddSeconds(secondsAfterAFiring));
        await OrchestrationDamage.All[damage](app.Orchestrations, "tick");
        await app.UntilAsync(TestApp.Start.AddMinutes(63));
        await ShouldBeSoundAsync(app, counts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Damaged_again_and_again_it_loses_nothing(int seed)
    {
        var (counts, random) = (new KeptNotifications(), new Random(seed));
        string[] kinds = [.. OrchestrationDamage.All.Keys.Order(StringComparer.Ordinal)];
        await using var app = await StartAsync(counts);
        while (app.Now < TestApp.Start.AddMinutes(55))
        {
            await app.UntilAsync(app.Now.AddSeconds(random.Next(1, 120)));
            try
            {
                await OrchestrationDamage.All[kinds[random.Next(kinds.Length)]](app.Orchestrations, "tick");
            }
            catch (RpcException ended) when (ended.StatusCode is StatusCode.FailedPrecondition or StatusCode.NotFound)
            {
                // What has ended already cannot be ended or suspended again.
            }
        }

        await app.UntilAsync(TestApp.Start.AddMinutes(63));
        await ShouldBeSoundAsync(app, counts);
    }

    // Fires every five minutes from three minutes after the start on.
    private static async Task<TestApp> StartAsync(KeptNotifications notifications)
    {
        var app = await TestApp.StartAsync(
            new(),
            TestApp.Start,
            services => services.AddSingleton<IScheduleNotifications>(notifications),
            ("CycleSchedule", "0 0 * * * *")
        );
        foreach (var (id, cron) in new[] { ("tick", "*/5 * * * *"), ("yearly", "0 0 1 7 *") })
        {
            (
                await app.PostAsync(
                    "schedules",
                    $$"""{"id":"{{id}}","task_type":"notify","task_data":{"message":"hello"},"schedule_cron":"{{cron}}"}"""
                )
            ).Status.ShouldBe(HttpStatusCode.Created);
        }

        return app;
    }

    private static async Task ShouldBeSoundAsync(TestApp app, KeptNotifications notifications)
    {
        IReadOnlyList<ScheduleRun> runs =
        [
            .. (await app.Get<IScheduleStore>().ListRunsAsync("tick", 1000, null, CancellationToken.None))
                .Items.Select(row => row.Value)
                .OrderBy(run => run.Planned),
        ];
        runs.Select(run => run.Planned)
            .ShouldBe(Enumerable.Range(0, Occurrences + 1).Select(number => TestApp.Start.AddMinutes(3 + (5 * number))));
        runs.ShouldAllBe(run => run.Status == RunStatus.Fired && run.Lateness < TimeSpan.FromMinutes(3));
        notifications.Counts.Keys.Order(StringComparer.Ordinal).ShouldBe(runs.Select(run => run.Occurrence));
        notifications.Counts.Values.ShouldAllBe(count => count == 1);
        var instance = (await app.Orchestrations.GetInstanceAsync("schedule-tick")).ShouldNotBeNull();
        (instance.Name, instance.RuntimeStatus).ShouldBe((ScheduleOrchestration.Name, OrchestrationRuntimeStatus.Running));
        (await app.GetAsync("schedules/yearly/runs")).Json["items"]!.AsArray().ShouldBeEmpty();
    }
}
