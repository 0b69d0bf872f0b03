using AutoTrader.Core.Engine.Execute;
using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Commands;

/// <summary>Serves what the services asked for; what a command changes and its answer commit together.</summary>
internal sealed class CommandHandler(CycleContext context, PreTradeRisk admission)
{
    /// <summary>Cancels that one book marks at once: with the rest of its changes they fit one entity group; the others follow.</summary>
    public const int CancelsAtOnce = 40;

    /// <summary>Manual orders that were admitted and are to be committed and sent.</summary>
    public List<(Book Book, Order Order, Row<EngineCommand> Command)> ManualOrders { get; } = [];

    /// <summary>Sales of unmanaged shares that a flatten of the whole account needs.</summary>
    public List<(Book Book, Order Order)> Sales { get; } = [];

    /// <summary>Strategies that go, each with the unmanaged shares that take over what it holds: they commit together.</summary>
    public List<(StrategyBook Strategy, UnmanagedBook Heir)> Deletions { get; } = [];

    /// <summary>Answers that belong to no book, to be written on their own; and served commands that are old.</summary>
    public List<TradingWrite> Loose { get; } = [];

    private Book? _answered;

    public async Task HandleAsync(Committer committer)
    {
        foreach (var row in context.Set.Commands)
        {
            var command = row.Value;
            if (command.ExpiresAt is { } latest && context.Now > latest && !WasServed(command))
            {
                Refuse(row, null, "COMMAND_EXPIRED", "It was not served in time.");
                continue;
            }

            _answered = null;
            Handle(row);
            if (_answered is not null and not StrategyBook { IsDeleted: true })
            {
                await committer.CommitIfLargeAsync(_answered);
            }
        }

        Loose.AddRange(
            context
                .Set.HandledCommands.Where(row => row.Value.HandledAt < context.Now - EngineCommand.KeptFor)
                .Take(50)
                .Select(row => new TradingWrite(TradingKey.Command(row.Value.Id), null, row.Version))
        );
    }

    // An occurrence that is asked for again, after its answer was forgotten, is not late but done.
    private bool WasServed(EngineCommand command) =>
        command is { Occurrence: { } occurrence, Target: { } id }
        && context.Set.Strategy(id) is { IsDeleted: false } book
        && HandledOccurrences.Covers(book.Strategy.LastOccurrence, LaneOf(command.Kind), occurrence);

    private void Handle(Row<EngineCommand> row)
    {
        switch (row.Value.Kind)
        {
            case CommandKind.PlaceOrder:
                PlaceOrder(row);
                break;
            case CommandKind.CancelOrder:
                CancelOrder(row);
                break;
            case CommandKind.Flatten:
                Flatten(row);
                break;
            case CommandKind.ReleaseHold:
                ReleaseHold(row);
                break;
            case CommandKind.AcceptCash:
                // Served by the check of cash, with the entry that it books.
                break;
            default:
                HandleStrategy(row);
                break;
        }
    }

    /// <summary>Answers that a manual order was committed, or why not.</summary>
    public void Complete(Row<EngineCommand> row, Book? book, CommandStatus status, string? code, string outcome)
    {
        var answered = row.Value with { Status = status, Code = code, Outcome = outcome, HandledAt = context.Now };
        if (book is null)
        {
            Loose.Add(new(TradingKey.Command(answered.Id), answered, row.Version));
        }
        else
        {
            book.Complete(row, answered);
            _answered = book;
        }

        context.Publish(
            EngineEventKind.CommandHandled,
            book?.Id,
            book?.Symbol,
            $"{WireNames.Of(answered.Kind)} {answered.Target ?? answered.ClientOrderId}: {outcome}"
        );
    }

    private void Refuse(Row<EngineCommand> row, Book? book, string code, string why) =>
        Complete(row, book, CommandStatus.Refused, code, why);

    private void Done(Row<EngineCommand> row, Book? book, string outcome) => Complete(row, book, CommandStatus.Done, null, outcome);

