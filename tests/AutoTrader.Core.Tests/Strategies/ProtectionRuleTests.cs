using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Strategies;

/// <summary>docs/trading-rules.md, "Protection": every held share is covered by exactly one working sell; the effective stop never
/// falls.</summary>
public sealed class ProtectionRuleTests
{
    private static readonly Conditions NoOco = Given.Open with { SupportsOco = false };

    private static IEnumerable<OrderTerms> Placed(Decision decision) => decision.Place.Select(plan => plan.Terms);

    [Fact]
    public void A_trailing_stop_follows_what_was_bought()
    {
        var plan = Given.Trailing.Holding().Decide(Given.At(100)).Place.ShouldHaveSingleItem();
        (plan.Role, plan.Terms).ShouldBe((OrderRole.Protection, Given.Sell().Trail(5)));
    }

    [Fact]
    public void A_bracket_is_one_oco_on_the_average_fill_price_rounded_away_from_the_market() =>
        Placed(Given.Bracket.Holding(price: 33.37m).Decide(Given.At(33.37m))).ShouldBe([Given.Sell().Oco(36.71m, 31.70m)]);

    [Fact]
    public void Shares_of_an_earlier_arming_are_measured_from_what_they_cost_and_nothing_rests_at_zero()
    {
        foreach (var strategy in new[] { Given.Bracket, Given.ScaleOut })
        {
            var late = strategy.Holding(1) with { EnteredQuantity = 0, EntryFillPrice = null };
            late.Decide(Given.At(100)).Place.ShouldHaveSingleItem().Terms.StopPrice.ShouldBe(95);
            strategy
                .Decide(Given.At(100), Given.Order(OrderRole.Entry, Given.Buy()).Filled(10))
                .Place.ShouldBeEmpty("the price is not known yet");
        }
    }

    [Fact]
    public void Where_the_broker_has_no_oco_the_stop_rests_and_the_target_is_watched() =>
        Placed(Given.Bracket.Holding().DecideIn(NoOco, Given.At(100))).ShouldBe([Given.Sell().Stop(95)]);

    [Fact]
    public void A_watched_target_that_two_quotes_reach_cancels_the_stop_and_then_sells()
    {
        var stop = Given.Order(OrderRole.Protection, Given.Sell().Stop(95));
        var strategy = Given.Bracket.Holding();
        strategy.DecideIn(NoOco, Given.At(110, 109.99m), stop).IsNone.ShouldBeTrue("one quote sells nothing");
        strategy.DecideIn(NoOco, Given.At(110), stop).Cancel.ShouldHaveSingleItem().Order.ShouldBe(stop);
        strategy
            .DecideIn(NoOco, Given.At(110), stop with { CancelRequestedAt = Given.Now })
            .IsNone.ShouldBeTrue("the broker has not said canceled");

        var plan = strategy.DecideIn(NoOco, Given.At(110)).Place.ShouldHaveSingleItem();
        (plan.Role, plan.Terms).ShouldBe((OrderRole.Exit, Given.Sell()));
    }

    [Theory]
    [InlineData(0.80, 1.2, 10.0, 0.7904, 0.88)] // a cent is more than 1.2 % of 80 cents
    [InlineData(0.80, 0.5, 0.5, 0.796, 0.804)] // nor does it fit between stop and target
    [InlineData(100.005, 0.001, 10.0, 100.0, 110.01)]
    public void A_stop_too_close_for_an_OCO_rests_alone_at_its_own_price_and_its_target_is_watched(
        double price,
        double loss,
        double profit,
        double stop,
        double target
    )
    {
        var strategy = (Given.Bracket with { StopLossPct = (decimal)loss, TakeProfitPct = (decimal)profit }).Holding(price: (decimal)price);
        Placed(strategy.Decide(Given.At((decimal)price))).ShouldBe([Given.Sell().Stop((decimal)stop)]);

        var resting = Given.Order(OrderRole.Protection, Given.Sell().Stop((decimal)stop));
        strategy.Decide(Given.At((decimal)target, (decimal)price), resting).IsNone.ShouldBeTrue("one quote sells nothing");
        strategy.Decide(Given.At((decimal)target), resting).Cancel.ShouldHaveSingleItem().Order.ShouldBe(resting);
    }

    [Fact]
    public void The_target_of_an_OCO_is_the_brokers_to_watch() =>
        Given.Bracket.Holding().Decide(Given.At(110), Given.Order(OrderRole.Protection, Given.Sell().Oco(110, 95))).IsNone.ShouldBeTrue();

