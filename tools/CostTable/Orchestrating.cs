using System.Net.Http.Json;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.Testing;

namespace AutoTrader.CostTable;

/// <summary>What orchestrations cost while they sleep and when they fire: the real engine on Azurite in real time.</summary>
/// <param name="Idle">A minute with twenty schedules asleep and the watchdog.</param>
/// <param name="Firing">One firing of a schedule that notifies.</param>
internal sealed record Orchestrating(Rate Idle, Rate Firing)
{
    private const int Firings = 30;
    private const int Schedules = 20;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(2);

    public static async Task<Orchestrating> MeasureAsync()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-cost-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            await using var meter = await StorageMeter.StartAsync(azurite.ConnectionString);
            var executions = new Executions();
            await using var host = await LocalFunctionsHost.StartAsync(
                meter.SchedulesOnly(typeof(Composition).Assembly),
                (builder, worker) =>
                {
                    executions.CountIn(worker);
                    Composition.AddAutoTrader(builder, worker);
                }
            );
            using var client = new HttpClient { BaseAddress = host.Address };
            for (var number = 0; number < Schedules; number++)
            {
                await CreateAsync(client, $"asleep-{number}", new { schedule_at = DateTimeOffset.UtcNow.AddDays(40) });
            }

            await Task.Delay(Settling);
            var idle = await WatchAsync(Watched);
            await CreateAsync(client, "often", new { schedule_cron = "*/2 * * * * *", max_runs = Firings });
            var busy = await WatchAsync(TimeSpan.FromSeconds((2 * Firings) + 20));
            var minutes = ((2 * Firings) + 20) / 60d;
            return new(idle, (busy - idle) * (minutes / Firings));

            async Task<Rate> WatchAsync(TimeSpan time)
            {
                var (requests, ran) = (meter.Count, executions.Count);
                await Task.Delay(time);
                return new(
                    Requests.Of(meter.From(requests), time.TotalMinutes),
                    (executions.Count - ran) / time.TotalMinutes,
                    executions.From(ran) / time.TotalMinutes
                );
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CreateAsync(HttpClient client, string id, object when)
    {
        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["id"] = id,
            ["task_type"] = "notify",
            ["task_data"] = new { message = id },
        };
        foreach (var property in when.GetType().GetProperties())
        {
            body[property.Name] = property.GetValue(when);
        }

        using var answer = await client.PostAsJsonAsync(new Uri("api/schedules", UriKind.Relative), body);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        }
    }
}
