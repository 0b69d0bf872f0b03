using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>
/// Serves the commands to accept a difference of cash: what the user saw, and nothing else, becomes an entry of the ledger. Where cash
/// could not be compared in a cycle, the command waits for the next.
/// </summary>
internal sealed class CashAcceptance(CycleContext context, CashCheck cash, ServedCommands served)
{
    // The user saw it rounded.
    private const decimal Rounding = 0.01m;

    public async Task HandleAsync()
    {
        foreach (var row in context.Set.Commands.Where(row => row.Value.Command is AcceptCash && cash.IsCompared).ToList())
        {
            var seen = ((AcceptCash)row.Value.Command).Difference;
            if (cash.Unexplained is not { } difference)
            {
                served.Complete(
                    row,
                    null,
                    CommandStatus.Refused,
                    "NO_CASH_DIFFERENCE",
                    "Fills and cash activities explain the broker's cash, or it has differed for less than two cycles: there is "
                        + "nothing to accept."
                );
            }
            else if (Math.Abs(difference - seen) > Rounding)
            {
                served.Complete(
                    row,
                    null,
                    CommandStatus.Refused,
                    "CASH_DIFFERENCE_CHANGED",
                    $"The difference is {difference:+0.00;-0.00}, not {seen:+0.00;-0.00;0.00}. Look at it again, then "
                        + "accept that amount."
                );
            }
            else
            {
                await AcceptAsync(row, difference);
            }
        }
    }

    private async Task AcceptAsync(Row<CommandEnvelope> row, decimal difference)
    {
        var command = row.Value;
        var adjustment = new CashActivity
        {
            Id = "accepted-" + command.Id,
            Kind = CashActivityKind.Adjustment,
            Type = "accepted",
            Amount = difference,
            Day = context.Day,
            Note = command.Reason,
            AcceptedBy = command.Caller,
            AcceptedAt = context.Now,
        };
        var answered = command with
        {
            Status = CommandStatus.Done,
            Outcome = $"{difference:+0.00;-0.00} is booked as {adjustment.Id}.",
            HandledAt = context.Now,
        };
        if (await cash.BookAsync(adjustment, answered.Served(row.Version)))
        {
            context.Journal.Publish(
                EngineEventKind.CommandHandled,
                null,
                null,
                $"{WireNames.Of(command.Command.Kind)}: {answered.Outcome}"
            );
        }
    }
}