    [Fact]
    public void A_price_that_fell_back_while_the_stop_was_canceled_gets_the_stop_again() =>
        Placed(Given.Bracket.Holding().DecideIn(NoOco, Given.At(105))).ShouldBe([Given.Sell().Stop(95)]);

    [Fact]
    public void Only_the_tranche_whose_target_is_reached_is_sold()
    {
        Order[] stops =
        [
            .. new[] { 3, 3, 4 }.Select(
                (quantity, i) => Given.Order(OrderRole.Protection, Given.Sell(quantity).Stop(95), i + 1) with { Slot = i }
            ),
        ];
        var strategy = Given.ScaleOut.Holding();
        strategy.DecideIn(NoOco, Given.At(110), stops).Cancel.Select(cancel => cancel.Order.Slot).ShouldBe([0, 1]);
        var plan = strategy.DecideIn(NoOco, Given.At(105), stops[1], stops[2]).Place.ShouldHaveSingleItem();
        (plan.Role, plan.Slot, plan.Terms).ShouldBe((OrderRole.Exit, 0, Given.Sell(3)));
    }

    [Fact]
    public void Each_increment_gets_its_own_order_and_no_stop_is_canceled_to_enlarge_it()
    {
        var entry = Given.Order(OrderRole.Entry, Given.Buy().Limit(100)).Filled(7);
        var stop = Given.Order(OrderRole.Protection, Given.Sell(4).Trail(5), 2);
        var decision = (Given.Trailing with { Phase = StrategyPhase.EntryActive, EnteredQuantity = 7 }).Decide(Given.At(100), entry, stop);
        decision.Cancel.ShouldBeEmpty();
        Placed(decision).ShouldBe([Given.Sell(3).Trail(5)]);
    }

    [Fact]
    public void What_filled_is_covered_before_its_execution_arrives() =>
        Placed(
                (Given.Trailing with { EnteredQuantity = 10, EntryFillPrice = 100 }).Decide(
                    Given.At(100),
                    Given.Order(OrderRole.Entry, Given.Buy()).Filled(10)
                )
            )
            .ShouldBe([Given.Sell().Trail(5)]);

    [Fact]
    public void What_was_sold_before_its_execution_arrives_is_not_covered_again() =>
        Given
            .Trailing.Holding()
            .Decide(Given.At(94), Given.Order(OrderRole.Protection, Given.Sell().Trail(5)).Filled(10))
            .IsNone.ShouldBeTrue();

    [Theory]
    [InlineData(OrderStatus.Intended)]
    [InlineData(OrderStatus.Unknown)]
    [InlineData(OrderStatus.Submitted)]
    [InlineData(OrderStatus.PendingCancel)]
    public void An_order_that_may_still_sell_covers_its_shares(OrderStatus status) =>
        Given
            .Trailing.Holding()
            .Decide(Given.At(100), Given.Order(OrderRole.Protection, Given.Sell().Trail(5), status: status))
            .Place.ShouldBeEmpty();

    [Fact]
    public void An_order_and_its_replacement_cover_the_same_shares()
    {
        var stop = Given.Order(OrderRole.Protection, Given.Sell().Stop(95), status: OrderStatus.PendingReplace);
        var successor = Given.Order(OrderRole.Protection, Given.Sell().Stop(96), 2, OrderStatus.Intended) with
        {
            Replaces = stop.ClientOrderId,
        };
        Given.Trailing.Holding().Decide(Given.At(100), stop, successor).IsNone.ShouldBeTrue();
        Exposure.Of(Given.Trailing.Holding(), [stop, successor]).OpenSells.ShouldBe(10);
    }

    [Fact]
    public void A_fraction_of_a_share_is_not_covered()
    {
        Placed(Given.Trailing.Holding(7.5m).Decide(Given.At(100))).ShouldBe([Given.Sell(7).Trail(5)]);
        Given.Trailing.Holding(7.5m).Decide(Given.At(100), Given.Order(OrderRole.Protection, Given.Sell(7).Trail(5))).IsNone.ShouldBeTrue();
    }

    [Fact]
    public void Missing_protection_is_placed_while_the_market_is_closed_too()
    {
        Placed(Given.Trailing.Holding().DecideIn(Given.Closed, null)).ShouldBe([Given.Sell().Trail(5)]);
        Placed(Given.Bracket.Holding().DecideIn(Given.Closed, null)).ShouldBe([Given.Sell().Oco(110, 95)]);
        Placed((Given.Trailing.Holding() with { HighWatermark = 110, EffectiveStop = 103 }).DecideIn(Given.Closed, null))
            .ShouldBe([Given.Sell().Stop(104.5m)]);
    }

