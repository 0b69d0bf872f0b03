using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>TRADING sections 9 and 10: quantities agree with the broker; splits and what looks like one.</summary>
public class ReconciliationTests
{
    private static readonly Split Seven = new("AAPL", EngineHarness.Day.AddDays(1), 7, 1);

    private static async Task<EngineHarness> HoldingAsync(Strategy strategy)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 350);
        engine.Broker.MarketPrice = _ => 350;
        await engine.AddAsync(strategy);
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        return engine;
    }

    private static void GoTo(EngineHarness engine, DateTimeOffset instant) => engine.Clock.Advance(instant - engine.Clock.GetUtcNow());

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
        engine.Broker.Put("someone-else", new() { Symbol = "IBM", Side = OrderSide.Buy, Quantity = 3, Type = OrderType.Market });
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
        await engine.WishAsync(engine.NewWish(WishKind.CloseStrategy, "s1"));
        engine.Broker.MarketPrice = _ => 15;
        await engine.TicksAsync(3);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task A_declared_split_cancels_holds_scales_and_protects_anew()
    {
        var engine = await HoldingAsync(TestStrategies.Trailing());
        engine.Splits.Add(Seven);
        GoTo(engine, EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldBeEmpty();

        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 50);
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldBeEmpty();
        engine.Broker.Positions["AAPL"] = 70;
        await engine.TicksAsync(2);

        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(70);
        engine.Broker.Positions["AAPL"].ShouldBe(70);
        var strategy = await engine.StrategyAsync("s1");
        (strategy.Holding.Quantity, strategy.Holding.Cost, strategy.Quantity).ShouldBe((70m, 3500m, 70));
        (await engine.AttentionAsync()).ShouldBeEmpty();
        await engine.TicksAsync(3);
        engine.Broker.Submissions.Count(sent => sent.Terms.Type == OrderType.Market && sent.Terms.Side == OrderSide.Sell).ShouldBe(0);
    }

    [Fact]
    public async Task A_reverse_split_of_one_for_three_ends_in_whole_shares_and_the_fraction_leaves_the_ledger()
    {
        var engine = await HoldingAsync(TestStrategies.Trailing());
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 1, 3));
        GoTo(engine, EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 1050);
        engine.Broker.Positions["AAPL"] = 3;
        await engine.TicksAsync(3);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(3, 0.000001m);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(3);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "QUANTITY_MISMATCH" || item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task A_busted_execution_takes_its_shares_out_of_the_ledger()
    {
        var engine = await HoldingAsync(TestStrategies.Trailing());
        engine.Broker.Execute(engine.Broker.ByClientId("at-s1-abcdefgh-1").Id, "AAPL", OrderSide.Buy, -4, 350);
        engine.Broker.Positions["AAPL"] = 6;
        await engine.TicksAsync(3);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(6);
        engine.Broker.Open.Sum(order => order.Terms.Quantity - order.FilledQuantity).ShouldBe(6);
        (await engine.FillsAsync()).ShouldContain(fill => fill.Kind == FillKind.Correction && fill.Quantity == -4);
    }

    [Fact]
    public async Task A_split_that_the_broker_ignores_is_held_until_the_user_releases_it()
    {
        var engine = await HoldingAsync(TestStrategies.Trailing());
        engine.Splits.Add(Seven);
        GoTo(engine, EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 50);
        await engine.TicksAsync(5);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");

        await engine.WishAsync(engine.NewWish(WishKind.ReleaseHold, "AAPL"));
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task An_undeclared_split_freezes_the_engines_own_decisions()
    {
        var engine = await HoldingAsync(TestStrategies.Bracket());
        await engine.AddAsync(TestStrategies.Trailing("s2") with { EntryType = EntryType.Condition, EntryCondition = "below:100", AllowSharedSymbol = true });
        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 50);
        await engine.TicksAsync(4);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.Submissions.Count.ShouldBe(2);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task What_sold_after_a_split_that_nothing_ran_over_is_booked_after_it()
    {
        var engine = await HoldingAsync(TestStrategies.Trailing());
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 2, 1));
        var stop = engine.Broker.Open.ShouldHaveSingleItem().ClientOrderId;

        GoTo(engine, EngineHarness.At(9, 30).AddDays(1));
        engine.Broker.Positions["AAPL"] = 20;
        engine.Broker.Change(stop, order => order with { HighWatermark = 352, StopPrice = 334.4m });
        engine.Broker.Fill(stop, 10, 175);
        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 175);
        await engine.TicksAsync(1);

        var strategy = await engine.StrategyAsync("s1");
        (strategy.Holding.Quantity, strategy.Holding.Cost, strategy.Holding.Realised, strategy.HighWatermark).ShouldBe((10m, 1750m, 0m, 175m));
        var terms = engine.Broker.Open.ShouldHaveSingleItem().Terms;
        (terms.Quantity, terms.Type).ShouldBe((10m, OrderType.TrailingStop));
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_split_that_was_declared_before_is_known_when_the_market_data_fails_on_its_day()
    {
        var engine = new EngineHarness();
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 2, 1));
        engine.Price("AAPL", 350);
        engine.Broker.MarketPrice = _ => 350;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        var stop = engine.Broker.Open.ShouldHaveSingleItem().ClientOrderId;

        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Broker.Positions["AAPL"] = 20;
        engine.Broker.Fill(stop, 10, 175);
        engine.Price("AAPL", 175);
        engine.SplitsFail = true;
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
    }

    [Fact]
    public async Task What_sold_after_a_split_waits_for_the_brokers_quantity()
    {
        var engine = await HoldingAsync(TestStrategies.Trailing());
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 2, 1));
        var stop = engine.Broker.Open.ShouldHaveSingleItem().ClientOrderId;

        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Broker.Fill(stop, 10, 175, withExecution: false);
        engine.Broker.Positions["AAPL"] = 10;
        engine.Price("AAPL", 175);
        await engine.TicksAsync(20);
        (await engine.FillsAsync()).ShouldHaveSingleItem();
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");

        engine.Broker.Execute(engine.Broker.ByClientId(stop).Id, "AAPL", OrderSide.Sell, 10, 175);
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_limit_that_bought_after_a_split_that_nothing_ran_over_is_priced_in_the_new_shares()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 110);
        await engine.AddAsync(TestStrategies.Bracket() with { EntryType = EntryType.Limit, EntryPrice = 100 });
        await engine.TicksAsync(2);
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 2, 1));

        GoTo(engine, EngineHarness.At(9, 31).AddDays(1));
        engine.Broker.Change("at-s1-abcdefgh-1", order => order with { Terms = order.Terms with { Quantity = 20, LimitPrice = 50 } });
        engine.Broker.Fill("at-s1-abcdefgh-1", 20, 50);
        engine.Price("AAPL", 50);
        await engine.TicksAsync(2);

        var strategy = await engine.StrategyAsync("s1");
        (strategy.Holding.Quantity, strategy.EnteredQuantity, strategy.EntryFillPrice).ShouldBe((20m, 20m, 50m));
        engine.Broker.Open.ShouldHaveSingleItem().Terms.LimitPrice.ShouldBe(55);
    }

    [Fact]
    public async Task Shares_that_came_after_a_split_are_not_scaled_by_it()
    {
        var engine = new EngineHarness();
        engine.Splits.Add(new("IBM", EngineHarness.Day.AddDays(-1), 2, 1));
        engine.Broker.Positions["IBM"] = 7;
        engine.Price("IBM", 50);
        await engine.TicksAsync(3);
        (await engine.Store.LoadAsync("paper", CancellationToken.None)).Unmanaged.ShouldHaveSingleItem().Value.Holding.Quantity.ShouldBe(7);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }
}
