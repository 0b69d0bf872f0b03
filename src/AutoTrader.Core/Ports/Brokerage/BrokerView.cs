using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Ports.Brokerage;

/// <summary>Applies a broker's response to our order. Pure.</summary>
public static class BrokerView
{
    /// <summary>Our order after the broker showed <paramref name="shown"/> of it.</summary>
    /// <param name="order">Our order.</param>
    /// <param name="shown">The broker's order; of an OCO with its stop leg.</param>
    /// <param name="now">Business time (UTC).</param>
    /// <param name="dayOrdersEndAt">The close of the session that the order could trade in (UTC).</param>
    public static Order Apply(Order order, BrokerOrder shown, DateTimeOffset now, DateTimeOffset dayOrdersEndAt)
    {
        var leg = shown.StopLeg;
        var filled = Math.Max(order.FilledQuantity, shown.FilledQuantity + (leg?.FilledQuantity ?? 0));
        var happened = Event(shown, filled >= order.Terms.Quantity) ?? OrderEvent.Accept; // a status that is not listed counts as working
        var status = OrderStateMachine.Allows(order.Status, happened) ? OrderStateMachine.Next(order.Status, happened) : order.Status;
        if (filled > 0 && filled > order.FilledQuantity && OrderStateMachine.Allows(status, OrderEvent.FillPartly))
        {
            status = OrderStateMachine.Next(status, OrderEvent.FillPartly);
        }

        var next = order with
        {
            Status = status,
            // For an OCO, an unknown status takes precedence.
            BrokerStatus =
                leg is null || !BrokerStatusMap.IsKnown(shown.Status) || BrokerStatusMap.IsKnown(leg.Status) ? shown.Status : leg.Status,
            BrokerOrderId = shown.Id,
            OtherBrokerIds = OtherIds(order, shown),
            FilledQuantity = filled,
            AverageFillPrice = Average(shown, leg) ?? order.AverageFillPrice,
            ExpiresAt = shown.ExpiresAt ?? order.ExpiresAt,
            BrokerStopPrice = leg?.StopPrice ?? shown.StopPrice ?? order.BrokerStopPrice,
            BrokerHighWatermark = shown.HighWatermark ?? order.BrokerHighWatermark,
            AbsentAt = null,
            // Of an order that reached the broker before a crash, only the broker knows when.
            LastAttemptAt = order.LastAttemptAt ?? shown.SubmittedAt,
            Note = shown.RejectReason ?? order.Note,
        };
        return next.IsWorking || next.EndReason != EndReason.None || status == OrderStatus.Abandoned
            ? next
            : next with
            {
                EndedAt = shown.EndedAt ?? now,
                EndReason = Why(next, shown.EndedAt ?? now, dayOrdersEndAt),
            };
    }

    /// <summary>Whether an order found at the broker under our id is ours: same terms, and not older than the intent.</summary>
    public static bool IsOurs(Order order, BrokerOrder found) =>
        found.Terms.Symbol == order.Terms.Symbol
        && found.Terms.Side == order.Terms.Side
        && found.Terms.Quantity == order.Terms.Quantity
        && found.Terms.Type == order.Terms.Type
        && found.Terms.Class == order.Terms.Class
        && found.Terms.LimitPrice == order.Terms.LimitPrice
        && (found.Terms.Type == OrderType.TrailingStop || found.Terms.StopPrice == order.Terms.StopPrice)
        && found.Terms.TrailPercent == order.Terms.TrailPercent
        // A minute for clocks that disagree.
        && found.SubmittedAt >= order.DecidedAt.AddMinutes(-1);

    private static OrderEvent? Event(BrokerOrder shown, bool isWhole)
    {
        var own = BrokerStatusMap.Map(shown.Status);
        if (shown.StopLeg is not { } leg)
        {
            return own;
        }

        // An OCO works while either leg works, and is filled when its legs together are.
        if (isWhole)
        {
            return OrderEvent.FillWholly;
        }

        var other = BrokerStatusMap.Map(leg.Status);
        return IsWorking(own) ? own
            : IsWorking(other) ? OrderEvent.Accept
            : own == OrderEvent.FillWholly ? other
            : own;
    }

    private static bool IsWorking(OrderEvent? happened) =>
        happened
            is null
                or OrderEvent.Acknowledge
                or OrderEvent.Accept
                or OrderEvent.FillPartly
                or OrderEvent.RequestCancel
                or OrderEvent.RequestReplace;

    private static EndReason Why(Order order, DateTimeOffset endedAt, DateTimeOffset dayOrdersEndAt) =>
        order.Status switch
        {
            OrderStatus.Filled => EndReason.Filled,
            OrderStatus.Rejected => EndReason.Refused,
            OrderStatus.Replaced => EndReason.Replaced,
            OrderStatus.Expired => EndReason.Expired,
            _ when order.CancelRequestedAt is not null => EndReason.CanceledByUs,
            _ when order.Terms.TimeInForce != TimeInForce.Gtc && endedAt >= dayOrdersEndAt => EndReason.Expired,
            _ when order.Terms.TimeInForce is TimeInForce.Ioc or TimeInForce.Fok => EndReason.Expired,
            _ when order.ExpiresAt is { } expires && endedAt >= expires => EndReason.Expired,
            _ => EndReason.External,
        };

    private static ValueList<string> OtherIds(Order order, BrokerOrder shown)
    {
        var ids = order.OtherBrokerIds;
        if (shown.StopLeg is { } leg && !ids.Contains(leg.Id, StringComparer.Ordinal))
        {
            ids = ids.Add(leg.Id);
        }

        return order.BrokerOrderId is { } before && before != shown.Id && !ids.Contains(before, StringComparer.Ordinal)
            ? ids.Add(before)
            : ids;
    }

    private static decimal? Average(BrokerOrder shown, BrokerOrder? leg)
    {
        var quantity = shown.FilledQuantity + (leg?.FilledQuantity ?? 0);
        return quantity == 0
            ? null
            : ((shown.FilledQuantity * (shown.AverageFillPrice ?? 0)) + ((leg?.FilledQuantity ?? 0) * (leg?.AverageFillPrice ?? 0)))
                / quantity;
    }
}
