using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Pauses a strategy: it enters nothing until it is resumed.</summary>
internal sealed class PauseStrategyHandler(CycleContext context, ServedCommands served)
    : StrategyCommandHandler<PauseStrategy>(context, served)
{
    protected override void Handle(Row<CommandEnvelope> row, PauseStrategy command, StrategyBook book)
    {
        var strategy = book.Strategy;
        // Also of one that has ended: it may arm itself anew, or a schedule may.
        Context.Change(book, strategy.Pause(row.Value.Reason ?? "paused by " + row.Value.Caller));
        Served.Done(
            row,
            book,
            strategy.IsTerminal
                ? $"Paused: it is {WireNames.Of(strategy.Phase)}, and buys nothing until it is resumed."
                : "Paused: entries stop, protection runs on."
        );
    }
}
