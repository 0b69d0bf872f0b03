using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Stores;

namespace AutoTrader.Core.Tests.Engine.Commands;

/// <summary>docs/trading-rules.md, "Changing an open position": exits move, covered throughout; a stop falls on its owner's word
/// alone.</summary>
public class OpenPositionTests
{
    internal static StrategyService Service(EngineHarness engine) =>
        new(
            engine.Store,
            engine.Broker,
            engine,
            new(engine.Store, engine.Broker, engine.Engine(), new() { AtMost = TimeSpan.Zero }),
            new(new MemoryAuditLog(), engine.Broker, engine.Clock),
            engine.Clock,
            new()
        );

    private static async Task<Strategy> ChangeAsync(EngineHarness engine, Func<Strategy, Strategy> change, bool allowLowerStop = false) =>
        (await Service(engine).ChangeAsync("s1", row => change(row.Value), allowLowerStop, null, "test", CancellationToken.None)).Value;

    private static async Task<RefusedException> RefusalAsync(
        EngineHarness engine,
        Func<Strategy, Strategy> change,
        bool allowLowerStop = false
    )
    {
        var before = await engine.StrategyAsync("s1");
        var refused = await Should.ThrowAsync<RefusedException>(() => ChangeAsync(engine, change, allowLowerStop));
        (await engine.StrategyAsync("s1")).ShouldBe(before);
        return refused;
    }

    private static IEnumerable<(decimal Quantity, decimal? Limit, decimal? Stop, decimal? Trail)> Resting(EngineHarness engine) =>
        engine
            .Broker.Open.OrderBy(order => order.Terms.LimitPrice)
            .Select(order => (order.Terms.Quantity, order.Terms.LimitPrice, order.Terms.StopPrice, order.Terms.TrailPercent));

    // Every share is covered whenever the broker is asked for anything.
    private static void WatchCover(EngineHarness engine) =>
        (engine.Broker.BeforeSubmit, engine.Broker.AfterSubmit) = (
            (_, _) => engine.Covered.ShouldBe(engine.Broker.Positions["AAPL"]),
            (_, _) => engine.Covered.ShouldBe(engine.Broker.Positions["AAPL"])
        );

