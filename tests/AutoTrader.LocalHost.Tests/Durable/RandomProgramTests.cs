using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using CsCheck;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Small random programs (calls, failures, retries, timers, events, children, all of them side by side, several executions) come to what they say, however often their host is killed.</summary>
public sealed class RandomProgramTests
{
    private static readonly Gen<Step> Leaf = Kinds("act", "fail", "retry", "timer", "race", "event", "stable").Select(kind => new Step(kind, []));

    private static readonly Gen<Step> Branch = Gen.Select(Kinds("child", "all", "row"), Gen.OneOf(Leaf, Gen.Select(Kinds("child", "all", "row"), Leaf.List[0, 3], (kind, steps) => new Step(kind, steps))).List[0, 4], (kind, steps) => new Step(kind, steps));

    private static readonly Gen<List<Step>> Rounds = Branch.List[1, 3];

    private static readonly Gen<List<(int Call, bool AfterTheCall)>> Kills = Gen.Select(Gen.Int[1, 25], Gen.Bool).List[0, 4];

    private static Gen<string> Kinds(params string[] kinds) => Gen.Int[0, kinds.Length - 1].Select(i => kinds[i]);

    [Fact]
    public async Task A_program_comes_to_its_end_however_its_hosts_die()
    {
        var deaths = 0;
        await Gen.Select(Rounds, Kills).SampleAsync(PlayAsync, iter: 60, threads: 2);
        deaths.ShouldBeGreaterThan(30, "most of the hosts that were to die did");

        async Task PlayAsync((List<Step> Rounds, List<(int Call, bool AfterTheCall)> Kills) one)
        {
            var (rounds, kills) = one;
            var store = new MemoryDurableStore();
            await using var reader = await EngineHost.StartAsync(store, Tasks(), owns: false);
            await reader.Client.ScheduleNewOrchestrationInstanceAsync("Main", new Progress(rounds, 0, []), new StartOrchestrationOptions("main"));
            foreach (var (call, afterTheCall) in kills)
            {
                var death = new Death(call, afterTheCall, isForGood: true);
                await using var host = await StartAsync(death.Watch(store));
                await Task.WhenAny(death.Happened.Task, reader.Client.EndAsync("main"));
                if (death.Happened.Task.IsCompleted)
                    Interlocked.Increment(ref deaths);
            }

            await using var last = await EngineHost.StartAsync(store, Tasks());
            var ended = await reader.Client.EndAsync("main");
            ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed, $"{ended.FailureDetails}");
            ended.ReadOutputAs<List<string>>().ShouldBe([.. rounds.SelectMany((step, round) => Expected(step, $"{round}")), "kept 1", "kept 2", "kept 3"]);
            (await store.ReadRangeAsync("o|", "o}", CancellationToken.None)).ShouldBeEmpty();
        }
    }

    // A host may die while it starts.
    private static async Task<EngineHost?> StartAsync(IDurableStore store)
    {
        try
        {
            return await EngineHost.StartAsync(store, Tasks());
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Expected(Step step, string path) =>
        step.Steps.Count > 0 || step.Kind is "child" or "all" or "row" ? step.Steps.SelectMany((inner, i) => Expected(inner, $"{path}.{i}")) : [$"{step.Kind} {path}"];

    private static DurableTasks Tasks() => new DurableTasks()
        .Orchestrator("Main", MainAsync)
        .Orchestrator("Child", async context =>
        {
            var (step, path) = context.GetInput<ChildInput>()!;
            return await PlayAllAsync(context, step, path, sideBySide: false);
        })
        .Activity("Echo", Task.FromResult)
        .Activity("Fail", input => throw new InvalidOperationException(input));

    private static async Task<object?> MainAsync(TaskOrchestrationContext context)
    {
        var (rounds, round, log) = context.GetInput<Progress>()!;
        if (round == 0)
        {
            // Kept over all executions, and taken in the last.
            context.SendEvent(context.InstanceId, "kept", "1");
            context.SendEvent(context.InstanceId, "kept", "2");
        }

        log = [.. log, .. await PlayAsync(context, rounds[round], $"{round}")];
        if (round + 1 < rounds.Count)
        {
            context.ContinueAsNew(new Progress(rounds, round + 1, log));
            return null;
        }

        log.Add($"kept {await context.WaitForExternalEvent<string>("kept")}");
        log.Add($"kept {await context.WaitForExternalEvent<string>("kept")}");
        // One that had come twice would be seen here.
        context.SendEvent(context.InstanceId, "kept", "3");
        log.Add($"kept {await context.WaitForExternalEvent<string>("kept")}");
        return log;
    }

    private static async Task<List<string>> PlayAsync(TaskOrchestrationContext context, Step step, string path)
    {
        var text = $"{step.Kind} {path}";
        switch (step.Kind)
        {
            case "act":
                return [await context.CallActivityAsync<string>("Echo", text)];
            case "fail":
                return [(await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Fail", text))).FailureDetails.ErrorMessage];
            case "retry":
                return [(await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Fail", text, TaskOptions.FromRetryPolicy(new RetryPolicy(2, TimeSpan.FromMilliseconds(1)))))).FailureDetails.ErrorMessage];
            case "timer":
                await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
                return [text];
            case "race":
                using (var stop = new CancellationTokenSource())
                {
                    var timer = context.CreateTimer(TimeSpan.FromHours(1), stop.Token);
                    var call = context.CallActivityAsync<string>("Echo", text);
                    await Task.WhenAny(timer, call);
#pragma warning disable CA1849, MA0042 // A cancellation that leaves the orchestrator's thread would break its replay.
                    stop.Cancel();
#pragma warning restore CA1849, MA0042
                    return [await call];
                }

            case "event":
                context.SendEvent(context.InstanceId, text, text);
                return [await context.WaitForExternalEvent<string>(text, TimeSpan.FromHours(1))];
            case "stable":
                var id = $"{context.NewGuid()} {context.CurrentUtcDateTime:O}";
                var same = await context.CallActivityAsync<string>("Echo", id) == id;
                return [same ? text : "another id in the replay"];
            case "child":
                return await context.CallSubOrchestratorAsync<List<string>>("Child", new ChildInput(step, path));
            default:
                return await PlayAllAsync(context, step, path, step.Kind == "all");
        }
    }

    private static async Task<List<string>> PlayAllAsync(TaskOrchestrationContext context, Step step, string path, bool sideBySide)
    {
        List<Task<List<string>>> parts = [];
        foreach (var (inner, i) in step.Steps.Select((inner, i) => (inner, i)))
        {
            parts.Add(PlayAsync(context, inner, $"{path}.{i}"));
            if (!sideBySide)
                await parts[^1];
        }

        return [.. (await Task.WhenAll(parts)).SelectMany(part => part)];
    }

    private sealed record Step(string Kind, List<Step> Steps);

    private sealed record ChildInput(Step Step, string Path);

    private sealed record Progress(List<Step> Rounds, int Round, List<string> Log);
}
