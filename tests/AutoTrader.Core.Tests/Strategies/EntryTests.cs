using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Strategies;

/// <summary>docs/trading-rules.md, "Entries": when strategies buy, and when they must not.</summary>
public sealed class EntryTests
{
    private static readonly Strategy Trailing = Given.Trailing;

    private static Strategy When(string condition) => Trailing with { EntryType = EntryType.Condition, EntryCondition = condition };

    [Fact]
    public void A_market_entry_buys_at_once_with_the_first_valid_quote()
    {
        var plan = Trailing.Decide(Given.Once(100)).Place.ShouldHaveSingleItem();
        (plan.Role, plan.Terms).ShouldBe((OrderRole.Entry, Given.Buy()));
    }

    [Fact]
    public void A_limit_entry_rests_good_till_canceled_at_its_price_rounded_down() =>
        (Trailing with { EntryType = EntryType.Limit, EntryPrice = 99.999m })
            .Decide(Given.At(100))
            .Place.ShouldHaveSingleItem()
            .Terms.ShouldBe(Given.Buy().Limit(99.99m));

    [Theory]
    [InlineData("below:100", "100", "100", true)]
    [InlineData("below:100", "99.99", "100", true)]
    [InlineData("below:100", "100.01", "99", false)]
    [InlineData("below:100", "99", "100.01", false)]
    [InlineData("above:100", "100", "100", true)]
    [InlineData("above:100", "99.99", "101", false)]
    [InlineData("above:100", "101", "99.99", false)]
    [InlineData("BELOW: 100.50 ", "100.5", "100.4", true)]
    public void A_condition_buys_at_market_when_two_quotes_in_a_row_meet_it(string condition, string mid, string prior, bool buys)
    {
        var decision = When(condition).Decide(Given.At(Number(mid), Number(prior)));
        decision.Place.Select(plan => plan.Terms).ShouldBe(buys ? [Given.Buy()] : []);
    }

    [Fact]
    public void One_print_meets_no_condition()
    {
        When("below:100").Decide(Given.Once(50)).IsNone.ShouldBeTrue();
        When("above:100").Decide(Given.Once(500)).IsNone.ShouldBeTrue();
    }

