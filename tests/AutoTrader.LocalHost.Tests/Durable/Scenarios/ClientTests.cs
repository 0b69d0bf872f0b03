using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.Storage;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Tests.Durable.Scenarios;

/// <summary>What a client gets to see; expected as in the source of the real host and its client.</summary>
public sealed class ClientTests
{
    private static readonly string[] Ids = ["a-1", "a-10", "a-2", "A-3", "b-1", "b-2", "c", "d/ä"];

    [Fact]
    public async Task A_query_gives_all_that_fit_in_the_order_of_their_ids_page_by_page()
    {
        await using var host = await StartAsync();
        foreach (var size in (int[])[1, 3, 100])
        {
            var pages = await host.Client.GetAllInstancesAsync(new OrchestrationQuery(PageSize: size)).AsPages().ToListAsync();
            pages.SelectMany(page => page.Values).Select(one => one.InstanceId).ShouldBe(Ids.Order(StringComparer.Ordinal));
            pages.ShouldAllBe(page => page.Values.Count <= size);
            pages[^1].ContinuationToken.ShouldBeNull();
            // Each token leads to what follows, whether it is given to the pages or to the query.
            foreach (var (page, next) in pages.Zip(pages.Skip(1)))
            {
                (await host.Client.GetAllInstancesAsync().AsPages(page.ContinuationToken, size).FirstAsync()).Values.Select(one => one.InstanceId).ShouldBe(next.Values.Select(one => one.InstanceId));
                (await host.Client.GetAllInstancesAsync(new OrchestrationQuery(PageSize: size, ContinuationToken: page.ContinuationToken)).AsPages().FirstAsync()).Values.Select(one => one.InstanceId).ShouldBe(next.Values.Select(one => one.InstanceId));
            }
        }
    }

