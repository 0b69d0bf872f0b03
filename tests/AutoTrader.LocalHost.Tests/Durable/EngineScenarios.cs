using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Tests.Durable.Support;
using AutoTrader.Testing;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>The scenarios in virtual time.</summary>
public sealed class InMemoryScenarios : Scenarios
{
    internal override async Task<EngineHost> StartAsync(DurableTasks tasks) => await VirtualHost.StartAsync(tasks);

    internal override DateTimeOffset Now(EngineHost host) => ((VirtualHost)host).Clock.GetUtcNow();
}

/// <summary>The scenarios in real time, on Azurite.</summary>
public sealed class AzureStorageScenarios(AzuriteFixture azurite) : Scenarios
{
    internal override async Task<EngineHost> StartAsync(DurableTasks tasks) => await RealHost.StartAsync(tasks, azurite.ConnectionString);

    internal override DateTimeOffset Now(EngineHost host) => DateTimeOffset.UtcNow;
}
