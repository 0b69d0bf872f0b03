using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>What is asked of one strategy: what it may enter, and how it comes to an end.</summary>
internal sealed class StrategyCommandHandler(CycleContext context, CycleFrame frame, ServedCommands served)
{
    public void Handle(Row<CommandEnvelope> row, StrategyCommand command)
    {
        if (context.Set.IsSetAside(command.StrategyId))
        {
            return;
        }

        if (context.Set.Strategy(command.StrategyId) is not { IsDeleted: false } book)
        {
            served.Refuse(row, null, "STRATEGY_NOT_FOUND", $"There is no strategy {command.StrategyId}.");
            return;
        }

        if (row.Value.Occurrence is { } occurrence)
        {
            if (HandledOccurrences.Covers(book.Strategy.LastOccurrence, LaneOf(command), occurrence))
            {
                served.Done(row, book, "This occurrence was served already, or a later one was.");
                return;
            }

            // Also of one that is refused below: it must not be carried out hours later, when the reason is gone.
            context.Change(
                book,
                book.Strategy with
                {
                    LastOccurrence = HandledOccurrences.Add(book.Strategy.LastOccurrence, LaneOf(command), occurrence),
                }
            );
        }

        switch (command)
        {
            case PauseStrategy:
                Pause(row, book, book.Strategy);
                break;
            case ResumeStrategy:
                Resume(row, book, book.Strategy);
                break;
            case EnableStrategy:
                Enable(row, book, book.Strategy);
                break;
            case DisableStrategy:
                context.Change(book, book.Strategy with { Enabled = false });
                served.Done(row, book, "Disabled: entries stop, protection runs on.");
                break;
            case CloseStrategy:
                Close(row, book, book.Strategy);
                break;
            case DeleteStrategy delete:
                Delete(row, delete, book, book.Strategy);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{command.Kind} has no handler.");
        }
    }

    /// <summary>Whether the occurrence that asks was served before: asked for again, after its answer was forgotten, it is not late but
    /// done.</summary>
    public bool WasServed(CommandEnvelope envelope) =>
        envelope is { Occurrence: { } occurrence, Command: StrategyCommand command }
        && context.Set.Strategy(command.StrategyId) is { IsDeleted: false } book
        && HandledOccurrences.Covers(book.Strategy.LastOccurrence, LaneOf(command), occurrence);

    // What undoes each other is one lane; a close is undone by nothing.
    private static string LaneOf(StrategyCommand command) =>
        command switch
        {
            EnableStrategy or DisableStrategy => "enabled",
            PauseStrategy or ResumeStrategy => "paused",
            _ => WireNames.Of(command.Kind),
        };

    private void Pause(Row<CommandEnvelope> row, StrategyBook book, Strategy strategy)
    {
        // Also of one that has ended: it may arm itself anew, or a schedule may.
        context.Change(book, strategy.Pause(row.Value.Reason ?? "paused by " + row.Value.Caller));
        served.Done(
            row,
            book,
            strategy.IsTerminal
                ? $"Paused: it is {WireNames.Of(strategy.Phase)}, and buys nothing until it is resumed."
                : "Paused: entries stop, protection runs on."
        );
    }