    [Theory]
    [InlineData("below:100", true, "100")]
    [InlineData("Above:99.5", false, "99.5")]
    [InlineData(" above : 99.5 ", false, "99.5")]
    public void A_condition_is_read_from_its_text(string text, bool isBelow, string price) =>
        EntryCondition.Parse(text).ShouldBe(new EntryCondition(isBelow, Number(price)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("100")]
    [InlineData("below")]
    [InlineData("below:")]
    [InlineData("below:x")]
    [InlineData("below:-1")]
    [InlineData("below:0")]
    [InlineData("below:1,000")]
    [InlineData("near:100")]
    [InlineData("below:100:5")]
    public void Other_text_is_not_a_condition(string? text) => EntryCondition.Parse(text).ShouldBeNull();

    [Fact]
    public void An_entry_without_its_price_fails_with_a_reason()
    {
        foreach (var strategy in new[] { Trailing with { EntryType = EntryType.Limit }, When("rather low") })
        {
            var next = strategy.Decide(Given.At(100)).Next!;
            next.Phase.ShouldBe(StrategyPhase.Failed);
            next.Notes.ShouldNotBeNullOrEmpty();
        }
    }

    public static TheoryData<string, Strategy, Conditions> Barred() =>
        new()
        {
            { "disabled", Trailing with { Enabled = false }, Given.Open },
            { "paused", Trailing with { PauseReason = "by hand" }, Given.Open },
            { "completed", Trailing with { Phase = StrategyPhase.Completed }, Given.Open },
            { "failed", Trailing with { Phase = StrategyPhase.Failed }, Given.Open },
            { "closing", Trailing with { Closing = new("out", Given.Now) }, Given.Open },
            { "market closed", Trailing, Given.Closed },
            { "halt suspected", Trailing, Given.Open with { EntriesBarred = "halt" } },
            { "kill switch", Trailing, Given.Open with { EntriesBarred = "kill", CancelEntries = true } },
        };

    [Theory]
    [MemberData(nameof(Barred))]
    public void Nothing_is_bought_when_entries_are_barred(string why, Strategy strategy, Conditions conditions)
    {
        foreach (
            var type in new[]
            {
                strategy,
                strategy with
                {
                    StrategyType = StrategyType.Bracket,
                },
                strategy with
                {
                    StrategyType = StrategyType.ScaleOut,
                },
                AsGrid(strategy),
                AsPullback(strategy),
            }
        )
        {
            type.DecideIn(conditions, Given.At(100)).Place.ShouldBeEmpty($"{type.StrategyType} {why}");
            type.DecideIn(Given.Open, null).Place.ShouldBeEmpty("there is no price");
        }
    }

    [Fact]
    public void Without_a_bar_every_type_buys()
    {
        foreach (
            var type in new[]
            {
                Trailing,
                Trailing with
                {
                    StrategyType = StrategyType.Bracket,
                },
                Trailing with
                {
                    StrategyType = StrategyType.ScaleOut,
                },
                AsGrid(Trailing),
                AsPullback(Trailing),
            }
        )
        {
            type.Decide(Given.At(100)).Place.ShouldNotBeEmpty(type.StrategyType.ToString());
        }
    }

    [Fact]
    public void One_entry_is_enough()
    {
        var resting = Given.Order(OrderRole.Entry, Given.Buy().Limit(99));
        (Trailing with { EntryType = EntryType.Limit, EntryPrice = 99 }).Decide(Given.At(100), resting).IsNone.ShouldBeTrue();
        Trailing.Decide(Given.At(100), resting with { Status = OrderStatus.Unknown }).IsNone.ShouldBeTrue("an order that may exist counts");
    }

    [Fact]
    public void A_fraction_left_by_a_split_does_not_bar_the_next_entry()
    {
        foreach (var strategy in new[] { Given.Trailing, Given.Bracket, Given.ScaleOut, AsPullback(Given.Pullback) })
        {
            var rest = strategy.Holding(0.5m) with
            {
                Phase = StrategyPhase.Pending,
                EnteredQuantity = 0,
                EntryFillPrice = null,
                HighWatermark = null,
            };
            rest.Decide(Given.At(100)).Place.ShouldHaveSingleItem(strategy.StrategyType.ToString()).Role.ShouldBe(OrderRole.Entry);
        }
    }

    [Fact]
    public void The_rest_of_a_market_entry_is_canceled_after_a_cycle()
    {
        var partly = Given.Order(OrderRole.Entry, Given.Buy()).Filled(4);
        var strategy = Trailing with { Phase = StrategyPhase.EntryActive, EnteredQuantity = 4, HighWatermark = 100 };
        strategy.DecideIn(Given.Open with { Now = Given.Now.AddSeconds(59) }, Given.At(100), partly).Cancel.ShouldBeEmpty();
        var decision = strategy.DecideIn(Given.Open with { Now = Given.Now.AddMinutes(1) }, Given.At(100), partly);
        decision.Cancel.ShouldHaveSingleItem().Order.ShouldBe(partly);
        decision.Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell(4).Trail(5), "what filled is protected meanwhile");
    }

