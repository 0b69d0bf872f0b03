using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Tests.Orders;

/// <summary>docs/trading-rules.md, "Order states" and "Repair": what the broker's answer makes of our order.</summary>
public sealed class BrokerViewTests
{
    private static readonly DateTimeOffset SessionEnd = Given.Now.AddHours(4);
    private static readonly Order Entry = Given.Order(OrderRole.Entry, Given.Buy());
    private static readonly Order Oco = Given.Order(OrderRole.Protection, Given.Sell().Oco(110, 95));

    private static BrokerOrder Shown(Order order, string status, decimal filled = 0, decimal? average = null) =>
        new()
        {
            Id = order.BrokerOrderId ?? "b1",
            ClientOrderId = order.ClientOrderId,
            Status = status,
            Terms = order.Terms,
            FilledQuantity = filled,
            AverageFillPrice = average ?? (filled > 0 ? 100 : null),
            SubmittedAt = Given.Now,
        };

    private static BrokerOrder WithLeg(BrokerOrder parent, string status, decimal filled = 0, decimal? average = null) =>
        parent with
        {
            StopLeg = parent with { Id = "leg", Status = status, FilledQuantity = filled, AverageFillPrice = average, StopPrice = 95 },
        };

    private static Order Apply(Order order, BrokerOrder shown, DateTimeOffset? now = null) =>
        BrokerView.Apply(order, shown, now ?? Given.Now, SessionEnd);

    [Theory]
    [InlineData("pending_new", OrderStatus.Submitted)]
    [InlineData("accepted_for_bidding", OrderStatus.Submitted)]
    [InlineData("new", OrderStatus.Accepted)]
    [InlineData("accepted", OrderStatus.Accepted)]
    [InlineData("held", OrderStatus.Accepted)]
    [InlineData("stopped", OrderStatus.Accepted)]
    [InlineData("suspended", OrderStatus.Accepted)]
    [InlineData("calculated", OrderStatus.Accepted)]
    [InlineData("done_for_day", OrderStatus.Accepted)]
    [InlineData("pending_cancel", OrderStatus.PendingCancel)]
    [InlineData("canceled", OrderStatus.Canceled)]
    [InlineData("expired", OrderStatus.Expired)]
    [InlineData("rejected", OrderStatus.Rejected)]
    [InlineData("replaced", OrderStatus.Replaced)]
    public void A_brokers_status_is_one_of_ours(string shown, OrderStatus status) =>
        Apply(Entry with { Status = OrderStatus.Submitted }, Shown(Entry, shown)).Status.ShouldBe(status);

    [Fact]
    public void An_order_that_reached_the_broker_before_a_crash_has_the_brokers_time_of_submission()
    {
        var unseen = Entry with { Status = OrderStatus.Intended, BrokerOrderId = null, LastAttemptAt = null };
        Apply(unseen, Shown(Entry, "new") with { SubmittedAt = Given.Now.AddSeconds(3) }).LastAttemptAt.ShouldBe(Given.Now.AddSeconds(3));
        Apply(Entry, Shown(Entry, "new") with { SubmittedAt = Given.Now.AddSeconds(3) })
            .LastAttemptAt.ShouldBe(Given.Now, "what we know ourselves stays");
    }

    [Fact]
    public void A_status_that_is_not_listed_is_kept_and_counts_as_working()
    {
        var order = Apply(Entry, Shown(Entry, "pondering"));
        (order.IsWorking, order.BrokerStatus).ShouldBe((true, "pondering"));
    }

    [Theory]
    [InlineData("pondering", "held", "pondering")]
    [InlineData("new", "pondering", "pondering")]
    [InlineData("new", "held", "new")]
    public void Of_an_oco_the_status_that_is_not_listed_is_the_one_kept(string parent, string leg, string kept) =>
        Apply(Oco, WithLeg(Shown(Oco, parent), leg)).BrokerStatus.ShouldBe(kept);

    [Fact]
    public void The_filled_quantity_is_the_greatest_seen_by_any_route()
    {
        var order = Apply(Entry, Shown(Entry, "partially_filled", 6));
        (order.Status, order.FilledQuantity).ShouldBe((OrderStatus.PartiallyFilled, 6m));
        Apply(order, Shown(Entry, "partially_filled", 4)).FilledQuantity.ShouldBe(6);
    }

