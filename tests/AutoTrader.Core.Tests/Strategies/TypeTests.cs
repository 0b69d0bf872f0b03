using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;
using CsCheck;

namespace AutoTrader.Core.Tests.Strategies;

/// <summary>docs/trading-rules.md, "scale_out".</summary>
public sealed class ScaleOutTests
{
    [Theory]
    [InlineData(100, new[] { 33, 33, 34 })]
    [InlineData(10, new[] { 3, 3, 4 })]
    [InlineData(7, new[] { 2, 2, 3 })]
    [InlineData(4, new[] { 1, 1, 2 })]
    [InlineData(3, new[] { 0, 1, 2 })]
    [InlineData(2, new[] { 0, 1, 1 })]
    [InlineData(1, new[] { 0, 0, 1 })]
    public void Tranches_are_rounded_down_the_rest_is_in_the_last_and_an_empty_one_is_merged_into_the_next(int filled, int[] tranches) =>
        ScaleOut.Split(filled, ScaleOut.DefaultTargets).ShouldBe(tranches.Select(quantity => (decimal)quantity));

    [Fact]
    public void An_empty_last_tranche_takes_the_remainder() => ScaleOut.Split(3, [new(50, 5), new(50, 10)]).ShouldBe([1m, 2m]);

    [Fact]
    public void Tranches_of_whole_shares_never_exceed_what_is_held() =>
        CsCheck.Check.Sample(CsCheck.Gen.Int[0, 500], filled =>
            ScaleOut
                .Split(filled, ScaleOut.DefaultTargets)
                .ShouldSatisfyAllConditions(
                    tranches => tranches.Sum().ShouldBe(filled),
                    tranches => tranches.ShouldAllBe(quantity => quantity >= 0 && quantity == Math.Floor(quantity))
                )
        );

    [Fact]
    public void With_a_stop_each_tranche_is_an_oco_of_its_target_and_the_common_stop() =>
        Given
            .ScaleOut.Holding()
            .Decide(Given.At(100))
            .Place.Select(plan => (plan.Role, plan.Slot, plan.Terms))
            .ShouldBe([
                (OrderRole.Protection, 0, Given.Sell(3).Oco(105, 95)),
                (OrderRole.Protection, 1, Given.Sell(3).Oco(110, 95)),
                (OrderRole.Protection, 2, Given.Sell(4).Oco(115, 95)),
            ]);

    [Fact]
    public void Targets_round_up_and_the_common_stop_down() =>
        Given
            .ScaleOut.Holding(price: 33.37m)
            .Decide(Given.At(33.37m))
            .Place.Select(plan => (plan.Terms.LimitPrice, plan.Terms.StopPrice))
            .ShouldBe([(35.04m, 31.70m), (36.71m, 31.70m), (38.38m, 31.70m)]);

    [Fact]
    public void Without_a_stop_each_tranche_is_a_limit_and_it_is_unprotected_by_choice()
    {
        var strategy = Given.ScaleOut.Holding() with { StopLossPct = null };
        strategy.DeclaresProtection.ShouldBeFalse();
        strategy
            .Decide(Given.At(100))
            .Place.Select(plan => (plan.Role, plan.Slot, plan.Terms))
            .ShouldBe([
                (OrderRole.Target, 0, Given.Sell(3).Limit(105)),
                (OrderRole.Target, 1, Given.Sell(3).Limit(110)),
                (OrderRole.Target, 2, Given.Sell(4).Limit(115)),
            ]);
    }

    [Fact]
    public void A_single_share_waits_for_the_last_target() =>
        Given.ScaleOut.Holding(1).Decide(Given.At(100)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell(1).Oco(115, 95));

    [Fact]
    public void A_tranche_that_was_sold_is_not_sold_again()
    {
        var strategy = Given.ScaleOut.Holding() with { Slots = [3] };
        strategy = strategy with { Holding = strategy.Holding.Trade(OrderSide.Sell, 3, 105, 0, Given.Now).Holding };
        strategy
            .Decide(Given.At(106))
            .Place.Select(plan => (plan.Slot, plan.Terms))
            .ShouldBe([(1, Given.Sell(3).Oco(110, 95)), (2, Given.Sell(4).Oco(115, 95))]);
    }