    private void Resume(Row<CommandEnvelope> row, StrategyBook book, Strategy strategy)
    {
        if (strategy.PauseReason is null)
        {
            served.Refuse(row, book, "STRATEGY_NOT_PAUSED", $"{strategy.Id} is not paused.");
            return;
        }

        context.Change(book, strategy.Resume());
        served.Done(row, book, Resumed(strategy));
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

    private void Enable(Row<CommandEnvelope> row, StrategyBook book, Strategy strategy)
    {
        // What it may still hold is protected and sold whether it is enabled or not.
        if (frame.WhyNotTradable(strategy.Symbol, context.Day) is { } why)
        {
            served.Refuse(row, book, Attention.NotTradable, $"{strategy.Symbol} cannot be bought: {why}.");
            return;
        }

        // It would be armed and wait for ever.
        if (strategy.BuysNothing)
        {
            var field = strategy.StrategyType == StrategyType.Grid ? "grid_config.qty_per_level" : "quantity";
            served.Refuse(
                row,
                book,
                "NOTHING_TO_BUY",
                $"{strategy.Id} buys nothing: a split has left its {field} at 0. Set another, then enable it."
            );
            return;
        }

        if (
            (!strategy.Enabled || strategy.IsTerminal)
            && context.Set.Strategies.FirstOrDefault(other => !other.IsDeleted && other.Strategy.Occupies(strategy)) is { } taken
        )
        {
            served.Refuse(
                row,
                book,
                "SYMBOL_TAKEN",
                $"{taken.Id} trades {strategy.Symbol} already. Disable it first, or set allow_shared_symbol of {strategy.Id} to let both."
            );
            return;
        }

        var exposure = book.Exposure();
        if (strategy.IsTerminal && exposure is { Held: < 1, WorkingOrders: 0 })
        {
            context.Change(book, Started(strategy.ArmAnew(ClientOrderIds.NextArm(strategy.Id, strategy.Arm))));
            served.Done(row, book, "Enabled and armed anew." + StaysPaused(strategy));
            return;
        }

        context.Change(book, Started(strategy));
        served.Done(row, book, "Enabled." + StaysPaused(strategy));

        // What was scheduled once has come: the strategy does not look scheduled any more.
        Strategy Started(Strategy it) =>
            row.Value.Occurrence is null || it.ScheduleAt is null
                ? it with
                {
                    Enabled = true,
                }
                : it with
                {
                    Enabled = true,
                    ScheduleEnabled = false,
                    ScheduleAt = null,
                };
    }

    private static string StaysPaused(Strategy strategy) =>
        strategy.PauseReason is { } reason ? $" It stays paused ({reason}) until it is resumed." : string.Empty;

    private void Close(Row<CommandEnvelope> row, StrategyBook book, Strategy strategy)
    {
        var exposure = book.Exposure();
        if (exposure is { Held: < 1, WorkingOrders: 0 })
        {
            context.Change(book, strategy.Resume() with { Enabled = false });
            served.Done(
                row,
                book,
                exposure.Held > 0
                    ? $"{exposure.Held:0.####} of a share is held, which no order can sell, and no order works; it is disabled. Deleted, "
                        + "it leaves the fraction as unmanaged."
                    : "Nothing is held and no order works; it is disabled."
            );
            return;
        }

        context.Change(book, strategy.Out(row.Value.Reason ?? "close asked for by " + row.Value.Caller, context.Now));
        served.Done(
            row,
            book,
            frame.MarketOpen
                ? $"Closing: {exposure.Held:0.####} shares are sold at market."
                : $"Closing: {exposure.Held:0.####} shares are sold at the next open; protection stays until then."
        );
    }

    // Served over as many cycles as its orders take to end; the command stays pending until then.
    private void Delete(Row<CommandEnvelope> row, DeleteStrategy command, StrategyBook book, Strategy strategy)
    {
        var exposure = book.Exposure();
        // A fraction below one share, as splits left them once, cannot be closed: it goes along.
        if (exposure.Held >= 1 && !command.Force)
        {
            served.Refuse(
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
            served.DeleteLater(book);
            context.Change(book, strategy with { Enabled = false });
            book.CancelWorking("the strategy is deleted", context.Now);
            return;
        }

        // What it earned and did today stays in the account's sums.
        var unmanaged = context.Set.UnmanagedOf(book.Symbol);
        unmanaged.Set(unmanaged.Holding.Merge(strategy.Holding));
        served.Delete(book, unmanaged);
        book.IsDeleted = true;
        served.Done(row, book, exposure.Held > 0 ? $"Deleted; {exposure.Held:0.####} {book.Symbol} are unmanaged now." : "Deleted.");
    }
}
