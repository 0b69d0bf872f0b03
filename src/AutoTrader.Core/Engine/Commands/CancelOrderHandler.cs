using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Marks a working order to be canceled, unless it protects shares.</summary>
internal sealed class CancelOrderHandler(CycleContext context, ServedCommands served)
{
    public void Handle(Row<CommandEnvelope> row, CancelOrder command)
    {
        var id = command.OrderId;
        var book = context.Set.BookOf(id)
            ?? context.Set.Books.FirstOrDefault(candidate => candidate.Orders.Any(order => order.BrokerOrderId == id));
        var order = book?.Find(id) ?? book?.Orders.FirstOrDefault(candidate => candidate.BrokerOrderId == id);
        if (book is null || order is null)
        {
            served.Refuse(row, null, "ORDER_NOT_FOUND", $"No working order has the id {id}.");
        }
        else if (!order.IsWorking)
        {
            served.Refuse(row, book, "CANCEL_FAILED", $"The order is {WireNames.Of(order.Status)} already.");
        }
        else if (order.Role is OrderRole.Protection or OrderRole.Target && book is StrategyBook { Strategy.Closing: null })
        {
            served.Refuse(
                row,
                book,
                "PROTECTIVE_ORDER",
                "The order protects or sells shares that the strategy holds, and would be placed again. Close the strategy instead."
            );
        }
        else
        {
            book.Set(order with { CancelRequestedAt = order.CancelRequestedAt ?? context.Now, Note = "canceled by " + row.Value.Caller });
            var outcome = "The cancel was asked for.";
            if (book is StrategyBook strategy && order.Role == OrderRole.Entry)
            {
                context.Change(strategy, strategy.Strategy.Pause($"its entry was canceled by {row.Value.Caller}"));
                outcome += $" Strategy {book.Id} is paused and buys nothing until it is resumed: POST /api/strategies/{book.Id}/resume.";
            }

            served.Done(row, book, outcome);
        }
    }
}
