using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>Sends committed orders and cancels to the broker, and records what it answered.</summary>
internal sealed class OrderDispatch(CycleContext context, OrderIntake intake)
{
    private const int RefusalsUntilExit = 3;

    /// <summary>Sends a committed order. No answer leaves it unknown; a definitive no ends it.</summary>
    public async Task SendAsync(Owner owner, Order order)
    {
        context.EnsureLease();
        if (order.SubmitBy is { } latest && context.Ports.Clock.GetUtcNow() > latest)
        {
            Abandon(owner, order, "its time to be sent had passed");
            return;
        }

        var sent = order with { LastAttemptAt = context.Now, AbsentAt = null };
        owner.Set(sent);
        try
        {
            var shown = await SubmitAsync(owner, sent);
            context.Submitted++;
            context.Tell(EngineEventKind.OrderSubmitted, owner.Id, owner.Symbol, $"{owner.Id} {Words.Of(sent.Role)}: {Words.Of(sent.Terms)} ({sent.Note})", OrderStatus.Submitted);
            if (sent.Replaces is { } replaced && owner.Find(replaced) is { } predecessor)
            {
                owner.Set(predecessor with { Status = OrderStatus.Replaced, EndReason = EndReason.Replaced, EndedAt = context.Now });
            }

            intake.Take(owner, sent, shown);
        }
        catch (BrokerRefusedException refusal) when (refusal.Kind == RefusalKind.DuplicateClientOrderId)
        {
            await AdoptDuplicateAsync(owner, sent, refusal);
        }
        catch (BrokerRefusedException refusal)
        {
            Refused(owner, sent, refusal);
        }
        catch (Exception failure) when (failure is not (CycleStoppedException or StorageUnavailableException))
        {
            owner.Set(sent with { Status = OrderStateMachine.Next(sent.Status, OrderEvent.LoseAnswer), Note = "no answer: " + failure.Message });
            context.Raise("NO_ANSWER", TradingKey.Order(order), $"The broker did not answer about {order.ClientOrderId}; it is looked up before anything is sent again.");
        }
    }

    /// <summary>Asks for a cancel that is wanted. An order that was never sent is given up instead.</summary>
    public async Task CancelAsync(Owner owner, Order order)
    {
        context.EnsureLease();
        if (order.BrokerOrderId is not { } id)
        {
            if (order is { Status: OrderStatus.Intended, LastAttemptAt: null })
            {
                Abandon(owner, order, order.Note ?? "canceled before it was sent");
            }

            return;
        }

        try
        {
            await context.Ports.Broker.CancelAsync(id, context.Cancellation);
            context.Canceled++;
        }
        catch (BrokerRefusedException)
        {
            // Ended meanwhile, or not yet cancelable: the look below tells which, and a cancel still wanted is asked for again.
        }

        catch (Exception failure) when (context.IsOutage(failure))
        {
            context.Raise("NO_ANSWER", TradingKey.Order(order), $"The broker did not answer about the cancel of {order.ClientOrderId}; it is asked for again.");
            return;
        }

        if (await intake.LookAsync(order, id) is { } shown)
        {
            await intake.ApplyAsync(owner, owner.Find(order.ClientOrderId) ?? order, shown);
        }
    }

    /// <summary>Gives an order up that is certainly not at the broker now. Its id is still looked up for a day.</summary>
    public void Abandon(Owner owner, Order order, string reason)
    {
        var abandoned = order with
        {
            Status = OrderStateMachine.Next(order.Status, OrderEvent.Abandon),
            EndReason = EndReason.Abandoned,
            EndedAt = context.Now,
            Note = reason,
        };
        owner.Set(abandoned);
        context.Tell(EngineEventKind.OrderEnded, owner.Id, owner.Symbol, $"{owner.Id} abandoned: {Words.Of(order.Terms)} ({reason})", abandoned.Status);
        if (owner is StrategyOwner strategy)
        {
            context.Change(strategy, Lifecycle.Ended(strategy.Strategy, abandoned));
        }
    }