    [Fact]
    public void A_tranche_that_lost_its_order_gets_it_again()
    {
        Order[] others =
        [
            Given.Order(OrderRole.Protection, Given.Sell(3).Oco(105, 95)) with
            {
                Slot = 0,
            },
            Given.Order(OrderRole.Protection, Given.Sell(4).Oco(115, 95), 3) with
            {
                Slot = 2,
            },
        ];
        var plan = Given.ScaleOut.Holding().Decide(Given.At(100), others).Place.ShouldHaveSingleItem();
        (plan.Slot, plan.Terms).ShouldBe((1, Given.Sell(3).Oco(110, 95)));
    }

    [Fact]
    public void Increments_fill_the_tranches_up_as_they_come()
    {
        var first = (Given.ScaleOut.Holding(4) with { Phase = StrategyPhase.EntryActive }).Decide(Given.At(100)).Place;
        first.Select(plan => (plan.Slot, plan.Terms.Quantity)).ShouldBe([(0, 1m), (1, 1m), (2, 2m)]);
        Order[] orders = [.. first.Select((plan, i) => Given.Order(plan.Role, plan.Terms, i + 2) with { Slot = plan.Slot })];
        Given
            .ScaleOut.Holding()
            .Decide(Given.At(100), orders)
            .Place.Select(plan => (plan.Slot, plan.Terms.Quantity))
            .ShouldBe([(0, 2m), (1, 2m), (2, 2m)]);
    }

    [Fact]
    public void After_a_split_orders_are_for_whole_shares()
    {
        var holding = Given.ScaleOut.Holding(20) with { Slots = [1] };
        holding = holding with { Holding = holding.Holding.Trade(OrderSide.Sell, 1, 105, 0, Given.Now).Holding };
        var half = SplitScaling.Scale(holding, new("AAPL", new(2026, 2, 4), 1, 2), null, Given.Now).Strategy;
        var plans = half.Decide(Given.At(200)).Place;
        plans.ShouldAllBe(plan => plan.Terms.Quantity == Math.Floor(plan.Terms.Quantity));
        plans.Sum(plan => plan.Terms.Quantity).ShouldBe(9, "of 9.5");
    }

    [Fact]
    public void A_cheaper_last_part_of_the_entry_does_not_lower_the_stop() =>
        (Given.ScaleOut.Holding(price: 98) with { EffectiveStop = 95 })
            .Decide(Given.At(98))
            .Place.ShouldAllBe(plan => plan.Terms.StopPrice == 95);
}

/// <summary>docs/trading-rules.md, "grid".</summary>
public sealed class GridTests
{
    private static readonly Strategy Ladder = Given.Grid;

    private static Order Buy(int level, decimal quantity = 10) =>
        Given.Order(OrderRole.Entry, Given.Buy(quantity).Limit(90 + (5 * level)), level + 1) with
        {
            Slot = level,
        };

    private static Order SellAbove(int level, decimal quantity = 10) =>
        Given.Order(OrderRole.Target, Given.Sell(quantity).Limit(95 + (5 * level)), level + 11) with
        {
            Slot = level,
        };

    private static Strategy With(params decimal[] slots) =>
        slots.Sum() == 0 ? Ladder : Ladder.Holding(slots.Sum()) with { Slots = slots.ToValueList() };

    [Fact]
    public void Levels_are_equally_spaced_both_ends_included()
    {
        Enumerable.Range(0, 5).Select(Ladder.GridConfig!.PriceAt).ShouldBe([90, 95, 100, 105, 110]);
        Enumerable.Range(0, 4).Select(new GridConfig(10, 11, 4, 1).PriceAt).ShouldBe([10, 10.33m, 10.66m, 11]);
    }

