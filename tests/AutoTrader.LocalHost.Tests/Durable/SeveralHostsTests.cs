using AutoTrader.LocalHost.Durable;
using AutoTrader.LocalHost.Tests.Durable.Support;
using AutoTrader.Testing;

namespace AutoTrader.LocalHost.Tests.Durable;

/// <summary>Several processes share a hub: one works, all may send, and another takes over.</summary>
public sealed class SeveralHostsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task A_host_that_does_not_work_for_the_hub_sends_to_the_one_that_does_and_takes_over_from_it()
    {
        await using var first = await RealHost.StartAsync(
            new DurableTasks().Orchestrator("Main", async context => await context.WaitForExternalEvent<string>("go")),
            azurite.ConnectionString
        );
        await using var second = await first.StartEngineAsync();

        var id = await second.Client.ScheduleNewOrchestrationInstanceAsync("Main");
        await first.UntilAsync(id, found => found.IsRunning);
        await first.DisposeAsync();
        await second.Client.RaiseEventAsync(id, "go", "second");

        var ended = await second.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        ended.ReadOutputAs<string>().ShouldBe("second");
        second.Abandon();
    }
}
