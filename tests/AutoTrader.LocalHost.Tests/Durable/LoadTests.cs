using System.Collections.Concurrent;
using System.Globalization;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.History;
using AutoTrader.LocalHost.Durable.Storage;
using AutoTrader.LocalHost.Storage;
using AutoTrader.Testing;
using Azure.Core.Diagnostics;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Many instances, many messages, long payloads: what they cost and that they come through.</summary>
public sealed class LoadTests(AzuriteFixture azurite)
{
    private const int Sleepers = 10_000;

    [Fact]
    public async Task Ten_thousand_sleepers_cost_a_restart_one_parallel_read_and_then_one_call_a_poll()
    {
        var store = new MemoryDurableStore();
        await SleepAsync(store, Sleepers, OrchestrationRuntimeStatus.Running);
        await SleepAsync(store, 500, OrchestrationRuntimeStatus.Completed);
        var calls = new ConcurrentQueue<string>();
        var reads = 0;
        await using var host = await EngineHost.StartAsync(
            new WatchedStore(store, (name, after) =>
            {
                if (!after)
                    calls.Enqueue(name);
            })
            {
                RowsRead = rows => Interlocked.Add(ref reads, rows),
            },
            Tasks());
        calls.ShouldBe(Enumerable.Repeat("range", DurableKeys.StateRanges.Count + 1));
        reads.ShouldBe(Sleepers, "finished instances are not read");

        calls.Clear();
        for (var poll = 0; poll < 60; poll++)
            await host.Engine.PollAsync(CancellationToken.None);
        await host.Engine.ScanMessagesAsync(CancellationToken.None);
        calls.Count.ShouldBe(61);

        // And each of them can still be woken.
        await host.Client.RaiseEventAsync("schedule-9999", "wake");
        (await host.Client.EndAsync("schedule-9999")).ReadOutputAs<string>().ShouldBe("woken");
    }

    [Fact]
    public void Polls_and_the_renewals_of_the_lease_come_to_at_most_one_transaction_a_second() =>
        ((1 / DurableExtension.PollEvery.TotalSeconds) + (1 / BlobLease.RenewEvery.TotalSeconds)).ShouldBeLessThanOrEqualTo(1);

