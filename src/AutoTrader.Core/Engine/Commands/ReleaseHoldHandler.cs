using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Lets a symbol be decided about again that was held for a corporate action.</summary>
internal sealed class ReleaseHoldHandler(CycleContext context, CorporateActions actions, ServedCommands served)
{
    public void Handle(Row<CommandEnvelope> row, ReleaseHold command)
    {
        var symbol = command.Symbol;
        if (!context.Holds.Remove(symbol, out var hold))
        {
            served.Refuse(row, null, "NOT_FOUND", $"{symbol} is not held.");
            return;
        }

        if (hold.Split is { } split)
        {
            actions.Release(split);
        }

        context.State = context.State with
        {
            Quotes = context.State.Quotes.Where(pair => pair.Key != symbol).ToDictionary(StringComparer.Ordinal),
        };
        served.Done(row, null, $"{symbol} is decided about again, in the quantities and prices of now.");
    }
}
