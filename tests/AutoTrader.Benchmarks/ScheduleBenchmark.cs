using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Benchmarks;

/// <summary>
/// The whole app on the durable engine against Azurite in real time: how fast it takes schedules, how soon a host with 10,000 of them is
/// ready again, and, for 50 one by one and for 200 and 1,000 of one instant, how late they start, when all they do is done, and what that
/// costs in storage requests.
/// </summary>
internal sealed class ScheduleBenchmark : IScheduleEvents
{
    private const int Firing = 1_000;
    private const int Few = 200;
    private const int OneOffs = 50;
    private const int SideBySide = 32;
    private const string Account = "paper";

    private static readonly int Sleepers = int.Parse(
        Environment.GetEnvironmentVariable("AUTOTRADER_BENCH_SLEEPERS") ?? "7000",
        CultureInfo.InvariantCulture
    );

    private readonly ConcurrentQueue<ScheduleRun> _ended = new();

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
        await using (var host = await StartAsync(connection))
        {
            await SeedStrategiesAsync(host);
            await LiftLimitsAsync(host);
            requests.Take(host);
            var before = Stopwatch.GetTimestamp();
            var later = DateTimeOffset.UtcNow.AddDays(3);
            await CreateAsync(host, "sleeper", "notify", Sleepers, _ => later, i => new { message = $"message {i}" });
            var seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
            Console.WriteLine($"created                {Sleepers / seconds,8:N0} a second, {requests.Take(host).Each(Sleepers)}");
            await host.StopAsync();
        }

