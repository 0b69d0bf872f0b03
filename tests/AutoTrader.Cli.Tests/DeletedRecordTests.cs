using AutoTrader.Cli.Tests.Mcp;
using AutoTrader.Functions.Testing;

namespace AutoTrader.Cli.Tests;

/// <summary>A deleted record is gone for every reader at once, through whatever it was deleted, and nothing brings it back.</summary>
public sealed class DeletedRecordTests
{
    private const string Strategy =
        """{"id":"gone","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5,"enabled":false}""";

    // Ways to look, and what they say to whoever looks for a record that is there.
    private static readonly Func<Clients, Task<bool>>[] StrategySeen =
    [
        async it => (await it.App.GetAsync("strategies/gone")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.App.GetAsync("strategies")).Text.Contains("gone", StringComparison.Ordinal),
        async it => (await it.App.GetAsync("strategies.yaml")).Text.Contains("gone", StringComparison.Ordinal),
        async it => (await it.App.GetAsync("schedules/strategy-gone")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.App.GetAsync("schedules")).Text.Contains("gone", StringComparison.Ordinal),
        async it => (await it.App.GetAsync("schedules.yaml")).Text.Contains("gone", StringComparison.Ordinal),
        async it => (await it.App.PostAsync("strategies/gone/pause", "{}")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.App.SendAsync("PATCH", "strategies/gone", """{"notes":"x"}""")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.Trader.RunAsync("strategy show gone")).Code != 3,
        async it => (await it.Trader.RunAsync("strategy list")).Out.Contains("gone", StringComparison.Ordinal),
        async it => (await it.Trader.RunAsync("why gone")).Code != 3,
        async it => (await it.Trader.RunAsync("schedule next")).Out.Contains("gone", StringComparison.Ordinal),
        async it => !(await it.Served.CallAsync("get_strategy", new() { ["strategy_id"] = "gone" })).IsError,
        async it => (await it.Served.CallAsync("list_strategies")).Text["count"]!.GetValue<int>() > 0,
        async it => (await it.Served.CallAsync("list_scheduled_strategies")).Text["count"]!.GetValue<int>() > 0,
        async it => (await it.Served.CallAsync("next_occurrences")).Text["items"]!.AsArray().Count > 0,
        // An import would change it, not create it.
        async it =>
            (await it.ImportAsync(dryRun: true))["created"]!.GetValue<int>() == 0,
    ];

    private static readonly Func<Clients, Task<bool>>[] ScheduleSeen =
    [
        async it => (await it.App.GetAsync("schedules/bell")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.App.GetAsync("schedules")).Text.Contains("bell", StringComparison.Ordinal),
        async it => (await it.App.GetAsync("schedules.yaml")).Text.Contains("bell", StringComparison.Ordinal),
        async it => (await it.App.SendAsync("PATCH", "schedules/bell", """{"note":"x"}""")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.App.PostAsync("schedules/bell/pause")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.App.PostAsync("schedules/bell/resume")).Status != System.Net.HttpStatusCode.NotFound,
        async it => (await it.Trader.RunAsync("schedule show bell")).Code != 3,
        async it => (await it.Trader.RunAsync("schedule list")).Out.Contains("bell", StringComparison.Ordinal),
        async it => (await it.Trader.RunAsync("schedule next")).Out.Contains("bell", StringComparison.Ordinal),
        async it => !(await it.Served.CallAsync("get_schedule", new() { ["schedule_id"] = "bell" })).IsError,
        async it => (await it.Served.CallAsync("list_schedules")).Text["count"]!.GetValue<int>() > 0,
    ];

