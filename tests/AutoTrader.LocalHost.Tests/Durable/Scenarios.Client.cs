using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Tests.Durable.Support;
using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <content>What the client says and refuses.</content>
public abstract partial class Scenarios
{
    [Fact]
    public async Task A_second_start_is_refused_until_the_first_has_ended()
    {
        await using var host = await StartAsync(WaitingForEvent());
        await StartOneAsync();

        await Should.ThrowAsync<OrchestrationAlreadyExistsException>(StartOneAsync);
        await host.UntilAsync("one", found => found.IsRunning);
        await Should.ThrowAsync<OrchestrationAlreadyExistsException>(StartOneAsync);
        await host.Client.SuspendInstanceAsync("one");
        await host.UntilAsync("one", found => found.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await Should.ThrowAsync<OrchestrationAlreadyExistsException>(StartOneAsync);
        await host.Client.TerminateInstanceAsync("one");
        await host.EndAsync("one");

        await StartOneAsync();
        (await host.UntilAsync("one", found => found.IsRunning)).ReadInputAs<string>().ShouldBe("again");

        Task StartOneAsync() => host.Client.ScheduleNewOrchestrationInstanceAsync("Main", "again", new StartOrchestrationOptions("one"));
    }

    [Fact]
    public async Task A_start_can_also_be_refused_for_what_has_ended()
    {
        await using var host = await StartAsync(new DurableTasks().Orchestrator("Main", _ => Task.FromResult<object?>(null)));
        await host.RunAsync("Main", id: "one");

        await Should.ThrowAsync<OrchestrationAlreadyExistsException>(() =>
            host.Client.ScheduleNewOrchestrationInstanceAsync(
                "Main",
                null,
                new StartOrchestrationOptions("one").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed)
            )
        );
        await Should.ThrowAsync<ArgumentException>(() =>
            host.Client.ScheduleNewOrchestrationInstanceAsync(
                "Main",
                null,
                new StartOrchestrationOptions("one") { DedupeStatuses = ["Ended"] }
            )
        );
    }

    [Fact]
    public async Task An_orchestrator_that_is_not_there_is_not_started()
    {
        await using var host = await StartAsync(new DurableTasks());

        var thrown = await Should.ThrowAsync<RpcException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Nothing"));

        thrown.Message.ShouldContain("'Nothing' doesn't exist");
    }

    [Theory]
    [InlineData("@entity", "must not start with @")]
    [InlineData("a/b", "must not contain /")]
    [InlineData("a\tb", "control characters")]
    public async Task An_id_that_no_instance_can_have_is_refused(string id, string reason)
    {
        await using var host = await StartAsync(WaitingForEvent());

        var thrown = await Should.ThrowAsync<RpcException>(() =>
            host.Client.ScheduleNewOrchestrationInstanceAsync("Main", null, new StartOrchestrationOptions(id))
        );

        thrown.Message.ShouldContain(reason);
    }

    [Fact]
    public async Task A_start_can_be_set_for_later()
    {
        await using var host = await StartAsync(
            new DurableTasks().Orchestrator("Main", context => Task.FromResult<object?>(context.CurrentUtcDateTime))
        );
        var at = Now(host) + host.Soon;

        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", null, new StartOrchestrationOptions(StartAt: at));
        (await host.Client.GetInstanceAsync(id)).ShouldNotBeNull().RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Pending);

