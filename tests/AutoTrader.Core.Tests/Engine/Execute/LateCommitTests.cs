using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Lease;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>A host that lost the lease while its commit was on the way: what another host has finished meanwhile stays finished.</summary>
public class LateCommitTests
{
    [Fact]
    public async Task A_sale_of_unmanaged_shares_that_another_host_finished_does_not_come_back()
    {
        var lease = new MemoryEngineLease();
        var engine = new EngineHarness { Lease = lease };
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        engine.Broker.Positions["AAPL"] = 5;
        await engine.TicksAsync(1);
        await engine.CommandAsync(engine.NewCommand(new Flatten(true)));

        var overtaken = new Overtaken(async () =>
        {
            lease.Break("paper");
            (await engine.Engine().RunAsync(new(null, "command"), CancellationToken.None)).Record!.Error.ShouldBeNull();
            await engine.TicksAsync(2);
        });
        await new EvaluationCycle(
            new(new GatedTradingStore(engine.Store, overtaken), engine.EngineStore, engine.Broker, engine, lease, engine, engine.Clock),
            engine.Options
        ).RunAsync(new(null, "command"), CancellationToken.None);
        await engine.TicksAsync(1);

        overtaken.Happened.ShouldBeTrue();
        engine.Broker.Submissions.ShouldHaveSingleItem().Terms.Side.ShouldBe(OrderSide.Sell);
        (await engine.OrdersAsync()).ShouldBeEmpty();
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    private sealed class Overtaken(Func<Task> meanwhile) : IGate
    {
        public bool Happened { get; private set; }

        public async Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null)
        {
            if (at is { Name: "commit" } && !Happened)
            {
                Happened = true;
                await meanwhile();
            }

            return await call();
        }
    }
}