    private void HandleStrategy(Row<EngineCommand> row)
    {
        var command = row.Value;
        if (context.Set.IsSetAside(command.Target ?? string.Empty))
        {
            return;
        }

        if (context.Set.Strategy(command.Target ?? string.Empty) is not { IsDeleted: false } book)
        {
            Refuse(row, null, "STRATEGY_NOT_FOUND", $"There is no strategy {command.Target}.");
            return;
        }

        if (command.Occurrence is { } occurrence)
        {
            if (HandledOccurrences.Covers(book.Strategy.LastOccurrence, LaneOf(command.Kind), occurrence))
            {
                Done(row, book, "This occurrence was served already, or a later one was.");
                return;
            }

            // Also of one that is refused below: it must not be carried out hours later, when the reason is gone.
            context.Change(
                book,
                book.Strategy with
                {
                    LastOccurrence = HandledOccurrences.Add(book.Strategy.LastOccurrence, LaneOf(command.Kind), occurrence),
                }
            );
        }

        var strategy = book.Strategy;
        switch (command.Kind)
        {
            case CommandKind.PauseStrategy:
                // Also of one that has ended: it may arm itself anew, or a schedule may.
                context.Change(book, strategy with { PauseReason = command.Reason ?? "paused by " + command.Caller });
                Done(
                    row,
                    book,
                    strategy.IsTerminal
                        ? $"Paused: it is {WireNames.Of(strategy.Phase)}, and buys nothing until it is resumed."
                        : "Paused: entries stop, protection runs on."
                );
                break;
            case CommandKind.ResumeStrategy when strategy.PauseReason is null:
                Refuse(row, book, "STRATEGY_NOT_PAUSED", $"{strategy.Id} is not paused.");
                break;
            case CommandKind.ResumeStrategy:
                context.Change(book, strategy with { PauseReason = null });
                Done(row, book, Resumed(strategy));
                break;
            case CommandKind.DisableStrategy:
                context.Change(book, strategy with { Enabled = false });
                Done(row, book, "Disabled: entries stop, protection runs on.");
                break;
            case CommandKind.EnableStrategy:
                Enable(row, book, strategy);
                break;
            case CommandKind.CloseStrategy:
                Close(row, book, strategy);
                break;
            case CommandKind.DeleteStrategy:
                Delete(row, book, strategy);
                break;
            default:
                Refuse(row, book, "UNEXPECTED", $"This version does not know the command {WireNames.Of(command.Kind)}.");
                break;
        }
    }

    // What undoes each other is one lane; a close is undone by nothing.
    private static string LaneOf(CommandKind kind) =>
        kind switch
        {
            CommandKind.EnableStrategy or CommandKind.DisableStrategy => "enabled",
            CommandKind.PauseStrategy or CommandKind.ResumeStrategy => "paused",
            _ => WireNames.Of(kind),
        };

