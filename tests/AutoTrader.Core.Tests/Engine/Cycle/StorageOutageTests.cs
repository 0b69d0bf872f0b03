using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine.Cycle;

/// <summary>Storage that goes away, at any call and for some time: no order without a committed intent, protection stays, and it goes on by
/// itself.</summary>
public sealed class StorageOutageTests
{
    private const int Cycles = 14;
    private const int FillAt = 9;

    [Fact]
    public async Task An_outage_from_any_call_on_stops_trading_safely_and_ends_by_itself()
    {
        var calls = (await RunAsync(null, outage: 0)).Calls;
        calls.ShouldBeGreaterThan(40);
        for (var at = 1; at <= calls; at++)
        {
            for (var outage = 1; outage <= 3; outage += 2)
            {
                var engine = (await RunAsync(at, outage)).Engine;
                var why = $"storage away from step {at} for {outage} cycles";
                engine.Broker.Submissions.Count(sent => sent.Terms.Side == OrderSide.Buy).ShouldBe(1, why);
                engine.Broker.Cancels.ShouldBeEmpty(why);
                (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed, why);
                string.Join(", ", (await engine.FillsAsync()).OrderBy(fill => fill.Side).Select(fill => $"{fill.Side} {fill.Quantity:0}"))
                    .ShouldBe("Buy 10, Sell 10", why);
            }
        }
    }

    private static async Task<(int Calls, EngineHarness Engine)> RunAsync(int? at, int outage)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());
        var away = new CrashPoint { DieAt = at, Death = () => new StorageUnavailableException("storage is away") };
        var sent = 0;
        engine.Broker.BeforeSubmit = (id, _) =>
            engine
                .OrdersAsync()
                .GetAwaiter()
                .GetResult()
                .ShouldContain(order => order.ClientOrderId == id, "an order was sent without a committed intent");
        var cycles = new EvaluationCycle(
            new(
                new GatedTradingStore(engine.Store, away),
                new GatedEngineStore(engine.EngineStore, away),
                engine.Broker,
                engine,
                engine.Lease,
                engine,
                engine.Clock
            ),
            engine.Options
        );
        for (var (minute, left) = (0, outage); minute < Cycles; minute++)
        {
            var wasAway = away.IsDead;
            if (minute == FillAt)
            {
                engine.Broker.Fill(engine.Broker.Open.Single(order => order.Terms.Side == OrderSide.Sell).ClientOrderId, 10, 95);
            }

            var result = await cycles.RunAsync(new(engine.Clock.GetUtcNow(), "timer"), CancellationToken.None);
            engine.Clock.Advance(TimeSpan.FromMinutes(1));
            if (away.IsDead)
            {
                result.Outcome.ShouldBe(CycleOutcome.Stopped);
                result.Record!.Error.ShouldNotBeNullOrEmpty();
                if (wasAway)
                {
                    engine.Broker.Submissions.Count.ShouldBe(sent, "an order was sent while storage was away");
                }

                if (--left == 0)
                {
                    away.Restart();
                }
            }

            sent = engine.Broker.Submissions.Count;
        }

        return (away.Calls, engine);
    }
}
