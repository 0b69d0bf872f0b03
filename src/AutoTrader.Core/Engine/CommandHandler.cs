using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>Serves what the services asked for; what a command changes and its answer commit together.</summary>
internal sealed class CommandHandler(CycleContext context, PreTradeRisk admission)
{
    /// <summary>Cancels that one owner marks at once: with the rest of its changes they fit one entity group; the others follow.</summary>
    public const int CancelsAtOnce = 40;

    /// <summary>Manual orders that were admitted and are to be committed and sent.</summary>
    public List<(Owner Owner, Order Order, Row<EngineCommand> Command)> ManualOrders { get; } = [];

    /// <summary>Sales of unmanaged shares that a flatten of the whole account needs.</summary>
    public List<(Owner Owner, Order Order)> Sales { get; } = [];

    /// <summary>Strategies that go, each with the unmanaged shares that take over what it holds: they commit together.</summary>
    public List<(StrategyOwner Strategy, UnmanagedOwner Heir)> Deletions { get; } = [];

    /// <summary>Answers that belong to no owner, to be written on their own; and served commands that are old.</summary>
    public List<TradingWrite> Loose { get; } = [];

    private Owner? _answered;

    public async Task ServeAsync(Committer committer)
    {
        foreach (var row in context.Set.Commands)
        {
            var command = row.Value;
            if (command.ServeBy is { } latest && context.Now > latest && !WasServed(command))
            {
                Refuse(row, null, "COMMAND_EXPIRED", "It was not served in time.");
                continue;
            }

            _answered = null;
            Serve(row);
            if (_answered is not null and not StrategyOwner { IsDeleted: true })
            {
                await committer.CommitIfLargeAsync(_answered);
            }
        }

        Loose.AddRange(context.Set.HandledCommands.Where(row => row.Value.ServedAt < context.Now - EngineCommand.KeptFor).Take(50)
            .Select(row => new TradingWrite(TradingKey.Command(row.Value.Id), null, row.Version)));
    }

    // An occurrence that is asked for again, after its answer was forgotten, is not late but done.
    private bool WasServed(EngineCommand command) => command is { Occurrence: { } occurrence, Target: { } id }
        && context.Set.Strategy(id) is { IsDeleted: false } owner && HandledOccurrences.Covers(owner.Strategy.LastOccurrence, LaneOf(command.Kind), occurrence);

