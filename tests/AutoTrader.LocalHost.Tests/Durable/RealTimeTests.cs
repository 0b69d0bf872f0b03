using System.Collections.Concurrent;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.InMemory;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Tests.Durable.Support;
using AutoTrader.LocalHost.Time;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>The in-memory engine under the system's clock, as an app without a storage account has it.</summary>
public sealed class RealTimeTests
{
    [Fact]
    public async Task Orchestrations_run_side_by_side_in_memory_as_time_passes()
    {
        var fired = new ConcurrentBag<string>();
        var tasks = new DurableTasks()
            .Orchestrator("Main", async context =>
            {
                var input = context.GetInput<string>()!;
                await context.CreateTimer(TimeSpan.FromMilliseconds(20), CancellationToken.None);
                await Task.WhenAll(context.CallActivityAsync("Fire", input + "a"), context.CallActivityAsync("Fire", input + "b"));
                return input;
            })
            .Activity("Fire", async input =>
            {
                await Task.Yield();
                fired.Add(input);
                return null;
            });
        using var clock = new SystemWorkClock(TimeProvider.System, NullLogger<SystemWorkClock>.Instance);
        await using var engine = new InMemoryEngine(
            new TaskHub(null, "live"),
            tasks,
            new MemoryRuntimeStorage(),
            clock,
            new RunningWork(),
            NullLoggerFactory.Instance
        );
        await engine.StartAsync(CancellationToken.None);
        clock.Start();

        List<string> ids = [];
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await engine.Client.ScheduleNewOrchestrationInstanceAsync("Main", $"{i}"));
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var id in ids)
        {
            var ended = await engine.Client.WaitForInstanceCompletionAsync(id, patience.Token);
            ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed);
        }

        fired.ShouldBe(Enumerable.Range(0, 20).SelectMany(i => (string[])[$"{i}a", $"{i}b"]), ignoreOrder: true);
        await clock.StopAsync();
    }
}
