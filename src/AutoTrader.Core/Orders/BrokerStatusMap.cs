namespace AutoTrader.Core.Orders;

/// <summary>The broker's order statuses (reference: Alpaca's documentation of the order life cycle) as events of our state
/// machine.</summary>
public static class BrokerStatusMap
{
    /// <summary>Whether the status is listed.</summary>
    public static bool IsKnown(string status) => Map(status) is not null;

    /// <summary>The meaning of a broker status; null for an unlisted one, which counts as working and raises attention.</summary>
    public static OrderEvent? Map(string status) =>
        status switch
        {
            "pending_new" or "accepted_for_bidding" => OrderEvent.Acknowledge,
            "new" or "accepted" or "held" or "stopped" or "suspended" or "calculated" or "done_for_day" => OrderEvent.Accept,
            "partially_filled" => OrderEvent.FillPartly,
            "filled" => OrderEvent.FillWholly,
            "pending_cancel" => OrderEvent.RequestCancel,
            "pending_replace" => OrderEvent.RequestReplace,
            "canceled" => OrderEvent.Cancel,
            "expired" => OrderEvent.Expire,
            "rejected" => OrderEvent.Reject,
            "replaced" => OrderEvent.Replace,
            _ => null,
        };
}