    [Fact]
    public void A_paused_disabled_or_completed_strategy_protects_what_it_holds()
    {
        var holding = Given.Trailing.Holding();
        foreach (
            var strategy in new[]
            {
                holding with
                {
                    PauseReason = "by hand",
                },
                holding with
                {
                    Enabled = false,
                },
                holding with
                {
                    Phase = StrategyPhase.Completed,
                },
                holding with
                {
                    Phase = StrategyPhase.Failed,
                },
            }
        )
        {
            Placed(strategy.Decide(Given.At(100))).ShouldBe([Given.Sell().Trail(5)]);
        }

        Placed(holding.DecideIn(Given.Open with { EntriesBarred = "kill", CancelEntries = true }, Given.At(100)))
            .ShouldBe([Given.Sell().Trail(5)]);
    }

    [Fact]
    public void While_quantities_disagree_exits_are_clamped_to_what_is_available()
    {
        Placed(Given.Trailing.Holding().DecideIn(Given.Open with { SellableQuantity = 6 }, Given.At(100)))
            .ShouldBe([Given.Sell(6).Trail(5)]);
        Given
            .Trailing.Holding()
            .DecideIn(Given.Open with { SellableQuantity = 6 }, Given.At(100), Given.Order(OrderRole.Protection, Given.Sell(6).Trail(5)))
            .Place.ShouldBeEmpty();
        Given.Trailing.Holding().DecideIn(Given.Open with { SellableQuantity = 0 }, Given.At(100)).Place.ShouldBeEmpty();
    }

    [Fact]
    public void A_price_at_or_below_the_stop_sells_when_two_quotes_say_so()
    {
        var strategy = Given.Bracket.Holding();
        var closing = strategy.Decide(Given.At(95)).Next!.Closing.ShouldNotBeNull();
        closing.Reason.ShouldContain("95");
        Placed(strategy.Decide(Given.At(95, 95.01m))).ShouldBe([Given.Sell().Oco(110, 95)], "one print sells nothing");
        Placed(strategy.Decide(Given.Once(90))).ShouldBe([Given.Sell().Oco(110, 95)]);
        Placed(strategy.Decide(Given.At(95.01m))).ShouldBe([Given.Sell().Oco(110, 95)]);
    }

    [Fact]
    public void A_trailing_stop_placed_again_is_a_stop_at_the_watermark()
    {
        var strategy = Given.Trailing.Holding() with { HighWatermark = 120, EffectiveStop = 113 };
        Placed(strategy.Decide(Given.At(115))).ShouldBe([Given.Sell().Stop(114)], "120 less 5 %");
        Placed((strategy with { EffectiveStop = 114.5m }).Decide(Given.At(115)))
            .ShouldBe([Given.Sell().Stop(114.5m)], "the broker's own stop was higher");
    }

    [Fact]
    public void It_trails_at_the_broker_again_only_where_that_stop_is_no_lower()
    {
        var strategy = Given.Trailing.Holding() with { HighWatermark = 120, EffectiveStop = 114 };
        Placed(strategy.Decide(Given.At(120))).ShouldBe([Given.Sell().Trail(5)]);
        Placed(strategy.Decide(Given.At(119.99m))).ShouldBe([Given.Sell().Stop(114)]);
        Placed(strategy.Decide(Given.At(120, 119.99m))).ShouldBe([Given.Sell().Stop(114)], "by both quotes");
    }

    [Fact]
    public void A_stop_placed_again_at_or_above_the_price_sells_now()
    {
        var strategy = Given.Trailing.Holding() with { HighWatermark = 120, EffectiveStop = 114 };
        strategy.Decide(Given.At(114)).Next!.Closing.ShouldNotBeNull();
        Placed(strategy.Decide(Given.At(114, 114.01m))).ShouldBe([Given.Sell().Stop(114)]);
    }

    [Fact]
    public void The_watermark_follows_the_confirmed_high()
    {
        var trailing = Given.Order(OrderRole.Protection, Given.Sell().Trail(5));
        var strategy = Given.Trailing.Holding();
        strategy.Decide(Given.Once(120), trailing).IsNone.ShouldBeTrue();
        strategy.Decide(Given.At(120, 100), trailing).IsNone.ShouldBeTrue();
        strategy
            .Decide(Given.At(120, 110), trailing)
            .ShouldSatisfyAllConditions(
                decision => decision.Next!.HighWatermark.ShouldBe(110),
                decision => decision.Place.ShouldBeEmpty("the broker trails by itself")
            );
        strategy.DecideIn(Given.Closed, Given.At(120), trailing).IsNone.ShouldBeTrue();
    }