    [Fact]
    public async Task A_brackets_stop_and_target_move_at_once_and_its_shares_are_covered_throughout()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        WatchCover(engine);
        var changed = await ChangeAsync(engine, strategy => strategy with { StopLossPct = 2, TakeProfitPct = 6 });
        Resting(engine).ShouldBe([(10m, 106m, 98m, null)]);
        (changed.EffectiveStop, changed.StopLossPct).ShouldBe((98, 2));
        (await ChangeAsync(engine, strategy => strategy with { TakeProfitPct = 12 })).EffectiveStop.ShouldBe(98);
        Resting(engine).ShouldBe([(10m, 112m, 98m, null)]);
        engine.Broker.Amendments.Count.ShouldBe(2);
        engine.Broker.Cancels.ShouldBeEmpty();
        await engine.TicksAsync(3);
        engine.Broker.Amendments.Count.ShouldBe(2, "it has come to rest");
    }

    [Fact]
    public async Task A_scale_outs_common_stop_and_its_targets_move_tranche_by_tranche()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.ScaleOut());
        WatchCover(engine);
        await ChangeAsync(engine, strategy => strategy with { StopLossPct = 3, ScaleTargets = [new(33, 5), new(33, 8), new(34, 20)] });
        Resting(engine).ShouldBe([(3m, 105m, 97m, null), (3m, 108m, 97m, null), (4m, 120m, 97m, null)]);
        engine.Broker.Cancels.ShouldBeEmpty();
    }

    [Fact]
    public async Task Targets_of_a_scale_out_without_a_stop_are_replaced_one_by_one()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.ScaleOut() with { StopLossPct = null });
        WatchCover(engine);
        await ChangeAsync(engine, strategy => strategy with { ScaleTargets = [new(33, 5), new(33, 8), new(34, 20)] });
        Resting(engine).ShouldBe([(3m, 105m, null, null), (3m, 108m, null, null), (4m, 120m, null, null)]);
        engine.Broker.All.Count(order => order.Status == "replaced").ShouldBe(2, "the first target stayed where it was");
    }

    [Fact]
    public async Task A_stop_that_rests_alone_is_replaced_and_a_moved_target_is_watched()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        (engine.Broker.MarketPrice, engine.Broker.SupportsOco) = (_ => 100, false);
        await engine.AddAsync(TestStrategies.Bracket());
        await engine.TicksAsync(2);
        WatchCover(engine);
        await ChangeAsync(engine, strategy => strategy with { StopLossPct = 2, TakeProfitPct = 3 });
        Resting(engine).ShouldBe([(10m, null, 98m, null)]);
        (engine.Broker.BeforeSubmit, engine.Broker.AfterSubmit) = (null, null);
        engine.Price("AAPL", 103);
        engine.Broker.MarketPrice = _ => 103;
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Theory]
    [InlineData(StrategyType.TrailingStop)]
    [InlineData(StrategyType.PullbackTrailing)]
    public async Task A_trail_is_narrowed_by_a_replacement_that_trails_anew(StrategyType type)
    {
        var engine = await TrailingAsync(type, high: 110, price: 110);
        WatchCover(engine);
        await ChangeAsync(engine, strategy => strategy with { TrailingStopPct = 3 });
        Resting(engine).ShouldBe([(10m, null, null, 3m)]);
        engine.Broker.Cancels.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_trail_that_would_start_below_the_present_stop_rests_on_and_the_engine_watches_the_new_stop()
    {
        var engine = await TrailingAsync(StrategyType.TrailingStop, high: 110, price: 107);
        var changed = await ChangeAsync(engine, strategy => strategy with { TrailingStopPct = 3 });
        Resting(engine).ShouldBe([(10m, null, null, 5m)]);
        changed.EffectiveStop.ShouldBe(106.7m);
        engine.Price("AAPL", 106.5m);
        engine.Broker.MarketPrice = _ => 106.5m;
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10, "one quote sells nothing");
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task It_trails_by_the_new_distance_as_soon_as_that_does_not_lower_the_stop()
    {
        var engine = await TrailingAsync(StrategyType.TrailingStop, high: 110, price: 107);
        await ChangeAsync(engine, strategy => strategy with { TrailingStopPct = 3 });
        engine.Price("AAPL", 108);
        await engine.TicksAsync(2);
        Resting(engine).ShouldBe([(10m, null, null, 3m)]);
        (await engine.StrategyAsync("s1")).EffectiveStop.ShouldBe(106.7m);
    }

    [Fact]
    public async Task A_plain_stop_in_place_of_a_trail_is_raised_when_the_trail_is_narrowed()
    {
        var engine = await TrailingAsync(StrategyType.TrailingStop, high: 110, price: 107);
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "expired");
        await engine.TicksAsync(2);
        Resting(engine).ShouldBe([(10m, null, 104.5m, null)]);
        WatchCover(engine);
        (await ChangeAsync(engine, strategy => strategy with { TrailingStopPct = 3 })).EffectiveStop.ShouldBe(106.7m);
        Resting(engine).ShouldBe([(10m, null, 106.7m, null)]);
    }

    [Fact]
    public async Task A_grids_stop_below_is_raised_and_holds_from_the_next_cycle_on()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 101);
        await engine.AddAsync(TestStrategies.Grid());
        await engine.TicksAsync(2);
        engine.Broker.Fill(engine.Broker.Open.MaxBy(order => order.Terms.LimitPrice)!.ClientOrderId, 10, 100);
        await engine.TicksAsync(1);
        await ChangeAsync(engine, strategy => strategy with { GridConfig = strategy.GridConfig! with { StopBelow = 85 } });
        await ChangeAsync(engine, strategy => strategy with { GridConfig = strategy.GridConfig! with { StopBelow = 89 } });
        (await RefusalAsync(engine, strategy => strategy with { GridConfig = strategy.GridConfig! with { StopBelow = 80 } }))
            .Fields.ShouldHaveSingleItem()
            .Field.ShouldBe("grid_config.stop_below");
        (
            await RefusalAsync(engine, strategy => strategy with { GridConfig = strategy.GridConfig! with { StopBelow = null } })
        ).Code.ShouldBe("STOP_WOULD_FALL");
        engine.Broker.MarketPrice = _ => 88;
        engine.Price("AAPL", 88);
        await engine.TicksAsync(3);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    public static TheoryData<StrategyType> Stops => [StrategyType.Bracket, StrategyType.ScaleOut, StrategyType.TrailingStop];

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task A_stop_is_lowered_on_its_owners_word_alone(StrategyType type)
    {
        var engine = await EngineHarness.HoldingAsync(Of(type));
        await engine.TicksAsync(1);
        if (type == StrategyType.TrailingStop)
        {
            engine.Broker.Change(engine.Broker.Open.Single().ClientOrderId, order => order with { StopPrice = 95, HighWatermark = 100 });
            await engine.TicksAsync(1);
        }

        static Strategy Wider(Strategy strategy) =>
            strategy.StrategyType == StrategyType.TrailingStop ? strategy with { TrailingStopPct = 8 } : strategy with { StopLossPct = 8 };

        var refused = await RefusalAsync(engine, Wider);
        (refused.Kind, refused.Code).ShouldBe((Refusal.Conflict, "STOP_WOULD_FALL"));
        refused.Fields.ShouldHaveSingleItem().Field.ShouldBe(ExitChange.StopField(type));
        refused.Message.ShouldContain("from 95.00 to 92.00");
        refused.Message.ShouldContain("allow_lower_stop");
        WatchCover(engine);
        (await ChangeAsync(engine, Wider, allowLowerStop: true)).EffectiveStop.ShouldBe(92);
        Resting(engine).ShouldAllBe(order => order.Stop == 92 || order.Trail == 8);
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).EffectiveStop.ShouldBe(92);

        // From there on it never falls again.
        var again = await RefusalAsync(engine, strategy =>
            type == StrategyType.TrailingStop ? strategy with { TrailingStopPct = 9 } : strategy with { StopLossPct = 9 }
        );
        again.Code.ShouldBe("STOP_WOULD_FALL");
    }

    [Fact]
    public async Task What_cannot_change_while_a_position_is_open_is_named_with_the_reason()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        var refused = await RefusalAsync(engine, strategy =>
            strategy with
            {
                Quantity = 20,
                EntryType = EntryType.Limit,
                EntryPrice = 90,
                StopLossPct = 2,
            }
        );
        (refused.Kind, refused.Code).ShouldBe((Refusal.Conflict, "STRATEGY_RUNNING"));
        refused.Fields.Select(problem => problem.Field).ShouldBe(["quantity", "entry_type", "entry_price"]);
        refused.Fields.ShouldAllBe(problem => problem.Message.Contains("close it first"));
    }

    public static TheoryData<string, string> FixedExits =>
        new()
        {
            { "count", "scale_targets" },
            { "pct", "scale_targets" },
            { "stop", "stop_loss_pct" },
        };

    [Theory]
    [MemberData(nameof(FixedExits))]
    public async Task Tranches_that_rest_keep_their_shares_and_their_kind(string what, string field)
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.ScaleOut());
        (
            await RefusalAsync(
                engine,
                strategy =>
                    what switch
                    {
                        "count" => strategy with { ScaleTargets = [new(50, 5), new(50, 10)] },
                        "pct" => strategy with { ScaleTargets = [new(30, 5), new(36, 10), new(34, 15)] },
                        _ => strategy with { StopLossPct = null },
                    },
                allowLowerStop: true
            )
        ).Fields.ShouldHaveSingleItem().Field.ShouldBe(field);
    }

    [Fact]
    public async Task Levels_of_a_grid_that_are_at_work_stay_and_each_field_says_so()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Grid());
        await engine.TicksAsync(2);
        (await RefusalAsync(engine, strategy => strategy with { GridConfig = new(91, 111, 4, 5) }))
            .Fields.Select(problem => problem.Field)
            .ShouldBe(["grid_config.low", "grid_config.high", "grid_config.levels", "grid_config.qty_per_level"]);
    }

    [Fact]
    public async Task Exits_of_a_strategy_that_is_being_sold_stay()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.GoTo(EngineHarness.At(16, 30));
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(1);
        (await RefusalAsync(engine, strategy => strategy with { StopLossPct = 2 }))
            .Fields.ShouldHaveSingleItem()
            .Field.ShouldBe("stop_loss_pct");
    }

    [Fact]
    public async Task A_stop_above_the_price_is_refused_instead_of_selling_at_once()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Price("AAPL", 97);
        var refused = await RefusalAsync(engine, strategy => strategy with { StopLossPct = 2 });
        (refused.Kind, refused.Code, refused.Fields.Single().Field).ShouldBe(
            (Refusal.Unprocessable, "STOP_BEYOND_MARKET", "stop_loss_pct")
        );
    }

    [Fact]
    public async Task A_stop_that_the_price_has_reached_meanwhile_sells_after_two_quotes()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.NoPrice("AAPL");
        engine.Broker.BeforeSubmit = (_, terms) =>
        {
            if (terms.StopPrice == 98)
            {
                throw new BrokerRefusedException(RefusalKind.StopPriceBeyondMarket, "beyond");
            }
        };
        (await ChangeAsync(engine, strategy => strategy with { StopLossPct = 2 })).WaitingFor.ShouldBe("beyond");
        Resting(engine).ShouldBe([(10m, 110m, 95m, null)]);
        engine.Price("AAPL", 97.5m);
        engine.Broker.MarketPrice = _ => 97.5m;
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10, "one quote sells nothing");
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task A_move_that_the_broker_refuses_is_asked_for_once_a_cycle_says_so_and_leaves_the_old_order()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        var asked = 0;
        engine.Broker.BeforeSubmit = (_, _) => throw new BrokerRefusedException(RefusalKind.NotCancelable, $"not now, {++asked}");
        (await ChangeAsync(engine, strategy => strategy with { StopLossPct = 2 })).WaitingFor.ShouldBe("not now, 1");
        await engine.TicksAsync(3);
        asked.ShouldBe(4);
        Resting(engine).ShouldBe([(10m, 110m, 95m, null)]);
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(1);
        Resting(engine).ShouldBe([(10m, 110m, 98m, null)]);
        (await engine.StrategyAsync("s1")).WaitingFor.ShouldBeNull();
    }

    [Fact]
    public async Task A_move_whose_answer_is_lost_is_asked_for_again_and_done_once()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Broker.AfterSubmit = (_, _) => throw new TimeoutException("no answer");
        await ChangeAsync(engine, strategy => strategy with { StopLossPct = 2 });
        engine.Broker.AfterSubmit = null;
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "NO_ANSWER");
        await engine.TicksAsync(2);
        (await engine.OrdersAsync()).ShouldHaveSingleItem().Amendment.ShouldBeNull();
        (await engine.OrdersAsync()).Single().Terms.StopPrice.ShouldBe(98);
        (await engine.StrategyAsync("s1")).EffectiveStop.ShouldBe(98);
    }

    [Fact]
    public async Task A_replacement_that_was_not_sent_before_its_order_filled_is_given_up_and_the_other_tranches_rest_on()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.ScaleOut() with { StopLossPct = null });
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await ChangeAsync(engine, strategy => strategy with { ScaleTargets = [new(33, 6), new(33, 11), new(34, 16)] });
        engine.Broker.BeforeSubmit = null;
        engine.Broker.Fill(engine.Broker.Open.Single(order => order.Terms.LimitPrice == 105).ClientOrderId, 3, 105);
        await engine.TicksAsync(3);
        Resting(engine).ShouldBe([(3m, 111m, null, null), (4m, 116m, null, null)]);
        engine.Broker.Cancels.ShouldBeEmpty();
    }

    [Fact]
    public async Task Overnight_the_stop_moves_too_and_what_the_broker_refuses_then_waits_for_the_open()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.GoTo(EngineHarness.At(17, 0));
        await ChangeAsync(engine, strategy => strategy with { StopLossPct = 3 });
        Resting(engine).ShouldBe([(10m, 110m, 97m, null)]);
        var asked = 0;
        engine.Broker.BeforeSubmit = (_, _) => throw new BrokerRefusedException(RefusalKind.NotCancelable, $"not now, {++asked}");
        await ChangeAsync(engine, strategy => strategy with { StopLossPct = 2 });
        await engine.TicksAsync(5);
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task Before_anything_is_bought_exits_change_freely()
    {
        var engine = await EngineHarness.RestingEntryAsync();
        (await ChangeAsync(engine, strategy => strategy with { TrailingStopPct = 9 })).TrailingStopPct.ShouldBe(9);
        engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 10, 95);
        await engine.TicksAsync(1);
        Resting(engine).ShouldBe([(10m, null, null, 9m)]);
    }

    private static Strategy Of(StrategyType type) =>
        type switch
        {
            StrategyType.Bracket => TestStrategies.Bracket(),
            StrategyType.ScaleOut => TestStrategies.ScaleOut(),
            _ => TestStrategies.Trailing(),
        };

    // Bought at 100; the broker's trail of 5 % has seen a high.
    private static async Task<EngineHarness> TrailingAsync(StrategyType type, decimal high, decimal price)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(
            type == StrategyType.TrailingStop
                ? TestStrategies.Trailing()
                : TestStrategies.Trailing() with
                {
                    StrategyType = type,
                    PullbackPct = 1,
                    PullbackReferencePrice = 102,
                }
        );
        await engine.TicksAsync(3);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.Change(engine.Broker.Open.Single().ClientOrderId, order =>
            order with
            {
                StopPrice = high * 0.95m,
                HighWatermark = high,
            }
        );
        engine.Price("AAPL", price);
        await engine.TicksAsync(2);
        return engine;
    }
}
