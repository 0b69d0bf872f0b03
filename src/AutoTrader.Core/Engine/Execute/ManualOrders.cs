using AutoTrader.Core.Engine.Commands;
using AutoTrader.Core.Engine.Decide;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Execute;

/// <summary>Places manual and scheduled orders, and cancels those that are no longer allowed.</summary>
internal sealed class ManualOrders(CycleContext context, CycleFrame frame, PreTradeRisk risk, Committer committer, SendQueue queue)
{
    /// <summary>A kill switch, the daily loss limit and a close, whose sale they would bar, take resting buys of people and schedules back
    /// too.</summary>
    public void TakeBack(DecisionConditions conditions)
    {
        foreach (var book in context.Set.Unmanaged)
        {
            if (
                (conditions.Barred ?? (frame.MarketOpen && conditions.IsClosing(book.Symbol) ? "the symbol is being closed" : null)) is
                { } barred
            )
            {
                book.CancelWorking(barred, context.Now, order => order is { Role: OrderRole.Manual, Terms.Side: OrderSide.Buy });
            }
        }
    }

    /// <summary>Places the orders that commands asked for: a few are committed together, then sent one by one.</summary>
    public async Task PlaceAsync(ServedCommands served)
    {
        risk.Refresh();
        foreach (var batch in served.ManualOrders.Chunk(context.Options.EntriesAhead))
        {
            var known = await Task.WhenAll(batch.Select(item => IsKnownAsync(item.Book, item.Order, item.Command.Value)));
            var admitted = new List<(Book Book, Order Order)>();
            foreach (var ((book, order, command), isKnown) in batch.Zip(known).Where(item => !item.First.Book.IsStale))
            {
                if (isKnown)
                {
                    served.Complete(command, book, CommandStatus.Done, null, "The order was placed already.");
                }
                else if (Admit(served, book, order, command))
                {
                    admitted.Add((book, order));
                }
            }

            if (admitted.Count > 0)
            {
                await queue.CommitAndSendEntriesAsync(admitted);
            }

            await committer.CommitAsync(
                batch.Select(item => item.Book).Distinct().Where(book => book is { IsDirty: true, IsStale: false })
            );
        }
    }

    // The same key again: also long after its order ended.
    private async Task<bool> IsKnownAsync(Book book, Order order, CommandEnvelope command) =>
        book.Find(order.ClientOrderId) is not null
        || (
            command.MayRepeat(context.Now)
            && await context.Ports.Trading.ReadAsync<Order>(context.Ports.Broker.AccountKey, TradingKey.Done(order), context.Cancellation)
                is not null
        );

    private bool Admit(ServedCommands served, Book book, Order order, Row<CommandEnvelope> command)
    {
        if (risk.Check(book, order.Terms, null) is { } refusal)
        {
            served.Complete(command, book, CommandStatus.Refused, refusal.Code, refusal.Message);
            return false;
        }

        context.Set.Add(book, order);
        served.Complete(command, book, CommandStatus.Done, null, "The order was committed.");
        context.Journal.Decide(book, "manual", WireNames.Of(order.Terms));
        return true;
    }
}