    [Theory]
    [InlineData("api")]
    [InlineData("command line")]
    [InlineData("mcp")]
    public async Task A_strategy_is_gone_for_every_reader_and_neither_cycle_nor_sweep_nor_schedule_brings_it_back(string through)
    {
        await using var clients = await Clients.OpenAsync();
        await clients.App.CreateAsync(Strategy);
        await clients.App.SendAsync("PUT", "strategies/gone/schedule", """{"schedule_at":"+3m"}""");
        (await SeenAsync(clients, StrategySeen)).ShouldAllBe(seen => seen);

        switch (through)
        {
            case "api":
                (await clients.App.SendAsync("DELETE", "strategies/gone", null)).Status.ShouldBe(System.Net.HttpStatusCode.NoContent);
                break;
            case "mcp":
                (await clients.Served.CallAsync("remove_strategy", new() { ["strategy_id"] = "gone" })).IsError.ShouldBeFalse();
                break;
            default:
                (await clients.Trader.RunAsync("strategy remove gone --yes")).ShouldExit(0);
                break;
        }

        (await SeenAsync(clients, StrategySeen)).ShouldAllBe(seen => !seen);

        // Past its time: cycles, sweeps and the orchestration that slept have all run.
        await clients.App.MinutesAsync(6);
        (await SeenAsync(clients, StrategySeen)).ShouldAllBe(seen => !seen);
        (await clients.App.GetAsync("orders?status=all")).Json["count"]!.GetValue<int>().ShouldBe(0);
        clients.App.Failures.ShouldBeEmpty();

        // A file makes a new one, which has nothing of the old.
        (await clients.ImportAsync(dryRun: false))["created"]!.GetValue<int>().ShouldBe(1);
        (await clients.App.GetAsync("strategies/gone")).Json["schedule_enabled"]!.GetValue<bool>().ShouldBeFalse();
        (await clients.App.GetAsync("schedules")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("command line")]
    [InlineData("mcp")]
    public async Task A_schedule_is_gone_for_every_reader_and_is_never_due_again(string through)
    {
        await using var clients = await Clients.OpenAsync();
        await clients.App.PostAsync("schedules", """{"id":"bell","task_type":"notify","schedule_at":"+3m","task_data":{"message":"x"}}""");
        (await SeenAsync(clients, ScheduleSeen)).ShouldAllBe(seen => seen);
        switch (through)
        {
            case "api":
                (await clients.App.SendAsync("DELETE", "schedules/bell", null)).Status.ShouldBe(System.Net.HttpStatusCode.NoContent);
                break;
            case "mcp":
                (await clients.Served.CallAsync("delete_schedule", new() { ["schedule_id"] = "bell" })).IsError.ShouldBeFalse();
                break;
            default:
                (await clients.Trader.RunAsync("schedule delete bell --yes")).ShouldExit(0);
                break;
        }

        (await SeenAsync(clients, ScheduleSeen)).ShouldAllBe(seen => !seen);
        await clients.App.MinutesAsync(6);
        (await SeenAsync(clients, ScheduleSeen)).ShouldAllBe(seen => !seen);
        (await clients.App.GetAsync("events")).Text.ShouldNotContain("schedule bell: notify fired");
        clients.App.Failures.ShouldBeEmpty();
    }

    private static async Task<List<bool>> SeenAsync(Clients clients, Func<Clients, Task<bool>>[] readers)
    {
        var seen = new List<bool>();
        foreach (var reader in readers)
        {
            seen.Add(await reader(clients));
        }

        return seen;
    }

    /// <summary>An app and every client of it.</summary>
    private sealed class Clients(TestApp app, Trader trader, Served served) : IAsyncDisposable
    {
        public TestApp App => app;

        public Trader Trader => trader;

        public Served Served => served;

        public static async Task<Clients> OpenAsync()
        {
            var app = await TestApp.StartAsync();
            var trader = new Trader(app.Address);
            return new(app, trader, await Served.StartAsync(trader, "--access", "trade"));
        }

        public async Task<System.Text.Json.Nodes.JsonNode> ImportAsync(bool dryRun)
        {
            const string File =
                "strategies:\n- symbol: ACME\n  id: gone\n  strategy_type: trailing_stop\n  quantity: 5\n  enabled: false\n  "
                + "trailing_stop_pct: '2'\n";
            var body = new System.Text.Json.Nodes.JsonObject { ["yaml"] = File }.ToJsonString();
            return (await app.PostAsync("strategies.yaml?dry_run=" + (dryRun ? "true" : "false"), body)).Json;
        }

        public async ValueTask DisposeAsync()
        {
            await served.DisposeAsync();
            await app.DisposeAsync();
            trader.Dispose();
        }
    }
}