    [Fact]
    public void A_plain_stop_is_raised_by_replacement()
    {
        var stop = Given.Order(OrderRole.Protection, Given.Sell().Stop(95));
        var decision = Given.Trailing.Holding().Decide(Given.At(110), stop);
        decision.Next!.HighWatermark.ShouldBe(110);
        decision.Cancel.ShouldBeEmpty();
        var plan = decision.Place.ShouldHaveSingleItem();
        (plan.Role, plan.Terms, plan.Replaces).ShouldBe((OrderRole.Protection, Given.Sell().Stop(104.5m), stop));
    }

    [Theory]
    [InlineData(OrderStatus.Submitted)]
    [InlineData(OrderStatus.PendingReplace)]
    [InlineData(OrderStatus.PendingCancel)]
    [InlineData(OrderStatus.Unknown)]
    public void A_stop_that_cannot_be_replaced_now_is_raised_later(OrderStatus status)
    {
        var stop = Given.Order(OrderRole.Protection, Given.Sell().Stop(95), status: status);
        var decision = Given.Trailing.Holding().Decide(Given.At(110), stop);
        decision.Place.ShouldBeEmpty();
        decision
            .Next!.Decide(Given.At(108), stop with { Status = OrderStatus.Accepted })
            .Place.ShouldHaveSingleItem()
            .Terms.StopPrice.ShouldBe(104.5m, "without waiting for another high");
    }

    [Fact]
    public void A_stop_whose_replacement_has_no_answer_yet_is_not_replaced_a_second_time()
    {
        var stop = Given.Order(OrderRole.Protection, Given.Sell().Stop(95));
        var unknown = Given.Order(OrderRole.Protection, Given.Sell().Stop(104.5m), 2, OrderStatus.Unknown) with
        {
            Replaces = stop.ClientOrderId,
            BrokerOrderId = null,
        };
        Given.Trailing.Holding().Decide(Given.At(112), stop, unknown).Place.ShouldBeEmpty();
    }

    [Fact]
    public void A_stop_that_could_not_be_raised_before_the_price_fell_below_it_sells()
    {
        var stop = Given.Order(OrderRole.Protection, Given.Sell().Stop(95));
        var strategy = Given.Trailing.Holding() with { HighWatermark = 110 };
        strategy
            .Decide(Given.At(104, 104.6m), stop)
            .IsNone.ShouldBeTrue("one quote sells nothing, and a stop above the price would be refused");
        strategy.Decide(Given.At(104.5m), stop).Next!.Closing.ShouldNotBeNull();
    }

    [Fact]
    public void A_stop_that_is_filling_is_left_alone() =>
        Given
            .Trailing.Holding()
            .Decide(Given.At(110), Given.Order(OrderRole.Protection, Given.Sell().Stop(95)).Filled(3))
            .Place.ShouldBeEmpty();

    [Fact]
    public void Sells_beyond_what_is_held_are_canceled_the_youngest_first()
    {
        Order[] stops =
        [
            Given.Order(OrderRole.Protection, Given.Sell(6).Trail(5)),
            Given.Order(OrderRole.Protection, Given.Sell(4).Trail(5), 2),
            Given.Order(OrderRole.Protection, Given.Sell(4).Trail(5), 3),
        ];
        var decision = Given.Trailing.Holding().Decide(Given.At(100), stops);
        decision.Cancel.ShouldHaveSingleItem().Order.ShouldBe(stops[2]);
        decision.Place.ShouldBeEmpty();
    }

    [Fact]
    public void A_surplus_that_is_being_canceled_already_costs_no_other_order() =>
        Given
            .Trailing.Holding()
            .Decide(
                Given.At(100),
                Given.Order(OrderRole.Protection, Given.Sell().Trail(5)) with
                {
                    CancelRequestedAt = Given.Now,
                },
                Given.Order(OrderRole.Protection, Given.Sell().Trail(5), 2)
            )
            .IsNone.ShouldBeTrue();

