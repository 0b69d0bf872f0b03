using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Replay;
using AutoTrader.LocalHost.Storage;
using AutoTrader.Storage;
using AutoTrader.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Functions.Tests.Hosting;

/// <summary>The whole app in real time on storage without keys: stores, lease, timers and the engine of orchestrations enter by a token,
/// over HTTPS.</summary>
public sealed class IdentityTests(OAuthAzurite azurite) : IClassFixture<OAuthAzurite>
{
    // For a hang only.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_cycle_runs_under_its_lease_and_an_orchestration_wakes_by_a_token_and_no_key()
    {
        await using var host = await StartAsync();
        using var client = new HttpClient { BaseAddress = new(host.Address, "api/") };
        var cycle = await SendAsync(client, HttpMethod.Post, "engine/run");
        cycle["outcome"]!.GetValue<string>().ShouldBe("ran", cycle.ToJsonString());
        // It is due a second from now, which only its orchestration knows: no timer of this host looks at it.
        await SendAsync(client, HttpMethod.Post, "schedules", """{"id":"soon","task_type":"kill_switch_on","schedule_at":"+1s"}""");
        using var patience = new CancellationTokenSource(Patience);
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        JsonArray runs;
        while (
            (runs = (await SendAsync(client, HttpMethod.Get, "schedules/soon/runs"))["items"]!.AsArray()) is not [{ } run]
            || run["status"]!.GetValue<string>() == "started"
        )
        {
            await looks.WaitForNextTickAsync(patience.Token);
        }

        runs.ShouldHaveSingleItem()!["status"]!.GetValue<string>().ShouldBe("fired", runs.ToJsonString());
        (await SendAsync(client, HttpMethod.Get, "engine/kill-switch"))["on"]!.GetValue<bool>().ShouldBeTrue();
        (await SendAsync(client, HttpMethod.Get, "health"))["storage"]!.GetValue<string>().ShouldBe("reachable");
        host.Failures.Select(it => $"{it.Function}: {it.Failure}").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://mytrading.table.core.windows.net/LocalHost", "accountName", "mytrading")]
    [InlineData(
        "https://t.example.com/LocalHost",
        "tableServiceUri",
        "https://t.example.com",
        "blobServiceUri",
        "https://b.example.com",
        "queueServiceUri",
        "https://q.example.com"
    )]
    [InlineData(null, "tableServiceUri", "https://t.example.com")]
    public void Both_forms_of_the_setting_name_the_account_of_the_local_host(string? table, params string[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Chunk(2).Select(it => KeyValuePair.Create("AzureWebJobsStorage:" + it[0], (string?)it[1])))
            .Build();
        var services = StorageServices.From(configuration.GetSection("AzureWebJobsStorage"));
        services?.ConnectionString.ShouldBeNull();
        services?.Table("LocalHost").Uri.ToString().ShouldBe(table);
        (services is null).ShouldBe(table is null);
    }

    private Task<LocalFunctionsHost> StartAsync()
    {
        var identity = new TestIdentity(TimeSpan.FromHours(1));
        var options = new LocalHostOptions
        {
            Assemblies = [typeof(Composition).Assembly],
            Storage = new AzureRuntimeStorage(
                StorageServices.Of(azurite.Blobs, azurite.Queues, azurite.Tables, identity, azurite.Trust),
                "identity",
                NullLogger.Instance
            ),
            Groups = TriggerGroups.Http | TriggerGroups.Durable,
            Settings = new Dictionary<string, string?>(azurite.Settings, StringComparer.OrdinalIgnoreCase)
            {
                // Another host of this process may have left one in the environment.
                ["AzureWebJobsStorage"] = null,
                ["CycleSchedule"] = "0 * * * * *",
                ["MaintenanceSchedule"] = "30 * * * * *",
                ["AutoTrader:Market:Directory"] = Path.Combine(Repository.Top, "samples", "market"),
            },
            Logging = logging => logging.ClearProviders(),
        };
        return LocalFunctionsHost.StartAsync(options, (builder, worker) =>
        {
            var account = StorageAccount.From(builder.Configuration.GetSection("AzureWebJobsStorage"));
            account.ConnectionString.ShouldBeNull();
            account = account with { Credential = identity };
            builder.Services.AddSingleton(provider => account.Tables(provider.GetRequiredService<StorageTransactions>(), azurite.Trust));
            builder.Services.AddSingleton(provider => account.Blobs(provider.GetRequiredService<StorageTransactions>(), azurite.Trust));
            ReplayedApp.Configure(builder, worker);
        });
    }

    private static async Task<JsonNode> SendAsync(HttpClient client, HttpMethod method, string path, string? json = null)
    {
        using var content = json is null ? null : new StringContent(json, MediaTypeHeaderValue.Parse("application/json"));
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var reply = await client.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        // Health answers 503 while something is not well, and says what.
        (reply.IsSuccessStatusCode || path == "health").ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }
}
