using System.Collections.Concurrent;
using System.Diagnostics;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.Engine;
using AutoTrader.LocalHost.Durable.History;
using AutoTrader.LocalHost.Durable.Storage;
using AutoTrader.LocalHost.Tests.Durable;
using AutoTrader.LocalHost.Time;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Benchmarks;

/// <summary>The local runtime's orchestrations against Azurite: how fast 10,000 are made, how fast a host with them restarts, and how late 1,000 timers due at one instant start their activities.</summary>
internal sealed class DurableBenchmark
{
    private const int Sleepers = 9_000;
    private const int Firing = 1_000;
    private const int SideBySide = 64;

    private readonly ConcurrentQueue<(double Lateness, long Calls)> _starts = new();
    private readonly RunningWork _work = new();
    private DateTimeOffset _due;
    private long _calls;
    private long _callsBefore;

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-bench-");
        await using (var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName))
            await RunAsync(new TableDurableStore(azurite.ConnectionString, "bench"));
        folder.Delete(recursive: true);
    }

    private async Task RunAsync(TableDurableStore tables)
    {
        var store = new WatchedStore(tables, (_, after) =>
        {
            if (!after)
                Interlocked.Increment(ref _calls);
        });
        await store.PrepareAsync(CancellationToken.None);
        var clock = Started();
        var engine = Engine(store, clock);
        await engine.StartAsync(CancellationToken.None);

        await SeedAsync(tables);
        // Long enough for them to fall asleep and for the restart; the output says what is left of it.
        _due = DateTimeOffset.UtcNow.AddSeconds(90);
        var before = Stopwatch.GetTimestamp();
        await CreateAsync(engine, Firing, _due.UtcDateTime);
        var seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
        Console.WriteLine($"created and asleep       {Firing / seconds,8:N0} a second beside {Sleepers:N0} sleepers, {(double)_calls / Firing:0.00} storage calls each");
        engine.Abandon();
        await clock.StopAsync();

        clock = Started();
        engine = Engine(store, clock);
        _callsBefore = _calls;
        before = Stopwatch.GetTimestamp();
        await engine.StartAsync(CancellationToken.None);
        Console.WriteLine($"restart with {Sleepers + Firing:N0}      {Stopwatch.GetElapsedTime(before).TotalMilliseconds,8:N0} ms, {_calls - _callsBefore} storage calls, {_due - DateTimeOffset.UtcNow:ss} s before the timers are due");

        _callsBefore = _calls;
        while (_starts.Count < Firing)
            await Task.Delay(100);
        await _work.WhenEmptyAsync();
        var ended = DateTimeOffset.UtcNow;
        var late = _starts.Select(one => one.Lateness).Order().ToList();
        var calls = _starts.Select(one => one.Calls).Order().ToList();
        Console.WriteLine($"{Firing:N0} timers at once      lateness of the activity's start: median {late[Firing / 2]:0.00} s, 99 % {late[Firing * 99 / 100]:0.00} s, last {late[^1]:0.00} s; all ended after {(ended - _due).TotalSeconds:0.00} s");
        Console.WriteLine($"                         storage calls before it: first {calls[0]}, median {calls[Firing / 2]}, last {calls[^1]}; {(double)(_calls - _callsBefore) / Firing:0.00} for each firing to its end");
        engine.Stop();
        await clock.StopAsync();
    }

    private static SystemWorkClock Started()
    {
        var clock = new SystemWorkClock(TimeProvider.System, NullLogger<SystemWorkClock>.Instance);
        clock.Start();
        return clock;
    }

    // As the engine would leave them.
    private static async Task SeedAsync(TableDurableStore store)
    {
        var (now, due) = (DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(300));
        await using var commits = new GroupCommit(store);
        await Task.WhenAll(Enumerable.Range(0, Sleepers).Select(i =>
        {
            var commit = new PassCommit(commits);
            var state = new InstanceState { InstanceId = $"sleeper-{i}", Name = "Fire", ExecutionId = "e", Status = OrchestrationRuntimeStatus.Running, Created = now, Updated = now, Wake = due };
            state = commit.Append(state,
            [
                new HistoryEvent(EventKind.Started) { Name = "Fire", ExecutionId = "e" },
                new HistoryEvent(EventKind.PassStarted) { At = now },
                new HistoryEvent(EventKind.TimerCreated) { TaskId = 0, At = due },
            ]);
            return commit.SaveAsync(state, etag: null, [], [], before: null);
        }));
    }

    private async Task CreateAsync(DurableEngine engine, int count, DateTime due)
    {
        var client = new LocalDurableTaskClient("bench", engine);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = SideBySide }, async (i, cancellation) =>
            await client.ScheduleNewOrchestrationInstanceAsync("Fire", due, new StartOrchestrationOptions($"firing-{i}"), cancellation));
        await _work.WhenEmptyAsync();
    }

    private DurableEngine Engine(IDurableStore store, SystemWorkClock clock)
    {
        var tasks = new DurableTasks();
        tasks.Orchestrators["Fire"] = async context =>
        {
            await context.CreateTimer(context.GetInput<DateTime>(), CancellationToken.None);
            await context.CallActivityAsync("Act");
            return null;
        };
        tasks.Activities["Act"] = (_, _) =>
        {
            _starts.Enqueue(((DateTimeOffset.UtcNow - _due).TotalSeconds, Interlocked.Read(ref _calls) - _callsBefore));
            return Task.FromResult<string?>(null);
        };
        return new DurableEngine(store, tasks, clock, _work, NullLoggerFactory.Instance);
    }
}
