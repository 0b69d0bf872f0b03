using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Commands;

/// <summary>docs/trading-rules.md, "Pausing, closing, changing" and "Risk limits": pause, disable, kill switch, daily loss, limits, and the
/// services' commands.</summary>
public class RiskAndSwitchTests
{
    [Fact]
    public async Task A_kill_switch_cancels_working_entries_and_bars_new_ones()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        await engine.SetAccountAsync(account => account with { KillSwitch = new("test", engine.Clock.GetUtcNow(), "me") });
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldBeEmpty();

        await engine.SetAccountAsync(account => account with { KillSwitch = null });
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("kill switch")]
    [InlineData("daily loss limit")]
    public async Task Kill_switch_and_daily_loss_limit_cancel_the_resting_buys_of_strategies_grids_and_people_and_keep_protection(
        string what
    )
    {
        var engine = new EngineHarness();
        foreach (var symbol in new[] { "AAPL", "IBM", "BAC", "SPY" })
        {
            engine.Price(symbol, 100);
        }

        await engine.AddAsync(TestStrategies.Bracket("holds") with { Symbol = "BAC" });
        await engine.AddAsync(TestStrategies.Trailing("rests") with { EntryType = EntryType.Limit, EntryPrice = 95 });
        await engine.AddAsync(TestStrategies.Grid("grid") with { Symbol = "IBM" });
        await engine.CommandAsync(
            engine.NewCommand(
                new PlaceOrder(
                    new()
                    {
                        Symbol = "SPY",
                        Side = OrderSide.Buy,
                        Quantity = 1,
                        Type = OrderType.Limit,
                        LimitPrice = 90,
                        TimeInForce = TimeInForce.Gtc,
                    },
                    "at-m-abc"
                )
            )
        );
        engine.Broker.Watching = (order, _) => engine.Broker.Fill(order.ClientOrderId, 10, 100);
        await engine.TicksAsync(1);
        engine.Broker.Fill("at-grid-abcdefgh-2", 10, 95);
        await engine.TicksAsync(1);
        engine.Broker.Open.Count(order => order.Terms.Side == OrderSide.Buy).ShouldBe(3);

        await engine.SetAccountAsync(account =>
            what == "kill switch"
                ? account with
                {
                    KillSwitch = new("test", engine.Clock.GetUtcNow(), "me"),
                }
                : account with
                {
                    LossLatchedOn = EngineHarness.Day,
                }
        );
        await engine.TicksAsync(2);
        engine
            .Broker.Open.Select(order => (order.Terms.Symbol, order.Terms.Side, order.Terms.LimitPrice))
            .ShouldBe([("BAC", OrderSide.Sell, 110m), ("IBM", OrderSide.Sell, 100m)], ignoreOrder: true);
    }

    [Fact]
    public async Task A_kill_switch_set_between_commit_and_submission_abandons_the_entry()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing("s1"));
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        engine.Price("IBM", 50);
        await engine.TicksAsync(0);
        engine.Options = engine.Options with { EntriesAhead = 1 };
        engine.Broker.AfterSubmit = (_, _) =>
            engine
                .SetAccountAsync(account => account with { KillSwitch = new("now", engine.Clock.GetUtcNow(), "me") })
                .GetAwaiter()
                .GetResult();
        await engine.TickAsync();
        engine.Broker.AfterSubmit = null;
        await engine.TicksAsync(2);
        engine.Broker.Submissions.Count(sent => sent.Terms.Side == OrderSide.Buy).ShouldBe(1);
    }

    [Theory]
    [InlineData(CommandKind.PauseStrategy)]
    [InlineData(CommandKind.DisableStrategy)]
    public async Task Pausing_and_disabling_cancel_the_entry(CommandKind kind)
    {
        var engine = await EngineHarness.RestingEntryAsync();
        await engine.CommandAsync(
            engine.NewCommand(kind == CommandKind.PauseStrategy ? new PauseStrategy("s1") : new DisableStrategy("s1"))
        );
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldBeEmpty();
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldBeEmpty();
    }

    [Fact]
    public async Task Resuming_continues_where_it_was()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("s1")));
        await engine.TicksAsync(1);
        await engine.CommandAsync(engine.NewCommand(new ResumeStrategy("s1")));
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.LimitPrice.ShouldBe(95);
    }

    [Fact]
    public async Task A_dry_run_returns_the_decisions_and_changes_nothing()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        var result = await engine.Engine().RunAsync(new(null, "manual", DryRun: true), CancellationToken.None);
        result.Decisions.ShouldHaveSingleItem().Kind.ShouldBe("entry");
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Pending);
        (await engine.OrdersAsync()).ShouldBeEmpty();
        (await engine.EngineStore.LoadAsync("paper", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_pause_keeps_the_protection_of_what_is_held()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Bracket());
        await engine.TicksAsync(1);
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("s1")));
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Class.ShouldBe(OrderClass.Oco);
    }

    [Fact]
    public async Task The_daily_loss_limit_latches_until_the_next_session()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.SetAccountAsync(account => account with { Limits = account.Limits with { MaxDailyLoss = 40 }, AccountNumber = "PA1" });
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Price("AAPL", 95.5m);
        engine.Price("IBM", 50);
        await engine.TicksAsync(1);
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldNotContain(sent => sent.Terms.Symbol == "IBM");
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "DAILY_LOSS_LIMIT");

        engine.Closes["AAPL"] = 95.5m;
        engine.Clock.Advance(EngineHarness.At(9, 31).AddDays(1) - engine.Clock.GetUtcNow());
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldContain(sent => sent.Terms.Symbol == "IBM");
    }

    [Fact]
    public async Task A_loss_equal_to_the_limit_latches_and_stays_latched_when_the_price_recovers()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Price("IBM", 50);
        engine.Broker.MarketPrice = _ => 100;
        await engine.SetAccountAsync(account => account with { Limits = account.Limits with { MaxDailyLoss = 40 } });
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Price("AAPL", 96.01m);
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        engine.Price("AAPL", 96);
        await engine.TicksAsync(1);
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "DAILY_LOSS_LIMIT");
        engine.Broker.Submissions.ShouldNotContain(sent => sent.Terms.Symbol == "IBM");
    }

    [Fact]
    public async Task The_trading_day_is_that_of_New_York_also_after_midnight_UTC()
    {
        var engine = new EngineHarness(EngineHarness.At(15, 58));
        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        await engine.SetAccountAsync(account => account with { LossLatchedOn = EngineHarness.Day });
        engine.Clock.SetUtcNow(EngineHarness.At(19, 30));
        engine.Broker.Put(
            "someone-else",
            new()
            {
                Symbol = "AAPL",
                Side = OrderSide.Buy,
                Quantity = 3,
                Type = OrderType.Market,
            }
        );
        engine.Broker.Fill("someone-else", 3, 100);
        var command = engine.NewCommand(
            new PlaceOrder(
                new()
                {
                    Symbol = "AAPL",
                    Side = OrderSide.Buy,
                    Quantity = 1,
                    Type = OrderType.Limit,
                    LimitPrice = 90,
                },
                "at-m-abc"
            )
        );
        await engine.CommandAsync(command);
        await engine.TicksAsync(2);
        (await engine.CommandOf(command.Id)).Code.ShouldBe("DAILY_LOSS_LIMIT");
        (await engine.FillsAsync()).ShouldHaveSingleItem().TradingDay.ShouldBe(EngineHarness.Day);
    }

    [Fact]
    public async Task An_entry_beyond_a_limit_is_refused_before_the_commit_and_waits()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { Quantity = 60 });
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldBeEmpty();
        (await engine.StrategyAsync("s1")).WaitingFor.ShouldNotBeNull().ShouldContain("max_order_value");
        (await engine.OrdersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_strategy_trades_a_symbol_unless_it_says_otherwise()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 40);
        engine.Broker.MarketPrice = _ => 40;
        await engine.AddAsync(TestStrategies.Trailing("s1"));
        await engine.AddAsync(TestStrategies.Trailing("s2"));
        await engine.AddAsync(TestStrategies.Trailing("s3") with { AllowSharedSymbol = true });
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(20);
    }

    [Fact]
    public async Task A_manual_order_is_sent_once_and_its_shares_are_unmanaged()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.TicksAsync(1);
        var terms = new OrderTerms
        {
            Symbol = "AAPL",
            Side = OrderSide.Buy,
            Quantity = 5,
            Type = OrderType.Market,
        };
        var command = engine.NewCommand(new PlaceOrder(terms, "at-m-abc"));
        await engine.CommandAsync(command);
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldHaveSingleItem().ClientOrderId.ShouldBe("at-m-abc");
        (await engine.CommandOf(command.Id)).Status.ShouldBe(CommandStatus.Done);
        (await engine.DoneAsync()).ShouldHaveSingleItem().StrategyId.ShouldBe(Order.ManualOwner);
        (await engine.FillsAsync()).ShouldHaveSingleItem().StrategyId.ShouldBe(Order.ManualOwner);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(90)]
    public async Task A_manual_order_that_ended_is_not_placed_again_after_its_command_was_forgotten(int? keySinceMinutesAgo)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.TicksAsync(1);
        var terms = new OrderTerms
        {
            Symbol = "AAPL",
            Side = OrderSide.Buy,
            Quantity = 5,
            Type = OrderType.Market,
        };
        var command = engine.NewCommand(new PlaceOrder(terms, "at-m-abc"));
        await engine.CommandAsync(command);
        await engine.TicksAsync(2);
        (await engine.DoneAsync()).Count.ShouldBe(1);

        engine.GoTo(engine.Clock.GetUtcNow().AddMinutes(80));
        await engine.TicksAsync(1);
        // It is forgotten: its id is free again.
        await engine.CommandAsync(
            command with
            {
                RequestedAt = engine.Clock.GetUtcNow(),
                KeySince = keySinceMinutesAgo is { } minutes ? engine.Clock.GetUtcNow().AddMinutes(-minutes) : null,
            }
        );
        await engine.TicksAsync(2);
        engine.Broker.Submissions.Count.ShouldBe(1);
        (await engine.CommandOf(command.Id)).Outcome.ShouldBe("The order was placed already.");
    }

    [Fact]
    public async Task A_manual_sale_touches_unmanaged_shares_only()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(2);
        var command = engine.NewCommand(
            new PlaceOrder(
                new()
                {
                    Symbol = "AAPL",
                    Side = OrderSide.Sell,
                    Quantity = 5,
                    Type = OrderType.Market,
                },
                "at-m-abc"
            )
        );
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        (await engine.CommandOf(command.Id)).Code.ShouldBe("INSUFFICIENT_SHARES");
        engine.Broker.Positions["AAPL"].ShouldBe(10);
    }

    [Fact]
    public async Task Canceling_a_protective_order_is_refused_unless_the_position_is_closing()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Bracket());
        await engine.TicksAsync(2);
        var command = engine.NewCommand(new CancelOrder(engine.Broker.Open.Single().ClientOrderId));
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        (await engine.CommandOf(command.Id)).Code.ShouldBe("PROTECTIVE_ORDER");
        engine.Broker.Open.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Flatten_sells_what_strategies_hold_and_nothing_else()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Price("IBM", 50);
        engine.Broker.MarketPrice = symbol => symbol == "AAPL" ? 100 : 50;
        engine.Broker.Positions["IBM"] = 7;
        await engine.AddAsync(TestStrategies.Bracket());
        await engine.TicksAsync(2);
        await engine.CommandAsync(engine.NewCommand(new Flatten()));
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        engine.Broker.Positions["IBM"].ShouldBe(7);

        await engine.CommandAsync(engine.NewCommand(new Flatten(true)));
        await engine.TicksAsync(2);
        engine.Broker.Positions["IBM"].ShouldBe(0);
    }

    [Fact]
    public async Task Flatten_ends_the_resting_entry_of_a_strategy_that_holds_nothing()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        await engine.CommandAsync(engine.NewCommand(new Flatten()));
        await engine.TicksAsync(3);
        engine.Broker.Open.ShouldBeEmpty();
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed);
        engine.Broker.Submissions.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Deleting_a_strategy_that_holds_shares_needs_force_and_leaves_them_unmanaged()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Bracket());
        await engine.TicksAsync(2);
        var refused = engine.NewCommand(new DeleteStrategy("s1"));
        await engine.CommandAsync(refused);
        await engine.TicksAsync(1);
        (await engine.CommandOf(refused.Id)).Code.ShouldBe("STRATEGY_HOLDS_SHARES");

        var forced = engine.NewCommand(new DeleteStrategy("s1", true));
        await engine.CommandAsync(forced);
        await engine.TicksAsync(3);
        (await engine.CommandOf(forced.Id)).Status.ShouldBe(CommandStatus.Done);
        engine.Broker.Open.ShouldBeEmpty();
        var snapshot = await engine.Store.LoadAsync("paper", CancellationToken.None);
        snapshot.Strategies.ShouldBeEmpty();
        snapshot.Unmanaged.ShouldHaveSingleItem().Value.Holding.Quantity.ShouldBe(10);
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "QUANTITY_MISMATCH");
    }

    [Fact]
    public async Task A_completed_strategy_trades_again_only_when_armed_anew()
    {
        var engine = await EngineHarness.CompletedAsync();
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed);
        engine.Broker.Positions["AAPL"].ShouldBe(0);

        await engine.CommandAsync(engine.NewCommand(new EnableStrategy("s1")));
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        (await engine.StrategyAsync("s1")).Arm.ShouldNotBe("abcdefgh");
        (await engine.StrategyAsync("s1")).Holding.Realized.ShouldBe(100);
    }

    [Fact]
    public async Task A_strategy_that_repeats_arms_itself_anew_after_its_cooldown()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Bracket() with { Repeat = true, CooldownMinutes = 5 });
        await engine.TicksAsync(1);
        engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 10, 110);
        await engine.TicksAsync(5);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed);
        await engine.TicksAsync(2);
        var again = await engine.StrategyAsync("s1");
        (again.Phase, again.Arm == "abcdefgh").ShouldBe((StrategyPhase.PositionOpen, false));
    }

    [Fact]
    public async Task A_price_outside_the_grid_is_a_matter_of_attention_until_it_is_back()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Grid());
        await engine.TicksAsync(1);
        engine.Price("AAPL", 111);
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("GRID_OUT_OF_BAND");
        engine.Broker.Open.ShouldBeEmpty();
        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        engine.Broker.Open.Count().ShouldBe(2);
    }
}
