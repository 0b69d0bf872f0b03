using System.Collections.Concurrent;
using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace AutoTrader.LocalHost.Tests.Durable.Scenarios;

/// <summary>Calls of activities and children, and their retries, where the recorded scenarios do not look; what is expected follows from the source of the real engine.</summary>
public sealed class CallTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task All_attempts_of_a_child_without_a_given_id_are_one_instance()
    {
        // The id is made before the retries begin.
        var ids = new ConcurrentQueue<string>();
        var tasks = new DurableTasks()
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>("Child", TaskOptions.FromRetryPolicy(new RetryPolicy(3, Soon))))
            .Orchestrator("Child", context =>
            {
                ids.Enqueue(context.InstanceId);
                return ids.Count < 3 ? throw new InvalidOperationException("not yet") : Task.FromResult<object?>("third");
            });
        (await RunAsync(tasks, "Parent")).ReadOutputAs<string>().ShouldBe("third");
        ids.Count.ShouldBe(3);
        ids.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Two_children_without_a_given_id_are_two_instances()
    {
        var tasks = new DurableTasks()
            .Orchestrator("Parent", async context => (await Task.WhenAll(context.CallSubOrchestratorAsync<string>("Child"), context.CallSubOrchestratorAsync<string>("Child", options: new SubOrchestrationOptions { InstanceId = " " }))).Distinct(StringComparer.Ordinal).Count())
            .Orchestrator("Child", context => Task.FromResult<object?>(context.InstanceId));
        (await RunAsync(tasks, "Parent")).ReadOutputAs<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_last_timer_after_the_last_attempt_has_a_number_and_a_call_that_could_not_be_made_has_one_too()
    {
        // Two attempts and two timers are 0 to 3, and the input that is no JSON is 4.
        var tasks = Failing().Orchestrator("Main", async context =>
        {
            var retry = TaskOptions.FromRetryPolicy(new RetryPolicy(2, Soon, maxRetryInterval: Timeout.InfiniteTimeSpan, retryTimeout: TimeSpan.MaxValue));
            var first = await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Fail", "a", retry));
            var call = context.CallActivityAsync("Fail", new Looped());
            await Thrown.ByAsync<System.Text.Json.JsonException>(() => call);
            var last = await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync("Fail", "b"));
            return $"{first.TaskId} {last.TaskId}";
        });
        (await RunAsync(tasks, "Main")).ReadOutputAs<string>().ShouldBe("2 5");
    }

    [Theory]
    [InlineData("policy", "Completed")]
    [InlineData("filter", "System.NullReferenceException")]
    [InlineData("handler", "Completed")]
    public async Task A_terminated_child_is_tried_again_unless_a_filter_asks_for_the_details_that_it_does_not_have(string mode, string end)
    {
        var failures = new ConcurrentQueue<string>();
        var tasks = new DurableTasks()
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>("Child", new TaskOptions(Retry(mode, failures)).WithInstanceId("child")))
            .Orchestrator("Child", async context => await context.WaitForExternalEvent<string>("end"));
        await using var host = await EngineHost.StartAsync(new MemoryDurableStore(), tasks);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Parent", input: null, new StartOrchestrationOptions("parent"));
        var first = await UntilRunningAsync(host.Client, "child", after: null);
        await host.Client.TerminateInstanceAsync("child");
        if (end == "Completed")
        {
            await UntilRunningAsync(host.Client, "child", first);
            await host.Client.RaiseEventAsync("child", "end", "well");
        }

        var ended = await host.Client.EndAsync("parent");
        (ended.FailureDetails?.ErrorType ?? ended.RuntimeStatus.ToString()).ShouldBe(end);
        failures.ShouldBe(mode == "handler" ? ["(unknown)"] : []);
    }

    [Fact]
    public async Task A_result_of_another_type_is_an_exception_at_the_await_which_a_policy_tries_again()
    {
        var calls = 0;
        var tasks = new DurableTasks()
            .Orchestrator("Main", async context =>
            {
                var text = await Thrown.ByAsync<System.Text.Json.JsonException>(() => context.CallActivityAsync<int>("Text"));
                var retried = await Thrown.ByAsync<System.Text.Json.JsonException>(() => context.CallActivityAsync<int>("Text", TaskOptions.FromRetryPolicy(new RetryPolicy(2, Soon))));
                var child = await Thrown.ByAsync<System.Text.Json.JsonException>(() => context.CallSubOrchestratorAsync<int>("Child"));
                return text.Message == retried.Message && text.Message == child.Message;
            })
            .Orchestrator("Child", _ => Task.FromResult<object?>("text"))
            .Activity("Text", _ =>
            {
                Interlocked.Increment(ref calls);
                return Task.FromResult("text");
            });
        (await RunAsync(tasks, "Main")).ReadOutputAs<bool>().ShouldBeTrue();
        calls.ShouldBe(1 + 2 + 0, "one alone, two attempts");
    }

    [Fact]
    public async Task No_input_is_no_number_for_an_activity()
    {
        // The real engine gives it the text null.
        var tasks = new DurableTasks().Orchestrator("Main", async context => (await Thrown.ByAsync<TaskFailedException>(() => context.CallActivityAsync<int>("Number"))).FailureDetails.ErrorType);
        tasks.Activities["Number"] = (_, input) => Task.FromResult(JsonDataConverter.Default.Serialize((int)JsonDataConverter.Default.Deserialize(input, typeof(int))! + 1));
        (await RunAsync(tasks, "Main")).ReadOutputAs<string>().ShouldBe("System.Text.Json.JsonException");
    }

    [Fact]
    public async Task A_failed_task_inside_another_exception_has_the_chain_of_exceptions_inside()
    {
        var tasks = Failing().Orchestrator("Main", async context =>
        {
            try
            {
                await context.CallActivityAsync("Fail", "boom");
            }
            catch (TaskFailedException failure)
            {
                throw new InvalidOperationException("wrapped", failure);
            }

            return null;
        });
        var ended = await RunAsync(tasks, "Main");
        var chain = Chain(ended.FailureDetails);
        chain.ShouldBe(
        [
            "System.InvalidOperationException: wrapped",
            "Microsoft.DurableTask.TaskFailedException: Task 'Fail' (#0) failed with an unhandled exception: boom",
            "DurableTask.Core.Exceptions.TaskFailedException: Task 'Fail' (#0) failed with an unhandled exception: Exception of type 'DurableTask.Core.Exceptions.TaskFailedException' was thrown.",
        ]);
    }

    [Fact]
    public async Task The_failure_of_a_grandchild_is_told_level_by_level()
    {
        var tasks = Failing()
            .Orchestrator("Main", async context => await context.CallSubOrchestratorAsync<string>("Middle"))
            .Orchestrator("Middle", async context => await context.CallSubOrchestratorAsync<string>("Low"))
            .Orchestrator("Low", async context => await context.CallActivityAsync<string>("Fail", "deep"));
        Chain((await RunAsync(tasks, "Main")).FailureDetails).ShouldBe(
        [
            "Microsoft.DurableTask.TaskFailedException: Task 'Middle' (#0) failed with an unhandled exception: Task 'Low' (#0) failed with an unhandled exception: Task 'Fail' (#0) failed with an unhandled exception: deep",
            "Microsoft.DurableTask.TaskFailedException: Task 'Low' (#0) failed with an unhandled exception: Task 'Fail' (#0) failed with an unhandled exception: deep",
            "Microsoft.DurableTask.TaskFailedException: Task 'Fail' (#0) failed with an unhandled exception: deep",
            "System.InvalidOperationException: deep",
        ]);
    }

    [Theory]
    [InlineData("timeout")]
    [InlineData("timer")]
    [InlineData("own")]
    public async Task A_cancellation_that_nobody_catches_fails_the_pass(string mode)
    {
        // A canceled task has no exception of its own; its result throws an aggregate one, outside of the code.
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            context.SetCustomStatus("set");
            using var stop = new CancellationTokenSource();
            var timer = context.CreateTimer(TimeSpan.FromMinutes(1), stop.Token);
#pragma warning disable CA1849, MA0042 // A cancellation that leaves the orchestrator's thread would break its replay.
            stop.Cancel();
#pragma warning restore CA1849, MA0042
            if (mode == "timeout")
                await context.WaitForExternalEvent<string>("never", Soon);
            if (mode == "own")
                throw new OperationCanceledException("my own");
            await timer;
            return null;
        });
        var ended = await RunAsync(tasks, "Main");
        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
        Chain(ended.FailureDetails).ShouldBe(["System.AggregateException: One or more errors occurred. (A task was canceled.)", "System.Threading.Tasks.TaskCanceledException: A task was canceled."]);
        ended.SerializedOutput.ShouldBeNull();
        ended.SerializedCustomStatus.ShouldBeNull();
    }

    [Fact]
    public async Task An_output_that_is_no_JSON_is_a_failure_of_the_code_which_keeps_the_status()
    {
        var tasks = new DurableTasks().Orchestrator("Main", context =>
        {
            context.SetCustomStatus("set");
            return Task.FromResult<object?>(new Looped());
        });
        var ended = await RunAsync(tasks, "Main");
        ended.FailureDetails!.ErrorType.ShouldBe("System.Text.Json.JsonException");
        ended.SerializedOutput.ShouldBe(ended.FailureDetails.ErrorMessage);
        ended.SerializedCustomStatus.ShouldBe("\"set\"");
    }

    [Fact]
    public async Task A_thousand_calls_side_by_side_keep_their_order()
    {
        var tasks = new DurableTasks()
            .Orchestrator("Main", async context =>
            {
                var calls = Enumerable.Range(0, 1000).Select(i => context.CallActivityAsync<string>("Echo", $"{i}")).ToList();
                var timers = Enumerable.Range(0, 1000).Select(_ => context.CreateTimer(TimeSpan.Zero, CancellationToken.None));
                await Task.WhenAll(timers);
                return await Task.WhenAll(calls);
            })
            .Activity("Echo", Task.FromResult);
        (await RunAsync(tasks, "Main")).ReadOutputAs<string[]>().ShouldBe(Enumerable.Range(0, 1000).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_child_that_continues_as_new_answers_with_its_last_execution()
    {
        var tasks = new DurableTasks()
            .Orchestrator("Main", async context => $"{await context.CallSubOrchestratorAsync<string>("Child", 1)}, {await context.CallSubOrchestratorAsync<string>("Child", 3)}")
            .Orchestrator("Child", context =>
            {
                var round = context.GetInput<int>();
                if (round < 3)
                    context.ContinueAsNew(round + 1);
                return Task.FromResult<object?>($"{round} of {context.Parent!.Name}");
            });
        (await RunAsync(tasks, "Main")).ReadOutputAs<string>().ShouldBe("3 of Main, 3 of Main");
    }

    [Fact]
    public async Task A_timer_of_a_token_that_is_canceled_already_is_canceled_and_holds_nobody()
    {
        // The token of a canceled timer is not told (the real engine cancels without it).
        var tasks = new DurableTasks().Orchestrator("Main", async context =>
        {
            using var stop = new CancellationTokenSource();
#pragma warning disable CA1849, MA0042 // A cancellation that leaves the orchestrator's thread would break its replay.
            stop.Cancel();
#pragma warning restore CA1849, MA0042
            var timer = context.CreateTimer(TimeSpan.FromDays(300), stop.Token);
            var thrown = await Thrown.ByAsync<OperationCanceledException>(() => timer);
            return $"{timer.Status} {thrown.CancellationToken == stop.Token}";
        });
        (await RunAsync(tasks, "Main")).ReadOutputAs<string>().ShouldBe("Canceled False");
    }

    [Fact]
    public void Details_say_in_a_line_what_they_are()
    {
        TaskFailureDetails.FromException(new InvalidOperationException("boom")).ToString().ShouldBe("System.InvalidOperationException: boom");
        new TaskFailedException("Name", 3, new InvalidOperationException("boom")).Message.ShouldBe("Task 'Name' (#3) failed with an unhandled exception: boom");
    }

    private static async Task<OrchestrationMetadata> RunAsync(DurableTasks tasks, string name)
    {
        await using var host = await EngineHost.StartAsync(new MemoryDurableStore(), tasks);
        return await host.Client.RunAsync(name);
    }

    private static DurableTasks Failing() => new DurableTasks().Activity("Fail", input => throw new InvalidOperationException(input));

    private static IEnumerable<string> Chain(TaskFailureDetails? details)
    {
        for (; details is not null; details = details.InnerFailure)
            yield return details.ToString();
    }

    private static TaskRetryOptions Retry(string mode, ConcurrentQueue<string> failures) => mode switch
    {
        "policy" => new RetryPolicy(3, Soon),
        "filter" => new RetryPolicy(3, Soon) { HandleFailure = _ => true },
        _ => TaskRetryOptions.FromRetryHandler(retry =>
        {
            if (!retry.OrchestrationContext.IsReplaying)
                failures.Enqueue(retry.LastFailure.ErrorType);
            return true;
        }),
    };

    // A child that is started anew under its id is a later one.
    private static async Task<DateTimeOffset> UntilRunningAsync(DurableTaskClient client, string id, DateTimeOffset? after)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (true)
        {
            if (await client.GetInstanceAsync(id, patience.Token) is { IsRunning: true } found && found.CreatedAt != after)
                return found.CreatedAt;
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private sealed class Looped
    {
        public Looped Self => this;
    }
}
