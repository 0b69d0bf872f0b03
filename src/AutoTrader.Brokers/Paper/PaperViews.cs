using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Paper;

/// <summary>Rows as the broker shows them.</summary>
internal static class PaperViews
{
    public static BrokerOrder Show(PaperOrder order, DateTimeOffset now) =>
        new()
        {
            Id = order.Id,
            ClientOrderId = order.ClientOrderId,
            Status = order switch
            {
                { Leg.FilledQuantity: > 0 } => "canceled",
                { FinalStatus: { } final } => final,
                _ => Working(order, order.FilledQuantity, now),
            },
            Terms = order.Terms,
            FilledQuantity = order.FilledQuantity,
            AverageFillPrice = Average(order.FilledValue, order.FilledQuantity),
            SubmittedAt = order.SubmittedAt,
            UpdatedAt = order.UpdatedAt,
            EndedAt = order.EndedAt,
            // A day order ends with the day; only a good-till-canceled one ages.
            ExpiresAt = order.Terms.TimeInForce == TimeInForce.Gtc ? order.ExpiresAt : null,
            ReplacedBy = order.ReplacedBy,
            Replaces = order.Replaces,
            StopPrice = order.StopPrice,
            HighWatermark = order.HighWatermark,
            RejectReason = order.Reason,
            StopLeg = order.Leg is null ? null : ShowLeg(order, order.Leg, now),
        };

    private static BrokerOrder ShowLeg(PaperOrder order, PaperLeg leg, DateTimeOffset now) =>
        new()
        {
            Id = leg.Id,
            ClientOrderId = leg.Id,
            Status = order switch
            {
                { FinalStatus: "filled" } => leg.FilledQuantity > 0 ? "filled" : "canceled",
                { FinalStatus: { } final } => final,
                { CancelRequestedAt: null, Triggered: false } => "held",
                _ => Working(order, leg.FilledQuantity, now),
            },
            Terms = order.Terms with
            {
                Class = OrderClass.Simple,
                Type = OrderType.Stop,
                LimitPrice = null,
                Quantity = order.Terms.Quantity - order.FilledQuantity,
            },
            FilledQuantity = leg.FilledQuantity,
            AverageFillPrice = Average(leg.FilledValue, leg.FilledQuantity),
            SubmittedAt = order.SubmittedAt,
            UpdatedAt = order.UpdatedAt,
            EndedAt = order.EndedAt,
            StopPrice = order.StopPrice,
        };

    private static string Working(PaperOrder order, decimal filled, DateTimeOffset now) =>
        order.CancelRequestedAt is not null ? "pending_cancel"
        : filled > 0 ? "partially_filled"
        : now < order.ActiveFrom ? "accepted"
        : "new";

    private static decimal? Average(decimal value, decimal quantity) => quantity == 0 ? null : value / quantity;
}
