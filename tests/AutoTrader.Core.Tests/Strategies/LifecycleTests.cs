using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Strategies;

/// <summary>docs/trading-rules.md, "Phases": how fills and ended orders carry a strategy from phase to phase.</summary>
public sealed class LifecycleTests
{
    private static readonly Order Entry = Given.Order(OrderRole.Entry, Given.Buy().Limit(100));
    private static readonly Order Stop = Given.Order(OrderRole.Protection, Given.Sell().Trail(5), 2);

    private static StrategyPhase Phase(Strategy strategy, params IReadOnlyList<Order> orders) =>
        Lifecycle.Settle(strategy, orders, Given.Now).Phase;

    [Fact]
    public void It_is_pending_until_an_entry_works() => Phase(Given.Trailing).ShouldBe(StrategyPhase.Pending);

    [Fact]
    public void A_working_entry_makes_it_active()
    {
        Phase(Given.Trailing, Entry).ShouldBe(StrategyPhase.EntryActive);
        Phase(Given.Trailing.Holding(4), Entry.Filled(4) with { ExecutedQuantity = 4 }).ShouldBe(StrategyPhase.EntryActive);
    }

    [Fact]
    public void A_filled_entry_opens_the_position()
    {
        Phase(Given.Trailing.Holding(), Stop).ShouldBe(StrategyPhase.PositionOpen);
        Phase(Given.Trailing with { EnteredQuantity = 10 }, Entry.Filled(10))
            .ShouldBe(StrategyPhase.PositionOpen, "before its execution arrives, too");
    }

    [Fact]
    public void An_entry_that_ends_partly_filled_continues_with_the_filled_quantity()
    {
        var strategy = Given.Trailing.Holding(4);
        Phase(strategy, (Entry with { Status = OrderStatus.Expired }).Filled(4) with { ExecutedQuantity = 4 })
            .ShouldBe(StrategyPhase.PositionOpen);
        strategy.Decide(Given.At(100)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell(4).Trail(5));
    }

    [Fact]
    public void An_entry_that_expires_with_nothing_filled_returns_to_pending_and_is_decided_again()
    {
        var expired = Entry with { Status = OrderStatus.Expired, EndReason = EndReason.Expired };
        var strategy = Lifecycle.Settle(
            Lifecycle.Ended(Given.Trailing with { Phase = StrategyPhase.EntryActive }, expired),
            [expired],
            Given.Now
        );
        strategy.Phase.ShouldBe(StrategyPhase.Pending);
        strategy.Decide(Given.At(100), expired).Place.ShouldHaveSingleItem().Role.ShouldBe(OrderRole.Entry);
    }

    [Fact]
    public void An_entry_that_is_refused_with_nothing_filled_fails_with_the_reason()
    {
        var refused = Entry with { Status = OrderStatus.Rejected, EndReason = EndReason.Refused, Note = "no buying power" };
        var strategy = Lifecycle.Settle(
            Lifecycle.Ended(Given.Trailing with { Phase = StrategyPhase.EntryActive }, refused),
            [refused],
            Given.Now
        );
        strategy.Phase.ShouldBe(StrategyPhase.Failed);
        strategy.Notes!.ShouldContain("no buying power");
        Lifecycle.Ended(Given.Trailing, refused.Filled(3)).Phase.ShouldNotBe(StrategyPhase.Failed, "what filled is carried on with");
    }

    [Fact]
    public void An_order_that_someone_else_ended_pauses_the_entries()
    {
        foreach (var order in new[] { Entry, Stop })
        {
            var paused = Lifecycle.Ended(
                Given.Trailing.Holding(),
                order with
                {
                    Status = OrderStatus.Canceled,
                    EndReason = EndReason.External,
                }
            );
            paused.PauseReason!.ShouldContain(order.ClientOrderId);
            paused.Decide(Given.At(100)).Place.ShouldHaveSingleItem("protection runs on").Role.ShouldBe(OrderRole.Protection);
        }
    }

    [Fact]
    public void A_wash_trade_or_held_shares_refusal_waits_and_is_tried_again()
    {
        var waiting = Lifecycle.Ended(
            Given.Trailing,
            Entry with
            {
                Status = OrderStatus.Rejected,
                EndReason = EndReason.Waiting,
                Note = "wash trade",
            }
        );
        (waiting.Phase, waiting.WaitingFor).ShouldBe((StrategyPhase.Pending, "wash trade"));
        waiting.Decide(Given.At(100)).Place.ShouldHaveSingleItem();
        Lifecycle.Observe(waiting, Entry.Filled(1)).WaitingFor.ShouldBeNull();
    }