    [Fact]
    public void Buys_rest_on_the_levels_strictly_below_the_mid()
    {
        Ladder
            .Decide(Given.At(100))
            .Place.Select(plan => (plan.Role, plan.Slot, plan.Terms))
            .ShouldBe([(OrderRole.Entry, 0, Given.Buy().Limit(90)), (OrderRole.Entry, 1, Given.Buy().Limit(95))]);
        Ladder.Decide(Given.At(100.01m)).Place.Count.ShouldBe(3);
    }

    [Fact]
    public void No_buy_rests_on_the_highest_level()
    {
        Ladder.Decide(Given.At(110)).Place.Select(plan => plan.Slot).ShouldBe([0, 1, 2, 3]);
        (Ladder with { GridConfig = new(90, 110.005m, 5, 10) })
            .Decide(Given.At(110.004m))
            .Place.Select(plan => plan.Slot)
            .ShouldBe([0, 1, 2, 3], "also where it lies below the mid by less than a tick");
    }

    [Fact]
    public void A_level_that_has_its_buy_needs_no_other() => Ladder.Decide(Given.At(100), Buy(0), Buy(1)).IsNone.ShouldBeTrue();

    [Fact]
    public void What_fills_at_a_level_rests_a_sell_one_level_higher_per_increment()
    {
        var partly = Buy(1).Filled(4, 95);
        Ladder
            .Decide(Given.At(96), Buy(0), partly)
            .Place.Select(plan => (plan.Role, plan.Slot, plan.Terms))
            .ShouldBe([(OrderRole.Target, 1, Given.Sell(4).Limit(100))]);
        With(0, 4)
            .Decide(Given.At(96), Buy(0), Buy(1) with { FilledQuantity = 10, ExecutedQuantity = 4 }, SellAbove(1, 4))
            .Place.ShouldHaveSingleItem()
            .Terms.ShouldBe(Given.Sell(6).Limit(100), "the next increment gets its own");
    }

    [Fact]
    public void A_sell_that_filled_rests_the_buy_again()
    {
        With(0, 10).Decide(Given.At(98), Buy(0), SellAbove(1)).IsNone.ShouldBeTrue();
        With(0, 0).Decide(Given.At(101), Buy(0), Buy(2)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Buy().Limit(95));
        With(0, 6)
            .Decide(Given.At(101), Buy(0), Buy(2), SellAbove(1, 6))
            .Place.ShouldHaveSingleItem()
            .Terms.ShouldBe(Given.Buy(4).Limit(95));
    }

    [Fact]
    public void The_inventory_is_bounded_on_every_level()
    {
        var full = With(10, 10, 10, 10);
        full.Decide(Given.At(110), SellAbove(0), SellAbove(1), SellAbove(2), SellAbove(3)).IsNone.ShouldBeTrue();
    }

    [Fact]
    public void Sell_prices_round_up_and_buy_prices_down()
    {
        var thirds = Ladder with { GridConfig = new(10, 11, 4, 10) };
        thirds.Decide(Given.At(10.5m)).Place.Select(plan => plan.Terms.LimitPrice).ShouldBe([10m, 10.33m]);
        (thirds.Holding() with { Slots = [10] }).Decide(Given.At(10.1m)).Place.ShouldHaveSingleItem().Terms.LimitPrice.ShouldBe(10.34m);
    }

    [Theory]
    [InlineData("89.99", "89.98", true)]
    [InlineData("110.01", "110.02", true)]
    [InlineData("89.99", "90", false)]
    [InlineData("90", "89.99", false)]
    [InlineData("110.01", "110", false)]
    [InlineData("90", "90", false)]
    [InlineData("110", "110", false)]
    public void Outside_the_band_by_two_quotes_buys_are_canceled_and_sells_kept(string mid, string prior, bool cancels)
    {
        var decision = With(0, 0, 0, 10).Decide(Given.At(Number(mid), Number(prior)), Buy(0), Buy(1), Buy(2), SellAbove(3));
        decision.Cancel.Select(cancel => cancel.Order.Slot).ShouldBe(cancels ? [0, 1, 2] : []);
        decision.Place.ShouldBeEmpty();
    }

