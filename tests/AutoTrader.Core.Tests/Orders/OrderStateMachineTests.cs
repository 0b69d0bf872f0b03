using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Tests.Orders;

/// <summary>docs/trading-rules.md, "Order states": one table of (status, event) to status; any other pair is an error that names
/// both.</summary>
public sealed class OrderStateMachineTests
{
    // Rows: statuses. Columns: events in the order of OrderEvent. A dot: cannot happen.
    // i intended, s submitted, u unknown, a accepted, p partially_filled, c pending_cancel, r pending_replace,
    // F filled, C canceled, E expired, R rejected, S replaced (by a successor), A abandoned
    private const string Table = """
                       ack lose accept part whole cancel? refuse replace? cancel expire reject replace abandon
        Intended        s   u    a      p    F     c       .      .        C      E      R      S       A
        Submitted       s   .    a      p    F     c       .      r        C      E      R      S       .
        Unknown         s   u    a      p    F     c       .      .        C      E      R      S       A
        Accepted        .   .    a      p    F     c       .      r        C      E      R      S       .
        PartiallyFilled .   .    p      p    F     c       .      r        C      E      C      S       .
        PendingCancel   .   .    c      c    F     c       a      .        C      E      R      S       .
        PendingReplace  .   .    a      p    F     c       .      r        C      E      R      S       .
        Filled          .   .    .      F    F     .       .      .        F      .      .      .       .
        Canceled        .   .    .      C    F     .       .      .        C      C      .      .       .
        Expired         .   .    .      E    F     .       .      .        E      E      .      .       .
        Rejected        .   .    .      R    F     .       .      .        .      .      R      .       .
        Replaced        .   .    .      S    F     .       .      .        .      .      .      S       .
        Abandoned       s   .    a      p    F     c       .      .        C      E      R      S       A
        """;

    public static TheoryData<OrderStatus, OrderEvent, OrderStatus?> Pairs()
    {
        var data = new TheoryData<OrderStatus, OrderEvent, OrderStatus?>();
        foreach (
            var row in Table
                .Split('\n')
                .Skip(1)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        )
        {
            foreach (var happened in Enum.GetValues<OrderEvent>())
            {
                data.Add(Enum.Parse<OrderStatus>(row[0]), happened, Status(row[1 + (int)happened]));
            }
        }

        return data;
    }

    [Fact]
    public void The_table_covers_every_status_and_event() =>
        Pairs().Count.ShouldBe(Enum.GetValues<OrderStatus>().Length * Enum.GetValues<OrderEvent>().Length);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_pair_is_in_the_table_or_an_error_that_names_both(OrderStatus status, OrderEvent happened, OrderStatus? next)
    {
        OrderStateMachine.Allows(status, happened).ShouldBe(next is not null);
        if (next is { } expected)
        {
            OrderStateMachine.Next(status, happened).ShouldBe(expected);
            return;
        }

        var failure = Should.Throw<IllegalOrderEventException>(() => OrderStateMachine.Next(status, happened));
        (failure.Status, failure.Event).ShouldBe((status, happened));
        failure.Message.ShouldContain(status.ToString());
        failure.Message.ShouldContain(happened.ToString());
    }

    [Theory]
    [InlineData(OrderStatus.Intended, true)]
    [InlineData(OrderStatus.Submitted, true)]
    [InlineData(OrderStatus.Unknown, true)]
    [InlineData(OrderStatus.Accepted, true)]
    [InlineData(OrderStatus.PartiallyFilled, true)]
    [InlineData(OrderStatus.PendingCancel, true)]
    [InlineData(OrderStatus.PendingReplace, true)]
    [InlineData(OrderStatus.Filled, false)]
    [InlineData(OrderStatus.Canceled, false)]
    [InlineData(OrderStatus.Expired, false)]
    [InlineData(OrderStatus.Rejected, false)]
    [InlineData(OrderStatus.Replaced, false)]
    [InlineData(OrderStatus.Abandoned, false)]
    public void Seven_statuses_are_working_and_six_are_final(OrderStatus status, bool isWorking) => status.IsWorking().ShouldBe(isWorking);

    [Fact]
    public void A_final_status_never_works_again_except_an_abandoned_order_that_appeared_after_all()
    {
        foreach (var status in Enum.GetValues<OrderStatus>().Where(status => !status.IsWorking() && status != OrderStatus.Abandoned))
        {
            foreach (var happened in Enum.GetValues<OrderEvent>().Where(happened => OrderStateMachine.Allows(status, happened)))
            {
                OrderStateMachine.Next(status, happened).IsWorking().ShouldBeFalse($"{status}, {happened}");
            }
        }
    }

    [Fact]
    public void A_fill_can_happen_in_every_status()
    {
        foreach (var status in Enum.GetValues<OrderStatus>())
        {
            OrderStateMachine.Allows(status, OrderEvent.FillPartly).ShouldBeTrue(status.ToString());
            OrderStateMachine.Next(status, OrderEvent.FillWholly).ShouldBe(OrderStatus.Filled);
        }
    }

    private static OrderStatus? Status(string letter) =>
        letter switch
        {
            "i" => OrderStatus.Intended,
            "s" => OrderStatus.Submitted,
            "u" => OrderStatus.Unknown,
            "a" => OrderStatus.Accepted,
            "p" => OrderStatus.PartiallyFilled,
            "c" => OrderStatus.PendingCancel,
            "r" => OrderStatus.PendingReplace,
            "F" => OrderStatus.Filled,
            "C" => OrderStatus.Canceled,
            "E" => OrderStatus.Expired,
            "R" => OrderStatus.Rejected,
            "S" => OrderStatus.Replaced,
            "A" => OrderStatus.Abandoned,
            _ => null,
        };
}