    [Fact]
    public void Selling_some_is_exiting_and_selling_all_completes_it()
    {
        var sold = Given.Trailing.Holding();
        Phase(sold with { EnteredQuantity = 14 }, Stop).ShouldBe(StrategyPhase.Exiting);
        var completed = Lifecycle.Settle(
            Given.Trailing with
            {
                Phase = StrategyPhase.Exiting,
                EnteredQuantity = 10,
                WaitingFor = "x",
            },
            [],
            Given.Now
        );
        (completed.Phase, completed.CompletedAt, completed.WaitingFor, completed.PauseReason).ShouldBe(
            (StrategyPhase.Completed, Given.Now, null, null)
        );
    }

    [Fact]
    public void It_is_not_complete_while_an_order_may_still_trade() =>
        Phase(Given.Trailing with { EnteredQuantity = 10 }, Stop with { Status = OrderStatus.PendingCancel })
            .ShouldBe(StrategyPhase.Exiting);

    [Fact]
    public void A_fill_that_arrives_after_completion_is_adopted_and_protected()
    {
        var late = Given.Trailing.Holding(3) with { Phase = StrategyPhase.Completed };
        var settled = Lifecycle.Settle(late, [], Given.Now);
        settled.Phase.ShouldBe(StrategyPhase.PositionOpen);
        settled.Decide(Given.At(100)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell(3).Trail(5));
        Phase(Given.Trailing.Holding(3) with { Phase = StrategyPhase.Failed }).ShouldBe(StrategyPhase.PositionOpen);
    }

    [Fact]
    public void A_completed_strategy_trades_again_only_when_armed_anew()
    {
        var completed = Given.Pullback with
        {
            Phase = StrategyPhase.Completed,
            EnteredQuantity = 10,
            EntryFillPrice = 100,
            HighWatermark = 110,
            EffectiveStop = 104,
            PullbackReferencePrice = 120,
            Slots = [1],
            NextSequence = 7,
            PauseReason = "x",
        };
        completed.Decide(Given.At(100)).IsNone.ShouldBeTrue();
        var armed = completed.ArmAnew("ijklmnop");
        armed.ShouldBe(
            Given.Pullback with
            {
                Arm = "ijklmnop",
                PauseReason = "x",
            },
            "reference, watermark, stop and counters are cleared; a pause holds until it is resumed"
        );
    }

    [Fact]
    public void It_repeats_after_its_cooldown_only_when_it_says_so()
    {
        var completed = Given.Trailing with
        {
            Phase = StrategyPhase.Completed,
            CompletedAt = Given.Now,
            Repeat = true,
            CooldownMinutes = 30,
        };
        Lifecycle.RepeatsAt(completed, Given.Now.AddMinutes(29.9)).ShouldBeFalse();
        Lifecycle.RepeatsAt(completed, Given.Now.AddMinutes(30)).ShouldBeTrue();
        foreach (
            var strategy in new[]
            {
                completed with
                {
                    Repeat = false,
                },
                completed with
                {
                    Enabled = false,
                },
                completed with
                {
                    PauseReason = "x",
                },
                completed with
                {
                    Phase = StrategyPhase.Failed,
                },
            }
        )
        {
            Lifecycle.RepeatsAt(strategy, Given.Now.AddDays(1)).ShouldBeFalse();
        }
    }

    [Fact]
    public void The_entry_is_what_the_order_shows_at_its_average_price()
    {
        var seen = Lifecycle.Observe(Given.Trailing, Entry.Filled(4, 99.5m));
        (seen.EnteredQuantity, seen.EntryFillPrice, seen.HighWatermark).ShouldBe((4m, 99.5m, 99.5m));
        Lifecycle
            .Observe(seen with { HighWatermark = 103 }, Entry.Filled(10, 99))
            .ShouldBe(seen with { EnteredQuantity = 10, EntryFillPrice = 99, HighWatermark = 103 });
    }

    [Fact]
    public void An_execution_that_arrives_before_the_orders_own_figures_gives_quantity_and_price_too()
    {
        var (strategy, _) = Lifecycle.Apply(Given.Bracket, Entry, Entry.Fill(4, 100));
        (strategy.EnteredQuantity, strategy.EntryFillPrice, strategy.HighWatermark).ShouldBe((4m, 100m, 100m));
        (strategy, _) = Lifecycle.Apply(strategy, Entry with { FilledQuantity = 4, ExecutedQuantity = 4 }, Entry.Fill(4, 98, "x2"));
        (strategy.EnteredQuantity, strategy.EntryFillPrice).ShouldBe((8m, 99m));
        strategy
            .Decide(Given.At(99), Entry with { FilledQuantity = 8, ExecutedQuantity = 8 })
            .Place.ShouldHaveSingleItem()
            .Terms.ShouldBe(Given.Sell(8).Oco(108.90m, 94.05m));
        Lifecycle.Observe(strategy, Entry.Filled(8, 99)).EnteredQuantity.ShouldBe(8, "counted once");
    }

