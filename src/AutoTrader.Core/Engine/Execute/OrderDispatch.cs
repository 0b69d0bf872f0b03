using AutoTrader.Core.Engine.Decide;
using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Execute;

/// <summary>Sends committed orders and cancels to the broker, and records what it answered.</summary>
internal sealed class OrderDispatch(CycleContext context, OrderUpdates updates)
{
    private const int RefusalsUntilExit = 3;

    private readonly Dictionary<string, RefusedSteps> _refused = new(StringComparer.Ordinal);

    /// <summary>What the broker refused in this cycle, by strategy.</summary>
    public IReadOnlyDictionary<string, RefusedSteps> Refused => _refused;

    /// <summary>Sends a committed order. No answer leaves it unknown; a definitive no ends it.</summary>
    public async Task SendAsync(Book book, Order order)
    {
        context.EnsureLease();
        if (order.SubmitBy is { } latest && context.Ports.Clock.GetUtcNow() > latest)
        {
            Abandon(book, order, "too late to send");
            return;
        }

        var sent = order with { LastAttemptAt = context.Now, AbsentAt = null };
        book.Set(sent);
        try
        {
            var shown = await SubmitAsync(book, sent);
            context.Journal.CountSubmitted();
            context.Journal.Publish(
                EngineEventKind.OrderSubmitted,
                book.Id,
                book.Symbol,
                $"{book.Id} {WireNames.Of(sent.Role)}: {WireNames.Of(sent.Terms)} ({sent.Note})",
                OrderStatus.Submitted
            );
            if (sent.Replaces is { } replaced && book.Find(replaced) is { } predecessor)
            {
                book.Set(predecessor with { Status = OrderStatus.Replaced, EndReason = EndReason.Replaced, EndedAt = context.Now });
            }

            updates.Take(book, sent, shown);
            if (book is StrategyBook own && book.Find(sent.ClientOrderId) is { Status: not OrderStatus.Rejected })
            {
                context.Change(own, Lifecycle.Taken(own.Strategy, sent.Role));
            }
        }
        catch (BrokerRefusedException refusal) when (refusal.Kind == RefusalKind.DuplicateClientOrderId)
        {
            await AdoptDuplicateAsync(book, sent, refusal);
        }
        catch (BrokerRefusedException refusal)
        {
            End(book, sent, refusal);
        }
        catch (Exception failure) when (failure is not (CycleStoppedException or StorageUnavailableException))
        {
            book.Set(
                sent with
                {
                    Status = OrderStateMachine.Next(sent.Status, OrderEvent.LoseAnswer),
                    Note = "no answer: " + failure.Message,
                }
            );
            context.Journal.RaiseNoAnswer(TradingKey.Order(order), order.ClientOrderId, "It is looked up before anything is sent again.");
        }
    }

    /// <summary>Moves a working OCO to the prices that are committed. Without an answer it is asked for again in the next cycle: asking
    /// twice is asking once.</summary>
    public async Task AmendAsync(StrategyBook book, Order order)
    {
        context.EnsureLease();
        // At most once per cycle.
        Note(book, RefusedSteps.Replacement);
        var (target, stop) = order.Amendment!;
        try
        {
            var shown = await context.Ports.Broker.AmendAsync(order.BrokerOrderId!, order.Amendment, context.Cancellation);
            var moved = order with
            {
                Terms = order.Terms with { LimitPrice = target, StopPrice = stop },
                Amendment = null,
                ExitRevision = book.Strategy.ExitRevision,
            };
            context.Journal.Publish(
                EngineEventKind.OrderSubmitted,
                book.Id,
                book.Symbol,
                $"{book.Id} moved: {WireNames.Of(moved.Terms)}",
                OrderStatus.Accepted
            );
            updates.Take(book, moved, shown);
            context.Change(book, Lifecycle.Taken(book.Strategy, order.Role));
        }
        catch (BrokerRefusedException refusal)
        {
            book.Set(order with { Amendment = null });
            NotMoved(book, order, refusal);
        }
        catch (Exception failure) when (context.IsOutage(failure))
        {
            context.Journal.RaiseNoAnswer(
                TradingKey.Order(order),
                $"the move of {order.ClientOrderId}",
                "The next cycle asks for it again."
            );
        }
    }

