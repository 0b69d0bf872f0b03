using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AutoTrader.LocalHost.Azurite;

namespace AutoTrader.Simulation;

/// <summary>The app as a plan runs it that scales functions in groups: HTTP, timers and orchestrations are processes of their own on one
/// storage, in real time.</summary>
public class SeparateProcessTests
{
    private static readonly (string, string)[] Settings =
    [
        ("LocalHost__Replay__Start", ""),
        ("CycleSchedule", "*/5 * * * * *"),
        ("MaintenanceSchedule", "*/7 * * * * *"),
    ];

    [Fact]
    public async Task Health_is_good_and_a_schedule_that_one_process_takes_is_fired_by_another_once()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-apart-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            await using var timers = AppProcess.StartOnly("timers", azurite.ConnectionString, Settings);
            await using var durable = AppProcess.StartOnly("durable", azurite.ConnectionString, Settings);
            await using var http = AppProcess.StartOnly("http", azurite.ConnectionString, Settings);
            using var client = new HttpClient { BaseAddress = new(await http.AddressAsync() + "api/") };

            await UntilAsync(async () => (await client.GetAsync(Relative("health"))).IsSuccessStatusCode);
            var created = await client.PostAsJsonAsync(
                Relative("schedules"),
                new
                {
                    id = "apart",
                    task_type = "kill_switch_on",
                    schedule_at = "+12s",
                    task_data = new { reason = "apart" },
                }
            );
            created.EnsureSuccessStatusCode();

            await UntilAsync(async () => (await RunsAsync(client)).Count > 0);
            await UntilAsync(async () =>
                (await client.GetFromJsonAsync<JsonNode>(Relative("engine/kill-switch")))!["on"]!.GetValue<bool>()
            );
            (await client.PostAsync(Relative("schedules/apart/trigger"), null)).EnsureSuccessStatusCode();
            var runs = await RunsAsync(client);
            runs.Count(run => run!["cause"]!.GetValue<string>() == "scheduled").ShouldBe(1);
            runs.Count.ShouldBe(2);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<JsonArray> RunsAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonNode>(Relative("schedules/apart/runs")))!["items"]!.AsArray();

    private static Uri Relative(string path) => new(path, UriKind.Relative);

    // How long it takes is not asserted.
    private static async Task UntilAsync(Func<Task<bool>> reached)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            if (await reached())
            {
                return;
            }
        }
    }
}
