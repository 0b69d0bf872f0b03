using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Takes the order of a person or a schedule, which is checked and sent when the cycle executes.</summary>
internal sealed class PlaceOrderHandler(CycleContext context, ServedCommands served)
{
    public void Handle(Row<CommandEnvelope> row, PlaceOrder command)
    {
        var book = context.Set.UnmanagedOf(command.Terms.Symbol);
        if (context.Set.BookOf(command.ClientOrderId) is not null)
        {
            served.Done(row, book, "The order was placed already.");
            return;
        }

        var order = new Order
        {
            ClientOrderId = command.ClientOrderId,
            StrategyId = Order.ManualOwner,
            Arm = string.Empty,
            Sequence = 0,
            Role = OrderRole.Manual,
            Terms = command.Terms,
            DecidedAt = context.Now,
            SubmitBy = context.Now + context.Options.MaxIntentAge,
            RequestHash = row.Value.RequestHash,
            Note = row.Value.Reason ?? "placed by " + row.Value.Caller,
        };
        served.Place(book, order, row);
    }
}