    /// <summary>Asks for a cancel that is wanted. An order that was never sent is given up instead.</summary>
    public async Task CancelAsync(Book book, Order order)
    {
        context.EnsureLease();
        if (order.BrokerOrderId is not { } id)
        {
            if (order is { Status: OrderStatus.Intended, LastAttemptAt: null })
            {
                Abandon(book, order, order.Note ?? "canceled before it was sent");
            }

            return;
        }

        try
        {
            await context.Ports.Broker.CancelAsync(id, context.Cancellation);
            context.Journal.CountCanceled();
        }
        catch (BrokerRefusedException)
        {
            // Ended meanwhile, or not yet cancelable: the look below tells which, and a cancel still wanted is asked for again.
        }
        catch (Exception failure) when (context.IsOutage(failure))
        {
            context.Journal.RaiseNoAnswer(
                TradingKey.Order(order),
                $"the cancel of {order.ClientOrderId}",
                "The next cycle asks for it again."
            );
            return;
        }

        if (await updates.LookAsync(order, id) is { } shown)
        {
            await updates.ApplyAsync(book, book.Find(order.ClientOrderId) ?? order, shown);
        }
    }

    /// <summary>Gives an order up that is certainly not at the broker now. Its id is still looked up for a day.</summary>
    public void Abandon(Book book, Order order, string reason)
    {
        var abandoned = order with
        {
            Status = OrderStateMachine.Next(order.Status, OrderEvent.Abandon),
            EndReason = EndReason.Abandoned,
            EndedAt = context.Now,
            Note = reason,
        };
        book.Set(abandoned);
        context.Journal.Publish(
            EngineEventKind.OrderEnded,
            book.Id,
            book.Symbol,
            $"{book.Id} abandoned: {WireNames.Of(order.Terms)} ({reason})",
            abandoned.Status
        );
        if (book is StrategyBook strategy)
        {
            context.Change(strategy, Lifecycle.Ended(strategy.Strategy, abandoned));
        }
    }

    private Task<BrokerOrder> SubmitAsync(Book book, Order order)
    {
        var predecessor = order.Replaces is { } replaced ? book.Find(replaced) : null;
        return predecessor?.BrokerOrderId is { } id && predecessor.IsWorking
            ? context.Ports.Broker.ReplaceAsync(id, order.ClientOrderId, order.Terms, context.Cancellation)
            : context.Ports.Broker.SubmitAsync(order.ClientOrderId, order.Terms, context.Cancellation);
    }

    private async Task AdoptDuplicateAsync(Book book, Order order, BrokerRefusedException refusal)
    {
        var found = await context.Ports.Broker.FindAsync(order.ClientOrderId, context.Cancellation);
        if (found is not null && BrokerView.IsOurs(order, found))
        {
            updates.Take(book, order, found);
            return;
        }

        context.Journal.Raise(
            "FOREIGN_ORDER",
            TradingKey.Order(order),
            $"The broker knows the id {order.ClientOrderId} of another order; nothing was sent."
        );
        End(book, order, refusal);
    }

