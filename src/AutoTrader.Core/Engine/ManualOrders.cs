using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Engine;

/// <summary>Orders of people and schedules: placed as wishes ask for them, taken back by what bars them.</summary>
internal sealed class ManualOrders(CycleContext context, Admission admission, DecisionConditions conditions, Committer committer, SendQueue queue)
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

            foreach (var order in owner.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false, Role: OrderRole.Manual, Terms.Side: OrderSide.Buy }).Take(WishService.CancelsAtOnce).ToList())
            {
                owner.Set(order with { CancelRequestedAt = context.Now, Note = barred });
            }
        }
    }

    /// <summary>Places the orders that wishes asked for: a few are committed together, then sent one by one.</summary>
    public async Task PlaceAsync(WishService wishes)
    {
        admission.Refresh();
        foreach (var batch in wishes.ManualOrders.Chunk(context.Options.EntriesAhead))
        {
            var known = await Task.WhenAll(batch.Select(item => IsKnownAsync(item.Owner, item.Order, item.Wish.Value)));
            var admitted = new List<(Owner Owner, Order Order)>();
            foreach (var ((owner, order, wish), isKnown) in batch.Zip(known).Where(item => !item.First.Owner.IsStale))
            {
                if (isKnown)
                {
                    wishes.Answer(wish, owner, WishStatus.Done, null, "The order was placed already.");
                }
                else if (Admit(wishes, owner, order, wish))
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
    private async Task<bool> IsKnownAsync(Owner owner, Order order, Wish wish) => owner.Find(order.ClientOrderId) is not null
        || (wish.MayRepeat(context.Now) && await context.Ports.Trading.ReadAsync<Order>(context.Ports.Broker.AccountKey, TradingKey.Done(order), context.Cancellation) is not null);

    private bool Admit(WishService wishes, Owner owner, Order order, Row<Wish> wish)
    {
        if (admission.Check(owner, order.Terms, null) is { } refusal)
        {
            wishes.Answer(wish, owner, WishStatus.Refused, refusal.Code, refusal.Message);
            return false;
        }

        context.Set.Add(owner, order);
        wishes.Answer(wish, owner, WishStatus.Done, null, "The order was committed.");
        context.Decide(owner, "manual", Words.Of(order.Terms));
        return true;
    }
}
