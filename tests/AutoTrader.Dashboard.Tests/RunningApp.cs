using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AutoTrader.Core.Application;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Replay;
using AutoTrader.Storage;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Tables;
using AutoTrader.Testing;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AutoTrader.Dashboard.Tests;

/// <summary>The whole app on a socket of this machine, with the paper broker on the sample market and virtual time in the hands of the
/// test.</summary>
internal sealed class RunningApp : IAsyncDisposable
{
    /// <summary>Monday, before the open of the sample market's first session.</summary>
    private static readonly DateTimeOffset Start = new(2026, 2, 2, 14, 25, 0, TimeSpan.Zero);

    private readonly LocalFunctionsHost _host;
    private readonly HttpClient _client;

    private RunningApp(LocalFunctionsHost host)
    {
        _host = host;
        _client = new() { BaseAddress = host.Address };
    }

    public Uri Page => new(_host.Address, "api/dashboard");

    public DateTimeOffset Now => _host.Clock.GetUtcNow();

    public static async Task<RunningApp> StartAsync(params (string Name, string Value)[] settings)
    {
        var options = LocalHostOptions.ForTest(Start, typeof(Composition).Assembly) with
        {
            Settings = new (string Name, string? Value)[]
            {
                ("CycleSchedule", "0 * * * * *"),
                ("MaintenanceSchedule", "30 * * * * *"),
                ("AutoTrader:Market:Directory", Path.Combine(Repository.Top, "samples", "market")),
            }
                .Concat(settings.Select(it => (it.Name, (string?)it.Value)))
                .ToDictionary(it => it.Item1, it => it.Item2, StringComparer.OrdinalIgnoreCase),
        };
        var host = await LocalFunctionsHost.StartAsync(options, (builder, worker) =>
        {
            builder.Services.AddAutoTraderMemoryStorage(new MemoryTables(), new MemoryEngineLease());
            builder.Services.TryAddSingleton(new CommandTimeouts { AtMost = TimeSpan.Zero });
            ReplayedApp.Configure(builder, worker);
        });
        return new(host);
    }

    /// <summary>The app with the sample strategies and schedules, an hour and a half into a session: it holds shares, orders work, and
    /// schedules have fired.</summary>
    public static async Task<RunningApp> TradingAsync(params (string Name, string Value)[] settings)
    {
        var app = await StartAsync([
            ("AutoTrader:ImportOnFirstStart", Path.Combine(Repository.Top, "samples", "strategies.yaml")),
            ("AutoTrader:ImportSchedulesOnFirstStart", Path.Combine(Repository.Top, "samples", "schedules.yaml")),
            .. settings,
        ]);
        await app.UntilAsync(new(2026, 2, 2, 16, 0, 0, TimeSpan.Zero));
        return app;
    }

    public Task UntilAsync(DateTimeOffset instant) => _host.RunUntilAsync(instant);

    public async Task<JsonNode> GetAsync(string path) =>
        JsonNode.Parse(await _client.GetStringAsync(new Uri(_client.BaseAddress!, "api/" + path)))!;

    public async Task PostAsync(string path, string json)
    {
        using var content = new StringContent(json, MediaTypeHeaderValue.Parse("application/json"));
        using var reply = await _client.PostAsync(new Uri(_client.BaseAddress!, "api/" + path), content);
        reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }
}
