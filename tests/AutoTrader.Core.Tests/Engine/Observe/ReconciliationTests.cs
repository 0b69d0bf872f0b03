using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Reconciliation": quantities agree with the broker; one that cannot be looked at stops nothing
/// else.</summary>
public class ReconciliationTests
{
    [Fact]
    public async Task Shares_held_before_the_first_cycle_are_unmanaged()
    {
        var engine = new EngineHarness();
        engine.Broker.Positions["IBM"] = 7;
        engine.Price("IBM", 50);
        await engine.TicksAsync(3);
        (await engine.Store.LoadAsync("paper", CancellationToken.None)).Unmanaged.ShouldHaveSingleItem().Value.Holding.Quantity.ShouldBe(7);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Shares_bought_at_the_broker_are_unmanaged()
    {
        var engine = new EngineHarness();
        engine.Price("IBM", 50);
        await engine.TicksAsync(1);
        engine.Broker.Put(
            "someone-else",
            new()
            {
                Symbol = "IBM",
                Side = OrderSide.Buy,
                Quantity = 3,
                Type = OrderType.Market,
            }
        );
        engine.Broker.Fill("someone-else", 3, 50);
        await engine.TicksAsync(3);
        (await engine.Store.LoadAsync("paper", CancellationToken.None)).Unmanaged.ShouldHaveSingleItem().Value.Holding.Quantity.ShouldBe(3);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Quantities_that_disagree_for_two_cycles_raise_attention_and_bar_entries()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"] = 3;
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        await engine.TicksAsync(1);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "QUANTITY_MISMATCH");
        engine.Broker.Submissions.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_account_number_stops_trading_loudly()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        engine.Broker.Number = "PA2";
        await engine.AddAsync(TestStrategies.Trailing());
        (await engine.TickAsync()).Outcome.ShouldBe(CycleOutcome.Stopped);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "CYCLE_STOPPED");
    }

    [Fact]
    public async Task What_a_cycle_that_stopped_did_not_look_at_still_needs_attention()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"] = 3;
        await engine.TicksAsync(2);
        var since = (await engine.AttentionAsync()).ShouldHaveSingleItem().Since;

        engine.Broker.Number = "unreachable";
        (await engine.TickAsync()).Outcome.ShouldBe(CycleOutcome.Stopped);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "QUANTITY_MISMATCH" && item.Since == since);
        engine.Events.ShouldNotContain(happened => happened.Kind == EngineEventKind.AttentionCleared);

        engine.Broker.Number = "PA1";
        engine.Broker.Positions.Remove("AAPL");
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        engine.Events.Count(happened => happened.Kind == EngineEventKind.AttentionCleared).ShouldBe(2);
    }

    [Fact]
    public async Task Fills_of_a_long_outage_of_the_broker_are_taken_in_when_it_is_back()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Fill("at-s1-abcdefgh-1", 10, 100);
        engine.Broker.Number = "unreachable";
        for (var i = 0; i < 30; i++)
        {
            (await engine.TickAsync()).Outcome.ShouldBe(CycleOutcome.Stopped);
        }

        engine.Broker.Number = "PA1";
        await engine.TicksAsync(1);
        (await engine.FillsAsync()).ShouldHaveSingleItem();
        engine.Broker.Open.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_hundred_fills_and_cancels_of_one_strategy_at_once_fit_the_entity_groups()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 20);
        await engine.AddAsync(TestStrategies.Grid() with { GridConfig = new(10, 30, 50, 2) });
        await engine.TicksAsync(1);
        foreach (var buy in engine.Broker.Open.ToList())
        {
            engine.Broker.Fill(buy.ClientOrderId, 1, 15);
            engine.Broker.Fill(buy.ClientOrderId, 1, 15);
        }

        await engine.TicksAsync(2);
        engine.Broker.Open.Count(order => order.Terms.Side == OrderSide.Sell).ShouldBeGreaterThan(20);
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        engine.Broker.MarketPrice = _ => 15;
        await engine.TicksAsync(3);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task A_busted_execution_takes_its_shares_out_of_the_ledger()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Broker.Execute(engine.Broker.ByClientId("at-s1-abcdefgh-1").Id, "AAPL", OrderSide.Buy, -4, 350);
        engine.Broker.Positions["AAPL"] = 6;
        await engine.TicksAsync(3);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(6);
        engine.Broker.Open.Sum(order => order.Terms.Quantity - order.FilledQuantity).ShouldBe(6);
        (await engine.FillsAsync()).ShouldContain(fill => fill.Kind == FillKind.Correction && fill.Quantity == -4);
    }
}