    [Fact]
    public void A_fill_that_arrives_after_the_cancel_is_applied_and_the_order_stays_canceled()
    {
        var canceled = Apply(Entry with { CancelRequestedAt = Given.Now }, Shown(Entry, "canceled"));
        var late = Apply(canceled, Shown(Entry, "canceled", 3));
        (late.Status, late.FilledQuantity, late.UnexplainedQuantity, late.IsSettled).ShouldBe((OrderStatus.Canceled, 3m, 3m, false));
    }

    [Fact]
    public void An_older_answer_does_not_bring_an_ended_order_back_to_life() =>
        Apply(Entry with { Status = OrderStatus.Filled, FilledQuantity = 10 }, Shown(Entry, "new")).Status.ShouldBe(OrderStatus.Filled);

    [Fact]
    public void A_cancel_that_is_asked_for_is_not_a_cancel()
    {
        var asked = Apply(Entry with { CancelRequestedAt = Given.Now }, Shown(Entry, "pending_cancel"));
        (asked.IsWorking, asked.OpenQuantity).ShouldBe((true, 10m));
        Apply(asked, Shown(Entry, "accepted")).Status.ShouldBe(OrderStatus.PendingCancel, "a list may be older than our request");
    }

    [Fact]
    public void An_oco_works_while_either_leg_works()
    {
        Apply(Oco, WithLeg(Shown(Oco, "new"), "held")).Status.ShouldBe(OrderStatus.Accepted);
        Apply(Oco, WithLeg(Shown(Oco, "canceled"), "new")).IsWorking.ShouldBeTrue();
        Apply(Oco, WithLeg(Shown(Oco, "canceled"), "canceled")).Status.ShouldBe(OrderStatus.Canceled);
    }

    [Fact]
    public void An_oco_is_filled_when_its_legs_together_are()
    {
        var order = Apply(Oco, WithLeg(Shown(Oco, "canceled", 4, 110), "filled", 6, 95));
        (order.Status, order.FilledQuantity, order.AverageFillPrice).ShouldBe((OrderStatus.Filled, 10m, 101m));
        order.EndReason.ShouldBe(EndReason.Filled);
    }

    [Fact]
    public void An_oco_whose_stop_filled_is_filled() =>
        Apply(Oco, WithLeg(Shown(Oco, "canceled"), "filled", 10, 94.9m))
            .ShouldSatisfyAllConditions(
                order => order.Status.ShouldBe(OrderStatus.Filled),
                order => order.AverageFillPrice.ShouldBe(94.9m)
            );

    [Fact]
    public void An_oco_remembers_the_id_and_the_price_of_its_stop_leg()
    {
        var order = Apply(Oco, WithLeg(Shown(Oco, "new"), "held"));
        order.OtherBrokerIds.ShouldBe(["leg"]);
        order.BrokerStopPrice.ShouldBe(95);
        Apply(order, WithLeg(Shown(Oco, "new"), "held")).OtherBrokerIds.Count.ShouldBe(1);
    }

    [Fact]
    public void A_successors_id_takes_over_and_the_predecessors_is_remembered()
    {
        var order = Apply(Entry, Shown(Entry, "new") with { Id = "b2" });
        (order.BrokerOrderId, order.OtherBrokerIds.Single()).ShouldBe(("b2", "b1"));
    }

    [Fact]
    public void A_trailing_stop_shows_its_stop_and_its_high()
    {
        var trailing = Given.Order(OrderRole.Protection, Given.Sell().Trail(5));
        var order = Apply(trailing, Shown(trailing, "new") with { StopPrice = 97, HighWatermark = 102.1m });
        (order.BrokerStopPrice, order.BrokerHighWatermark).ShouldBe((97m, 102.1m));
        Apply(order, Shown(trailing, "new")).BrokerStopPrice.ShouldBe(97, "an answer without it takes nothing away");
    }

    [Fact]
    public void What_we_asked_to_cancel_ended_by_us() =>
        Apply(Entry with { CancelRequestedAt = Given.Now }, Shown(Entry, "canceled")).EndReason.ShouldBe(EndReason.CanceledByUs);