    private Task<BrokerOrder> SubmitAsync(Owner owner, Order order)
    {
        var predecessor = order.Replaces is { } replaced ? owner.Find(replaced) : null;
        return predecessor?.BrokerOrderId is { } id && predecessor.IsWorking
            ? context.Ports.Broker.ReplaceAsync(id, order.ClientOrderId, order.Terms, context.Cancellation)
            : context.Ports.Broker.SubmitAsync(order.ClientOrderId, order.Terms, context.Cancellation);
    }

    private async Task AdoptDuplicateAsync(Owner owner, Order order, BrokerRefusedException refusal)
    {
        var found = await context.Ports.Broker.FindAsync(order.ClientOrderId, context.Cancellation);
        if (found is not null && BrokerView.IsOurs(order, found))
        {
            intake.Take(owner, order, found);
            return;
        }

        context.Raise("FOREIGN_ORDER", TradingKey.Order(order), $"The broker knows the id {order.ClientOrderId} of another order; nothing was sent.");
        Refused(owner, order, refusal);
    }

    private void Refused(Owner owner, Order order, BrokerRefusedException refusal)
    {
        var waits = refusal.Kind is RefusalKind.WashTrade or RefusalKind.InsufficientShares;
        var refused = order with
        {
            Status = OrderStatus.Rejected,
            EndReason = waits ? EndReason.Waiting : EndReason.Refused,
            EndedAt = context.Now,
            Note = refusal.Message,
        };
        owner.Set(refused);
        context.Tell(EngineEventKind.OrderRefused, owner.Id, owner.Symbol, $"{owner.Id} refused: {Words.Of(order.Terms)} ({refusal.Message})", refused.Status);
        if (order.Replaces is { } replaced && owner.Find(replaced) is { Status: OrderStatus.PendingReplace } predecessor)
        {
            owner.Set(predecessor with { Status = OrderStatus.Accepted });
            return;
        }

        if (owner is not StrategyOwner strategy)
        {
            return;
        }

        var next = Lifecycle.Ended(strategy.Strategy, refused);
        context.Change(strategy, order.Role == OrderRole.Protection ? Unprotected(strategy, next, refusal, waits) : next);
        if (order.Role == OrderRole.Exit)
        {
            context.Raise("EXIT_REFUSED", TradingKey.Strategy(owner.Id), $"The sale of {order.Terms.Quantity:0.####} {owner.Symbol} was refused ({refusal.Message}); the shares are protected again.");
        }
    }

    private Strategy Unprotected(StrategyOwner owner, Strategy strategy, BrokerRefusedException refusal, bool waits)
    {
        if (refusal.Kind == RefusalKind.StopPriceBeyondMarket)
        {
            return strategy with { Closing = new("the market is already at or below the stop", context.Now) };
        }

        context.Raise("UNPROTECTED", TradingKey.Strategy(strategy.Id), $"Protection of {strategy.Symbol} was refused: {refusal.Message}. It is tried again every cycle.");
        if (waits)
        {
            // A buy of our own that rests on the symbol, whoever's, bars the stop: protection goes before entry.
            owner.IsProtectionRefused = true;
            foreach (var other in context.Set.Owners.Where(other => other.Symbol == owner.Symbol).ToList())
            {
                foreach (var entry in other.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false, Terms.Side: OrderSide.Buy } && order.Role != OrderRole.Cover).Take(CommandHandler.CancelsAtOnce).ToList())
                {
                    other.Set(entry with { CancelRequestedAt = context.Now, Note = "it bars the protection of what filled" });
                    owner.IsProtectionRefused = false;
                }
            }

            return strategy;
        }

        if (owner.IsProtectionRefused)
        {
            // Several orders of one position that are refused together count as one.
            return strategy;
        }

        owner.IsProtectionRefused = true;
        var refusals = strategy.ProtectionRefusals + 1;
        return refusals >= RefusalsUntilExit && strategy.OnUnprotected == OnUnprotected.Exit
            ? strategy with { ProtectionRefusals = 0, Closing = new($"protection was refused {refusals} times: {refusal.Message}", context.Now) }
            : strategy with { ProtectionRefusals = refusals };
    }
}
