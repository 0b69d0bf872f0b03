using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Functions.Views;

/// <summary>Orders, and the commands that ask for them, as the API tells them.</summary>
internal static class OrderViews
{
    extension(OrderView)
    {
        public static OrderView Of(Order it) =>
            new(
                it.ClientOrderId,
                it.BrokerOrderId,
                it.StrategyId,
                it.Role,
                it.Terms.Symbol,
                it.Terms.Side,
                it.Terms.Quantity,
                it.Terms.Type,
                it.Terms.Class,
                it.Terms.TimeInForce,
                it.Terms.LimitPrice,
                it.BrokerStopPrice ?? it.Terms.StopPrice,
                it.Terms.TrailPercent,
                it.Status,
                it.BrokerStatus,
                it.IsCancelWanted,
                it.FilledQuantity,
                it.AverageFillPrice,
                it.EndReason,
                it.Note,
                it.DecidedAt,
                it.LastAttemptAt,
                it.ExpiresAt,
                it.EndedAt
            );
    }

    extension(CommandView)
    {
        public static CommandView Of(CommandEnvelope it) =>
            new(
                it.Id,
                it.Command.Kind,
                it.Command.Target,
                (it.Command as PlaceOrder)?.ClientOrderId,
                it.Status,
                it.Code,
                it.Outcome,
                it.Reason,
                it.Caller,
                it.RequestedAt,
                it.HandledAt
            );
    }
}