        // The queue's clock has whole seconds, and may be a little early.
        (await host.EndAsync(id)).ReadOutputAs<DateTime>().ShouldBeGreaterThan(at.UtcDateTime.AddSeconds(-1));
    }

    [Fact]
    public async Task A_terminated_orchestration_has_ended_with_what_the_caller_says()
    {
        await using var host = await StartAsync(WaitingForEvent());
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main");
        await host.UntilAsync(id, found => found.IsRunning);

        await host.Client.TerminateInstanceAsync(id, (object)"enough");

        var ended = await host.EndAsync(id);
        ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Terminated);
        ended.ReadOutputAs<string>().ShouldBe("enough");
    }

    [Fact]
    public async Task A_suspended_orchestration_takes_its_events_when_it_is_resumed()
    {
        await using var host = await StartAsync(WaitingForEvent());
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main");
        await host.UntilAsync(id, found => found.IsRunning);

        await host.Client.SuspendInstanceAsync(id, "wait");
        await host.UntilAsync(id, found => found.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await host.Client.RaiseEventAsync(id, "go", "late");
        await host.UntilAsync(id, found => found.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await host.Client.ResumeInstanceAsync(id, "go on");

        (await host.EndAsync(id)).ReadOutputAs<string>().ShouldBe("late");
    }

    [Fact]
    public async Task What_is_sent_to_an_orchestration_that_is_not_there_or_has_ended_is_refused()
    {
        await using var host = await StartAsync(new DurableTasks().Orchestrator("Main", _ => Task.FromResult<object?>(null)));
        await host.RunAsync("Main", id: "ended");

        var missing = await Should.ThrowAsync<RpcException>(() => host.Client.RaiseEventAsync("missing", "changed"));
        missing.StatusCode.ShouldBe(StatusCode.NotFound);
        foreach (
            var send in (Func<Task>[])
                [
                    () => host.Client.RaiseEventAsync("ended", "changed"),
                    () => host.Client.TerminateInstanceAsync("ended"),
                    () => host.Client.SuspendInstanceAsync("ended"),
                    () => host.Client.ResumeInstanceAsync("ended"),
                ]
        )
        {
            (await Should.ThrowAsync<RpcException>(send)).StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        }
    }

    [Fact]
    public async Task Instances_are_listed_by_prefix_and_status_in_pages()
    {
        await using var host = await StartAsync(WaitingForEvent().Orchestrator("End", _ => Task.FromResult<object?>("out")));
        foreach (var id in (string[])["schedule-3", "schedule-1", "other-1", "schedule-2"])
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", id, new StartOrchestrationOptions(id));
            await host.UntilAsync(id, found => found.IsRunning);
        }

        await host.RunAsync("End", id: "schedule-0");
        var query = new OrchestrationQuery(
            InstanceIdPrefix: "schedule-",
            Statuses: [OrchestrationRuntimeStatus.Running],
            PageSize: 2,
            FetchInputsAndOutputs: true
        );

        List<string> listed = [];
        string? token = null;
        do
        {
            // One page at a time, each asked for by a token that a caller may keep.
            await using var pages = host.Client.GetAllInstancesAsync(query).AsPages(token).GetAsyncEnumerator();
            (await pages.MoveNextAsync()).ShouldBeTrue();
            pages.Current.Values.Count.ShouldBeLessThanOrEqualTo(2);
            listed.AddRange(pages.Current.Values.Select(one => one.ReadInputAs<string>()!));
            token = pages.Current.ContinuationToken;
        } while (token is not null);

        listed.ShouldBe(["schedule-1", "schedule-2", "schedule-3"]);
        var all = await ListAsync(host, new OrchestrationQuery(InstanceIdPrefix: "schedule-"));
        all.Select(one => one.InstanceId).ShouldBe(["schedule-0", "schedule-1", "schedule-2", "schedule-3"]);
        all.ShouldAllBe(one => one.SerializedInput == null && one.SerializedOutput == null);
    }

    [Fact]
    public async Task A_custom_status_is_seen_while_the_orchestration_runs()
    {
        await using var host = await StartAsync(new DurableTasks().Orchestrator("Main", async context =>
            {
                context.SetCustomStatus(new Order("waits", 1));
                return await context.WaitForExternalEvent<string>("go");
            }));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Main");

        var waiting = await host.UntilAsync(id, found => found.SerializedCustomStatus is not null);
        waiting.ReadCustomStatusAs<Order>().ShouldBe(new Order("waits", 1));
        (await host.Client.GetInstanceAsync(id)).ShouldNotBeNull().SerializedCustomStatus.ShouldBeNull();
    }

    [Fact]
    public async Task A_purged_instance_is_gone()
    {
        await using var host = await StartAsync(WaitingForEvent().Orchestrator("End", _ => Task.FromResult<object?>(null)));
        foreach (var id in (string[])["a", "b", "c"])
        {
            await host.RunAsync("End", id: id);
        }

        await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", null, new StartOrchestrationOptions("running"));
        await host.UntilAsync("running", found => found.IsRunning);

        (await host.Client.PurgeInstanceAsync("a")).PurgedInstanceCount.ShouldBe(1);
        (await host.Client.PurgeInstanceAsync("a")).PurgedInstanceCount.ShouldBe(0);
        (await host.Client.GetInstanceAsync("a")).ShouldBeNull();
        var completed = new PurgeInstancesFilter(Statuses: [OrchestrationRuntimeStatus.Completed]);
        (await host.Client.PurgeAllInstancesAsync(completed)).PurgedInstanceCount.ShouldBe(2);
        (await ListAsync(host, new OrchestrationQuery())).Select(one => one.InstanceId).ShouldBe(["running"]);
        (await host.RunAsync("End", id: "a")).RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Completed);
    }

    [Fact]
    public async Task An_ended_instance_is_restarted_with_its_input()
    {
        await using var host = await StartAsync(
            new DurableTasks().Orchestrator("Main", context => Task.FromResult<object?>(context.GetInput<string>() + "!"))
        );
        await host.RunAsync("Main", "x", "one");

        (await host.Client.RestartAsync("one")).ShouldBe("one");
        (await host.EndAsync("one")).ReadOutputAs<string>().ShouldBe("x!");
        var other = await host.Client.RestartAsync("one", restartWithNewInstanceId: true);
        (await host.EndAsync(other)).ReadOutputAs<string>().ShouldBe("x!");
        await Should.ThrowAsync<ArgumentException>(() => host.Client.RestartAsync("missing"));
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_in_a_sentence()
    {
        await using var host = await StartAsync(WaitingForEvent());

        foreach (
            var call in (Func<Task>[])
                [
                    () => host.Client.TerminateInstanceAsync("x", new TerminateInstanceOptions(null, true)),
                    () => host.Client.PurgeInstanceAsync("x", new PurgeInstanceOptions(true)),
                    () => host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(), new PurgeInstanceOptions(true)),
                ]
        )
        {
            (await Should.ThrowAsync<NotSupportedException>(call)).Message.ShouldContain("its children");
        }

        Should.Throw<NotSupportedException>(() => host.Client.Entities);
    }

    private static async Task<List<OrchestrationMetadata>> ListAsync(EngineHost host, OrchestrationQuery query)
    {
        List<OrchestrationMetadata> all = [];
        await foreach (var one in host.Client.GetAllInstancesAsync(query))
        {
            all.Add(one);
        }

        return all;
    }
}