    [Theory]
    [InlineData(TimeInForce.Day, 0, EndReason.Expired)]
    [InlineData(TimeInForce.Day, -1, EndReason.External)]
    [InlineData(TimeInForce.Cls, 0, EndReason.Expired)]
    [InlineData(TimeInForce.Gtc, 0, EndReason.External)]
    [InlineData(TimeInForce.Ioc, -60, EndReason.Expired)]
    [InlineData(TimeInForce.Fok, -60, EndReason.Expired)]
    public void A_cancel_that_we_did_not_ask_for_is_an_expiry_at_the_sessions_end_for_day_orders_and_external_otherwise(
        TimeInForce time,
        int minutesAfterTheEnd,
        EndReason reason
    )
    {
        var order = Entry with { Terms = Entry.Terms with { TimeInForce = time } };
        Apply(order, Shown(order, "canceled") with { EndedAt = SessionEnd.AddMinutes(minutesAfterTheEnd) }).EndReason.ShouldBe(reason);
    }

    [Theory]
    [InlineData(0, EndReason.Expired)]
    [InlineData(-1, EndReason.External)]
    public void A_cancel_at_its_expires_at_is_an_expiry(int minutesAfter, EndReason reason)
    {
        var expires = Given.Now.AddDays(90);
        var order = Oco with { ExpiresAt = expires };
        Apply(order, Shown(order, "canceled") with { EndedAt = expires.AddMinutes(minutesAfter) }).EndReason.ShouldBe(reason);
    }

    [Theory]
    [InlineData("expired", EndReason.Expired)]
    [InlineData("rejected", EndReason.Refused)]
    [InlineData("replaced", EndReason.Replaced)]
    public void The_broker_may_say_itself_why_it_ended(string status, EndReason reason)
    {
        var order = Apply(Entry, Shown(Entry, status) with { RejectReason = "because" });
        (order.EndReason, order.Note, order.EndedAt).ShouldBe((reason, "because", Given.Now));
    }

    [Fact]
    public void Why_it_ended_is_decided_once()
    {
        var order = Apply(Entry with { CancelRequestedAt = Given.Now }, Shown(Entry, "canceled"));
        Apply(order, Shown(Entry, "canceled"), Given.Now.AddDays(1)).ShouldBe(order);
    }

    [Fact]
    public void An_answer_clears_the_absence() =>
        Apply(Entry with { Status = OrderStatus.Unknown, AbsentAt = Given.Now }, Shown(Entry, "new")).AbsentAt.ShouldBeNull();

    [Fact]
    public void An_abandoned_order_that_appears_works_again_so_that_it_can_be_canceled() =>
        Apply(Entry with { Status = OrderStatus.Abandoned, EndReason = EndReason.Abandoned }, Shown(Entry, "new")).IsWorking.ShouldBeTrue();

    public static TheoryData<string, OrderTerms> OtherTerms() =>
        new()
        {
            { "symbol", Oco.Terms with { Symbol = "MSFT" } },
            { "side", Oco.Terms with { Side = OrderSide.Buy } },
            { "quantity", Oco.Terms with { Quantity = 11 } },
            { "type", Oco.Terms with { Type = OrderType.StopLimit } },
            { "class", Oco.Terms with { Class = OrderClass.Simple } },
            { "limit price", Oco.Terms with { LimitPrice = 110.01m } },
            { "stop price", Oco.Terms with { StopPrice = 95.01m } },
            { "trail percent", Oco.Terms with { TrailPercent = 5 } },
        };

    [Theory]
    [MemberData(nameof(OtherTerms))]
    public void An_order_with_our_id_but_other_terms_is_not_ours(string what, OrderTerms terms) =>
        BrokerView.IsOurs(Oco, Shown(Oco, "new") with { Terms = terms }).ShouldBeFalse(what);

    [Fact]
    public void An_order_with_our_terms_that_is_not_older_than_the_intent_is_ours()
    {
        BrokerView.IsOurs(Oco, Shown(Oco, "new")).ShouldBeTrue();
        BrokerView.IsOurs(Oco, Shown(Oco, "new") with { SubmittedAt = Given.Now.AddMinutes(-1) }).ShouldBeTrue("clocks disagree");
        BrokerView.IsOurs(Oco, Shown(Oco, "new") with { SubmittedAt = Given.Now.AddMinutes(-2) }).ShouldBeFalse();
    }

    [Fact]
    public void The_moving_stop_of_a_trailing_stop_does_not_make_it_another_order()
    {
        var trailing = Given.Order(OrderRole.Protection, Given.Sell().Trail(5));
        BrokerView.IsOurs(trailing, Shown(trailing, "new") with { Terms = trailing.Terms with { StopPrice = 97 } }).ShouldBeTrue();
        BrokerView.IsOurs(trailing, Shown(trailing, "new") with { Terms = trailing.Terms with { TrailPercent = 4 } }).ShouldBeFalse();
    }
}
