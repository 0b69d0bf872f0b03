using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>
/// Accepts a difference of cash: what the user saw, and nothing else, becomes an entry of the ledger. Where cash could not be compared in
/// a cycle, the command waits for the next.
/// </summary>
/// <param name="context">The cycle.</param>
/// <param name="committer">Writes the entry.</param>
/// <param name="served">The answers.</param>
/// <param name="found">What the check of cash found.</param>
internal sealed class AcceptCashHandler(CycleContext context, Committer committer, ServedCommands served, CashFindings found)
{
    // The user saw it rounded.
    private const decimal Rounding = 0.01m;

    /// <summary>What is left of what was found.</summary>
    public CashFindings Findings { get; private set; } = found;

    public async Task HandleAsync(Row<CommandEnvelope> row, AcceptCash command)
    {
        if (!Findings.IsCompared)
        {
            return;
        }

        var seen = command.Difference;
        if (Findings.Unexplained is not { } difference)
        {
            served.Refuse(
                row,
                null,
                "NO_CASH_DIFFERENCE",
                "Fills and cash activities explain the broker's cash, or it has differed for less than two cycles: there is nothing to accept."
            );
        }
        else if (Math.Abs(difference - seen) > Rounding)
        {
            served.Refuse(
                row,
                null,
                "CASH_DIFFERENCE_CHANGED",
                $"The difference is {difference:+0.00;-0.00}, not {seen:+0.00;-0.00;0.00}. Look at it again, then accept that amount."
            );
        }
        else if (await AcceptAsync(row, difference))
        {
            Findings = Findings with { State = Findings.State with { Differs = 0 }, Unexplained = null };
        }
    }

    private async Task<bool> AcceptAsync(Row<CommandEnvelope> row, decimal difference)
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
        if (!await BookAsync(adjustment, answered.Served(row.Version)))
        {
            return false;
        }

        context.Journal.Publish(EngineEventKind.CommandHandled, null, null, $"{WireNames.Of(command.Command.Kind)}: {answered.Outcome}");
        return true;
    }

    // The entry and the answer are one group; another who wrote the account row or the command meanwhile has the last word.
    private async Task<bool> BookAsync(CashActivity adjustment, IEnumerable<TradingWrite> answer)
    {
        var account = context.Set.Account;
        var next = account with { Cash = account.Cash?.Add(adjustment, context.Day) };
        if (await committer.CommitAccountAsync(next, [new(TradingKey.Cash(adjustment.Id), adjustment, null), .. answer]) is not null)
        {
            await committer.ReloadAccountAsync();
            return false;
        }

        CashCheck.Publish(context, adjustment);
        return true;
    }
}
