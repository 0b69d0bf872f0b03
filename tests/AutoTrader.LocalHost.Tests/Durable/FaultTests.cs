using System.Globalization;
using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using AutoTrader.LocalHost.Tests.Hosting;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Code that does what it should not: the instance fails, says so once, and nobody else suffers.</summary>
public sealed class FaultTests
{
    public static TheoryData<string> Faults => ["event to null", "event to nobody", "event to an id that is too long", "event without a name", "child with an id that is too long", "output that is no JSON", "status that is no JSON", "unknown activity"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_of_the_code_fails_its_instance_and_is_logged_once(string fault)
    {
        using var log = new LogList();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
        await using var host = await EngineHost.StartAsync(new MemoryDurableStore(), Tasks(), loggers);
        List<string> failed = [];
        host.Engine.OrchestrationFailed = (name, _) => failed.Add(name);

        var ended = await host.Client.RunAsync("Faulty", fault, "the-one");

        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        ended.FailureDetails.ShouldNotBeNull();
        log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBe(["Error: The orchestration Faulty failed (instance the-one)"]);
        failed.ShouldBe(["Faulty"]);
        (await host.Client.RunAsync("Sound")).ReadOutputAs<string>().ShouldBe("well");
    }

    [Fact]
    public async Task An_orchestration_that_continues_as_new_for_ever_without_waiting_can_be_terminated()
    {
        var store = new MemoryDurableStore();
        await using (var host = await EngineHost.StartAsync(store, Tasks()))
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Endless", 0, new StartOrchestrationOptions("endless"));
            await host.Client.WaitForInstanceStartAsync("endless");
            (await host.Client.RunAsync("Sound")).ReadOutputAs<string>().ShouldBe("well");
        }

        // And goes on where it was when the host dies.
        await using var next = await EngineHost.StartAsync(store, Tasks());
        var before = (await next.Client.GetInstanceAsync("endless", getInputsAndOutputs: true))!.ReadInputAs<int>();
        before.ShouldBeGreaterThan(0);
        await next.Client.TerminateInstanceAsync("endless");
        (await next.Client.EndAsync("endless")).RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Terminated);
    }

    [Fact]
    public async Task Events_that_are_kept_over_many_executions_of_one_pass_arrive()
    {
        await using var host = await EngineHost.StartAsync(new MemoryDurableStore(), Tasks());
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Countdown", 35, new StartOrchestrationOptions("count"));
        await host.Client.RaiseEventAsync("count", "go");
        await host.Client.RaiseEventAsync("count", "last", "kept");
        (await host.Client.EndAsync("count")).ReadOutputAs<string>().ShouldBe("kept");
    }

    [Fact]
    public async Task An_activity_that_blocks_before_its_first_await_does_not_delay_its_siblings()
    {
        using var second = new ManualResetEventSlim();
        var tasks = Tasks()
            .Orchestrator("Pair", async context => (await Task.WhenAll(context.CallActivityAsync<string>("Blocks"), context.CallActivityAsync<string>("Frees"))).Length)
            .Activity("Blocks", _ => Task.FromResult(second.Wait(TimeSpan.FromSeconds(30)) ? "freed" : throw new InvalidOperationException("It was alone.")))
            .Activity("Frees", _ =>
            {
                second.Set();
                return Task.FromResult("");
            });
        await using var host = await EngineHost.StartAsync(new MemoryDurableStore(), tasks);
        (await host.Client.RunAsync("Pair")).ReadOutputAs<int>().ShouldBe(2);
    }

    private static DurableTasks Tasks() => new DurableTasks()
        .Orchestrator("Sound", context => Task.FromResult<object?>("well"))
        .Orchestrator("Faulty", FaultAsync)
        .Orchestrator("Endless", context =>
        {
            context.ContinueAsNew(context.GetInput<int>() + 1);
            return Task.FromResult<object?>(null);
        })
        .Orchestrator("Countdown", async context =>
        {
            var left = context.GetInput<int>();
            if (left == 35)
                await context.WaitForExternalEvent<object>("go");
            if (left == 0)
                return await context.WaitForExternalEvent<string>("last");
            context.ContinueAsNew(left - 1);
            return null;
        });

    private static async Task<object?> FaultAsync(TaskOrchestrationContext context)
    {
        switch (context.GetInput<string>())
        {
            case "event to null":
                context.SendEvent(null!, "name", "data");
                break;
            case "event to nobody":
                context.SendEvent("", "name", "data");
                break;
            case "event to an id that is too long":
                context.SendEvent(new string('x', 381), "name", "data");
                break;
            case "event without a name":
                context.SendEvent("other", null!, "data");
                break;
            case "child with an id that is too long":
                await context.CallSubOrchestratorAsync("Sound", options: new SubOrchestrationOptions { InstanceId = new string('x', 381) });
                break;
            case "unknown activity":
                await context.CallActivityAsync("Unknown");
                break;
            case "status that is no JSON":
                context.SetCustomStatus(new Looped());
                break;
            default:
                return new Looped();
        }

        return string.Create(CultureInfo.InvariantCulture, $"{context.CurrentUtcDateTime:O}");
    }

    private sealed class Looped
    {
        public Looped Self => this;
    }
}
