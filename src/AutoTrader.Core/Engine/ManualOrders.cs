using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Engine;

/// <summary>Orders of people and schedules: placed as commands ask for them, taken back by what bars them.</summary>
internal sealed class ManualOrders(CycleContext context, PreTradeRisk admission, DecisionConditions conditions, Committer committer, SendQueue queue)
{
    /// <summary>A kill switch, the daily loss limit and a close, whose sale they would bar, take resting buys of people and schedules back too.</summary>
    public void TakeBack()
    {
        foreach (var owner in context.Set.Unmanaged)
        {
            if ((conditions.Barred ?? (context.MarketOpen && conditions.IsClosing(owner.Symbol) ? "the symbol is being closed" : null)) is not { } barred)
            {
                continue;
            }

            foreach (var order in owner.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false, Role: OrderRole.Manual, Terms.Side: OrderSide.Buy }).Take(CommandHandler.CancelsAtOnce).ToList())
            {
                owner.Set(order with { CancelRequestedAt = context.Now, Note = barred });
            }
        }
    }

    /// <summary>Places the orders that commands asked for: a few are committed together, then sent one by one.</summary>
    public async Task PlaceAsync(CommandHandler commands)
    {
        admission.Refresh();
        foreach (var batch in commands.ManualOrders.Chunk(context.Options.EntriesAhead))
        {
            var known = await Task.WhenAll(batch.Select(item => IsKnownAsync(item.Owner, item.Order, item.Command.Value)));
            var admitted = new List<(Owner Owner, Order Order)>();
            foreach (var ((owner, order, command), isKnown) in batch.Zip(known).Where(item => !item.First.Owner.IsStale))
            {
                if (isKnown)
                {
                    commands.Answer(command, owner, CommandStatus.Done, null, "The order was placed already.");
                }
                else if (Admit(commands, owner, order, command))
                {
                    admitted.Add((owner, order));
                }
            }

            if (admitted.Count > 0)
            {
                await queue.CommitAndSendEntriesAsync(admitted);
            }

            await committer.CommitAsync(batch.Select(item => item.Owner).Distinct().Where(owner => owner is { IsDirty: true, IsStale: false }));
        }
    }

    // The same key again: also long after its order ended.
    private async Task<bool> IsKnownAsync(Owner owner, Order order, EngineCommand command) => owner.Find(order.ClientOrderId) is not null
        || (command.MayRepeat(context.Now) && await context.Ports.Trading.ReadAsync<Order>(context.Ports.Broker.AccountKey, TradingKey.Done(order), context.Cancellation) is not null);

    private bool Admit(CommandHandler commands, Owner owner, Order order, Row<EngineCommand> command)
    {
        if (admission.Check(owner, order.Terms, null) is { } refusal)
        {
            commands.Answer(command, owner, CommandStatus.Refused, refusal.Code, refusal.Message);
            return false;
        }

        context.Set.Add(owner, order);
        commands.Answer(command, owner, CommandStatus.Done, null, "The order was committed.");
        context.Decide(owner, "manual", Words.Of(order.Terms));
        return true;
    }
}