    [Fact]
    public void An_order_that_buys_a_short_back_is_never_taken_back()
    {
        var cover = Given.Order(OrderRole.Cover, Given.Buy(2));
        var late = Given.Open with { Now = Given.Now.AddHours(1), EntriesBarred = "kill", CancelEntries = true };
        (Given.Trailing with { PauseReason = "by hand" }).DecideIn(late, Given.At(100), cover).IsNone.ShouldBeTrue();
        (Given.Trailing with { Closing = new("out", Given.Now) }).DecideIn(late, Given.At(100), cover).Cancel.ShouldBeEmpty();
    }
}

/// <summary>docs/trading-rules.md, "Closing a position".</summary>
public sealed class ClosingTests
{
    private static readonly Strategy Closing = Given.Trailing.Holding() with { Closing = new("told to", Given.Now) };
    private static readonly Order Stop = Given.Order(OrderRole.Protection, Given.Sell().Trail(5));

    [Fact]
    public void First_everything_else_is_canceled()
    {
        var entry = Given.Order(OrderRole.Entry, Given.Buy().Limit(90), 2);
        var decision = Closing.Decide(Given.At(100), Stop, entry);
        decision.Cancel.Select(cancel => cancel.Order).ShouldBe([Stop, entry]);
        decision.Place.ShouldBeEmpty("shares stay held until the broker says canceled");
    }

    [Fact]
    public void Nothing_is_sold_while_a_cancel_is_pending() =>
        Closing
            .Decide(Given.At(100), Stop with { Status = OrderStatus.PendingCancel, CancelRequestedAt = Given.Now })
            .IsNone.ShouldBeTrue();

    [Fact]
    public void Then_what_is_held_is_sold_at_market()
    {
        var plan = Closing.Decide(Given.At(100), Stop with { Status = OrderStatus.Canceled }).Place.ShouldHaveSingleItem();
        (plan.Role, plan.Terms, plan.Reason).ShouldBe((OrderRole.Exit, Given.Sell(), "told to"));
        Closing.Decide(null).Place.ShouldHaveSingleItem("a sale needs no quote");
    }

    [Fact]
    public void What_the_stop_sold_while_it_was_canceled_is_not_sold_twice() =>
        Closing
            .Decide(Given.At(100), (Stop with { Status = OrderStatus.Canceled }).Filled(4))
            .Place.ShouldHaveSingleItem()
            .Terms.ShouldBe(Given.Sell(6));

    [Fact]
    public void One_sale_is_enough() => Closing.Decide(Given.At(100), Given.Order(OrderRole.Exit, Given.Sell(), 2)).IsNone.ShouldBeTrue();

    [Fact]
    public void The_sale_is_clamped_to_what_is_available() =>
        Closing
            .DecideIn(Given.Open with { SellableQuantity = 7.5m }, Given.At(100))
            .Place.ShouldHaveSingleItem()
            .Terms.Quantity.ShouldBe(7);

    [Fact]
    public void While_the_market_is_closed_protection_stays_and_entries_go()
    {
        var entry = Given.Order(OrderRole.Entry, Given.Buy().Limit(90), 2);
        var decision = Closing.DecideIn(Given.Closed, null, Stop, entry);
        decision.Cancel.ShouldHaveSingleItem().Order.ShouldBe(entry);
        decision.Place.ShouldBeEmpty();
        Closing
            .DecideIn(Given.Closed, null)
            .Place.ShouldHaveSingleItem()
            .Terms.ShouldBe(Given.Sell().Trail(5), "missing protection is placed");
    }

    [Fact]
    public void A_refused_sale_is_protected_again_at_once()
    {
        var refused = Given.Order(OrderRole.Exit, Given.Sell(), 2, OrderStatus.Rejected) with { EndReason = EndReason.Refused };
        var next = Lifecycle.Ended(Closing, refused);
        next.Closing.ShouldBeNull();
        next.Decide(Given.At(100)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell().Trail(5));
    }

    [Fact]
    public void With_nothing_held_closing_ends_the_strategy()
    {
        var repeats = Given.Trailing with { Repeat = true };
        foreach (
            var empty in new[]
            {
                repeats.Out("told to", Given.Now),
                repeats with
                {
                    Closing = new("told to by an earlier version", Given.Now, Pauses: true),
                },
            }
        )
        {
            var settled = Lifecycle.Settle(empty, [], Given.Now);
            (settled.Phase, settled.Closing, settled.PauseReason, settled.Enabled).ShouldBe((StrategyPhase.Completed, null, null, false));
            Lifecycle.RepeatsAt(settled, Given.Now.AddDays(1)).ShouldBeFalse("someone wanted it out");
        }
    }
}
