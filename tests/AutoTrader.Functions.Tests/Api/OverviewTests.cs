using System.Collections.Concurrent;
using System.Net;
using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>The overview asks the world outside no more than it must, and does without it; a fault of ours does not pass for an
/// outage.</summary>
public sealed class OverviewTests : IDisposable
{
    private const int Fault = 1016;

    private readonly Outside _outside = new();
    private readonly KeptLog _log = new();

    public static TheoryData<string, bool, bool> Failures =>
        new()
        {
            { "quotes", true, false },
            { "quotes", false, false },
            { "positions", true, true },
            { "positions", false, true },
            { "account", true, true },
            { "account", false, true },
        };

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Money_and_limits_are_told_by_the_same_prices_which_are_asked_for_once()
    {
        await using var app = await HeldAsync();
        _outside.Asked.Clear();
        var overview = (await app.GetAsync("overview")).ShouldBe(HttpStatusCode.OK).Json;
        overview["portfolio"].ShouldNotBeNull();
        overview["risk"].ShouldNotBeNull();
        _outside.Asked.Where(name => name == "quotes").ShouldHaveSingleItem();
        _outside.Asked.Where(name => name == "positions").ShouldHaveSingleItem();
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Without_broker_or_prices_it_shows_the_rest_and_tells_what_is_a_fault_of_ours(string call, bool isOurs, bool hasRisk)
    {
        await using var app = await HeldAsync();
        Exception failure = isOurs ? new InvalidOperationException("by the test") : new IOException("by the test");
        _outside.Failure = (call, failure);
        var overview = (await app.GetAsync("overview")).ShouldBe(HttpStatusCode.OK).Json;
        overview["strategies"]!.AsArray().ShouldHaveSingleItem();
        overview["portfolio"].ShouldBeNull();
        (overview["risk"] is not null).ShouldBe(hasRisk);
        _log.Entries.Where(line => line.Id == Fault).Select(line => line.Exception).ShouldBe(isOurs ? [failure] : []);
    }

    private async Task<TestApp> HeldAsync()
    {
        var app = await TestApp.StartAsync(services =>
        {
            services.AddSingleton<ILoggerProvider>(_log);
            // The paper broker's own questions to the market are no business of the gate.
            services.AddSingleton(provider => new CsvMarketData(
                new() { Directory = Path.Combine(Repository.Top, "samples", "market") },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<CsvMarketData>>()
            ));
            services.AddSingleton<IMarketData>(provider => new GatedMarketData(provider.GetRequiredService<CsvMarketData>(), _outside));
            services.AddSingleton(provider => new PaperBroker(
                provider.GetRequiredService<IPaperStore>(),
                provider.GetRequiredService<CsvMarketData>(),
                provider.GetRequiredService<TimeProvider>(),
                new(),
                provider.GetRequiredService<ILogger<PaperBroker>>()
            ));
            services.AddSingleton<IBroker>(provider => new GatedBroker(provider.GetRequiredService<PaperBroker>(), _outside));
        });
        await app.CreateAsync("""{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5}""");
        await app.MinutesAsync(3);
        return app;
    }

    private sealed class Outside : IGate
    {
        public ConcurrentQueue<string> Asked { get; } = new();

        public (string Call, Exception Failure)? Failure { get; set; }

        public Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null)
        {
            Asked.Enqueue(at.Name);
            return Failure is { } it && it.Call == at.Name ? Task.FromException<T>(it.Failure) : call();
        }
    }
}
