using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Sells what a strategy holds.</summary>
internal sealed class CloseStrategyHandler(CycleContext context, CycleFrame frame, ServedCommands served)
    : StrategyCommandHandler<CloseStrategy>(context, served)
{
    protected override void Handle(Row<CommandEnvelope> row, CloseStrategy command, StrategyBook book)
    {
        var strategy = book.Strategy;
        var exposure = book.Exposure();
        if (exposure is { Held: < 1, WorkingOrders: 0 })
        {
            Context.Change(book, strategy.Resume() with { Enabled = false });
            Served.Done(
                row,
                book,
                exposure.Held > 0
                    ? $"It holds {exposure.Held:0.####} of a share, which no order can sell, and has no working orders; it is disabled. "
                        + "If you delete it, the fraction becomes unmanaged."
                    : "It holds nothing and has no working orders; it is disabled."
            );
            return;
        }

        Context.Change(book, strategy.Out(row.Value.Reason ?? "close asked for by " + row.Value.Caller, Context.Now));
        Served.Done(
            row,
            book,
            frame.MarketOpen
                ? $"Closing: {exposure.Held:0.####} shares are sold at market."
                : $"Closing: {exposure.Held:0.####} shares are sold at the next open; protection stays until then."
        );
    }
}
