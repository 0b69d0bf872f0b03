using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Keeps a strategy from entering; what it holds stays protected.</summary>
internal sealed class DisableStrategyHandler(CycleContext context, ServedCommands served)
    : StrategyCommandHandler<DisableStrategy>(context, served)
{
    protected override void Handle(Row<CommandEnvelope> row, DisableStrategy command, StrategyBook book)
    {
        Context.Change(book, book.Strategy with { Enabled = false });
        Served.Done(row, book, "Disabled: entries stop, protection runs on.");
    }
}
