using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>docs/trading-rules.md, "Protection": every share held is covered by exactly one working sell.</summary>
public class ProtectionTests
{
    private const string Entry = "at-s1-abcdefgh-1";

    [Fact]
    public async Task Shares_that_no_order_can_cover_are_a_matter_of_attention()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket() with { Quantity = 40 });
        engine.Broker.Positions["AAPL"] = 39;
        await engine.TicksAsync(2);
        engine.Broker.Change(engine.Broker.Open.Single().ClientOrderId, order =>
            order with
            {
                Status = "canceled",
                EndedAt = engine.Clock.GetUtcNow(),
            }
        );
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(39);
        (await engine.AttentionAsync()).ShouldContain(item =>
            item.Code == "UNPROTECTED" && item.Message.StartsWith("1 shares", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_bracket_rests_one_oco_on_the_average_fill_price()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket(), 33.37m);
        var oco = engine.Broker.Open.ShouldHaveSingleItem().Terms;
        (oco.Class, oco.LimitPrice, oco.StopPrice, oco.TimeInForce).ShouldBe((OrderClass.Oco, 36.71m, 31.70m, TimeInForce.Gtc));
    }

    [Fact]
    public async Task A_scale_out_rests_one_oco_per_tranche_with_the_common_stop()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.ScaleOut());
        engine
            .Broker.Open.Select(order => (order.Terms.Quantity, order.Terms.LimitPrice, order.Terms.StopPrice))
            .ShouldBe([(3m, 105m, 95m), (3m, 110m, 95m), (4m, 115m, 95m)], ignoreOrder: true);
    }

    [Fact]
    public async Task Each_filled_increment_of_a_resting_entry_gets_its_own_protective_order()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 99 });
        await engine.TicksAsync(1);
        engine.Broker.Fill(Entry, 4, 99);
        await engine.TicksAsync(1);
        engine.Broker.Fill(Entry, 6, 99);
        await engine.TicksAsync(1);

        engine.Broker.Open.Select(order => order.Terms.Quantity).ShouldBe([4m, 6m], ignoreOrder: true);
        engine.Broker.Cancels.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_entry_is_watched_for_up_to_ten_seconds_and_what_fills_meanwhile_is_protected_in_the_same_cycle()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        TimeSpan? watched = null;
        engine.Broker.Watching = (order, atMost) =>
        {
            watched = atMost;
            engine.Broker.Fill(order.ClientOrderId, 10, 100);
        };
        await engine.TicksAsync(1);
        watched.ShouldBe(TimeSpan.FromSeconds(10));
        engine.Covered.ShouldBe(10);
    }

    [Fact]
    public async Task Exits_are_sized_from_the_fill_before_its_execution_arrives()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Fill(Entry, 10, 100, withExecution: false);
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(10);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(0);

        engine.Broker.Execute(engine.Broker.ByClientId(Entry).Id, "AAPL", OrderSide.Buy, 10, 100);
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
        engine.Covered.ShouldBe(10);
    }

    [Fact]
    public async Task The_rest_of_a_market_entry_still_open_after_one_cycle_is_canceled_and_what_filled_stays_protected()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Fill(Entry, 4, 100);
        await engine.TicksAsync(2);
        engine.Broker.ByClientId(Entry).Status.ShouldBe("canceled");
        engine.Covered.ShouldBe(4);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.PositionOpen);
        engine.Broker.Submissions.Count(sent => sent.Terms.Side == OrderSide.Buy).ShouldBe(1);
    }

    [Fact]
    public async Task A_market_entry_that_fills_only_after_more_than_a_cycle_is_not_sent_over_and_over()
    {
        var engine = new EngineHarness(EngineHarness.At(9, 31, 1));
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(3);
        engine.Broker.Submissions.ShouldHaveSingleItem();
        engine.Broker.Fill(Entry, 10, 100);
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(10);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.PositionOpen);
    }

    [Fact]
    public async Task Protection_canceled_outside_is_placed_again_and_the_entries_pause()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "canceled");
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(10);
        (await engine.StrategyAsync("s1")).PauseReason.ShouldNotBeNull();
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "EXTERNAL_CHANGE");
    }

    [Fact]
    public async Task A_trailing_stop_placed_again_never_lowers_the_effective_stop()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        var trailing = engine.Broker.Open.Single();
        engine.Broker.Change(trailing.ClientOrderId, order => order with { StopPrice = 104.5m, HighWatermark = 110 });
        await engine.TicksAsync(1);
        engine.Price("AAPL", 106);
        engine.Broker.End(trailing.ClientOrderId, "canceled");
        await engine.TicksAsync(1);

        var again = engine.Broker.Open.Single().Terms;
        (again.Type, again.StopPrice).ShouldBe((OrderType.Stop, 104.5m));
    }

    [Fact]
    public async Task A_plain_stop_is_raised_by_replacement_when_two_quotes_confirm_a_new_high()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        var trailing = engine.Broker.Open.Single();
        engine.Broker.Change(trailing.ClientOrderId, order => order with { StopPrice = 104.5m, HighWatermark = 110 });
        await engine.TicksAsync(1);
        engine.Price("AAPL", 106);
        engine.Broker.End(trailing.ClientOrderId, "canceled");
        await engine.TicksAsync(1);
        engine.Price("AAPL", 120);
        await engine.TicksAsync(1);
        engine.Broker.Open.Single().Terms.StopPrice.ShouldBe(104.5m);
        await engine.TicksAsync(1);
        engine.Broker.Open.Single().Terms.StopPrice.ShouldBe(114);
        engine.Covered.ShouldBe(10);
    }

    [Fact]
    public async Task Missing_protection_is_placed_when_the_market_is_closed()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Clock.Advance(EngineHarness.At(17, 0) - engine.Clock.GetUtcNow());
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "canceled");
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(10);
    }

    [Fact]
    public async Task Protection_is_renewed_five_sessions_before_it_ages_out()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        var first = engine.Broker.Open.Single();
        // Tuesday's session and four more end on Monday.
        engine.Broker.Change(first.ClientOrderId, order => order with { ExpiresAt = EngineHarness.At(16, 0).AddDays(7) });
        await engine.TicksAsync(1);
        engine.Broker.Open.Single().Id.ShouldBe(first.Id);

        engine.Broker.Change(first.ClientOrderId, order => order with { ExpiresAt = EngineHarness.At(16, 0).AddDays(6) });
        await engine.TicksAsync(1);
        engine.Broker.Open.Single().Id.ShouldNotBe(first.Id);
        engine.Covered.ShouldBe(10);
        (await engine.StrategyAsync("s1")).PauseReason.ShouldBeNull();
    }

    [Fact]
    public async Task Both_legs_of_an_oco_that_fill_leave_a_short_position_that_is_bought_back()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        var oco = engine.Broker.Open.Single();
        engine.Broker.Fill(oco.ClientOrderId, 10, 110);
        engine.Broker.Execute(oco.Id, "AAPL", OrderSide.Sell, 10, 95);
        engine.Broker.Positions["AAPL"] = -10;
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        engine.Broker.Submissions.ShouldContain(sent =>
            sent.Terms.Side == OrderSide.Buy && sent.Terms.Quantity == 10 && sent.ClientOrderId != Entry
        );
    }
}
