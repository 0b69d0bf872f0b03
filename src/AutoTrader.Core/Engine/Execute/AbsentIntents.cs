using AutoTrader.Core.Engine.Decide;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Execute;

/// <summary>Intents that the broker certainly does not have: sent after all, priced anew, or given up (docs/trading-rules.md,
/// "Repair").</summary>
internal sealed class AbsentIntents(
    CycleContext context,
    CycleFrame frame,
    DecisionConditions conditions,
    Committer committer,
    SendQueue queue
)
{
    public async Task SettleAsync()
    {
        foreach (var (book, clientOrderId) in frame.Absent)
        {
            Settle(book, book.Find(clientOrderId));
            await committer.CheckpointAsync(book);
        }
    }

    private void Settle(Book book, Order? order)
    {
        if (order is not { IsWorking: true } || context.Request.DryRun)
        {
            return;
        }

        switch (order.Role)
        {
            case var _ when order.IsCancelWanted:
                queue.Abandon(book, order, order.Note ?? "canceled before it was sent");
                break;
            case not OrderRole.Manual when book is not StrategyBook && order.StrategyId != Order.ManualOwner:
                queue.Abandon(book, order, "its strategy is gone");
                break;
            case OrderRole.Entry when WhyNotSend(book, order) is { } why:
                queue.Abandon(book, order, why);
                break;
            case OrderRole.Manual when order.Terms.Side == OrderSide.Buy && conditions.Barred is { } barred:
                queue.Abandon(book, order, barred);
                break;
            case OrderRole.Manual when context.Now > order.SubmitBy:
                queue.Abandon(book, order, "too late to send");
                break;
            case OrderRole.Exit when !frame.MarketOpen || frame.IsFrozen(order.Terms.Symbol):
                queue.Abandon(book, order, frame.MarketOpen ? "the symbol is held" : "the market closed before it was sent");
                break;
            case OrderRole.Protection or OrderRole.Target when book is StrategyBook strategy:
                PriceAnew(strategy, order);
                break;
            default:
                SendAgain(book, order);
                break;
        }
    }

    // Committed before it is sent: should the process end here, the order counts as in flight from now.
    private void SendAgain(Book book, Order order)
    {
        book.Set(order with { LastAttemptAt = context.Now, AbsentAt = null });
        queue.Add(book, order);
    }

    private string? WhyNotSend(Book book, Order order)
    {
        var strategy = ((StrategyBook)book).Strategy;
        var price = frame.Quotes?.Of(book.Symbol);
        return this switch
        {
            _ when !strategy.MayEnter || order.IsCancelWanted => "the strategy may not enter any more",
            _ when conditions.Barred is { } barred => barred,
            _ when frame.Holds.ContainsKey(book.Symbol) => "the symbol is held",
            _ when context.Now > order.SubmitBy || frame.Session is not { } session || order.DecidedAt < session.Open =>
                "too late to send",
            _ when frame.Hours.IsHalted => "the exchange does not trade",
            _ when price is null => "there is no valid quote",
            _ when order.DecisionMid is { } mid && Math.Abs(price.Value.Mid - mid) * 100 >= context.Options.MaxIntentDriftPct * mid =>
                "the price has moved away since it was decided",
            _ => null,
        };
    }

    private void PriceAnew(StrategyBook book, Order order)
    {
        var others = book
            .Orders.Where(other => other.ClientOrderId != order.ClientOrderId && other.ClientOrderId != order.Replaces)
            .ToList();
        var view = new StrategyView(book.Strategy, others, frame.Quotes?.Of(book.Symbol), conditions.Of(book, book.Strategy));
        var exposure = Exposure.Of(book.Strategy, others);
        var plan =
            exposure.Uncovered >= 1 && order.Replaces is null && !(frame.MarketOpen && book.Strategy.Closing is not null)
                ? Protection.Cover(view, exposure)
                : Decision.None;
        var terms = plan.Place.FirstOrDefault(candidate => candidate.Slot == order.Slot)?.Terms;
        if (terms is null)
        {
            queue.Abandon(book, order, "it is not needed any more");
            if (order.Replaces is { } replaced && book.Find(replaced) is { Status: OrderStatus.PendingReplace } predecessor)
            {
                book.Set(predecessor with { Status = OrderStatus.Accepted });
            }

            return;
        }

        SendAgain(book, order with { Terms = terms, Status = OrderStatus.Intended, DecidedAt = context.Now });
    }
}
