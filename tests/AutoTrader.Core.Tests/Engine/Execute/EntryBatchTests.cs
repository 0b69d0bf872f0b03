using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>Entries go out in batches, and what filled is protected between two of them: nothing is decided twice for that.</summary>
public class EntryBatchTests
{
    [Fact]
    public async Task Levels_of_a_grid_that_go_out_in_several_batches_are_placed_once_each()
    {
        var engine = await StartAsync(TestStrategies.Grid(), Other("s2"));
        await engine.TicksAsync(1);
        engine
            .Broker.Submissions.Where(sent => sent.Terms is { Symbol: "AAPL", Side: OrderSide.Buy })
            .Select(sent => sent.Terms.LimitPrice)
            .Order()
            .ShouldBe([90, 95]);
        engine
            .Broker.Open.Count(order => order.Terms is { Symbol: "MSFT", Side: OrderSide.Sell })
            .ShouldBe(1, "and what filled between them is protected");
    }

    [Fact]
    public async Task A_strategy_that_is_armed_anew_between_batches_buys_once()
    {
        var again = Other("s2") with { Repeat = true, Phase = StrategyPhase.Completed, CompletedAt = EngineHarness.At(9, 30) };
        var engine = await StartAsync(TestStrategies.Trailing("s1"), again, Other("s3") with { Symbol = "IBM" });
        await engine.TicksAsync(1);
        engine.Broker.Submissions.Count(sent => sent.Terms is { Symbol: "MSFT", Side: OrderSide.Buy }).ShouldBe(1);
        engine.Broker.Positions["MSFT"].ShouldBe(10);
    }

    [Fact]
    public async Task While_the_broker_has_no_room_for_entries_they_wait_and_protection_does_not()
    {
        var engine = await StartAsync(TestStrategies.Trailing("s1"), Other("s2") with { EntryType = EntryType.Limit, EntryPrice = 95 });
        engine.Broker.AfterSubmit = (_, _) => engine.Broker.HasRoomForEntries = false;
        await engine.TicksAsync(1);
        engine
            .Broker.Submissions.Where(sent => sent.Terms.Symbol == "AAPL")
            .Select(sent => sent.Terms.Side)
            .ShouldBe([OrderSide.Buy, OrderSide.Sell]);
        engine.Broker.Submissions.ShouldNotContain(sent => sent.Terms.Symbol == "MSFT");
        (await engine.StrategyAsync("s2")).WaitingFor.ShouldNotBeNull().ShouldContain("few more requests");

        engine.Broker.AfterSubmit = null;
        engine.Broker.HasRoomForEntries = true;
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldContain(order => order.Terms.Symbol == "MSFT");
    }

    private static Strategy Other(string id) => TestStrategies.Trailing(id) with { Symbol = "MSFT" };

    private static async Task<EngineHarness> StartAsync(params Strategy[] strategies)
    {
        var engine = new EngineHarness
        {
            Options = new() { Holder = "test", EntriesAhead = 1 },
        };
        engine.Broker.MarketPrice = _ => 100;
        foreach (var strategy in strategies)
        {
            engine.Price(strategy.Symbol, 100);
            await engine.AddAsync(strategy);
        }

        return engine;
    }
}