    [Fact]
    public void Back_in_the_band_it_resumes() => Ladder.Decide(Given.At(96, 112)).Place.Select(plan => plan.Slot).ShouldBe([0, 1]);

    [Fact]
    public void A_rising_price_places_the_next_buy_over_the_first_level_that_has_room()
    {
        Grid.NextBuyAbove(Ladder, [Buy(0), Buy(1)], 97).ShouldBe(100);
        Grid.NextBuyAbove(Ladder, [Buy(0), Buy(1)], 100).ShouldBe(100, "at the price itself none is placed yet");
        Grid.NextBuyAbove(With(0, 0, 10), [Buy(0), Buy(1), SellAbove(2)], 97).ShouldBe(105, "100 holds its shares already");
        Grid.NextBuyAbove(With(0, 0, 10), [Buy(0), Buy(1), Buy(3)], 97).ShouldBeNull("105 has its buy, and 110 buys nothing");
        Grid.NextBuyAbove(Ladder with { GridConfig = null }, [], 97).ShouldBeNull();
    }

    [Fact]
    public void Nothing_is_bought_below_the_band() => Ladder.Decide(Given.Once(89)).IsNone.ShouldBeTrue();

    [Fact]
    public void Below_stop_below_everything_is_sold_when_two_quotes_say_so()
    {
        var strategy = With(10) with { GridConfig = Ladder.GridConfig! with { StopBelow = 85 } };
        strategy.Decide(Given.At(85, 85.01m), SellAbove(0)).Next.ShouldBeNull();
        var closing = strategy.Decide(Given.At(85), SellAbove(0)).Next.ShouldNotBeNull();
        closing.Closing!.Reason.ShouldContain("stop_below");
        closing.Decide(Given.At(85), SellAbove(0)).Cancel.ShouldHaveSingleItem();
        closing.Decide(Given.At(85)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell());
    }

    [Fact]
    public void Without_stop_below_a_fall_sells_nothing() => With(10).Decide(Given.At(10), SellAbove(0)).IsNone.ShouldBeTrue();

    [Fact]
    public void With_nothing_held_or_on_order_there_is_nothing_to_stop() =>
        (Ladder with { GridConfig = Ladder.GridConfig! with { StopBelow = 85 } }).Decide(Given.At(80)).IsNone.ShouldBeTrue();

    [Fact]
    public void A_grid_without_a_ladder_takes_the_default_around_the_mid()
    {
        var next = (Ladder with { GridConfig = null }).Decide(Given.At(100)).Next.ShouldNotBeNull();
        next.GridConfig.ShouldBe(new(90, 110, 5, 10));
        GridConfig.Around(33.333m).ShouldBe(new(29.99m, 36.67m, 5, 10));
        (Ladder with { GridConfig = null, Enabled = false }).Decide(Given.At(100)).IsNone.ShouldBeTrue("a disabled one waits");
    }

    [Fact]
    public void A_pause_takes_the_buys_back_and_keeps_the_sells_also_outside_the_band()
    {
        foreach (var price in new[] { Given.At(100), Given.At(80) })
        {
            (With(0, 0, 10) with { PauseReason = "by hand" })
                .Decide(price, Buy(0), SellAbove(2))
                .Cancel.ShouldHaveSingleItem()
                .Order.Slot.ShouldBe(0);
        }
    }