    [Fact]
    public void A_market_entry_of_which_nothing_has_filled_is_taken_back_only_when_it_would_not_be_sent_again()
    {
        var late = Given.Open with { Now = Given.Now.AddMinutes(5) };
        var open = Given.Order(OrderRole.Entry, Given.Buy());
        var market = Trailing with { Phase = StrategyPhase.EntryActive };
        market.DecideIn(late, Given.At(100), open).Cancel.ShouldBeEmpty();
        market.DecideIn(late, null, open).Cancel.ShouldBeEmpty();
        market
            .DecideIn(late with { EntriesBarred = "a halt" }, Given.At(100), open)
            .Cancel.ShouldHaveSingleItem()
            .Reason.ShouldBe("a halt");

        var condition = market with { EntryType = EntryType.Condition, EntryCondition = "below:100" };
        condition.DecideIn(late, Given.At(100), open).Cancel.ShouldBeEmpty();
        condition.DecideIn(late, Given.At(100.01m), open).Cancel.ShouldHaveSingleItem();

        var pullback = AsPullback(Given.Pullback) with { Phase = StrategyPhase.EntryActive, PullbackReferencePrice = 100 };
        var dip = 100 * (1 - (pullback.PullbackPct!.Value / 100));
        pullback.DecideIn(late, Given.At(dip), open).Cancel.ShouldBeEmpty();
        pullback.DecideIn(late, Given.At(dip + 0.01m), open).Cancel.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_limit_entry_may_rest_for_days() =>
        Trailing
            .DecideIn(Given.Open with { Now = Given.Now.AddDays(3) }, Given.At(100), Given.Order(OrderRole.Entry, Given.Buy().Limit(99)))
            .IsNone.ShouldBeTrue();

    public static TheoryData<string, Strategy, Conditions> TakenBack() =>
        new()
        {
            { "paused: by hand", Trailing with { PauseReason = "by hand" }, Given.Open },
            { "disabled", Trailing with { Enabled = false }, Given.Open },
            { "the strategy has ended", Trailing with { Phase = StrategyPhase.Completed }, Given.Open },
            { "the kill switch", Trailing, Given.Open with { EntriesBarred = "the kill switch", CancelEntries = true } },
            { "paused: by hand", Trailing with { PauseReason = "by hand" }, Given.Closed },
        };

    [Theory]
    [MemberData(nameof(TakenBack))]
    public void Pause_disable_end_and_kill_switch_take_working_entries_back_and_keep_protection(
        string why,
        Strategy strategy,
        Conditions conditions
    )
    {
        var entry = Given.Order(OrderRole.Entry, Given.Buy().Limit(99)).Filled(4);
        var stop = Given.Order(OrderRole.Protection, Given.Sell(4).Trail(5), 2);
        var decision = strategy.DecideIn(conditions, Given.At(100), entry, stop);
        decision.Cancel.ShouldHaveSingleItem().ShouldBe(new CancelPlan(entry, why));
        decision.Place.ShouldBeEmpty();
    }

    [Fact]
    public void A_suspected_halt_leaves_working_entries_alone() =>
        Trailing
            .DecideIn(Given.Open with { EntriesBarred = "halt" }, null, Given.Order(OrderRole.Entry, Given.Buy().Limit(99)))
            .IsNone.ShouldBeTrue();

    [Fact]
    public void A_cancel_is_asked_for_once() =>
        (Trailing with { PauseReason = "by hand" })
            .Decide(Given.At(100), Given.Order(OrderRole.Entry, Given.Buy().Limit(99)) with { CancelRequestedAt = Given.Now })
            .IsNone.ShouldBeTrue();

    private static Strategy AsGrid(Strategy strategy) =>
        strategy with
        {
            StrategyType = StrategyType.Grid,
            GridConfig = new(90, 110, 5, 10),
        };

    private static Strategy AsPullback(Strategy strategy) =>
        strategy with
        {
            StrategyType = StrategyType.PullbackTrailing,
            PullbackPct = 5,
            PullbackReferencePrice = 110,
        };

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>docs/trading-rules.md, "pullback_trailing".</summary>
public sealed class PullbackTests
{
    [Fact]
    public void The_reference_is_the_highest_confirmed_mid()
    {
        Given.Pullback.Decide(Given.Once(100)).IsNone.ShouldBeTrue();
        var strategy = Given.Pullback.Decide(Given.At(100, 101)).Next!;
        strategy.PullbackReferencePrice.ShouldBe(100);
        strategy.Decide(Given.At(105, 103)).Next!.PullbackReferencePrice.ShouldBe(103);
        strategy.Decide(Given.At(99)).IsNone.ShouldBeTrue("it never falls");
    }

    [Fact]
    public void One_high_print_does_not_raise_the_reference() =>
        (Given.Pullback with { PullbackReferencePrice = 100 }).Decide(Given.At(120, 100)).IsNone.ShouldBeTrue();

    [Theory]
    [InlineData("9.975", "9.975", true)]
    [InlineData("9.9751", "9.975", false)]
    [InlineData("9.975", "9.9751", false)]
    public void A_dip_is_measured_in_exact_decimals_and_confirmed_by_two_quotes(string mid, string prior, bool buys) =>
        (Given.Pullback with { PullbackReferencePrice = 10.5m })
            .Decide(Given.At(Number(mid), Number(prior)))
            .Place.Select(plan => plan.Terms)
            .ShouldBe(buys ? [Given.Buy()] : []);

    [Fact]
    public void A_paused_or_disabled_one_does_not_watch_for_highs()
    {
        (Given.Pullback with { Enabled = false }).Decide(Given.At(100)).IsNone.ShouldBeTrue();
        (Given.Pullback with { PauseReason = "by hand" }).Decide(Given.At(100)).IsNone.ShouldBeTrue();
    }

    [Fact]
    public void After_the_entry_it_trails_a_stop_and_the_reference_rests()
    {
        var holding = (Given.Pullback with { PullbackReferencePrice = 105 }).Holding();
        holding.Decide(Given.At(100)).Place.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell().Trail(5));
        var next = holding.Decide(Given.At(120), Given.Order(OrderRole.Protection, Given.Sell().Trail(5))).Next!;
        (next.HighWatermark, next.PullbackReferencePrice).ShouldBe((120m, 105m));
    }

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