    private void Enable(Row<EngineCommand> row, StrategyBook book, Strategy strategy)
    {
        // What it may still hold is protected and sold whether it is enabled or not.
        if (context.WhyNotTradable(strategy.Symbol) is { } why)
        {
            Refuse(row, book, SymbolCheck.NotTradable, $"{strategy.Symbol} cannot be bought: {why}.");
            return;
        }

        var exposure = book.Exposure();
        if (strategy.IsTerminal && exposure is { Held: < 1, WorkingOrders: 0 })
        {
            context.Change(book, Started(strategy.ArmAnew(ClientOrderIds.NextArm(strategy.Id, strategy.Arm))));
            Done(row, book, "Enabled and armed anew." + StaysPaused(strategy));
            return;
        }

        context.Change(book, Started(strategy));
        Done(row, book, "Enabled." + StaysPaused(strategy));

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

    private static string Resumed(Strategy strategy) =>
        (
            strategy switch
            {
                { IsCoolingDown: true } => "Resumed; it arms itself anew when its cooldown is over.",
                { IsTerminal: true } => $"Resumed; it is {WireNames.Of(strategy.Phase)} until it is enabled.",
                _ => $"Resumed; it goes on {WireNames.Of(strategy.Phase)}.",
            }
        ) + (strategy.Enabled ? string.Empty : " It stays disabled until it is enabled.");

    private void Close(Row<EngineCommand> row, StrategyBook book, Strategy strategy)
    {
        var exposure = book.Exposure();
        if (exposure is { Held: < 1, WorkingOrders: 0 })
        {
            context.Change(book, strategy with { Enabled = false });
            Done(row, book, "Nothing is held and no order works; it is disabled.");
            return;
        }

        context.Change(book, strategy.Out(row.Value.Reason ?? "close asked for by " + row.Value.Caller, context.Now));
        Done(
            row,
            book,
            context.MarketOpen
                ? $"Closing: {exposure.Held:0.####} shares are sold at market."
                : $"Closing: {exposure.Held:0.####} shares are sold at the next open; protection stays until then."
        );
    }

    // Served over as many cycles as its orders take to end; the command stays pending until then.
    private void Delete(Row<EngineCommand> row, StrategyBook book, Strategy strategy)
    {
        var exposure = book.Exposure();
        if (exposure.Held > 0 && !row.Value.WholeAccount)
        {
            Refuse(
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
            context.Deleting.Add(book.Id);
            context.Change(book, strategy with { Enabled = false });
            foreach (
                var order in book.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false }).Take(CancelsAtOnce).ToList()
            )
            {
                book.Set(order with { CancelRequestedAt = context.Now, Note = "the strategy is deleted" });
            }

            return;
        }

        // What it earned and did today stays in the account's sums.
        var unmanaged = context.Set.UnmanagedOf(book.Symbol);
        unmanaged.Set(unmanaged.Holding.Merge(strategy.Holding));
        Deletions.Add((book, unmanaged));
        book.IsDeleted = true;
        Done(row, book, exposure.Held > 0 ? $"Deleted; {exposure.Held:0.####} {book.Symbol} are unmanaged now." : "Deleted.");
    }

    private void PlaceOrder(Row<EngineCommand> row)
    {
        var command = row.Value;
        if (command is not { Order: { } terms, ClientOrderId: { } id })
        {
            Refuse(row, null, "VALIDATION_ERROR", "The command carries no order.");
            return;
        }

        var book = context.Set.UnmanagedOf(terms.Symbol);
        if (context.Set.BookOf(id) is not null)
        {
            Done(row, book, "The order was placed already.");
            return;
        }

        var order = new Order
        {
            ClientOrderId = id,
            StrategyId = Order.ManualOwner,
            Arm = string.Empty,
            Sequence = 0,
            Role = OrderRole.Manual,
            Terms = terms,
            DecidedAt = context.Now,
            SubmitBy = context.Now + context.Options.MaxIntentAge,
            RequestHash = command.RequestHash,
            Note = command.Reason ?? "placed by " + command.Caller,
        };
        ManualOrders.Add((book, order, row));
    }

    private void CancelOrder(Row<EngineCommand> row)
    {
        var id = row.Value.Target ?? string.Empty;
        var book = context.Set.BookOf(id)
            ?? context.Set.Books.FirstOrDefault(candidate => candidate.Orders.Any(order => order.BrokerOrderId == id));
        var order = book?.Find(id) ?? book?.Orders.FirstOrDefault(candidate => candidate.BrokerOrderId == id);
        if (book is null || order is null)
        {
            Refuse(row, null, "ORDER_NOT_FOUND", $"No working order has the id {id}.");
        }
        else if (!order.IsWorking)
        {
            Refuse(row, book, "CANCEL_FAILED", $"The order is {WireNames.Of(order.Status)} already.");
        }
        else if (order.Role is OrderRole.Protection or OrderRole.Target && book is StrategyBook { Strategy.Closing: null })
        {
            Refuse(
                row,
                book,
                "PROTECTIVE_ORDER",
                "The order protects or sells shares that the strategy holds, and would be placed again. Close the strategy instead."
            );
        }
        else
        {
            book.Set(order with { CancelRequestedAt = order.CancelRequestedAt ?? context.Now, Note = "canceled by " + row.Value.Caller });
            var outcome = "The cancel was asked for.";
            if (book is StrategyBook strategy && order.Role == OrderRole.Entry)
            {
                context.Change(strategy, strategy.Strategy with { PauseReason = $"its entry was canceled by {row.Value.Caller}" });
                outcome += $" Strategy {book.Id} is paused and buys nothing until it is resumed: POST /api/strategies/{book.Id}/resume.";
            }

            Done(row, book, outcome);
        }
    }

