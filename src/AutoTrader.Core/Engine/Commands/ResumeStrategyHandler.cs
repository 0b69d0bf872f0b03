using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Ends the pause of a strategy.</summary>
internal sealed class ResumeStrategyHandler(CycleContext context, ServedCommands served)
    : StrategyCommandHandler<ResumeStrategy>(context, served)
{
    protected override void Handle(Row<CommandEnvelope> row, ResumeStrategy command, StrategyBook book)
    {
        var strategy = book.Strategy;
        if (strategy.PauseReason is null)
        {
            Served.Refuse(row, book, "STRATEGY_NOT_PAUSED", $"{strategy.Id} is not paused.");
            return;
        }

        Context.Change(book, strategy.Resume());
        Served.Done(row, book, Resumed(strategy));
    }

    private static string Resumed(Strategy strategy) =>
        (
            strategy switch
            {
                { IsCoolingDown: true } => "Resumed; it arms itself anew when its cooldown is over.",
                { IsTerminal: true } => $"Resumed; it is {WireNames.Of(strategy.Phase)} until it is enabled.",
                _ => $"Resumed; it goes on {WireNames.Of(strategy.Phase)}.",
            }
        ) + (strategy.Enabled ? string.Empty : " It stays disabled until it is enabled.");
}
