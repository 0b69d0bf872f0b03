using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Lets a symbol be decided about again that was held for a corporate action.</summary>
internal sealed class ReleaseHoldHandler(CycleContext context, CycleFrame frame, ServedCommands served)
{
    public void Handle(Row<CommandEnvelope> row, ReleaseHold command)
    {
        var symbol = command.Symbol;
        if (!frame.Holds.TryGetValue(symbol, out var hold) || served.Released.ContainsKey(symbol))
        {
            served.Refuse(row, null, "NOT_FOUND", $"{symbol} is not held.");
            return;
        }

        served.Release(symbol, hold.Split is { } split && new SplitApplication(context).Release(split, frame));
        served.Done(row, null, $"{symbol} is decided about again, in the quantities and prices of now.");
    }
}