    private void End(Book book, Order order, BrokerRefusedException refusal)
    {
        // Orders of people and schedules are never retried.
        var waits = book is StrategyBook && refusal.Kind is RefusalKind.WashTrade or RefusalKind.InsufficientShares;
        var refused = order with
        {
            Status = OrderStatus.Rejected,
            EndReason = waits ? EndReason.Waiting : EndReason.Refused,
            EndedAt = context.Now,
            Note = refusal.Message,
        };
        book.Set(refused);
        context.Journal.Publish(
            EngineEventKind.OrderRefused,
            book.Id,
            book.Symbol,
            $"{book.Id} refused: {WireNames.Of(order.Terms)} ({refusal.Message})",
            refused.Status
        );
        if (order.Replaces is { } replaced && book.Find(replaced) is { Status: OrderStatus.PendingReplace } predecessor)
        {
            book.Set(predecessor with { Status = OrderStatus.Accepted });
            if (book is StrategyBook owner)
            {
                owner.Forget(refused);
                NotMoved(owner, predecessor, refusal);
            }

            return;
        }

        if (book is not StrategyBook strategy)
        {
            return;
        }

        var (recorded, isRepeated) = Lifecycle.Recorded(strategy.Strategy, refused);
        if (isRepeated)
        {
            book.Forget(refused);
        }

        if (order.Role == OrderRole.Target)
        {
            Note(strategy, RefusedSteps.Target);
        }

        var next = Lifecycle.Ended(recorded, refused);
        context.Change(strategy, order.Role == OrderRole.Protection ? Unprotected(strategy, order, next, refusal, waits) : next);
        if (order.Role == OrderRole.Exit)
        {
            Note(strategy, RefusedSteps.Exit, waits);
            var then = waits ? "the shares are protected until the next cycle tries again" : "the shares are protected again";
            context.Journal.Raise(
                "EXIT_REFUSED",
                TradingKey.Strategy(book.Id),
                $"The sale of {order.Terms.Quantity:0.####} {book.Symbol} was refused ({refusal.Message}); {then}."
            );
        }
    }

    private bool Has(StrategyBook book, RefusedSteps step) => _refused.GetValueOrDefault(book.Id).HasFlag(step);

    private void Note(StrategyBook book, RefusedSteps step, bool isRefused = true) =>
        _refused[book.Id] = isRefused ? _refused.GetValueOrDefault(book.Id) | step : _refused.GetValueOrDefault(book.Id) & ~step;

    private void NotMoved(StrategyBook book, Order order, BrokerRefusedException refusal)
    {
        Note(book, RefusedSteps.Replacement);
        if (order.ExitRevision < book.Strategy.ExitRevision)
        {
            // Its owner waits for it.
            context.Change(book, book.Strategy with { WaitingFor = refusal.Message });
        }
    }

    private Strategy Unprotected(StrategyBook book, Order order, Strategy strategy, BrokerRefusedException refusal, bool waits)
    {
        if (refusal.Kind == RefusalKind.StopPriceTooClose && order.Terms.Class == OrderClass.Oco)
        {
            // Too close, but not beyond the market: the stop is placed without the target, in this cycle.
            Note(book, RefusedSteps.Oco);
            return strategy;
        }

        // A plain stop has no minimum distance, so the market has passed it.
        if (refusal.Kind is RefusalKind.StopPriceBeyondMarket or RefusalKind.StopPriceTooClose)
        {
            return strategy with { Closing = new("the market is already at or below the stop", context.Now) };
        }

        context.Journal.Raise(
            "UNPROTECTED",
            TradingKey.Strategy(strategy.Id),
            $"Protection of {strategy.Symbol} was refused: {refusal.Message}. It is tried again every cycle."
        );
        if (waits)
        {
            // A buy of our own that rests on the symbol, whoever's, bars the stop: protection goes before entry.
            var isUnblocked = false;
            foreach (var other in context.Set.Books.Where(other => other.Symbol == book.Symbol).ToList())
            {
                var canceled = other.CancelWorking("it blocks the protection of shares that filled", context.Now, order =>
                    order.Terms.Side == OrderSide.Buy && order.Role != OrderRole.Cover
                );
                isUnblocked |= canceled.Count > 0;
            }

            Note(book, RefusedSteps.Protection, !isUnblocked);

            return strategy;
        }

        if (Has(book, RefusedSteps.Protection))
        {
            // Several orders of one position that are refused together count as one.
            return strategy;
        }

        Note(book, RefusedSteps.Protection);
        var refusals = strategy.ProtectionRefusals + 1;
        return refusals >= RefusalsUntilExit && strategy.OnUnprotected == OnUnprotected.Exit
            ? strategy with
            {
                ProtectionRefusals = 0,
                Closing = new($"protection was refused {refusals} times: {refusal.Message}", context.Now),
            }
            : strategy with
            {
                ProtectionRefusals = refusals,
            };
    }
}
