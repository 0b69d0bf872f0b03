using System.Collections.Concurrent;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Tests.Durable.Support;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using TaskFailedException = Microsoft.DurableTask.TaskFailedException;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>What an app counts on, on both engines.</summary>
public abstract partial class Scenarios
{
    private static readonly TaskOptions ThreeTries = TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromMilliseconds(50)));

    [Fact]
    public async Task The_result_of_an_activity_is_read_as_what_the_orchestrator_asks_for()
    {
        await using var host = await StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context => await context.CallActivityAsync<Order>("Price", context.GetInput<Order>()!.Symbol))
                .Activity("Price", symbol => Task.FromResult<object?>(new Order(symbol, 12.5m)))
        );

        var ended = await host.RunAsync("Main", new Order("ACME", 0));

        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed);
        ended.ReadOutputAs<Order>().ShouldBe(new Order("ACME", 12.5m));
        ended.ReadInputAs<Order>().ShouldBe(new Order("ACME", 0));
    }

    [Fact]
    public async Task Names_of_fields_are_read_in_any_case()
    {
        await using var host = await StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context => await context.CallActivityAsync<Order>("Lower"))
                .Activity("Lower", _ => Task.FromResult<object?>(new Dictionary<string, object> { ["symbol"] = "ACME", ["price"] = 3 }))
        );

        (await host.RunAsync("Main")).ReadOutputAs<Order>().ShouldBe(new Order("ACME", 3));
    }

    [Fact]
    public async Task An_activity_that_fails_is_tried_as_often_as_its_policy_says_and_then_fails_the_call()
    {
        var tries = 0;
        await using var host = await StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context =>
                {
                    var failed = await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Fail", "x", ThreeTries));
                    return $"{failed.TaskName}: {failed.FailureDetails.ErrorMessage}";
                })
                .Activity("Fail", input =>
                {
                    Interlocked.Increment(ref tries);
                    throw new InvalidOperationException($"no {input}");
                })
        );

        (await host.RunAsync("Main")).ReadOutputAs<string>().ShouldBe("Fail: no x");
        tries.ShouldBe(3);
    }

    [Fact]
    public async Task An_activity_that_succeeds_at_last_was_tried_until_then()
    {
        var tries = 0;
        await using var host = await StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context => await context.CallActivityAsync<int>("Flaky", options: ThreeTries))
                .Activity("Flaky", _ =>
                    Interlocked.Increment(ref tries) < 3 ? throw new IOException("away") : Task.FromResult<object?>(tries)
                )
        );

        (await host.RunAsync("Main")).ReadOutputAs<int>().ShouldBe(3);
    }

    [Fact]
    public async Task An_orchestration_that_throws_fails_with_what_it_threw()
    {
        await using var host = await StartAsync(
            new DurableTasks().Orchestrator("Main", _ => throw new InvalidOperationException("broken: pipe"))
        );

        var ended = await host.RunAsync("Main");

        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        ended.FailureDetails.ShouldNotBeNull();
        ended.FailureDetails.ErrorType.ShouldBe(typeof(InvalidOperationException).FullName);
        ended.FailureDetails.ErrorMessage.ShouldBe("broken: pipe");
        ended.FailureDetails.IsCausedBy<InvalidOperationException>().ShouldBeTrue();
    }

    [Fact]
    public async Task The_call_of_an_activity_that_is_not_there_fails_at_once_and_the_orchestration_may_go_on()
    {
        await using var host = await StartAsync(new DurableTasks().Orchestrator("Main", async context =>
            {
                var failed = await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Nothing", options: ThreeTries));
                return failed.FailureDetails.ErrorMessage;
            }));

        (await host.RunAsync("Main")).ReadOutputAs<string>().ShouldNotBeNull().ShouldContain("'Nothing' doesn't exist");
    }

    [Fact]
    public async Task A_child_gives_its_result_to_its_parent()
    {
        await using var host = await StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context => await context.CallSubOrchestratorAsync<string>("Child", "hello"))
                .Orchestrator("Child", async context => await context.CallActivityAsync<string>("Echo", context.GetInput<string>()))
                .Activity("Echo", input => Task.FromResult<object?>(input + "!"))
        );

        (await host.RunAsync("Main")).ReadOutputAs<string>().ShouldBe("hello!");
    }

    [Fact]
    public async Task A_timer_fires_when_its_event_does_not_come_and_the_event_wins_when_it_does()
    {
        await using var host = await StartAsync(new DurableTasks().Orchestrator("Main", async context =>
            {
                using var stop = new CancellationTokenSource();
                var timer = context.CreateTimer(context.GetInput<TimeSpan>(), stop.Token);
                var changed = context.WaitForExternalEvent<string>("changed");
                var first = await Task.WhenAny(timer, changed);
                Cancel(stop);
                return first == timer ? "timer" : await changed;
            }));

        (await host.RunAsync("Main", host.Soon)).ReadOutputAs<string>().ShouldBe("timer");

        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", TimeSpan.FromDays(20));
        await host.UntilAsync(id, found => found.IsRunning);
        await host.Client.RaiseEventAsync(id, "Changed", "event");
        (await host.EndAsync(id)).ReadOutputAs<string>().ShouldBe("event");
    }

    [Fact]
    public async Task An_orchestration_that_continues_as_new_keeps_its_id_and_takes_its_new_input()
    {
        var fired = new ConcurrentQueue<string>();
        await using var host = await StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context =>
                {
                    var left = context.GetInput<int>();
                    await context.CreateTimer(TimeSpan.FromMilliseconds(10), CancellationToken.None);
                    await context.CallActivityAsync("Fire", $"{left}");
                    if (left > 1)
                    {
                        context.ContinueAsNew(left - 1, preserveUnprocessedEvents: false);
                    }

                    return "done";
                })
                .Activity("Fire", input =>
                {
                    fired.Enqueue(input);
                    return Task.FromResult<object?>(null);
                })
        );

        var ended = await host.RunAsync("Main", 5, "chain");

        ended.InstanceId.ShouldBe("chain");
        ended.ReadInputAs<int>().ShouldBe(1);
        ended.ReadOutputAs<string>().ShouldBe("done");
        fired.ShouldBe(["5", "4", "3", "2", "1"]);
    }

    [Fact]
    public async Task Events_that_nobody_took_are_kept_over_executions_only_when_asked_for()
    {
        await using var host = await StartAsync(new DurableTasks().Orchestrator("Main", async context =>
            {
                var (round, keep) = context.GetInput<Round>()!;
                if (round == 0)
                {
                    await context.WaitForExternalEvent<string>("go");
                    context.ContinueAsNew(new Round(1, keep), keep);
                    return null;
                }

                using var stop = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromMilliseconds(300), stop.Token);
                var kept = context.WaitForExternalEvent<string>("kept");
                var first = await Task.WhenAny(timer, kept);
                Cancel(stop);
                return first == kept ? await kept : "nothing";
            }));

        foreach (var keep in (bool[])[true, false])
        {
            var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", new Round(0, keep));
            await host.UntilAsync(id, found => found.IsRunning);
            await host.Client.RaiseEventAsync(id, "kept", "it");
            await host.UntilAsync(id, found => found.IsRunning);
            await host.Client.RaiseEventAsync(id, "go", "");
            (await host.EndAsync(id)).ReadOutputAs<string>().ShouldBe(keep ? "it" : "nothing");
        }
    }

    [Fact]
    public async Task An_activity_whose_host_is_killed_runs_again_and_what_came_before_it_does_not()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = new ConcurrentQueue<string>();
        await using var host = await StartAsync(
            new DurableTasks()
                .Orchestrator("Main", async context =>
                {
                    await context.CallActivityAsync("Work", "before");
                    await context.CreateTimer(TimeSpan.FromMilliseconds(100), CancellationToken.None);
                    await context.CallActivityAsync("Work", "killed");
                    await context.CreateTimer(TimeSpan.FromMilliseconds(100), CancellationToken.None);
                    return await context.CallActivityAsync<string>("Work", "after");
                })
                .Activity("Work", async input =>
                {
                    calls.Enqueue(input);
                    if (input == "killed" && !begun.Task.IsCompleted)
                    {
                        begun.SetResult();
                        await Task.Delay(Timeout.InfiniteTimeSpan);
                    }

                    return input;
                })
        );

        // Later than the start: virtual time writes down an instant when it leaves it.
        var later = new StartOrchestrationOptions(StartAt: Now(host).AddSeconds(1));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", null, later);
        await host.UntilAsync(begun.Task);
        await host.KillAndRestartAsync();

        (await host.EndAsync(id)).ReadOutputAs<string>().ShouldBe("after");
        calls.ShouldBe(["before", "killed", "killed", "after"]);
    }

    internal abstract Task<EngineHost> StartAsync(DurableTasks tasks);

    internal abstract DateTimeOffset Now(EngineHost host);

    private static DurableTasks WaitingForEvent() =>
        new DurableTasks().Orchestrator("Main", async context => await context.WaitForExternalEvent<string>("go"));

#pragma warning disable CA1849, MA0042 // CancelAsync awaits a thread of the pool, which an orchestrator must not.
    private static void Cancel(CancellationTokenSource source) => source.Cancel();
#pragma warning restore CA1849, MA0042

    private sealed record Order(string Symbol, decimal Price);

    private sealed record Round(int Number, bool Keep);
}