    private void Flatten(Row<EngineCommand> row)
    {
        var closing = 0;
        foreach (var book in context.Set.Strategies)
        {
            var exposure = book.Exposure();
            if (exposure is not { Held: < 1, WorkingOrders: 0 })
            {
                closing += book.Strategy.Closing is null ? 1 : 0;
                context.Change(book, book.Strategy.Out(row.Value.Reason ?? "flatten", context.Now));
            }
            else if (book.Strategy.IsCoolingDown)
            {
                // It has just sold, and would buy again in minutes.
                context.Change(book, book.Strategy with { Enabled = false });
            }
        }

        if (!row.Value.WholeAccount)
        {
            Done(row, null, $"{closing} strategies are closing; unmanaged shares stay.");
        }
        else if (context.Set.Unmanaged.ToList().TrueForAll(book => SellUnmanaged(book, row.Value)))
        {
            Done(row, null, "Strategies are closing, unmanaged shares are sold.");
        }
    }

    // Served over as many cycles as the orders that hold the shares take to end; the command stays pending until then.
    private bool SellUnmanaged(UnmanagedBook book, EngineCommand command)
    {
        foreach (
            var order in book
                .Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false } && order.RequestHash != command.Id)
                .Take(CancelsAtOnce)
                .ToList()
        )
        {
            book.Set(order with { CancelRequestedAt = context.Now, Note = "flatten" });
        }

        var quantity = Math.Floor(
            book.Holding.Quantity
                - book.Orders.Where(order => order.Terms.Side == OrderSide.Sell)
                    .Sum(order => order.OpenQuantity + order.UnexplainedQuantity)
        );
        var sale = new Order
        {
            ClientOrderId = ClientOrderIds.ForManual(
                command.Caller,
                FormattableString.Invariant($"{command.Id} {book.Symbol} {context.Now:O}")
            ),
            StrategyId = Order.ManualOwner,
            Arm = string.Empty,
            Sequence = 0,
            Role = OrderRole.Manual,
            Terms = new()
            {
                Symbol = book.Symbol,
                Side = OrderSide.Sell,
                Quantity = quantity,
                Type = OrderType.Market,
            },
            DecidedAt = context.Now,
            SubmitBy = context.Now + context.Options.MaxIntentAge,
            RequestHash = command.Id,
            Note = "flatten",
        };
        if (quantity >= 1 && admission.Check(book, sale.Terms, null) is null)
        {
            context.Set.Add(book, sale);
            Sales.Add((book, sale));
        }

        return book.Orders.All(order => !order.IsCancelWanted);
    }

    private void ReleaseHold(Row<EngineCommand> row)
    {
        var symbol = row.Value.Target ?? string.Empty;
        if (!context.Holds.Remove(symbol, out var hold))
        {
            Refuse(row, null, "NOT_FOUND", $"{symbol} is not held.");
            return;
        }

        if (hold.Split is { } split)
        {
            // The broker ignored the split: shares and prices stay as they are, and it is not waited for again.
            foreach (var book in context.Set.Books.Where(book => book.Symbol == symbol))
            {
                book.PassOver(split);
            }
        }

        context.State = context.State with
        {
            Quotes = context.State.Quotes.Where(pair => pair.Key != symbol).ToDictionary(StringComparer.Ordinal),
        };
        Done(row, null, $"{symbol} is decided about again, in the quantities and prices of now.");
    }
}