    [Fact]
    public async Task On_tables_a_poll_of_a_quiet_hub_is_one_request()
    {
        var hub = $"q{Guid.NewGuid():N}";
        var store = new TableDurableStore(azurite.ConnectionString, hub);
        await store.PrepareAsync(CancellationToken.None);
        await SleepAsync(store, 50, OrchestrationRuntimeStatus.Running);
        await using var host = await EngineHost.StartAsync(store, Tasks());
        var requests = 0;
        using (new AzureEventSourceListener(
            (_, text) =>
            {
                if (text.StartsWith("Request [", StringComparison.Ordinal) && text.Contains(hub, StringComparison.Ordinal))
                    Interlocked.Increment(ref requests);
            },
            System.Diagnostics.Tracing.EventLevel.Informational))
        {
            for (var poll = 0; poll < 10; poll++)
                await host.Engine.PollAsync(CancellationToken.None);
            await host.Engine.ScanMessagesAsync(CancellationToken.None);
        }

        requests.ShouldBe(11);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_owner_hears_at_once_what_another_host_sends(bool inMemory)
    {
        var hub = $"b{Guid.NewGuid():N}";
        var store = inMemory ? new MemoryDurableStore() : (IDurableStore)new TableDurableStore(azurite.ConnectionString, hub);
        var other = inMemory ? store : new TableDurableStore(azurite.ConnectionString, hub);
        await store.PrepareAsync(CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var heard = store.WaitForBellAsync(TimeSpan.FromHours(1), patience.Token);
        await other.RingAsync("m|one|1", CancellationToken.None);
        await heard;
        patience.IsCancellationRequested.ShouldBeFalse();
        (await store.ReadBellAsync(CancellationToken.None)).ShouldBe(["m|one|1"]);
    }

    [Fact]
    public async Task On_tables_many_bells_are_cleared_though_some_are_gone()
    {
        var store = new TableDurableStore(azurite.ConnectionString, $"c{Guid.NewGuid():N}");
        await store.PrepareAsync(CancellationToken.None);
        var keys = Enumerable.Range(0, 130).Select(i => $"m|one|{i:D3}").ToList();
        await Task.WhenAll(keys.Select(key => store.RingAsync(key, CancellationToken.None)));
        await store.ClearBellAsync(keys[..1], CancellationToken.None);
        await store.ClearBellAsync(keys, CancellationToken.None);
        (await store.ReadBellAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_thousand_timers_due_at_once_share_their_commits_and_read_nothing()
    {
        var calls = new ConcurrentQueue<string>();
        var done = 0;
        var due = DateTimeOffset.UtcNow.AddSeconds(20);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tasks = new DurableTasks()
            .Orchestrator("Fire", async context =>
            {
                await context.CreateTimer(context.GetInput<DateTime>(), CancellationToken.None);
                await context.CallActivityAsync<string>("Act");
                return null;
            })
            .Activity("Act", input =>
            {
                if (Interlocked.Increment(ref done) == 1000)
                    all.SetResult();
                return Task.FromResult(input);
            });
        await using var host = await EngineHost.StartAsync(
            new WatchedStore(new MemoryDurableStore(), (name, after) =>
            {
                if (!after)
                    calls.Enqueue(name);
            }),
            tasks);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => host.Client.ScheduleNewOrchestrationInstanceAsync("Fire", due.UtcDateTime, new StartOrchestrationOptions($"fire-{i}"))));
        await all.Task;
        calls.Count(call => call == "commit").ShouldBeLessThanOrEqualTo(4000, "a creation, a sleep, a wake and an end at most, and groups of them in truth");
        calls.ShouldNotContain("read");
        calls.Where(call => call == "range").Count().ShouldBe(DurableKeys.StateRanges.Count + 1, "those of the start");
    }

    [Fact]
    public void Ids_that_begin_alike_are_spread_evenly_over_the_ranges()
    {
        var counts = Enumerable.Range(0, 1600).Select(i => $"schedule-{i}")
            .CountBy(id => DurableKeys.StateRanges.Single(range => string.CompareOrdinal(DurableKeys.State(id), range.From) >= 0 && string.CompareOrdinal(DurableKeys.State(id), range.To) < 0))
            .Select(one => one.Value).ToList();
        counts.Count.ShouldBe(DurableKeys.StateRanges.Count);
        counts.ShouldAllBe(count => count > 50 && count < 200);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hundreds_of_messages_of_one_pass_arrive_once_each(bool inMemory)
    {
        await using var host = await EngineHost.StartAsync(Store(inMemory), Tasks());
        (await host.Client.RunAsync("Many", 150)).ReadOutputAs<int>().ShouldBe(150 * 151 / 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Payloads_of_several_megabytes_come_through_everywhere_and_go_when_they_are_replaced(bool inMemory)
    {
        var store = Store(inMemory);
        await using var host = await EngineHost.StartAsync(store, Tasks());
        var text = string.Concat(Enumerable.Range(0, 300_000).Select(i => i.ToString("D7", CultureInfo.InvariantCulture)));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Long", text, new StartOrchestrationOptions("long"));
        await host.Client.RaiseEventAsync("long", "more", text);
        var ended = await host.Client.EndAsync("long");
        ended.ReadOutputAs<string>().ShouldBe(text + text);
        ended.ReadInputAs<string>().ShouldBe(text);
        ended.ReadCustomStatusAs<string>().ShouldBe("second" + text);

        var kept = await store.ReadRangeAsync(DurableKeys.TextsOf("long"), DurableKeys.After(DurableKeys.TextsOf("long")), CancellationToken.None);
        kept.Select(row => row.Key.Split('|')[2].Split('-').First(part => char.IsAsciiLetter(part[0]))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ShouldBe(["input", "output", "status"]);
        kept.Sum(row => row.Text.Length).ShouldBeLessThan((4 * text.Length) + 100, "the start, the event and the first status are gone");
    }

    [Fact]
    public void Hubs_whose_long_names_begin_alike_have_tables_of_their_own()
    {
        var names = new[] { ("TheHubOfAllOrchestrationsOfTheWorldOne", ""), ("TheHubOfAllOrchestrationsOfTheWorldTwo", ""), ("TheHub", "R20250101000000"), ("TheHubR20250101000000", ""), ("TheHub", "") };
        names.Select(name => new TaskHub(name.Item1, name.Item2).TableName).Distinct(StringComparer.OrdinalIgnoreCase).Count().ShouldBe(names.Length);
        names.ShouldAllBe(name => $"{new TaskHub(name.Item1, name.Item2).TableName}DurableBell".Length <= 63);
        new TaskHub("THEHUB", "").TableName.ShouldBe(new TaskHub("TheHub", "").TableName, StringCompareShould.IgnoreCase);
    }

    private static DurableTasks Tasks() => new DurableTasks()
        .Orchestrator("Sleep", SleepAsync)
        .Orchestrator("Many", async context =>
        {
            var count = context.GetInput<int>();
            var children = Enumerable.Range(1, count).Select(i => context.CallSubOrchestratorAsync<int>("Echo", i)).ToList();
            return (await Task.WhenAll(children)).Sum();
        })
        .Orchestrator("Echo", context => Task.FromResult<object?>(context.GetInput<int>()))
        .Orchestrator("Long", async context =>
        {
            context.SetCustomStatus("first" + context.GetInput<string>());
            var more = await context.WaitForExternalEvent<string>("more");
            var same = await context.CallActivityAsync<string>("Same", more);
            context.SetCustomStatus("second" + context.GetInput<string>());
            return context.GetInput<string>() + same;
        })
        .Activity("Same", Task.FromResult);

    private static async Task<object?> SleepAsync(TaskOrchestrationContext context)
    {
        using var stop = new CancellationTokenSource();
        var woken = context.WaitForExternalEvent<object>("wake");
        var timer = context.CreateTimer(TimeSpan.FromDays(300), stop.Token);
        var first = await Task.WhenAny(woken, timer);
#pragma warning disable CA1849, MA0042 // A cancellation that leaves the orchestrator's thread would break its replay.
        stop.Cancel();
#pragma warning restore CA1849, MA0042
        return first == woken ? "woken" : "slept";
    }

    // As the engine would have left them, without the time that it takes to start so many.
    private static async Task SleepAsync(IDurableStore store, int count, OrchestrationRuntimeStatus status)
    {
        var now = DateTimeOffset.UtcNow;
        var commits = new GroupCommit(store);
        await Task.WhenAll(Enumerable.Range(0, count).Select(i =>
        {
            var commit = new PassCommit(commits);
            var state = new InstanceState { InstanceId = $"{(status == OrchestrationRuntimeStatus.Running ? "schedule" : "done")}-{i}", Name = "Sleep", ExecutionId = "e", Status = status, Created = now, Updated = now, Wake = now.AddDays(300) };
            state = commit.Append(state,
            [
                new HistoryEvent(EventKind.Started) { Name = "Sleep", ExecutionId = "e" },
                new HistoryEvent(EventKind.PassStarted) { At = now },
                new HistoryEvent(EventKind.TimerCreated) { TaskId = 0, At = now.AddDays(300) },
            ]);
            return commit.SaveAsync(state, etag: null, [], [], before: null);
        }));
        await commits.DisposeAsync();
    }

    private IDurableStore Store(bool inMemory) => inMemory ? new MemoryDurableStore() : new TableDurableStore(azurite.ConnectionString, $"l{Guid.NewGuid():N}");
}
