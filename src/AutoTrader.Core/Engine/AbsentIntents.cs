using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>Intents that the broker certainly does not have: sent after all, priced anew, or given up (docs/trading-rules.md, "Repair").</summary>
internal sealed class AbsentIntents(CycleContext context, IntentRepair repair, OrderDispatch dispatch, DecisionConditions conditions, Committer committer, SendQueue queue)
{
    public async Task SettleAsync()
    {
        foreach (var (owner, clientOrderId) in repair.Absent)
        {
            Settle(owner, owner.Find(clientOrderId));
            await committer.CommitIfLargeAsync(owner);
        }
    }

    private void Settle(Owner owner, Order? order)
    {
        if (order is not { IsWorking: true } || context.Request.DryRun)
        {
            return;
        }

        switch (order.Role)
        {
            case var _ when order.IsCancelWanted:
                dispatch.Abandon(owner, order, order.Note ?? "canceled before it was sent");
                break;
            case not OrderRole.Manual when owner is not StrategyOwner && order.StrategyId != Order.ManualOwner:
                dispatch.Abandon(owner, order, "its strategy is gone");
                break;
            case OrderRole.Entry when WhyNotSend(owner, order) is { } why:
                dispatch.Abandon(owner, order, why);
                break;
            case OrderRole.Manual when order.Terms.Side == OrderSide.Buy && conditions.Barred is { } barred:
                dispatch.Abandon(owner, order, barred);
                break;
            case OrderRole.Manual when context.Now > order.SubmitBy:
                dispatch.Abandon(owner, order, "its time to be sent had passed");
                break;
            case OrderRole.Exit when !context.MarketOpen || context.Holds.ContainsKey(order.Terms.Symbol):
                dispatch.Abandon(owner, order, context.MarketOpen ? "the symbol is held" : "the market closed before it was sent");
                break;
            case OrderRole.Protection or OrderRole.Target when owner is StrategyOwner strategy:
                PriceAnew(strategy, order);
                break;
            default:
                SendAgain(owner, order);
                break;
        }
    }

    // Committed before it is sent: should the process end here, the order counts as in flight from now.
    private void SendAgain(Owner owner, Order order)
    {
        owner.Set(order with { LastAttemptAt = context.Now, AbsentAt = null });
        queue.Add(owner, order);
    }

    private string? WhyNotSend(Owner owner, Order order)
    {
        var strategy = ((StrategyOwner)owner).Strategy;
        var price = context.Quotes?.Of(owner.Symbol);
        return this switch
        {
            _ when !strategy.MayEnter || order.IsCancelWanted => "the strategy may not enter any more",
            _ when conditions.Barred is { } barred => barred,
            _ when context.Holds.ContainsKey(owner.Symbol) => "the symbol is held",
            _ when context.Now > order.SubmitBy || context.Session is not { } session || order.DecidedAt < session.Open => "its time to be sent had passed",
            _ when context.ExchangeClosed => "the exchange does not trade",
            _ when price is null => "there is no valid quote",
            _ when order.DecisionMid is { } mid && Math.Abs(price.Value.Mid - mid) * 100 >= context.Options.MaxIntentDriftPct * mid => "the price has moved away since it was decided",
            _ => null,
        };
    }

    private void PriceAnew(StrategyOwner owner, Order order)
    {
        var others = owner.Orders.Where(other => other.ClientOrderId != order.ClientOrderId && other.ClientOrderId != order.Replaces).ToList();
        var view = new StrategyView(owner.Strategy, others, context.Quotes?.Of(owner.Symbol), conditions.Of(owner));
        var exposure = Exposure.Of(owner.Strategy, others);
        var plan = exposure.Uncovered >= 1 && order.Replaces is null && !(context.MarketOpen && owner.Strategy.Closing is not null) ? Protection.Cover(view, exposure) : Decision.None;
        var terms = plan.Place.FirstOrDefault(candidate => candidate.Slot == order.Slot)?.Terms;
        if (terms is null)
        {
            dispatch.Abandon(owner, order, "it is not needed any more");
            if (order.Replaces is { } replaced && owner.Find(replaced) is { Status: OrderStatus.PendingReplace } predecessor)
            {
                owner.Set(predecessor with { Status = OrderStatus.Accepted });
            }

            return;
        }

        SendAgain(owner, order with { Terms = terms, Status = OrderStatus.Intended, DecidedAt = context.Now });
    }
}