    [Fact]
    public void Fractions_of_levels_that_make_a_whole_share_are_on_sale()
    {
        var plans = With(10.5m, 10.5m).Decide(Given.At(89)).Place;
        plans.Sum(plan => plan.Terms.Quantity).ShouldBe(21);
        plans.ShouldAllBe(plan => plan.Terms.Quantity == Math.Floor(plan.Terms.Quantity));
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>docs/trading-rules.md, "Declared splits": what a split makes of a strategy.</summary>
public sealed class SplitScalingTests
{
    private static readonly Split SevenForOne = new("AAPL", new(2026, 2, 4), 7, 1);
    private static readonly Split OneForTen = new("AAPL", new(2026, 2, 4), 1, 10);

    private static Strategy Scale(Strategy strategy, Split split) => SplitScaling.Scale(strategy, split, null, Given.Now).Strategy;

    [Fact]
    public void Quantities_are_multiplied_and_prices_divided()
    {
        var strategy = Scale(
            Given.ScaleOut.Holding(10, 700) with
            {
                EntryType = EntryType.Condition,
                EntryPrice = 699,
                EntryCondition = "below:693",
                PullbackReferencePrice = 714,
                HighWatermark = 721,
                EffectiveStop = 665,
                Slots = [3, 1],
            },
            SevenForOne
        );
        (strategy.Quantity, strategy.EntryPrice, strategy.EntryCondition, strategy.EnteredQuantity, strategy.EntryFillPrice).ShouldBe(
            (70, 99.85m, "below:99", 70m, 100m)
        );
        (strategy.PullbackReferencePrice, strategy.HighWatermark, strategy.EffectiveStop).ShouldBe((102m, 103m, 95m));
        strategy.Slots.ShouldBe([21m, 7m]);
        (strategy.Holding.Quantity, strategy.Holding.Cost, strategy.Holding.LastSplit).ShouldBe((70m, 7_000m, SevenForOne.ExDate));
    }

    [Fact]
    public void A_grid_scales_with_it() =>
        Scale(Given.Grid with { GridConfig = new(91, 105.01m, 5, 10) { StopBelow = 70.5m } }, SevenForOne)
            .GridConfig.ShouldBe(new GridConfig(13, 15.01m, 5, 70) { StopBelow = 10.07m });

    [Fact]
    public void A_reverse_split_scales_quantities_down_and_never_up()
    {
        Scale(Given.Trailing with { Quantity = 5 }, OneForTen).Quantity.ShouldBe(0);
        Scale(Given.Trailing with { Quantity = 25 }, OneForTen).Quantity.ShouldBe(2);
        Scale(Given.Grid with { GridConfig = new(91, 105, 5, 9) }, OneForTen).GridConfig!.QtyPerLevel.ShouldBe(0);
        Scale(Given.Trailing with { Quantity = 5 }, new("AAPL", new(2026, 2, 4), 3, 2)).Quantity.ShouldBe(7);
    }

    [Fact]
    public void What_would_buy_nothing_any_more_completes_and_keeps_the_notes_of_its_owner()
    {
        var strategy = Scale(Given.Trailing with { Quantity = 5, Notes = "mine", Repeat = true }, OneForTen);
        (strategy.Phase, strategy.IsCoolingDown, strategy.MayEnter).ShouldBe((StrategyPhase.Completed, false, false));
        strategy.Notes.ShouldNotBeNull().ShouldEndWith("\nmine");
        Scale(strategy, OneForTen).ShouldBe(strategy, "it is said once");
        Lifecycle.RepeatsAt(strategy, Given.Now.AddYears(1)).ShouldBeFalse();
    }

    [Fact]
    public void Tranches_and_levels_are_whole_and_add_up()
    {
        var half = new Split("AAPL", new(2026, 2, 4), 1, 2);
        var grid = Scale(Given.Grid.Holding(21, 100) with { GridConfig = new(91, 105, 5, 7), Slots = [7, 7, 7] }, half);
        (grid.Holding.Quantity, grid.Slots.Sum(), grid.GridConfig!.QtyPerLevel).ShouldBe((10m, 10m, 3));
        grid.Slots.ShouldBe([3m, 4m, 3m]);
        var tranches = Scale(Given.ScaleOut.Holding(7, 100) with { EnteredQuantity = 10, Slots = [3] }, half);
        (tranches.Holding.Quantity, tranches.EnteredQuantity, tranches.Slots.Sum()).ShouldBe((3m, 4m, 1m));
    }

    [Fact]
    public void A_price_never_scales_to_nothing()
    {
        var strategy = Scale(Given.Trailing with { EntryPrice = 0.0005m, EntryCondition = "below:0.0005" }, SevenForOne);
        (strategy.EntryPrice, strategy.EntryCondition).ShouldBe((0.0001m, "below:0.0001"));
    }

    [Theory]
    [InlineData(7, 1, 700, 100, true)]
    [InlineData(7, 1, 700, 130, true)]
    [InlineData(7, 1, 700, 700, false)]
    [InlineData(7, 1, 700, 350, false)]
    [InlineData(3, 2, 90, 60, true)]
    [InlineData(3, 2, 90, 90, false)]
    [InlineData(1, 10, 10, 90, true)]
    [InlineData(1, 10, 10, 10, false)]
    [InlineData(21, 20, 100, 95.2, true)]
    [InlineData(21, 20, 100, 100, false)]
    [InlineData(1, 1, 100, 90, true)]
    public void A_price_shows_a_split_when_it_moved_by_more_like_the_ratio_than_nothing(
        int up,
        int down,
        double before,
        double after,
        bool shows
    ) => (new Split("AAPL", new(2026, 2, 4), up, down).SignOf((decimal)before, (decimal)after) == SplitSign.Shown).ShouldBe(shows);

    [Theory]
    [InlineData(21, 20, 100, 100, SplitSign.Hidden)]
    [InlineData(21, 20, 100, 97.7, SplitSign.Hidden)]
    [InlineData(21, 20, 100, 85, SplitSign.Hidden)] // a fall of 11 % beside the split's own
    [InlineData(21, 20, 100, 114, SplitSign.Hidden)]
    [InlineData(21, 20, 100, 115, SplitSign.Denied)] // 20.75 % above 95.24
    [InlineData(21, 20, 100, 70, SplitSign.Denied)]
    [InlineData(11, 10, 100, 100, SplitSign.Hidden)]
    [InlineData(20, 21, 100, 100, SplitSign.Hidden)]
    [InlineData(10, 9, 100, 100, SplitSign.Denied)] // it would have moved the price by 10 %
    [InlineData(5, 4, 100, 100, SplitSign.Denied)]
    [InlineData(9, 10, 100, 100, SplitSign.Denied)]
    public void A_price_is_no_witness_of_a_split_that_any_night_may_hide(int up, int down, double before, double after, SplitSign sign) =>
        new Split("AAPL", new(2026, 2, 4), up, down).SignOf((decimal)before, (decimal)after).ShouldBe(sign);

    [Fact]
    public void A_split_is_denied_by_prices_that_stay_where_they_were_unless_it_is_small() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 200], Gen.Int[1, 1_000_000])
            .Where((up, down, _) => up != down)
            .Sample(
                (up, down, cents) =>
                {
                    var (split, price) = (new Split("AAPL", new(2026, 2, 4), up, down), cents / 100m);
                    var moves = Math.Abs(((decimal)down / up) - 1);
                    split.SignOf(price, price).ShouldBe(moves < 0.1m ? SplitSign.Hidden : SplitSign.Denied);
                    split.SignOf(price, price * down / up).ShouldBe(SplitSign.Shown);
                    split.SignOf(price, price * down / up * 1.5m).ShouldNotBe(SplitSign.Hidden);
                }
            );

    [Fact]
    public void What_is_not_set_stays_so()
    {
        var strategy = Scale(Given.Trailing, SevenForOne);
        (strategy.EntryPrice, strategy.EntryCondition, strategy.GridConfig, strategy.HighWatermark, strategy.EffectiveStop).ShouldBe(
            (null, null, null, null, null)
        );
    }

    [Fact]
    public void An_adjusted_price_at_or_below_the_adjusted_stop_sells()
    {
        var strategy = Scale(Given.Trailing.Holding(10, 700) with { HighWatermark = 700, EffectiveStop = 665 }, SevenForOne);
        strategy.Decide(Given.At(95)).Next!.Closing.ShouldNotBeNull();
        strategy.Decide(Given.At(97)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell(70).Stop(95));
    }
}
