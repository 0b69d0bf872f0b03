using System.Collections.Frozen;
using static AutoTrader.Core.Orders.OrderEvent;
using static AutoTrader.Core.Orders.OrderStatus;

namespace AutoTrader.Core.Orders;

/// <summary>Where an order is in its life (docs/trading-rules.md, "Order states").</summary>
public enum OrderStatus
{
    /// <summary>Committed to storage; perhaps not yet sent.</summary>
    Intended,

    /// <summary>Sent and answered, not yet working at the exchange.</summary>
    Submitted,

    /// <summary>Sent without an answer: it may or may not exist at the broker.</summary>
    Unknown,

    /// <summary>Working at the broker.</summary>
    Accepted,

    /// <summary>Working, with some of it filled.</summary>
    PartiallyFilled,

    /// <summary>A cancel was requested; its shares stay held until the broker reports canceled.</summary>
    PendingCancel,

    /// <summary>A replacement was requested.</summary>
    PendingReplace,

    /// <summary>Wholly filled.</summary>
    Filled,

    /// <summary>Ended by a cancel.</summary>
    Canceled,

    /// <summary>Ended by its time in force.</summary>
    Expired,

    /// <summary>Refused.</summary>
    Rejected,

    /// <summary>Lives on in its successor.</summary>
    Replaced,

    /// <summary>An intent that is never sent again; its id is still looked up for a day.</summary>
    Abandoned,
}

/// <summary>The events of an order.</summary>
public enum OrderEvent
{
    /// <summary>The broker answered that it has the order, not yet at the exchange.</summary>
    Acknowledge,

    /// <summary>It was sent and no answer came.</summary>
    LoseAnswer,

    /// <summary>The broker shows it working.</summary>
    Accept,

    /// <summary>Some of it filled.</summary>
    FillPartly,

    /// <summary>All of it filled.</summary>
    FillWholly,

    /// <summary>We asked the broker to cancel it, or the broker shows a cancel pending.</summary>
    RequestCancel,

    /// <summary>The broker refused the cancel: it works on.</summary>
    RefuseCancel,

    /// <summary>We asked the broker to replace it, or the broker shows a replacement pending.</summary>
    RequestReplace,

    /// <summary>The broker says canceled.</summary>
    Cancel,

    /// <summary>The broker says that its time is over.</summary>
    Expire,

    /// <summary>The broker refused it.</summary>
    Reject,

    /// <summary>The broker names a successor.</summary>
    Replace,

    /// <summary>We shall not send it (again).</summary>
    Abandon,
}

/// <summary>The one table of (status, event) to status. Any pair that is not in it is an error that names both.</summary>
public static class OrderStateMachine
{
    private static readonly FrozenDictionary<(OrderStatus, OrderEvent), OrderStatus> Table = Build().ToFrozenDictionary();

    /// <summary>The status after <paramref name="happened"/>.</summary>
    /// <exception cref="IllegalOrderEventException">The event cannot happen in this status.</exception>
    public static OrderStatus Next(OrderStatus status, OrderEvent happened) =>
        Table.TryGetValue((status, happened), out var next) ? next : throw new IllegalOrderEventException(status, happened);

    /// <summary>Whether <paramref name="happened"/> can happen in <paramref name="status"/>.</summary>
    public static bool Allows(OrderStatus status, OrderEvent happened) => Table.ContainsKey((status, happened));

    /// <summary>Whether the order may still trade at the broker.</summary>
    public static bool IsWorking(this OrderStatus status) => status <= PendingReplace;

    private static Dictionary<(OrderStatus, OrderEvent), OrderStatus> Build()
    {
        var table = new Dictionary<(OrderStatus, OrderEvent), OrderStatus>();

        void On(OrderEvent happened, OrderStatus to, params ReadOnlySpan<OrderStatus> from)
        {
            foreach (var status in from)
            {
                table.Add((status, happened), to);
            }
        }

        On(Acknowledge, Submitted, Intended, Unknown, Submitted);
        On(Acknowledge, Submitted, Abandoned); // it appeared after all, and is canceled next
        On(LoseAnswer, Unknown, Intended, Unknown);

        On(Accept, Accepted, Intended, Submitted, Unknown, Accepted, Abandoned);
        On(Accept, PartiallyFilled, PartiallyFilled); // a done-for-day order with fills lives again tomorrow
        On(Accept, PendingCancel, PendingCancel); // the broker's list may be older than our request
        On(Accept, Accepted, PendingReplace); // the replacement failed: the order itself works on

        On(FillPartly, PartiallyFilled, Intended, Submitted, Unknown, Accepted, PartiallyFilled, PendingReplace);
        On(FillPartly, PendingCancel, PendingCancel); // shares of the rest stay held until the broker says canceled
        On(FillPartly, PartiallyFilled, Abandoned);
        On(FillPartly, Canceled, Canceled); // late fills are applied in any state, and change no final status,
        On(FillPartly, Expired, Expired);
        On(FillPartly, Rejected, Rejected);
        On(FillPartly, Replaced, Replaced);
        On(FillPartly, Filled, Filled);
        On(FillWholly, Filled, Intended, Submitted, Unknown, Accepted, PartiallyFilled, PendingCancel, PendingReplace, Filled);
        On(FillWholly, Filled, Canceled, Expired, Rejected, Replaced, Abandoned); // unless they make the order whole

        On(RequestCancel, PendingCancel, Intended, Submitted, Unknown, Accepted, PartiallyFilled, PendingCancel, PendingReplace, Abandoned);
        On(RefuseCancel, Accepted, PendingCancel);
        On(RequestReplace, PendingReplace, Submitted, Accepted, PartiallyFilled, PendingReplace);

        On(Cancel, Canceled, Intended, Submitted, Unknown, Accepted, PartiallyFilled, PendingCancel, PendingReplace, Canceled, Abandoned);
        On(Cancel, Filled, Filled); // the other leg of an OCO, or a cancel that lost the race
        On(Cancel, Expired, Expired); // brokers also report orders that the exchange let expire as "canceled"
        On(Expire, Expired, Intended, Submitted, Unknown, Accepted, PartiallyFilled, PendingCancel, PendingReplace, Expired, Abandoned);
        On(Expire, Canceled, Canceled);
        On(Reject, Rejected, Intended, Submitted, Unknown, Accepted, PendingCancel, PendingReplace, Rejected, Abandoned);
        On(Reject, Canceled, PartiallyFilled); // rejected after fills: the fills stay
        On(Replace, Replaced, Intended, Submitted, Unknown, Accepted, PartiallyFilled, PendingCancel, PendingReplace, Replaced, Abandoned);
        On(Abandon, Abandoned, Intended, Unknown, Abandoned);
        return table;
    }
}

/// <summary>An event that cannot happen to an order in its status: a bug in this system or an invalid response of the broker.</summary>
/// <param name="status">The order's status.</param>
/// <param name="happened">The event.</param>
public sealed class IllegalOrderEventException(OrderStatus status, OrderEvent happened)
    : InvalidOperationException($"An order that is {status} cannot {happened}.")
{
    /// <summary>The order's status.</summary>
    public OrderStatus Status { get; } = status;

    /// <summary>The event that does not fit it.</summary>
    public OrderEvent Event { get; } = happened;
}
