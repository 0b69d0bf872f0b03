using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Sells what all strategies hold, or the whole account.</summary>
internal sealed class FlattenHandler(CycleContext context, CycleFrame frame, ServedCommands served)
{
    private readonly PreTradeRisk _risk = new(context, frame);

    public void Handle(Row<CommandEnvelope> row, Flatten command)
    {
        var closing = 0;
        foreach (var book in context.Set.Strategies)
        {
            var exposure = book.Exposure();
            if (exposure is not { Held: < 1, WorkingOrders: 0 })
            {
                closing += book.Strategy.Closing is null ? 1 : 0;
                context.Change(book, book.Strategy.Out(row.Value.Reason ?? "flatten", context.Now));
            }
            else if (book.Strategy.IsCoolingDown)
            {
                // It has just sold, and would buy again in minutes.
                context.Change(book, book.Strategy with { Enabled = false });
            }
        }

        if (!command.WholeAccount)
        {
            served.Done(row, null, $"{closing} strategies are closing; unmanaged shares stay.");
        }
        else if (context.Set.Unmanaged.ToList().TrueForAll(book => SellUnmanaged(book, row.Value)))
        {
            served.Done(row, null, "Strategies are closing, unmanaged shares are sold.");
        }
    }

    // Served over as many cycles as the orders that hold the shares take to end; the command stays pending until then.
    private bool SellUnmanaged(UnmanagedBook book, CommandEnvelope envelope)
    {
        book.CancelWorking("flatten", context.Now, order => order.CommandId != envelope.Id);
        var quantity = Math.Floor(
            book.Holding.Quantity
                - book.Orders.Where(order => order.Terms.Side == OrderSide.Sell)
                    .Sum(order => order.OpenQuantity + order.UnexplainedQuantity)
        );
        var sale = new Order
        {
            ClientOrderId = ClientOrderIds.ForManual(
                envelope.Caller,
                FormattableString.Invariant($"{envelope.Id} {book.Symbol} {context.Now:O}")
            ),
            StrategyId = Order.ManualOwner,
            Arm = string.Empty,
            Sequence = 0,
            Role = OrderRole.Manual,
            Terms = new()
            {
                Symbol = book.Symbol,
                Side = OrderSide.Sell,
                Quantity = quantity,
                Type = OrderType.Market,
            },
            DecidedAt = context.Now,
            SubmitBy = context.Now + context.Options.MaxIntentAge,
            CommandId = envelope.Id,
            Note = "flatten",
        };
        if (quantity >= 1 && _risk.Check(book, sale.Terms, null) is null)
        {
            context.Set.Add(book, sale);
            served.Sell(book, sale);
        }

        return book.Orders.All(order => !order.IsCancelWanted);
    }
}