        var restart = Stopwatch.GetTimestamp();
        await using (var host = await StartAsync(connection))
        {
            using var client = new HttpClient { BaseAddress = host.Address };
            await client.GetAsync(new Uri("api/strategies?limit=1", UriKind.Relative));
            Console.WriteLine(
                $"restart with {Sleepers:N0} asleep {Stopwatch.GetElapsedTime(restart).TotalSeconds,8:0.00} s until the first answer"
            );
            foreach (var (count, spread) in new[] { (OneOffs, TimeSpan.FromSeconds(1)), (Few, TimeSpan.Zero), (Firing, TimeSpan.Zero) })
            {
                await MeasureAsync("order_place", count, spread, host, requests, _ => new
                {
                    symbol = "DUNE",
                    side = "buy",
                    qty = 1,
                    order_type = "limit",
                    limit_price = 20,
                });
                await MeasureAsync("notify", count, spread, host, requests, i => new { message = $"message {i}" });
            }

            await MeasureAsync("strategy_pause", Firing, TimeSpan.Zero, host, requests, i => new { strategy_id = $"s{i:D4}" });
            await host.StopAsync();
        }
    }

    // Of one instant, or one after another with a spread between them.
    private async Task MeasureAsync(
        string action,
        int count,
        TimeSpan spread,
        LocalFunctionsHost host,
        StorageRequests requests,
        Func<int, object> task
    )
    {
        // Long enough to make them all, and for them to fall asleep.
        var due = QuietInstant(TimeSpan.FromSeconds(50 + (count / 10)));
        await CreateAsync(host, $"{action}-{count}", action, count, i => due + (i * spread), task);
        if (due - DateTimeOffset.UtcNow is var rest && rest < TimeSpan.FromSeconds(45))
        {
            Console.WriteLine($"{action}: the machine was slow; its {count:N0} were due {rest.TotalSeconds:0} s after they were made.");
        }
        else
        {
            await Task.Delay(rest - TimeSpan.FromSeconds(45));
        }

        requests.Take(host);
        while (_ended.Count < count)
        {
            await Task.Delay(50);
        }

        var used = requests.Take(host);
        var runs = _ended.ToList();
        _ended.Clear();
        var late = runs.Select(run => run.Lateness.TotalSeconds).Order().ToList();
        var how = spread == TimeSpan.Zero ? "at once" : "one by one";
        Console.WriteLine(
            $"{count:N0} {how}: {action,-14} start late: median {late[count / 2]:0.000} s, 99 % {late[count * 99 / 100]:0.000} s, "
                + $"last {late[^1]:0.000} s; all done after {runs.Max(run => (run.EndedAt!.Value - run.Planned).TotalSeconds):0.0} s"
        );
        Console.WriteLine(
            $"                         {used.Each(count)} each; ended "
                + $"{string.Join(", ", runs.CountBy(it => WireNames.Of(it.Status) + " " + it.Code).Select(it => it.Value + " " + it.Key))}"
        );
    }

    // Between the timers of the minute, so that each firing is measured apart from them.
    private static DateTimeOffset QuietInstant(TimeSpan atLeast)
    {
        const int AfterSweep = 50;
        var earliest = DateTimeOffset.UtcNow + atLeast;
        var minute = new DateTimeOffset(earliest.Ticks - (earliest.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero).AddSeconds(AfterSweep);
        return minute >= earliest ? minute : minute.AddMinutes(1);
    }

    private Task<LocalFunctionsHost> StartAsync(string connection) =>
        LocalFunctionsHost.StartAsync(
            new()
            {
                Assemblies = [typeof(Composition).Assembly],
                Folder = AppContext.BaseDirectory,
                Logging = logging => logging.ClearProviders(),
                Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
                {
                    ["AzureWebJobsStorage"] = connection,
                    ["LocalHost:Port"] = "0",
                    ["LocalHost:Replay:Start"] = "",
                    ["AutoTrader:Market:Directory"] = Path.Combine(NpmTool.Top()!, "samples", "market"),
                    ["AutoTrader:ImportOnFirstStart"] = "",
                    ["AutoTrader:ImportSchedulesOnFirstStart"] = "",
                },
            },
            (host, worker) =>
            {
                host.Services.AddSingleton<IScheduleEvents>(this);
                Composition.AddAutoTrader(host, worker);
            }
        );

    private static async Task CreateAsync(
        LocalFunctionsHost host,
        string name,
        string action,
        int count,
        Func<int, DateTimeOffset> due,
        Func<int, object> task
    )
    {
        const int Told = 500;
        var made = 0;
        var begun = Stopwatch.GetTimestamp();
        using var client = new HttpClient { BaseAddress = host.Address };
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = SideBySide }, async (i, cancellation) =>
        {
            var body = new
            {
                id = string.Create(CultureInfo.InvariantCulture, $"{name}-{i:D5}"),
                task_type = action,
                schedule_at = due(i).ToString("O", CultureInfo.InvariantCulture),
                task_data = task(i),
            };
            using var answer = await client.PostAsJsonAsync("api/schedules", body, cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(cancellation));
            }

            if (Interlocked.Increment(ref made) is var now && now % Told == 0)
            {
                var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                await Console.Error.WriteLineAsync($"{name}: {now:N0} of {count:N0} after {seconds:0} s");
            }
        });
    }

    private async Task SeedStrategiesAsync(LocalFunctionsHost host)
    {
        const int Group = 100;
        var store = host.Services.GetRequiredService<ITradingStore>();
        var strategies = Enumerable
            .Range(0, Firing)
            .Select(i => new Strategy
            {
                Id = $"s{i:D4}",
                Symbol = "ACME",
                StrategyType = StrategyType.TrailingStop,
                Quantity = 1,
                Enabled = false,
                TrailingStopPct = 5,
                AllowSharedSymbol = true,
                Arm = "aaaaaaaa",
                CreatedAt = DateTimeOffset.UtcNow,
            });
        foreach (var group in strategies.Chunk(Group))
        {
            await store.CommitAsync(
                Account,
                [.. group.Select(strategy => new TradingWrite(TradingKey.Strategy(strategy.Id), strategy, null))],
                CancellationToken.None
            );
        }
    }

    private static async Task LiftLimitsAsync(LocalFunctionsHost host)
    {
        using var client = new HttpClient { BaseAddress = host.Address };
        using var answer = await client.PutAsJsonAsync(
            "api/risk",
            new
            {
                max_daily_trades = 10 * Firing,
                max_position_size = 10 * Firing,
                max_position_value = 1_000_000,
            }
        );
        answer.EnsureSuccessStatusCode();
    }

    void IScheduleEvents.RunEnded(ScheduleRun run) => _ended.Enqueue(run);

    void IScheduleEvents.SweepFailed(string scheduleId, Exception failure) =>
        Console.WriteLine($"sweep of {scheduleId}: {failure.Message}");
}