    private void Serve(Row<EngineCommand> row)
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
                ServeStrategy(row);
                break;
        }
    }

    /// <summary>Answers that a manual order was committed, or why not.</summary>
    public void Answer(Row<EngineCommand> row, Owner? owner, CommandStatus status, string? code, string outcome)
    {
        var answered = row.Value with { Status = status, Code = code, Outcome = outcome, ServedAt = context.Now };
        if (owner is null)
        {
            Loose.Add(new(TradingKey.Command(answered.Id), answered, row.Version));
        }
        else
        {
            owner.Answer(row, answered);
            _answered = owner;
        }

        context.Tell(EngineEventKind.CommandHandled, owner?.Id, owner?.Symbol, $"{Words.Of(answered.Kind)} {answered.Target ?? answered.ClientOrderId}: {outcome}");
    }

    private void Refuse(Row<EngineCommand> row, Owner? owner, string code, string why) => Answer(row, owner, CommandStatus.Refused, code, why);

    private void Done(Row<EngineCommand> row, Owner? owner, string outcome) => Answer(row, owner, CommandStatus.Done, null, outcome);

    private void ServeStrategy(Row<EngineCommand> row)
    {
        var command = row.Value;
        if (context.Set.IsSetAside(command.Target ?? string.Empty))
        {
            return;
        }

        if (context.Set.Strategy(command.Target ?? string.Empty) is not { IsDeleted: false } owner)
        {
            Refuse(row, null, "STRATEGY_NOT_FOUND", $"There is no strategy {command.Target}.");
            return;
        }

        if (command.Occurrence is { } occurrence)
        {
            if (HandledOccurrences.Covers(owner.Strategy.LastOccurrence, LaneOf(command.Kind), occurrence))
            {
                Done(row, owner, "This occurrence was served already, or a later one was.");
                return;
            }

            // Also of one that is refused below: it must not be carried out hours later, when the reason is gone.
            context.Change(owner, owner.Strategy with { LastOccurrence = HandledOccurrences.Add(owner.Strategy.LastOccurrence, LaneOf(command.Kind), occurrence) });
        }

        var strategy = owner.Strategy;
        switch (command.Kind)
        {
            case CommandKind.PauseStrategy when strategy.IsTerminal:
                Refuse(row, owner, "STRATEGY_TERMINAL", $"{strategy.Id} is {Words.Of(strategy.Phase)}; there is nothing to pause.");
                break;
            case CommandKind.PauseStrategy:
                context.Change(owner, strategy with { PauseReason = command.Reason ?? "paused by " + command.Caller });
                Done(row, owner, "Paused: entries stop, protection runs on.");
                break;
            case CommandKind.ResumeStrategy when strategy.PauseReason is null:
                Refuse(row, owner, "STRATEGY_NOT_PAUSED", $"{strategy.Id} is not paused.");
                break;
            case CommandKind.ResumeStrategy:
                context.Change(owner, strategy with { PauseReason = null });
                Done(row, owner, $"Resumed; it goes on {Words.Of(strategy.Phase)}.");
                break;
            case CommandKind.DisableStrategy:
                context.Change(owner, strategy with { Enabled = false });
                Done(row, owner, "Disabled: entries stop, protection runs on.");
                break;
            case CommandKind.EnableStrategy:
                Enable(row, owner, strategy);
                break;
            case CommandKind.CloseStrategy:
                Close(row, owner, strategy);
                break;
            case CommandKind.DeleteStrategy:
                Delete(row, owner, strategy);
                break;
            default:
                Refuse(row, owner, "UNEXPECTED", $"This version does not know the command {Words.Of(command.Kind)}.");
                break;
        }
    }

    // What undoes each other is one lane; a close is undone by nothing.
    private static string LaneOf(CommandKind kind) => kind switch
    {
        CommandKind.EnableStrategy or CommandKind.DisableStrategy => "enabled",
        CommandKind.PauseStrategy or CommandKind.ResumeStrategy => "paused",
        _ => Words.Of(kind),
    };

    private void Enable(Row<EngineCommand> row, StrategyOwner owner, Strategy strategy)
    {
        // What it may still hold is protected and sold whether it is enabled or not.
        if (context.WhyNotTradable(strategy.Symbol) is { } why)
        {
            Refuse(row, owner, SymbolCheck.NotTradable, $"{strategy.Symbol} cannot be bought: {why}.");
            return;
        }

        var exposure = owner.Exposure();
        if (strategy.IsTerminal && exposure is { Held: < 1, WorkingOrders: 0 })
        {
            context.Change(owner, Started(strategy.ArmAnew(ClientOrderIds.NextArm(strategy.Id, strategy.Arm))));
            Done(row, owner, "Enabled and armed anew.");
            return;
        }

        context.Change(owner, Started(strategy));
        Done(row, owner, "Enabled.");

        // What was scheduled once has come: the strategy does not look scheduled any more.
        Strategy Started(Strategy it) => row.Value.Occurrence is null || it.ScheduleCron is not null
            ? it with { Enabled = true }
            : it with { Enabled = true, ScheduleEnabled = false, ScheduleAt = null };
    }

    private void Close(Row<EngineCommand> row, StrategyOwner owner, Strategy strategy)
    {
        var exposure = owner.Exposure();
        if (exposure is { Held: < 1, WorkingOrders: 0 })
        {
            context.Change(owner, strategy with { Enabled = false });
            Done(row, owner, "Nothing is held and no order works; it is disabled.");
            return;
        }

        context.Change(owner, strategy with { Closing = strategy.Closing ?? new(row.Value.Reason ?? "close asked for by " + row.Value.Caller, context.Now, Pauses: true) });
        Done(row, owner, context.MarketOpen ? $"Closing: {exposure.Held:0.####} shares are sold at market." : $"Closing: {exposure.Held:0.####} shares are sold at the next open; protection stays until then.");
    }

    // Served over as many cycles as its orders take to end; the command stays pending until then.
    private void Delete(Row<EngineCommand> row, StrategyOwner owner, Strategy strategy)
    {
        var exposure = owner.Exposure();
        if (exposure.Held > 0 && !row.Value.WholeAccount)
        {
            Refuse(row, owner, "STRATEGY_HOLDS_SHARES", $"{strategy.Id} holds {exposure.Held:0.####} {strategy.Symbol}. Close it first, or delete with force: its orders are canceled and its shares become unmanaged.");
            return;
        }

        if (owner.Orders.Any(order => order.IsWorking || order.UnexplainedQuantity != 0))
        {
            context.Deleting.Add(owner.Id);
            context.Change(owner, strategy with { Enabled = false, PauseReason = "being deleted" });
            foreach (var order in owner.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false }).Take(CancelsAtOnce).ToList())
            {
                owner.Set(order with { CancelRequestedAt = context.Now, Note = "the strategy is deleted" });
            }

            return;
        }

        // What it earned and did today stays in the account's sums.
        var unmanaged = context.Set.UnmanagedOf(owner.Symbol);
        unmanaged.Set(unmanaged.Holding.Merge(strategy.Holding));
        Deletions.Add((owner, unmanaged));
        owner.IsDeleted = true;
        Done(row, owner, exposure.Held > 0 ? $"Deleted; {exposure.Held:0.####} {owner.Symbol} are unmanaged now." : "Deleted.");
    }

    private void PlaceOrder(Row<EngineCommand> row)
    {
        var command = row.Value;
        if (command is not { Order: { } terms, ClientOrderId: { } id })
        {
            Refuse(row, null, "VALIDATION_ERROR", "The command carries no order.");
            return;
        }

        var owner = context.Set.UnmanagedOf(terms.Symbol);
        if (context.Set.OwnerOf(id) is not null)
        {
            Done(row, owner, "The order was placed already.");
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
        ManualOrders.Add((owner, order, row));
    }

    private void CancelOrder(Row<EngineCommand> row)
    {
        var id = row.Value.Target ?? string.Empty;
        var owner = context.Set.OwnerOf(id) ?? context.Set.Owners.FirstOrDefault(candidate => candidate.Orders.Any(order => order.BrokerOrderId == id));
        var order = owner?.Find(id) ?? owner?.Orders.FirstOrDefault(candidate => candidate.BrokerOrderId == id);
        if (owner is null || order is null)
        {
            Refuse(row, null, "ORDER_NOT_FOUND", $"No working order has the id {id}.");
        }
        else if (!order.IsWorking)
        {
            Refuse(row, owner, "CANCEL_FAILED", $"The order is {Words.Of(order.Status)} already.");
        }
        else if (order.Role is OrderRole.Protection && owner is StrategyOwner { Strategy.Closing: null })
        {
            Refuse(row, owner, "PROTECTIVE_ORDER", "The order protects shares that the strategy holds. Close the strategy instead.");
        }
        else
        {
            owner.Set(order with { CancelRequestedAt = order.CancelRequestedAt ?? context.Now, Note = "canceled by " + row.Value.Caller });
            if (owner is StrategyOwner strategy && order.Role == OrderRole.Entry)
            {
                context.Change(strategy, strategy.Strategy with { PauseReason = $"its entry was canceled by {row.Value.Caller}" });
            }

            Done(row, owner, "The cancel was asked for.");
        }
    }

    private void Flatten(Row<EngineCommand> row)
    {
        var closing = 0;
        foreach (var owner in context.Set.Strategies)
        {
            var exposure = owner.Exposure();
            if (exposure is not { Held: < 1, WorkingOrders: 0 } && owner.Strategy.Closing is null)
            {
                context.Change(owner, owner.Strategy with { Closing = new(row.Value.Reason ?? "flatten", context.Now, Pauses: true) });
                closing++;
            }
        }

        if (!row.Value.WholeAccount)
        {
            Done(row, null, $"{closing} strategies are closing; unmanaged shares stay.");
        }
        else if (context.Set.Unmanaged.ToList().TrueForAll(owner => SellUnmanaged(owner, row.Value)))
        {
            Done(row, null, "Strategies are closing, unmanaged shares are sold.");
        }
    }

    // Served over as many cycles as the orders that hold the shares take to end; the command stays pending until then.
    private bool SellUnmanaged(UnmanagedOwner owner, EngineCommand command)
    {
        foreach (var order in owner.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false } && order.RequestHash != command.Id).Take(CancelsAtOnce).ToList())
        {
            owner.Set(order with { CancelRequestedAt = context.Now, Note = "flatten" });
        }

        var quantity = Math.Floor(owner.Holding.Quantity - owner.Orders.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.OpenQuantity + order.UnexplainedQuantity));
        var sale = new Order
        {
            ClientOrderId = ClientOrderIds.ForManual(command.Caller, FormattableString.Invariant($"{command.Id} {owner.Symbol} {context.Now:O}")),
            StrategyId = Order.ManualOwner,
            Arm = string.Empty,
            Sequence = 0,
            Role = OrderRole.Manual,
            Terms = new() { Symbol = owner.Symbol, Side = OrderSide.Sell, Quantity = quantity, Type = OrderType.Market },
            DecidedAt = context.Now,
            SubmitBy = context.Now + context.Options.MaxIntentAge,
            RequestHash = command.Id,
            Note = "flatten",
        };
        if (quantity >= 1 && admission.Check(owner, sale.Terms, null) is null)
        {
            context.Set.Add(owner, sale);
            Sales.Add((owner, sale));
        }

        return owner.Orders.All(order => !order.IsCancelWanted);
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
            foreach (var owner in context.Set.Owners.Where(owner => owner.Symbol == symbol))
            {
                owner.PassOver(split);
            }
        }

        context.Memory = context.Memory with { Quotes = context.Memory.Quotes.Where(pair => pair.Key != symbol).ToDictionary(StringComparer.Ordinal) };
        Done(row, null, $"{symbol} is decided about again, in the quantities and prices of now.");
    }
}
