using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Deletes a strategy, over as many cycles as its orders take to end; the command stays pending until then.</summary>
internal sealed class DeleteStrategyHandler(CycleContext context, ServedCommands served)
    : StrategyCommandHandler<DeleteStrategy>(context, served)
{
    protected override void Handle(Row<CommandEnvelope> row, DeleteStrategy command, StrategyBook book)
    {
        var strategy = book.Strategy;
        var exposure = book.Exposure();
        // A fraction below one share, as splits left them once, cannot be closed: it goes along.
        if (exposure.Held >= 1 && !command.Force)
        {
            Served.Refuse(
                row,
                book,
                "STRATEGY_HOLDS_SHARES",
                $"{strategy.Id} holds {exposure.Held:0.####} {strategy.Symbol}. Close it first, or delete with force: its orders are "
                    + "canceled and its shares become unmanaged."
            );
            return;
        }

        if (book.Orders.Any(order => order.IsWorking || order.UnexplainedQuantity != 0))
        {
            Served.DeleteLater(book);
            Context.Change(book, strategy with { Enabled = false });
            book.CancelWorking("the strategy is deleted", Context.Now);
            return;
        }

        // What it earned and did today stays in the account's sums.
        var unmanaged = Context.Set.UnmanagedOf(book.Symbol);
        unmanaged.Set(unmanaged.Holding.Merge(strategy.Holding));
        Served.Delete(book, unmanaged);
        book.IsDeleted = true;
        Served.Done(row, book, exposure.Held > 0 ? $"Deleted; {exposure.Held:0.####} {book.Symbol} are unmanaged now." : "Deleted.");
    }
}
