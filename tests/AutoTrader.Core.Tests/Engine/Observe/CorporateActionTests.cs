using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Splits and corporate actions": splits, and what looks like one.</summary>
public class CorporateActionTests
{
    private static readonly Split Seven = new("AAPL", EngineHarness.Day.AddDays(1), 7, 1);

    [Fact]
    public async Task A_declared_split_cancels_holds_scales_and_protects_anew()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Splits.Add(Seven);
        engine.GoTo(EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldBeEmpty();

        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
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
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 1, 3));
        engine.GoTo(EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 1050);
        engine.Broker.Positions["AAPL"] = 3;
        await engine.TicksAsync(3);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(3, 0.000001m);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(3);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "QUANTITY_MISMATCH" || item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task A_split_that_the_broker_ignores_is_held_until_the_user_releases_it()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Splits.Add(Seven);
        engine.GoTo(EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 50);
        await engine.TicksAsync(5);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");

        await engine.CommandAsync(engine.NewCommand(new ReleaseHold("AAPL")));
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task An_undeclared_split_freezes_the_engines_own_decisions()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket(), 350);
        await engine.AddAsync(
            TestStrategies.Trailing("s2") with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "below:100",
                AllowSharedSymbol = true,
            }
        );
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 50);
        await engine.TicksAsync(4);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.Submissions.Count.ShouldBe(2);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task What_sold_after_a_split_that_nothing_ran_over_is_booked_after_it()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 2, 1));
        var stop = engine.Broker.Open.ShouldHaveSingleItem().ClientOrderId;

        engine.GoTo(EngineHarness.At(9, 30).AddDays(1));
        engine.Broker.Positions["AAPL"] = 20;
        engine.Broker.Change(stop, order => order with { HighWatermark = 352, StopPrice = 334.4m });
        engine.Broker.Fill(stop, 10, 175);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 175);
        await engine.TicksAsync(1);

        var strategy = await engine.StrategyAsync("s1");
        (strategy.Holding.Quantity, strategy.Holding.Cost, strategy.Holding.Realized, strategy.HighWatermark).ShouldBe(
            (10m, 1750m, 0m, 175m)
        );
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

        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
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
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Splits.Add(new("AAPL", EngineHarness.Day.AddDays(1), 2, 1));
        var stop = engine.Broker.Open.ShouldHaveSingleItem().ClientOrderId;

        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
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

        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
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

    [Fact]
    public async Task Before_the_close_of_the_eve_orders_rest_and_decisions_go_on()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Splits.Add(Seven);
        engine.GoTo(EngineHarness.At(15, 59));
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem();
        (await engine.AttentionAsync()).ShouldBeEmpty();
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldBeEmpty("the session has closed");
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task A_split_is_an_entry_in_the_ledger_of_each_owner_and_unmanaged_shares_scale_too()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        engine.Broker.Put(
            "someone-else",
            new()
            {
                Symbol = "AAPL",
                Side = OrderSide.Buy,
                Quantity = 2,
                Type = OrderType.Market,
            }
        );
        engine.Broker.Fill("someone-else", 2, 350);
        engine.Splits.Add(Seven);
        engine.GoTo(EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 50);
        engine.Broker.Positions["AAPL"] = 84;
        await engine.TicksAsync(2);
        (await engine.FillsAsync())
            .Where(fill => fill.Kind == FillKind.Split)
            .Select(fill => (fill.StrategyId, fill.Quantity, fill.Ratio))
            .ShouldBe([("s1", 10m, 7m), (Order.ManualOwner, 2m, 7m)], ignoreOrder: true);
        (await engine.Store.LoadAsync("paper", CancellationToken.None))
            .Unmanaged.ShouldHaveSingleItem()
            .Value.Holding.Quantity.ShouldBe(14);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(120, false)] // 12:1 is no simple ratio
    public async Task A_quantity_that_changes_without_a_trade_as_a_split_would_change_it_is_held(int shares, bool isHeld)
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket(), 350);
        engine.Broker.Positions["AAPL"] = shares;
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).Any(item => item.Code == "SYMBOL_HELD").ShouldBe(isHeld);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "QUANTITY_MISMATCH");
    }

    [Theory]
    [InlineData(175, true)] // 2:1
    [InlineData(262.5, true)] // 4:3, a fall of a quarter
    [InlineData(1050, true)] // 1:3
    [InlineData(290, false)] // near 6:5, but a fall of 17 % only
    [InlineData(29.17, false)] // 12:1 is no simple ratio
    public async Task A_price_more_than_a_fifth_away_overnight_and_near_a_simple_ratio_is_held(double price, bool isHeld)
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket(), 350);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", (decimal)price);
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).Any(item => item.Code == "SYMBOL_HELD").ShouldBe(isHeld);
    }

    [Fact]
    public async Task A_price_that_halves_within_a_session_is_a_price()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket(), 350);
        engine.Price("AAPL", 175);
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "SYMBOL_HELD");
    }

    [Fact]
    public async Task A_held_symbol_is_not_bought_by_hand_either()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket(), 350);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        engine.Price("AAPL", 175);
        await engine.TicksAsync(1);
        var command = engine.NewCommand(
            new PlaceOrder(
                new()
                {
                    Symbol = "AAPL",
                    Side = OrderSide.Buy,
                    Quantity = 1,
                    Type = OrderType.Market,
                },
                "at-m-abc"
            )
        );
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        (await engine.CommandOf(command.Id)).Code.ShouldBe("SYMBOL_HELD");
    }

    [Fact]
    public async Task A_working_order_whose_price_the_broker_lowered_for_a_dividend_is_left_alone()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        // A trailing stop that had to be placed again rests as a plain stop.
        engine.Broker.Change(engine.Broker.Open.Single().ClientOrderId, order => order with { StopPrice = 340, HighWatermark = 350 });
        await engine.TicksAsync(1);
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "canceled");
        await engine.TicksAsync(1);
        var stop = engine.Broker.Open.ShouldHaveSingleItem();
        stop.Terms.StopPrice.ShouldBe(340);

        engine.Broker.Change(stop.ClientOrderId, order =>
            order with
            {
                StopPrice = 338.5m,
                Terms = order.Terms with { StopPrice = 338.5m },
            }
        );
        await engine.TicksAsync(3);
        engine.Broker.Open.ShouldHaveSingleItem().Id.ShouldBe(stop.Id);
        engine.Broker.Cancels.ShouldBeEmpty();
        (await engine.StrategyAsync("s1")).EffectiveStop.ShouldBe(340);
    }

    [Fact]
    public async Task A_declared_split_that_the_price_does_not_show_is_held_and_the_shares_are_protected_as_before()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        await OverTheEveAsync(engine, Seven, EngineHarness.At(9, 30));
        engine.NoPrice("AAPL");
        await engine.TicksAsync(1);
        engine.Price("AAPL", 351);
        await engine.TicksAsync(2);

        var strategy = await engine.StrategyAsync("s1");
        (strategy.Holding.Quantity, strategy.Holding.Cost, strategy.Quantity).ShouldBe((10m, 3500m, 10));
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(10);
        var held = (await engine.AttentionAsync()).ShouldHaveSingleItem();
        held.Code.ShouldBe("SYMBOL_HELD");
        held.Message.ShouldContain("from 350.00 to 351.00");
        (await BuyAsync(engine)).Code.ShouldBe("SYMBOL_HELD");

        await engine.CommandAsync(engine.NewCommand(new ReleaseHold("AAPL")));
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        (await BuyAsync(engine)).Code.ShouldBeNull();
        engine.Broker.Submissions.ShouldNotContain(sent => sent.Terms.Type == OrderType.Market && sent.Terms.Side == OrderSide.Sell);
    }

    [Fact]
    public async Task A_process_that_ends_before_the_hold_is_remembered_does_not_lift_it()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        await OverTheEveAsync(engine, Seven, EngineHarness.At(9, 31));
        engine.Price("AAPL", 351);
        engine.Gate = new Watching(call =>
        {
            if (call is { Port: Port.Engine, IsWrite: true })
            {
                throw new StorageUnavailableException("killed");
            }
        });
        await engine.TickAsync();
        engine.Gate = null;
        await engine.TicksAsync(3);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("SYMBOL_HELD");
        (await BuyAsync(engine)).Code.ShouldBe("SYMBOL_HELD");
    }

    [Theory]
    [InlineData(350, 10, 300)] // adjusted already
    [InlineData(50, 70, 42.85)]
    [InlineData(65, 70, 42.85)] // with a rise of 30 % on the day
    [InlineData(140, 10, 300)] // a fall of 60 % is no split of seven
    public async Task Where_nothing_is_held_the_first_price_tells_whether_a_split_took_place(double price, int quantity, double entry)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 350);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 300 });
        await engine.TicksAsync(2);
        await OverTheEveAsync(engine, Seven, EngineHarness.At(9, 30));
        engine.NoPrice("AAPL");
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).Quantity.ShouldBe(10, "no price, no answer");
        engine.Price("AAPL", (decimal)price);
        await engine.TicksAsync(1);
        var strategy = await engine.StrategyAsync("s1");
        (strategy.Quantity, strategy.EntryPrice).ShouldBe((quantity, (decimal)entry));
        (await engine.AttentionAsync()).Any(item => item.Code == "SYMBOL_HELD").ShouldBe(quantity == 10);
    }

    [Theory]
    [InlineData(350, 21, 333.33)] // as if nothing had been
    [InlineData(310, 21, 333.33)] // a fall of 7 % beside the dividend's own
    [InlineData(200, 20, 350)] // no night hides that
    public async Task Where_nothing_is_held_a_stock_dividend_that_the_night_hides_is_taken(double price, int quantity, double entry)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 400);
        await engine.AddAsync(TestStrategies.Trailing() with { Quantity = 20, EntryType = EntryType.Limit, EntryPrice = 350 });
        engine.Price("AAPL", 350);
        await engine.TicksAsync(2);
        await OverTheEveAsync(engine, Dividend, EngineHarness.At(9, 31));
        engine.Price("AAPL", (decimal)price);
        await engine.TicksAsync(1);
        var strategy = await engine.StrategyAsync("s1");
        (strategy.Quantity, strategy.EntryPrice).ShouldBe((quantity, (decimal)entry));
        (await engine.AttentionAsync()).Any(item => item.Code == "SYMBOL_HELD").ShouldBe(quantity == 20);
    }

    [Fact]
    public async Task A_stock_dividend_that_the_brokers_quantity_does_not_show_is_held()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing() with { Quantity = 20 }, 200);
        await OverTheEveAsync(engine, Dividend, EngineHarness.At(9, 31));
        engine.Broker.Cancels.Clear();
        await engine.TicksAsync(1);
        var stop = engine.Broker.Open.ShouldHaveSingleItem();
        stop.Terms.Quantity.ShouldBe(20);
        await engine.TicksAsync(4);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(20);
        engine.Broker.Open.ShouldHaveSingleItem().Id.ShouldBe(stop.Id);
        engine.Broker.Cancels.ShouldBeEmpty();
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("SYMBOL_HELD");
    }

    [Fact]
    public async Task What_refuted_a_split_need_not_be_seen_again_for_the_protection_to_stay()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        await OverTheEveAsync(engine, Seven, EngineHarness.At(9, 31));
        engine.Broker.Cancels.Clear();
        await engine.TicksAsync(1);
        var stop = engine.Broker.Open.ShouldHaveSingleItem();
        engine.NoPrice("AAPL");
        await engine.TicksAsync(3);
        engine.Broker.Open.ShouldHaveSingleItem().Id.ShouldBe(stop.Id);
        engine.Broker.Cancels.ShouldBeEmpty();
        engine.Price("AAPL", 351);
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Message.ShouldContain("protection and exits run on");
    }

    [Fact]
    public async Task What_the_broker_has_scaled_before_the_open_is_protected_before_the_open()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        await OverTheEveAsync(engine, Seven, EngineHarness.At(8, 0));
        engine.NoPrice("AAPL");
        engine.Broker.Positions["AAPL"] = 70;
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(70);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(70);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_split_in_the_brokers_quantity_that_the_price_denies_is_held_and_a_release_takes_the_quantity_for_true()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        await OverTheEveAsync(engine, Seven, EngineHarness.At(9, 31));
        engine.Broker.Positions["AAPL"] = 70;
        await engine.TicksAsync(3);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
        engine.Broker.Open.ShouldBeEmpty();
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "SYMBOL_HELD");

        await engine.CommandAsync(engine.NewCommand(new ReleaseHold("AAPL")));
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(70);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(70);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(200)] // the day's rise hides it
    [InlineData(190.48)] // as the dividend makes it
    [InlineData(212)]
    public async Task A_stock_dividend_in_the_brokers_quantity_is_taken_whatever_an_ordinary_night_did_to_the_price(double price)
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing() with { Quantity = 20 }, 200);
        await OverTheEveAsync(engine, Dividend, EngineHarness.At(9, 31));
        engine.Price("AAPL", (decimal)price);
        engine.Broker.Positions["AAPL"] = 21;
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(21);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(21);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_split_that_was_denied_and_comes_a_day_late_freezes_all_decisions()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing(), 350);
        await OverTheEveAsync(engine, Seven, EngineHarness.At(9, 31));
        await engine.TicksAsync(2);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(2));
        engine.Price("AAPL", 50);
        await engine.TicksAsync(4);
        engine.Broker.Submissions.ShouldNotContain(sent => sent.Terms.Type == OrderType.Market && sent.Terms.Side == OrderSide.Sell);
        (await engine.AttentionAsync()).Single(item => item.Code == "SYMBOL_HELD").Message.ShouldContain("to 50.00");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // which any night would hide: the broker's quantity tells
    public async Task Resting_protection_stays_where_nothing_ran_over_a_split_that_the_price_does_not_show(bool isSmall)
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing() with { Quantity = 20 }, 200);
        var stop = engine.Broker.Open.ShouldHaveSingleItem().Id;
        engine.Splits.Add(isSmall ? Dividend : Seven);
        engine.GoTo(EngineHarness.At(9, 31).AddDays(1));
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldHaveSingleItem().Id.ShouldBe(stop);
        engine.Broker.Cancels.ShouldBeEmpty();
    }

    [Fact]
    public async Task Three_shares_at_ten_dollars_are_one_share_and_ten_dollars_after_one_for_two()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing() with { Quantity = 3 }, 10);
        await OverTheEveAsync(engine, OneFor(2), EngineHarness.At(9, 31));
        engine.Price("AAPL", 20);
        engine.Broker.Positions["AAPL"] = 1;
        await engine.TicksAsync(1);

        var strategy = await engine.StrategyAsync("s1");
        (strategy.Holding.Quantity, strategy.Holding.Cost, strategy.Holding.CashInLieu, strategy.Quantity).ShouldBe((1m, 20m, 10m, 1));
        (strategy.Holding.Realized, strategy.Holding.NetCash, strategy.Phase).ShouldBe((0m, -30m, StrategyPhase.PositionOpen));
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Quantity.ShouldBe(1);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Message.ShouldContain("0.5 of a share of AAPL, about 10.00 dollars");
    }

    [Fact]
    public async Task The_profit_of_a_fraction_is_realized_and_is_no_loss_of_the_day()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing() with { Quantity = 1, TrailingStopPct = 50 }, 2_000);
        await engine.SetAccountAsync(account => account with { Limits = account.Limits with { MaxDailyLoss = 500 } });
        engine.Price("AAPL", 2_600);
        await engine.TicksAsync(2);
        engine.Closes["AAPL"] = 2_600;
        await OverTheEveAsync(engine, OneFor(2), EngineHarness.At(9, 31));
        engine.Price("AAPL", 5_200);
        engine.Broker.Positions["AAPL"] = 0;
        await engine.TicksAsync(2);
        var strategy = await engine.StrategyAsync("s1");
        (strategy.Holding.Realized, strategy.Holding.NetCash, strategy.Phase).ShouldBe((600m, -2_000m, StrategyPhase.Completed));
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "DAILY_LOSS_LIMIT");
    }

    [Fact]
    public async Task A_strategy_that_scaled_to_nothing_completes_says_why_and_can_be_closed_and_deleted_but_not_enabled()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing() with { Quantity = 5, Repeat = true }, 10);
        await OverTheEveAsync(engine, OneFor(10), EngineHarness.At(9, 31));
        engine.Price("AAPL", 100);
        engine.Broker.Positions["AAPL"] = 0;
        await engine.TicksAsync(3);

        var strategy = await engine.StrategyAsync("s1");
        (strategy.Quantity, strategy.Holding.Quantity, strategy.Phase).ShouldBe((0, 0m, StrategyPhase.Completed));
        strategy.Notes.ShouldNotBeNull().ShouldContain("left nothing to buy of its quantity 5");
        engine.Broker.Submissions.Count.ShouldBe(2, "it repeats nothing");

        var enable = await CommandAsync(engine, new EnableStrategy("s1"));
        (enable.Status, enable.Code).ShouldBe((CommandStatus.Refused, "NOTHING_TO_BUY"));
        (await CommandAsync(engine, new CloseStrategy("s1"))).Outcome.ShouldBe(
            "It holds nothing and has no working orders; it is disabled."
        );
        (await CommandAsync(engine, new DeleteStrategy("s1"))).Outcome.ShouldBe("Deleted.");
    }

    [Fact]
    public async Task What_fractions_of_two_strategies_add_up_to_is_unmanaged()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing() with { Quantity = 3, AllowSharedSymbol = true }, 10);
        engine.Broker.RefusesWashTrades = false;
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Quantity = 3, AllowSharedSymbol = true });
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(6);
        await OverTheEveAsync(engine, OneFor(2), EngineHarness.At(9, 31));
        engine.Price("AAPL", 20);
        engine.Broker.Positions["AAPL"] = 3;
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(1);
        (await engine.StrategyAsync("s2")).Holding.Quantity.ShouldBe(1);
        var unmanaged = (await engine.Store.LoadAsync("paper", CancellationToken.None)).Unmanaged.ShouldHaveSingleItem().Value.Holding;
        (unmanaged.Quantity, unmanaged.Cost, unmanaged.NetCash).ShouldBe((1m, 20m, 0m));
        engine.Covered.ShouldBe(2);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fraction_that_an_earlier_version_left_is_deleted_as_unmanaged()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"] = 0.5m;
        await engine.AddAsync(
            TestStrategies.Trailing() with
            {
                Phase = StrategyPhase.Completed,
                Enabled = false,
                Holding = new() { Lots = [new(0.5m, 100, EngineHarness.At(9, 0))] },
            }
        );
        (await CommandAsync(engine, new CloseStrategy("s1"))).Outcome.ShouldNotBeNull().ShouldContain("It holds 0.5 of a share");
        (await CommandAsync(engine, new DeleteStrategy("s1"))).Status.ShouldBe(CommandStatus.Done);
        (await engine.Store.LoadAsync("paper", CancellationToken.None))
            .Unmanaged.ShouldHaveSingleItem()
            .Value.Holding.Quantity.ShouldBe(0.5m);
    }

    [Fact]
    public async Task A_split_amid_a_close_sells_the_shares_of_after_it()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket(), 350);
        engine.GoTo(EngineHarness.At(16, 30));
        await CommandAsync(engine, new CloseStrategy("s1"));
        await OverTheEveAsync(engine, Seven, EngineHarness.At(9, 31));
        engine.Price("AAPL", 50);
        engine.Broker.MarketPrice = _ => 50;
        engine.Broker.Positions["AAPL"] = 70;
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed);
    }

    private static Split Dividend => new("AAPL", EngineHarness.Day.AddDays(1), 21, 20);

    private static Split OneFor(int old) => new("AAPL", EngineHarness.Day.AddDays(1), 1, old);

    // From the evening before, on which orders are canceled, to an instant of the ex-date.
    private static async Task OverTheEveAsync(EngineHarness engine, Split split, DateTimeOffset then)
    {
        engine.Splits.Add(split);
        engine.GoTo(EngineHarness.At(17, 0));
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldBeEmpty();
        engine.GoTo(then.AddDays(1));
    }

    private static async Task<CommandEnvelope> CommandAsync(EngineHarness engine, EngineCommand asked)
    {
        var command = engine.NewCommand(asked);
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        return await engine.CommandOf(command.Id);
    }

    private static async Task<CommandEnvelope> BuyAsync(EngineHarness engine) =>
        await CommandAsync(
            engine,
            new PlaceOrder(
                new()
                {
                    Symbol = "AAPL",
                    Side = OrderSide.Buy,
                    Quantity = 1,
                    Type = OrderType.Limit,
                    LimitPrice = 1,
                },
                "at-m-" + Guid.NewGuid().ToString("N")
            )
        );
}