    [Fact]
    public void A_fill_of_an_earlier_arming_counts_as_shares_and_not_as_this_entry()
    {
        var earlier = Entry with { Arm = "zzzzzzzz" };
        Lifecycle.Observe(Given.Trailing, earlier.Filled(10)).ShouldBe(Given.Trailing);
        var (strategy, _) = Lifecycle.Apply(Given.Trailing, earlier, earlier.Fill(10));
        (strategy.Holding.Quantity, strategy.EnteredQuantity).ShouldBe((10m, 0m));
        Lifecycle.Ended(Given.Trailing, earlier with { EndReason = EndReason.External }).ShouldBe(Given.Trailing);
    }

    [Fact]
    public void The_effective_stop_and_the_watermark_follow_the_broker_up_and_never_down()
    {
        var seen = Lifecycle.Observe(Given.Trailing.Holding(), Stop with { BrokerStopPrice = 97, BrokerHighWatermark = 102.1m });
        (seen.EffectiveStop, seen.HighWatermark).ShouldBe((97m, 102.1m));
        var lower = Lifecycle.Observe(seen, Stop with { BrokerStopPrice = 96, BrokerHighWatermark = 101 });
        (lower.EffectiveStop, lower.HighWatermark).ShouldBe((97m, 102.1m));
        Lifecycle.Observe(Given.Trailing.Holding(), Stop with { Terms = Given.Sell().Stop(94) }).EffectiveStop.ShouldBe(94);
    }

    [Fact]
    public void A_stop_that_never_stood_is_not_effective()
    {
        Lifecycle
            .Observe(Given.Trailing.Holding(), Stop with { Terms = Given.Sell().Stop(94), BrokerOrderId = null })
            .EffectiveStop.ShouldBeNull();
        Lifecycle
            .Observe(Given.Trailing.Holding(), Stop with { Terms = Given.Sell().Stop(94), Status = OrderStatus.Rejected })
            .EffectiveStop.ShouldBeNull();
    }

    [Fact]
    public void Protection_that_stands_for_every_share_ends_the_count_of_refusals()
    {
        var refused = Given.Trailing.Holding() with { ProtectionRefusals = 2 };
        Lifecycle.Settle(refused, [Stop], Given.Now).ProtectionRefusals.ShouldBe(0);
        Lifecycle
            .Settle(refused, [Stop with { BrokerOrderId = null, Status = OrderStatus.Intended }], Given.Now)
            .ProtectionRefusals.ShouldBe(2, "it may be refused like the others");
        Lifecycle
            .Settle(refused, [Stop with { Terms = Given.Sell(6).Trail(5) }], Given.Now)
            .ProtectionRefusals.ShouldBe(2, "four shares have none");
    }

    [Fact]
    public void A_fill_enters_lots_tally_and_slots_and_learns_its_profit()
    {
        var sale = Given.Order(OrderRole.Target, Given.Sell(4).Limit(105), 2) with { Slot = 1 };
        var (strategy, fill) = Lifecycle.Apply(Given.ScaleOut.Holding(), sale, sale.Fill(4, 105) with { Fee = 1 });
        fill.RealizedPnl.ShouldBe(20);
        strategy.Slots.ShouldBe([0m, 4m]);
        strategy.Holding.Today.ShouldBe(new(new(2026, 2, 3), 20, 1, 0));
    }

    [Fact]
    public void A_grid_counts_shares_per_level_up_and_down()
    {
        var buy = Given.Order(OrderRole.Entry, Given.Buy().Limit(95)) with { Slot = 1 };
        var (strategy, _) = Lifecycle.Apply(Given.Grid, buy, buy.Fill(10, 95));
        strategy.Slots.ShouldBe([0m, 10m]);
        var sell = Given.Order(OrderRole.Target, Given.Sell().Limit(100), 2) with { Slot = 1 };
        (strategy, _) = Lifecycle.Apply(strategy, sell, sell.Fill(6, 100, "x2"));
        strategy.Slots.ShouldBe([0m, 4m]);
        Phase(strategy, sell).ShouldBe(StrategyPhase.PositionOpen, "a grid that sells is not on its way out");
    }

    [Fact]
    public void A_buy_order_is_one_trade_however_many_fills_it_has()
    {
        var (strategy, _) = Lifecycle.Apply(Given.Trailing, Entry, Entry.Fill(4));
        strategy.Holding.Today!.Trades.ShouldBe(1);
        (strategy, _) = Lifecycle.Apply(strategy, Entry with { ExecutedQuantity = 4 }, Entry.Fill(6, id: "x2"));
        strategy.Holding.Today!.Trades.ShouldBe(1);
        (strategy, _) = Lifecycle.Apply(strategy, Entry with { ExecutedQuantity = 10 }, Entry.Fill(-6, id: "x3"));
        (strategy.Holding.Today!.Trades, strategy.Holding.Quantity).ShouldBe((1, 4m), "a bust is no trade");
    }
}
