using AutoTrader.Core.Ports;

namespace AutoTrader.Functions.Views;

/// <summary>Commands as the API returns them.</summary>
internal static class CommandViews
{
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