    [Fact]
    public async Task Each_filter_of_a_query_counts()
    {
        await using var host = await StartAsync();
        (await FindAsync(new OrchestrationQuery(InstanceIdPrefix: "a-"))).ShouldBe(["a-1", "a-10", "a-2"], "with case");
        (await FindAsync(new OrchestrationQuery(InstanceIdPrefix: "nobody"))).ShouldBeEmpty();
        (await FindAsync(new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Failed]))).ShouldBe(["b-1", "b-2"]);
        (await FindAsync(new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Terminated]))).ShouldBe(["c", "d/ä"]);
        (await FindAsync(new OrchestrationQuery(Statuses: []))).Count.ShouldBe(Ids.Length);
        (await FindAsync(new OrchestrationQuery(TaskHubNames: ["TEST"]))).Count.ShouldBe(Ids.Length);
        (await FindAsync(new OrchestrationQuery(TaskHubNames: ["other"]))).ShouldBeEmpty();
        var created = (await host.Client.GetInstanceAsync("b-1"))!.CreatedAt;
        (await FindAsync(new OrchestrationQuery(CreatedFrom: created, CreatedTo: created))).ShouldContain("b-1");
        (await FindAsync(new OrchestrationQuery(CreatedFrom: created.AddDays(1)))).ShouldBeEmpty();
        (await FindAsync(new OrchestrationQuery(CreatedTo: created.AddDays(-1)))).ShouldBeEmpty();

        async Task<List<string>> FindAsync(OrchestrationQuery query) => await host.Client.GetAllInstancesAsync(query).Select(one => one.InstanceId).ToListAsync();
    }

    [Fact]
    public async Task A_query_always_shows_outputs_and_status_but_inputs_on_demand_and_never_failures()
    {
        await using var host = await StartAsync();
        var light = await host.Client.GetAllInstancesAsync().ToDictionaryAsync(one => one.InstanceId, StringComparer.Ordinal);
        light["a-1"].SerializedInput.ShouldBeNull();
        light["a-1"].SerializedOutput.ShouldBe("\"well\"");
        light["a-1"].SerializedCustomStatus.ShouldBe("\"status\"");
        light["b-1"].FailureDetails.ShouldBeNull();
        Should.Throw<InvalidOperationException>(() => light["a-1"].ReadOutputAs<string>()).Message.ShouldContain("FetchInputsAndOutputs");
        var full = await host.Client.GetAllInstancesAsync(new OrchestrationQuery(FetchInputsAndOutputs: true)).ToDictionaryAsync(one => one.InstanceId, StringComparer.Ordinal);
        full["a-1"].ReadInputAs<string>().ShouldBe("well");
        full["a-1"].ReadOutputAs<string>().ShouldBe("well");
        full["a-1"].ReadCustomStatusAs<string>().ShouldBe("status");
    }

    [Fact]
    public async Task An_instance_shows_its_payloads_on_demand_only()
    {
        await using var host = await StartAsync();
        var light = (await host.Client.GetInstanceAsync("b-1"))!;
        (light.SerializedInput, light.SerializedOutput, light.SerializedCustomStatus, light.FailureDetails).ShouldBe((null, null, null, null));
        Should.Throw<InvalidOperationException>(() => light.ReadCustomStatusAs<string>());
        var full = await host.Client.WaitForInstanceCompletionAsync("b-1", getInputsAndOutputs: true);
        full.ReadInputAs<string>().ShouldBe("fail");
        full.ReadCustomStatusAs<string>().ShouldBe("status");
        full.ToString().ShouldEndWith(", Input: '\"fail\"', Output: 'as told', FailureDetails: 'System.InvalidOperationException - as told']");
        light.ToString().ShouldNotContain("Input");
    }

    [Fact]
    public async Task A_purge_by_filter_takes_the_ended_ones_of_its_statuses_or_all_when_it_names_none()
    {
        await using var host = await StartAsync();
        var now = DateTimeOffset.UtcNow;
        (await PurgeAsync(new PurgeInstancesFilter(CreatedTo: now.AddDays(-1)))).ShouldBe(0);
        (await PurgeAsync(new PurgeInstancesFilter(Statuses: [OrchestrationRuntimeStatus.Running]))).ShouldBe(0);
        (await PurgeAsync(new PurgeInstancesFilter(CreatedFrom: now.AddDays(-1), Statuses: [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]))).ShouldBe(3);
        (await PurgeAsync(new PurgeInstancesFilter(CreatedFrom: now.AddDays(-1)))).ShouldBe(Ids.Length - 3);
        (await host.Client.GetAllInstancesAsync().ToListAsync()).ShouldBeEmpty();

        async Task<int> PurgeAsync(PurgeInstancesFilter filter) => (await host.Client.PurgeAllInstancesAsync(filter)).PurgedInstanceCount;
    }

    [Fact]
    public async Task Bad_arguments_are_refused_and_an_empty_id_is_made()
    {
        await using var host = await StartAsync();
        await Should.ThrowAsync<ArgumentException>(() => host.Client.GetInstanceAsync(""));
        await Should.ThrowAsync<ArgumentException>(() => host.Client.PurgeInstanceAsync(""));
        await Should.ThrowAsync<ArgumentException>(() => host.Client.RaiseEventAsync("c", ""));
        (await Should.ThrowAsync<ArgumentException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Main", new StartOrchestrationOptions { DedupeStatuses = ["Sleeping"] }))).Message.ShouldContain("Sleeping");
        (await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", "well", new StartOrchestrationOptions(""))).Length.ShouldBe(32);
    }

    [Fact]
    public async Task An_instance_counts_as_created_with_its_present_execution()
    {
        // Both engines take the time from the event that begins the execution.
        await using var host = await EngineHost.StartAsync(new MemoryDurableStore(), new DurableTasks().Orchestrator("Main", async context =>
        {
            await context.WaitForExternalEvent<string>("go");
            if (context.GetInput<string>() is null)
                context.ContinueAsNew("last");
            return null;
        }));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", input: null, new StartOrchestrationOptions("main"));
        var created = (await host.Client.WaitForInstanceStartAsync("main")).CreatedAt;
        await host.Client.RaiseEventAsync("main", "go");
        await host.Client.RaiseEventAsync("main", "go");
        (await host.Client.EndAsync("main")).CreatedAt.ShouldBeGreaterThan(created);
    }

    [Fact]
    public void A_retry_may_be_without_limits()
    {
        var policy = new RetryPolicy(2, TimeSpan.FromSeconds(1), maxRetryInterval: Timeout.InfiniteTimeSpan, retryTimeout: Timeout.InfiniteTimeSpan);
        policy.MaxRetryInterval.ShouldBe(Timeout.InfiniteTimeSpan);
        Should.Throw<ArgumentOutOfRangeException>(() => new RetryPolicy(2, TimeSpan.FromSeconds(1), maxRetryInterval: TimeSpan.FromMilliseconds(1)));
    }

    private static async Task<EngineHost> StartAsync()
    {
        var host = await EngineHost.StartAsync(new MemoryDurableStore(), new DurableTasks().Orchestrator("Main", async context =>
        {
            context.SetCustomStatus("status");
            return context.GetInput<string>() switch
            {
                "fail" => throw new InvalidOperationException("as told"),
                "wait" => await context.WaitForExternalEvent<string>("end"),
                var input => input,
            };
        }));
        foreach (var id in Ids)
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Main", id[0] switch { 'b' => "fail", 'c' or 'd' => "wait", _ => "well" }, new StartOrchestrationOptions(id));
        await host.Client.WaitForInstanceStartAsync("c");
        await host.Client.TerminateInstanceAsync("d/ä");
        foreach (var id in Ids.Where(id => id != "c"))
            await host.Client.EndAsync(id);
        return host;
    }
}
