using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Replay;
using AutoTrader.LocalHost.Storage;
using AutoTrader.Storage;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Tables;
using AutoTrader.Testing;
using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AutoTrader.Functions.Testing;

/// <summary>The whole app in this process: real sockets, the real engine, the paper broker on the sample market, stores in memory, time in
/// the hands of the test.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    /// <summary>Monday, two minutes after the open of the sample market's first session.</summary>
    public static readonly DateTimeOffset Start = new(2026, 2, 2, 14, 32, 0, TimeSpan.Zero);

    private static readonly string[] AllTables = ["Trading", "Engine", "Paper", "Audit", "Fills", "Orders", "Outbox", "Schedules"];

    private readonly LocalFunctionsHost _host;
    private readonly MemoryTables _tables;

    private TestApp(LocalFunctionsHost host, MemoryTables tables, MemoryEngineLease lease)
    {
        (_host, _tables, Lease) = (host, tables, lease);
        Client = new() { BaseAddress = host.Address };
    }

    public HttpClient Client { get; }

    public MemoryEngineLease Lease { get; }

    public Uri Address => _host.Address;

    public DateTimeOffset Now => _host.Clock.GetUtcNow();

    /// <summary>The orchestration engine, as functions are given it.</summary>
    public DurableTaskClient Orchestrations =>
        (DurableTaskClient)
            _host.Services.GetServices<IRuntimeExtension>().OfType<DurableExtension>().Single().BindInput(null!, null!, null!)!;

    public IReadOnlyList<string> Failures => [.. _host.Failures.Select(it => $"{it.Function}: {it.Failure}")];

    public static Task<TestApp> StartAsync(params (string Name, string Value)[] settings) => StartAsync(_ => { }, settings);

    public static Task<TestApp> StartAsync(Action<IServiceCollection> before, params (string Name, string Value)[] settings) =>
        StartAsync(new(), Start, before, settings);

    /// <summary>A host whose clock stands at an instant, on storage that hosts before it may have left something in.</summary>
    public static Task<TestApp> StartAsync(
        TestStorage storage,
        DateTimeOffset start,
        Action<IServiceCollection> before,
        params (string Name, string Value)[] settings
    ) => StartAsync(TriggerGroups.All, storage, start, before, settings);

    /// <summary>A host that serves only some groups of triggers: on a host whose timers stopped, for example, only the others.</summary>
    public static async Task<TestApp> StartAsync(
        TriggerGroups groups,
        TestStorage storage,
        DateTimeOffset start,
        Action<IServiceCollection> before,
        params (string Name, string Value)[] settings
    )
    {
        var (tables, lease) = (storage.Tables, new MemoryEngineLease());
        var options = LocalHostOptions.ForTest(start, typeof(Composition).Assembly, typeof(TestApp).Assembly) with
        {
            Storage = storage.Runtime,
            Groups = groups,
            Settings = new (string Name, string? Value)[]
            {
                ("CycleSchedule", "0 * * * * *"),
                ("MaintenanceSchedule", "30 * * * * *"),
                ("AutoTrader:Market:Directory", Path.Combine(Repository.Top, "samples", "market")),
            }
                .Concat(settings.Select(it => (it.Name, (string?)it.Value)))
                .GroupBy(it => it.Item1, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(it => it.Key, it => it.Last().Item2, StringComparer.OrdinalIgnoreCase),
        };
        var host = await LocalFunctionsHost.StartAsync(options, (builder, worker) =>
        {
            before(builder.Services);
            builder.Services.AddAutoTraderMemoryStorage(tables, lease);
            // A request that another holder delays need not wait in a test.
            builder.Services.TryAddSingleton(new CommandTimeouts { AtMost = TimeSpan.Zero });
            ReplayedApp.Configure(builder, worker);
        });
        return new(host, tables, lease);
    }

    /// <summary>Lets the ticks of so many minutes run.</summary>
    public Task MinutesAsync(int count) => _host.RunUntilAsync(Now.AddMinutes(count));

    public Task UntilAsync(DateTimeOffset instant) => _host.RunUntilAsync(instant);

    /// <summary>Ends like a killed process: nothing is finished or reported.</summary>
    public async Task KillAsync()
    {
        Client.Dispose();
        await _host.AbandonAsync();
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public T? TryGet<T>() => _host.Services.GetService<T>();

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync("GET", path, null, headers);

    public Task<Reply> PostAsync(string path, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync("POST", path, json, headers);

    public async Task<Reply> SendAsync(string method, string path, string? json, params (string Name, string Value)[] headers)
    {
        using var content = json is null ? null : new StringContent(json, MediaTypeHeaderValue.Parse("application/json"));
        return await SendContentAsync(method, path, content, headers);
    }

    public async Task<Reply> SendContentAsync(
        string method,
        string path,
        HttpContent? content,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(new(method), new Uri(Address, "api/" + path)) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return new(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.ETag?.ToString(),
            response.Headers.Location?.ToString()
        );
    }

    /// <summary>Creates a strategy on the sample market and answers its id.</summary>
    public async Task<string> CreateAsync(string json)
    {
        var reply = await PostAsync("strategies", json);
        reply.Status.ShouldBe(HttpStatusCode.Created, reply.Text);
        return reply.Json["id"]!.GetValue<string>();
    }

    /// <summary>Everything that is stored, as one text.</summary>
    public async Task<string> DumpAsync()
    {
        var text = new StringBuilder();
        foreach (var table in AllTables)
        {
            var page = await _tables.Table(table).PageAsync(new(KeyRange.All, KeyRange.All), 1000, null, CancellationToken.None);
            foreach (var entity in page.Entities)
            {
                text.Append(table).Append(' ').AppendJoin(' ', entity.Select(column => $"{column.Key}={column.Value}")).AppendLine();
            }
        }

        return text.ToString();
    }

    /// <summary>Puts a row into the trading partition that no version of the system can read.</summary>
    public Task SpoilAsync(string rowKey, string table = "Trading") => PutAsync(table, "paper", rowKey, new() { ["nonsense"] = "42" });

    /// <summary>Writes a row past the stores, in place of one that may be there.</summary>
    public async Task PutAsync(string table, string partition, string rowKey, TableEntity columns) =>
        (
            await _tables.Table(table).WriteAsync(new(partition, [EntityWrite.Upsert(rowKey, columns)]), CancellationToken.None)
        ).ETags.ShouldNotBeNull();

    /// <summary>The only row with a key, as it is stored.</summary>
    public async Task<TableEntity> RowAsync(string table, string rowKey) =>
        (await _tables.Table(table).AllAsync(new(KeyRange.All, KeyRange.Only(rowKey)), CancellationToken.None)).ShouldHaveSingleItem();

    public Task<IHeldLease?> HoldLeaseAsync() => Lease.TryAcquireAsync("paper", "other", CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.DisposeAsync();
    }
}

/// <summary>What outlives a host.</summary>
internal sealed class TestStorage
{
    public MemoryTables Tables { get; init; } = new();

    public MemoryRuntimeStorage Runtime { get; init; } = new();
}

/// <summary>An answer, read.</summary>
internal sealed record Reply(HttpStatusCode Status, string Text, string? MediaType, string? ETag, string? Location)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Code => MediaType == "application/problem+json" ? Json["code"]!.GetValue<string>() : null;

    public Reply ShouldBe(HttpStatusCode status, string? code = null)
    {
        Status.ShouldBe(status, Text);
        Code.ShouldBe(code, Text);
        return this;
    }
}
