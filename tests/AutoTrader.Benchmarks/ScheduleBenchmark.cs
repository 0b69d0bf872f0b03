using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Scheduling;
using AutoTrader.Core.Scheduling.Running;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Durable.Storage;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Benchmarks;

/// <summary>
/// The whole app against Azurite in real time: how fast its door makes schedules beside thousands that sleep, how soon a host with 10,000 of them is ready again,
/// and, for 1,000 that are due at one instant, how late they start, when all they do is done, and what that costs in storage transactions.
/// </summary>
internal sealed class ScheduleBenchmark : IScheduleEvents
{
    private const int Sleepers = 7_000;
    private const int Firing = 1_000;
    private const int SideBySide = 32;
    private const string Account = "paper";

    private readonly ConcurrentQueue<ScheduleRun> _ended = new();

    // In the midst of a session of the sample market, so that orders are taken at any time of the week.
    private readonly ShiftedTime _clock = new(new(2026, 2, 2, 15, 0, 0, TimeSpan.Zero));

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-bench-");
        using var requests = new StorageRequests();
        await using (var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName))
        {
            await RunAsync(azurite.ConnectionString, requests);
        }

        folder.Delete(recursive: true);
    }

    private async Task RunAsync(string connection, StorageRequests requests)
    {
        DateTimeOffset notifyAt, pauseAt, orderAt;
        await using (var host = await StartAsync(connection))
        {
            await SeedAsync(host, connection);
            await SeedStrategiesAsync(host);
            await LiftLimitsAsync(host);
            // Between the timers of the minute, so that each firing is measured apart from them; long enough to make them all and start again.
            notifyAt = QuietInstant(TimeSpan.FromSeconds(180));
            pauseAt = notifyAt.AddMinutes(2);
            orderAt = pauseAt.AddMinutes(2);
            requests.Take(host);
            var before = Stopwatch.GetTimestamp();
            await CreateAsync(host, "notify", notifyAt, i => new { message = $"message {i}" });
            var seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
            Console.WriteLine($"created at the door     {Firing / seconds,8:N0} a second beside {Sleepers:N0} sleepers, {requests.Take(host).Each(Firing)}");
            await CreateAsync(host, "strategy_pause", pauseAt, i => new { strategy_id = $"s{i:D4}" });
            await CreateAsync(host, "order_place", orderAt, _ => new { symbol = "DUNE", side = "buy", qty = 1, order_type = "market" });
            await host.StopAsync();
            requests.Take(host);
        }

        var restart = Stopwatch.GetTimestamp();
        await using (var host = await StartAsync(connection))
        {
            using var client = new HttpClient { BaseAddress = host.Address };
            (await client.GetAsync(new Uri("api/health", UriKind.Relative))).EnsureSuccessStatusCode();
            Console.WriteLine($"restart with {Sleepers + (3 * Firing):N0}     {Stopwatch.GetElapsedTime(restart).TotalSeconds,8:0.00} s until the first answer, {requests.Take(host)}, {notifyAt - _clock.GetUtcNow():mm\\:ss} before the first are due");
            await MeasureAsync("notify", host, requests, notifyAt);
            await MeasureAsync("strategy_pause", host, requests, pauseAt);
            await MeasureAsync("order_place", host, requests, orderAt);
            await host.StopAsync();
        }
    }

    private async Task MeasureAsync(string action, LocalFunctionsHost host, StorageRequests requests, DateTimeOffset due)
    {
        if (due - _clock.GetUtcNow() is var rest && rest < TimeSpan.FromSeconds(2))
        {
            Console.WriteLine($"{action}: the machine was too slow; its 1,000 were due {-rest.TotalSeconds:0} s ago.");
        }
        else
        {
            await Task.Delay(rest - TimeSpan.FromSeconds(1));
        }

        requests.Take(host);
        while (_ended.Count < Firing)
        {
            await Task.Delay(50);
        }

        var used = requests.Take(host);
        var runs = _ended.ToList();
        _ended.Clear();
        var late = runs.Select(run => run.Lateness.TotalSeconds).Order().ToList();
        Console.WriteLine($"{Firing:N0} at once: {action,-14} start late: median {late[Firing / 2]:0.00} s, 99 % {late[Firing * 99 / 100]:0.00} s, last {late[^1]:0.00} s; all done after {runs.Max(run => (run.EndedAt!.Value - due).TotalSeconds):0.0} s");
        Console.WriteLine($"                         {used.Each(Firing)} each; ended {string.Join(", ", runs.CountBy(run => Words.Of(run.Status) + " " + run.Code).Select(it => $"{it.Value} {it.Key}"))}");
    }

    private DateTimeOffset QuietInstant(TimeSpan atLeast)
    {
        const int AfterSweep = 50;
        var earliest = _clock.GetUtcNow() + atLeast;
        var minute = new DateTimeOffset(earliest.Ticks - (earliest.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero).AddSeconds(AfterSweep);
        return minute >= earliest ? minute : minute.AddMinutes(1);
    }

    private Task<LocalFunctionsHost> StartAsync(string connection) => LocalFunctionsHost.StartAsync(
        new()
        {
            Assemblies = [typeof(Composition).Assembly],
            Logging = logging => logging.ClearProviders(),
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["AzureWebJobsStorage"] = connection,
                ["LocalHost:Port"] = "0",
                // As host.json has it, which is not read here.
                ["AzureFunctionsJobHost:extensions:durableTask:maxConcurrentActivityFunctions"] = "5000",
                ["AutoTrader:CycleSchedule"] = "0 * * * * *",
                ["AutoTrader:HousekeepingSchedule"] = "30 20 4 * * *",
                ["AutoTrader:DeliverySchedule"] = "30 * * * * *",
                ["AutoTrader:SweepSchedule"] = "40 * * * * *",
                ["AutoTrader:PurgeSchedule"] = "30 40 4 * * *",
                ["AutoTrader:Market:Directory"] = "samples/market",
            },
        },
        builder =>
        {
            builder.ConfigureFunctionsWebApplication();
            builder.Services.AddSingleton<IScheduleEvents>(this);
            builder.Services.AddSingleton<TimeProvider>(_clock);
            builder.AddAutoTrader();
        });

    private static async Task CreateAsync(LocalFunctionsHost host, string action, DateTimeOffset due, Func<int, object> task)
    {
        using var client = new HttpClient { BaseAddress = host.Address };
        await Parallel.ForAsync(0, Firing, new ParallelOptions { MaxDegreeOfParallelism = SideBySide }, async (i, cancellation) =>
        {
            var body = new { id = string.Create(CultureInfo.InvariantCulture, $"{action}-{i:D4}"), task_type = action, schedule_at = due.ToString("O", CultureInfo.InvariantCulture), task_data = task(i) };
            using var answer = await client.PostAsJsonAsync("api/schedules", body, cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(cancellation));
            }
        });
    }

    // One is made at the door and falls asleep; the others are copies of its rows.
    private async Task SeedAsync(LocalFunctionsHost host, string connection)
    {
        const string Template = "sleeper-template";
        using var client = new HttpClient { BaseAddress = host.Address };
        using (var made = await client.PostAsJsonAsync("api/schedules", new { id = Template, task_type = "notify", schedule_at = _clock.GetUtcNow().AddDays(300).ToString("O", CultureInfo.InvariantCulture), task_data = new { message = "later" } }))
        {
            made.EnsureSuccessStatusCode();
        }

        await host.Services.GetRequiredService<RunningWork>().WhenEmptyAsync();
        var schedules = host.Services.GetRequiredService<IScheduleStore>();
        var schedule = (await schedules.ReadAsync(Template, CancellationToken.None))!.Value;
        var durable = (TableDurableStore)host.Services.GetRequiredService<TaskHub>().Open(host.Services.GetRequiredService<IRuntimeStorage>());
        var instance = "schedule-" + Template;
        var state = await durable.ReadAsync(DurableKeys.State(instance), CancellationToken.None) ?? throw new InvalidOperationException("The template did not fall asleep.");
        var history = await durable.ReadRangeAsync(DurableKeys.HistoryOf(instance), DurableKeys.After(DurableKeys.HistoryOf(instance)), CancellationToken.None);

        await using var commits = new GroupCommit(durable);
        await Parallel.ForAsync(1, Sleepers, new ParallelOptions { MaxDegreeOfParallelism = SideBySide }, async (i, cancellation) =>
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"sleeper-{i:D8}");
            await schedules.CommitAsync(id, [ScheduleWrite.Of(schedule with { Id = id, CreatedAt = schedule.CreatedAt.AddDays(-1), UpdatedAt = schedule.UpdatedAt.AddDays(-1) }, null)], cancellation);
            await commits.CommitAsync(
            [
                new(ChangeKind.Put, DurableKeys.State("schedule-" + id), state.Text.Replace(Template, id, StringComparison.Ordinal), IsOpen: true),
                .. history.Select(row => new RowChange(ChangeKind.Put, row.Key.Replace(Template, id, StringComparison.Ordinal), row.Text.Replace(Template, id, StringComparison.Ordinal))),
            ]);
        });
    }

    private async Task SeedStrategiesAsync(LocalFunctionsHost host)
    {
        const int Group = 100;
        var store = host.Services.GetRequiredService<ITradingStore>();
        var strategies = Enumerable.Range(0, Firing).Select(i => new Strategy
        {
            Id = $"s{i:D4}",
            Symbol = "ACME",
            StrategyType = StrategyType.TrailingStop,
            Quantity = 1,
            Enabled = false,
            TrailingStopPct = 5,
            AllowSharedSymbol = true,
            Arm = "aaaaaaaa",
            CreatedAt = _clock.GetUtcNow(),
        });
        foreach (var group in strategies.Chunk(Group))
        {
            await store.CommitAsync(Account, [.. group.Select(strategy => new TradingWrite(TradingKey.Strategy(strategy.Id), strategy, null))], CancellationToken.None);
        }
    }

    private static async Task LiftLimitsAsync(LocalFunctionsHost host)
    {
        using var client = new HttpClient { BaseAddress = host.Address };
        using var answer = await client.PutAsJsonAsync("api/risk", new { max_daily_trades = 10 * Firing, max_position_size = 10 * Firing, max_position_value = 1_000_000 });
        answer.EnsureSuccessStatusCode();
    }

    void IScheduleEvents.RunEnded(ScheduleRun run) => _ended.Enqueue(run);

    void IScheduleEvents.SweepFailed(string scheduleId, Exception failure) => Console.WriteLine($"sweep of {scheduleId}: {failure.Message}");

    // Passes as the system's does, from another instant on.
    private sealed class ShiftedTime(DateTimeOffset start) : TimeProvider
    {
        private readonly TimeSpan _shift = start - System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _shift;
    }
}
