using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using Microsoft.DurableTask;

namespace AutoTrader.LocalHost.Tests.Durable.Scenarios;

/// <summary>Events around types, suspension and ContinueAsNew, where the recorded scenarios do not look; what is expected follows from the source of the real engine.</summary>
public sealed class EventTests
{
    [Fact]
    public async Task No_data_is_no_number_and_fails_the_pass()
    {
        // A missing value is unboxed outside of the code, as a value of a wrong type is read outside of it (event-wrong-type).
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            context.SetCustomStatus("set");
            return await context.WaitForExternalEvent<int>("e");
        });
        await using var host = await StartAsync(tasks);
        await host.Client.WaitForInstanceStartAsync("main");
        await host.Client.RaiseEventAsync("main", "e");
        var ended = await host.Client.EndAsync("main");
        ended.FailureDetails!.ErrorType.ShouldBe("System.NullReferenceException");
        ended.SerializedCustomStatus.ShouldBeNull();
        ended.SerializedOutput.ShouldBeNull();
    }

    [Fact]
    public async Task A_kept_event_of_a_wrong_type_is_an_exception_at_the_call_that_takes_it()
    {
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            await context.WaitForExternalEvent<string>("go");
            await Thrown.ByAsync<System.Text.Json.JsonException>(() => context.WaitForExternalEvent<int>("kept"));
            return await context.WaitForExternalEvent<string>("kept");
        });
        await using var host = await StartAsync(tasks);
        await RaiseAsync(host, ("kept", "text"), ("kept", "next"), ("go", "go"));
        (await host.Client.EndAsync("main")).ReadOutputAs<string>().ShouldBe("next");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_after_ContinueAsNew_is_for_the_next_execution_even_if_the_earlier_ones_are_dropped(bool preserves)
    {
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            if (context.GetInput<string>() is "next")
            {
                List<string> got = [];
                while (got.Count == 0 || got[^1] != "last")
                    got.Add(await context.WaitForExternalEvent<string>("e"));
                return string.Join(',', got);
            }

            await context.WaitForExternalEvent<string>("go");
            context.ContinueAsNew("next", preserves);
            // Holds the execution; a waiter of this one gets nothing any more.
            _ = context.WaitForExternalEvent<string>("e");
            await context.CallSubOrchestratorAsync("Hold", options: new SubOrchestrationOptions { InstanceId = "hold" });
            return null;
        }).Orchestrator("Hold", async context => await context.WaitForExternalEvent<string>("end"));
        await using var host = await StartAsync(tasks);
        await RaiseAsync(host, ("e", "early"), ("go", "go"));
        await host.Client.WaitForInstanceStartAsync("hold");
        await RaiseAsync(host, ("e", "late"), ("e", "last"));
        await host.Client.RaiseEventAsync("hold", "end");
        (await host.Client.EndAsync("main")).ReadOutputAs<string>().ShouldBe(preserves ? "early,late,last" : "late,last");
    }

    [Fact]
    public async Task What_one_ContinueAsNew_preserves_a_second_one_does_not_drop()
    {
        // The kept events are on their way to the instance itself once the first call has been made.
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            if (context.GetInput<int>() == 1)
                return await context.WaitForExternalEvent<string>("e");
            await context.WaitForExternalEvent<string>("go");
            context.ContinueAsNew(2, preserveUnprocessedEvents: true);
            context.ContinueAsNew(1, preserveUnprocessedEvents: false);
            return null;
        });
        await using var host = await StartAsync(tasks);
        await RaiseAsync(host, ("e", "kept"), ("go", "go"));
        (await host.Client.EndAsync("main")).ReadOutputAs<string>().ShouldBe("kept");
    }

    [Fact]
    public async Task Preserved_events_have_numbers_like_other_actions()
    {
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            await context.WaitForExternalEvent<string>("go");
            context.ContinueAsNew();
            var failure = await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Unknown"));
            throw new InvalidOperationException($"number {failure.TaskId}");
        });
        await using var host = await StartAsync(tasks);
        await RaiseAsync(host, ("a", "1"), ("b", "2"), ("go", "go"));
        (await host.Client.EndAsync("main")).FailureDetails!.ErrorMessage.ShouldBe("number 2");
    }

    [Fact]
    public async Task Timers_that_fired_while_suspended_come_before_an_event_that_arrived_later()
    {
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            List<string> order = [];
            await Task.WhenAll(Named("first", 1), Named("second", 300), Event());
            return string.Join(',', order);

            async Task Named(string name, int milliseconds)
            {
                await context.CreateTimer(TimeSpan.FromMilliseconds(milliseconds), CancellationToken.None);
                order.Add(name);
            }

            async Task Event()
            {
                await context.WaitForExternalEvent<string>("e");
                order.Add("event");
            }
        });
        var store = new MemoryDurableStore();
        await using var host = await EngineHost.StartAsync(store, tasks);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", input: null, new StartOrchestrationOptions("main"));
        await host.Client.SuspendInstanceAsync("main", "wait");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while ((await store.ReadAsync(DurableKeys.State("main"), patience.Token))!.Text.Split("TimerFired").Length < 3)
            await poll.WaitForNextTickAsync(patience.Token);
        await host.Client.RaiseEventAsync("main", "e");
        await host.Client.ResumeInstanceAsync("main");
        (await host.Client.EndAsync("main")).ReadOutputAs<string>().ShouldBe("first,second,event");
    }

    [Fact]
    public async Task A_yield_goes_on_before_its_caller()
    {
        // The scheduler of the real engine runs what is posted to it at once.
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            List<string> order = [];
            var yielding = Yield();
            order.Add("caller");
            await yielding;
            for (var i = 0; i < 100_000; i++)
                await Task.Yield();
            return string.Join(',', order);

            async Task Yield()
            {
                await Task.Yield();
                order.Add("yield");
                await context.CallActivityAsync<string>("Echo", "x");
            }
        }).Activity("Echo", Task.FromResult);
        await using var host = await EngineHost.StartAsync(new MemoryDurableStore(), tasks);
        (await host.Client.RunAsync("Main")).ReadOutputAs<string>().ShouldBe("yield,caller");
    }

    private static async Task<EngineHost> StartAsync(DurableTasks tasks)
    {
        var host = await EngineHost.StartAsync(new MemoryDurableStore(), tasks);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", input: null, new StartOrchestrationOptions("main"));
        return host;
    }

    private static async Task RaiseAsync(EngineHost host, params (string Name, string Data)[] events)
    {
        foreach (var (name, data) in events)
            await host.Client.RaiseEventAsync("main", name, data);
    }
}
