using System.Net.Http.Json;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Replay;
using AutoTrader.Testing;
using Microsoft.Extensions.Logging;

namespace AutoTrader.CostTable;

/// <summary>What cycles and maintenance cost in a minute, in a session and outside: the whole app in virtual time on Azurite, with ten
/// strategies, five of which hold shares, and twenty schedules.</summary>
/// <param name="InSession">A minute of a session.</param>
/// <param name="Outside">A minute of a night.</param>
internal sealed record Trading(Rate InSession, Rate Outside)
{
    public const int Strategies = 10;
    public const int Schedules = 20;

    private const int SessionMinutes = 30;

    // A replay keeps the lease; a cycle by the clock takes it and gives it back.
    private static readonly Requests Lease = new(0, 0, 0, 2);

    private const int NightMinutes = 60;

    // Of the sample market.
    private static readonly string[] Symbols = ["ACME", "BOLT", "CRUX", "DUNE", "ECHO"];
    private static readonly DateTimeOffset Open = new(2026, 2, 2, 14, 32, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Night = new(2026, 2, 2, 22, 0, 0, TimeSpan.Zero);

    public static async Task<Trading> MeasureAsync()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-cost-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            await using var meter = await StorageMeter.StartAsync(azurite.ConnectionString);
            var executions = new Executions();
            var options = LocalHostOptions.ForTest(Open, typeof(Composition).Assembly) with
            {
                Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
                {
                    ["AzureWebJobsStorage"] = meter.ConnectionString,
                    ["CycleSchedule"] = "0 * * * * *",
                    ["MaintenanceSchedule"] = "30 * * * * *",
                    ["AutoTrader:Market:Directory"] = Path.Combine(Repository.Top, "samples", "market"),
                },
                Logging = logging => logging.ClearProviders(),
            };
            await using var host = await LocalFunctionsHost.StartAsync(options, (builder, worker) =>
            {
                executions.CountIn(worker);
                ReplayedApp.Configure(builder, worker);
            });
            using var client = new HttpClient { BaseAddress = host.Address };
            await CreateAsync(client);
            await host.RunUntilAsync(Open.AddMinutes(8));
            var session = await MinutesAsync(SessionMinutes);
            await host.RunUntilAsync(Night);
            return new(session, await MinutesAsync(NightMinutes));

            async Task<Rate> MinutesAsync(int minutes)
            {
                var (requests, ran) = (meter.Count, executions.Count);
                await host.RunUntilAsync(host.Clock.GetUtcNow().AddMinutes(minutes));
                return new(
                    Requests.Of(meter.From(requests), minutes) + Lease,
                    (executions.Count - ran) / (double)minutes,
                    executions.From(ran) / minutes
                );
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CreateAsync(HttpClient client)
    {
        for (var number = 0; number < Strategies; number++)
        {
            await SendAsync(
                client,
                "api/strategies",
                new
                {
                    id = $"s{number}",
                    symbol = Symbols[number % Symbols.Length],
                    strategy_type = "trailing_stop",
                    trailing_stop_pct = "20",
                    quantity = 5,
                    allow_shared_symbol = true,
                    // The second half waits for a price that does not come.
                    entry_type = number < Symbols.Length ? "market" : "condition",
                    entry_condition = number < Symbols.Length ? null : "below:1",
                }
            );
        }

        for (var number = 0; number < Schedules; number++)
        {
            await SendAsync(
                client,
                "api/schedules",
                new
                {
                    id = $"d{number}",
                    task_type = "notify",
                    schedule_cron = "0 12 * * 1-5",
                    task_data = new { message = "hello" },
                }
            );
        }
    }

    private static async Task SendAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        }
    }
}
