using System.Collections.Concurrent;
using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>A scenario of everything (activities, timers, children, events, over forty messages at once, long texts, continue-as-new) with a crash before and after every storage call.</summary>
public sealed class CrashTests
{
    private const string Expected = "3 rounds, 2970 from the collectors, 30000 characters";
    private const int Messages = 44;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_host_that_is_killed_at_any_storage_call_leaves_what_the_next_one_brings_to_the_same_end(bool afterTheCall)
    {
        var crashed = 0;
        for (var call = 1; ; call++)
        {
            var store = await BegunAsync();
            var work = new Work();
            var death = new Death(call, afterTheCall, isForGood: true);
            await using (var first = await StartAsync(death.Watch(store), work))
            await using (var sender = await EngineHost.StartAsync(store, new DurableTasks(), owns: false))
                await Task.WhenAny(death.Happened.Task, sender.Client.EndAsync("main"));
            if (!death.Happened.Task.IsCompleted)
                break;
            crashed++;
            await using var second = await EngineHost.StartAsync(store, Tasks(work));
            await CheckAsync(second.Client, store, work, $"killed at call {call}");
        }

        crashed.ShouldBeGreaterThan(30);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_storage_call_that_fails_or_whose_answer_is_lost_changes_nothing(bool afterTheCall)
    {
        var failed = 0;
        // After those of the start, which its caller gets to see.
        for (var call = 20; ; call++)
        {
            var store = await BegunAsync();
            var work = new Work();
            var death = new Death(call, afterTheCall, isForGood: false);
            await using var host = await StartAsync(death.Watch(store), work);
            await using var reader = await EngineHost.StartAsync(store, new DurableTasks(), owns: false);
            await CheckAsync(reader.Client, store, work, $"failure of call {call}");
            if (!death.Happened.Task.IsCompleted)
                break;
            failed++;
        }

        failed.ShouldBeGreaterThan(10);
    }

    private static async Task<MemoryDurableStore> BegunAsync()
    {
        var store = new MemoryDurableStore();
        var work = new Work();
        await using var client = await EngineHost.StartAsync(store, Tasks(work), owns: false);
        await client.Client.ScheduleNewOrchestrationInstanceAsync("Main", new Round(1, 0, new string('x', 10_000)), new StartOrchestrationOptions("main"));
        return store;
    }

    // A host may die while it starts.
    private static async Task<IAsyncDisposable> StartAsync(IDurableStore store, Work work)
    {
        try
        {
            return await EngineHost.StartAsync(store, Tasks(work));
        }
        catch (IOException)
        {
            return work;
        }
    }

    private static async Task CheckAsync(DurableTaskClient client, MemoryDurableStore store, Work work, string when)
    {
        OrchestrationMetadata ended;
        try
        {
            ended = await client.EndAsync("main");
        }
        catch (OperationCanceledException endless)
        {
            throw new ShouldAssertException($"After {when} the orchestration did not end.", endless);
        }

        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed, $"{when}: {ended.FailureDetails}");
        ended.ReadOutputAs<string>().ShouldBe(Expected, when);
        work.Done.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal).ShouldBe(["1a", "1b", "2a", "2b", "3a", "3b"], when);
        (await store.ReadRangeAsync("m|", "m}", CancellationToken.None)).ShouldBeEmpty(when);
        (await store.ReadRangeAsync("o|", "o}", CancellationToken.None)).ShouldBeEmpty(when);
    }

    private static DurableTasks Tasks(Work work) => new DurableTasks()
        .Orchestrator("Main", MainAsync)
        .Orchestrator("Collector", async context =>
        {
            var sum = 0;
            for (var i = 0; i < Messages; i++)
                sum += await context.WaitForExternalEvent<int>("number");
            context.SendEvent(context.GetInput<string>()!, "collected", sum);
            return null;
        })
        .Activity("Work", input =>
        {
            work.Done.Enqueue(input);
            return Task.FromResult(input);
        });

    private static async Task<object?> MainAsync(TaskOrchestrationContext context)
    {
        var round = context.GetInput<Round>()!;
        await Task.WhenAll(context.CallActivityAsync<string>("Work", $"{round.Number}a"), context.CallActivityAsync<string>("Work", $"{round.Number}b"));
        await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        context.SetCustomStatus(round.Text);
        var id = $"collector-{round.Number}";
        var collector = context.CallSubOrchestratorAsync("Collector", context.InstanceId, new SubOrchestrationOptions { InstanceId = id });
        for (var i = 1; i <= Messages; i++)
            context.SendEvent(id, "number", i);
        var sum = round.Sum + await context.WaitForExternalEvent<int>("collected");
        await collector;
        if (round.Number == 3)
            return $"{round.Number} rounds, {sum} from the collectors, {round.Text.Length} characters";
        context.ContinueAsNew(new Round(round.Number + 1, sum, round.Text + new string('x', 10_000)));
        return null;
    }

    private sealed record Round(int Number, int Sum, string Text);

    private sealed class Work : IAsyncDisposable
    {
        public ConcurrentQueue<string> Done { get; } = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
