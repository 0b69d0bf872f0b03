using System.Collections.Concurrent;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Tests.Durable.Support;
using CsCheck;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>
/// Small random programs (calls, failures, retries, timers, events, children, all of them side by side, several executions) come to what
/// they say in virtual time, however often their host is killed: in a call, before a position is written, or after it.
/// </summary>
public sealed class RandomProgramTests
{
    private static readonly Gen<Step> Leaf = Kinds("act", "fail", "retry", "timer", "race", "event", "stable")
        .Select(kind => new Step(kind, []));

    private static readonly Gen<Step> Branch = Gen.Select(
        Kinds("child", "all", "row"),
        Gen.OneOf(Leaf, Gen.Select(Kinds("child", "all", "row"), Leaf.List[0, 3], (kind, steps) => new Step(kind, steps))).List[0, 4],
        (kind, steps) => new Step(kind, steps)
    );

    private static readonly Gen<List<Step>> Rounds = Branch.List[1, 3];

    // After how many calls and writes each host dies.
    private static readonly Gen<List<int>> Kills = Gen.Int[1, 8].List[0, 5];

    [Fact]
    public async Task A_program_comes_to_its_end_however_its_hosts_die()
    {
        var deaths = 0;
        await Gen.Select(Rounds, Kills).SampleAsync(PlayAsync, iter: 150, threads: 2);
        deaths.ShouldBeGreaterThan(100, "most of the hosts that were to die did");

        async Task PlayAsync((List<Step> Rounds, List<int> Kills) one)
        {
            var (rounds, kills) = one;
            var death = new Death();
            var calls = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
            await using var host = await VirtualHost.StartAsync(Tasks(death, calls));
            host.Writing = () => death.StepAsync();
            // Later than the start: virtual time writes down an instant when it leaves it.
            var options = new StartOrchestrationOptions("main", VirtualHost.Start.AddMinutes(1));
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", new Progress(rounds, 0, []), options);
            await host.PassAsync(TimeSpan.FromSeconds(1));
            foreach (var steps in kills)
            {
                death.After(steps);
                var ending = host.EndAsync("main");
                if (await Task.WhenAny(death.Happened, ending) == ending)
                {
                    break;
                }

                Interlocked.Increment(ref deaths);
                await host.KillAndRestartAsync();
            }

            death.After(int.MaxValue);
            var ended = await host.EndAsync("main");
            ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed, $"{ended.FailureDetails}");
            IEnumerable<string> expected = rounds.SelectMany((step, round) => Expected(step, $"{round}"));
            ended.ReadOutputAs<List<string>>().ShouldBe([.. expected, "kept 1", "kept 2", "kept 3"]);
            calls.ShouldAllBe(call => call.Value <= TriesOf(call.Key) + kills.Count, "only a death repeats a call");
        }
    }

    private static Gen<string> Kinds(params string[] kinds) => Gen.Int[0, kinds.Length - 1].Select(i => kinds[i]);

    private static int TriesOf(string call) => call.StartsWith("retry", StringComparison.Ordinal) ? 2 : 1;

    private static IEnumerable<string> Expected(Step step, string path) =>
        step.Kind is "child" or "all" or "row"
            ? step.Steps.SelectMany((inner, i) => Expected(inner, $"{path}.{i}"))
            : [$"{step.Kind} {path}"];

    private static DurableTasks Tasks(Death death, ConcurrentDictionary<string, int> calls) =>
        new DurableTasks()
            .Orchestrator("Main", MainAsync)
            .Orchestrator("Child", async context =>
            {
                var (step, path) = context.GetInput<ChildInput>()!;
                return await PlayAllAsync(context, step, path, sideBySide: false);
            })
            .Activity("Echo", async input =>
            {
                await death.StepAsync();
                calls.AddOrUpdate(input, 1, (_, n) => n + 1);
                return input;
            })
            .Activity("Fail", async input =>
            {
                await death.StepAsync();
                calls.AddOrUpdate(input, 1, (_, n) => n + 1);
                throw new InvalidOperationException(input);
            });

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
                var failed = await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Fail", text));
                return [failed.FailureDetails.ErrorMessage];
            case "retry":
                var twice = TaskOptions.FromRetryPolicy(new RetryPolicy(2, TimeSpan.FromMinutes(5)));
                var failedTwice = await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Fail", text, twice));
                return [failedTwice.FailureDetails.ErrorMessage];
            case "timer":
                await context.CreateTimer(TimeSpan.FromMinutes(30), CancellationToken.None);
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
                var id = $"{text} {context.NewGuid()} {context.CurrentUtcDateTime:O}";
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
            {
                await parts[^1];
            }
        }

        return [.. (await Task.WhenAll(parts)).SelectMany(part => part)];
    }

    private sealed record Step(string Kind, List<Step> Steps);

    private sealed record ChildInput(Step Step, string Path);

    private sealed record Progress(List<Step> Rounds, int Round, List<string> Log);

    /// <summary>Stops everything at a step, as a death does.</summary>
    private sealed class Death
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = int.MaxValue;

        public Task Happened => _happened.Task;

        public void After(int steps)
        {
            lock (_gate)
            {
                _left = steps;
                _happened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public Task StepAsync()
        {
            lock (_gate)
            {
                if (--_left > 0)
                {
                    return Task.CompletedTask;
                }

                _happened.TrySetResult();
            }

            return Task.Delay(Timeout.InfiniteTimeSpan);
        }
    }
}
