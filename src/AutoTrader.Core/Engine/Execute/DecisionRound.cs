using AutoTrader.Core.Engine.Commands;
using AutoTrader.Core.Engine.Decide;
using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Execute;

/// <summary>
/// Decides, commits, sends, and decides again about what that touched: a cancel that is confirmed, an entry that filled, a protection
/// that was refused are followed up in the same cycle. Orders go out as exits, protection, cancels, entries.
/// </summary>
internal sealed class DecisionRound(
    CycleContext context,
    CycleFrame frame,
    Committer committer,
    OrderUpdates updates,
    ServedCommands served
)
{
    private const int Rounds = 5;

    private readonly List<(Book Book, OrderPlan Plan)> _entries = [];
    private readonly PreTradeRisk _risk = new(context, frame);
    private readonly DecisionConditions _conditions = new(context, frame);
    private readonly SendQueue _queue = new(context, committer, updates, new(context, updates));

    public async Task RunAsync()
    {
        var manual = new ManualOrders(context, frame, _risk, _conditions, committer, _queue);
        await new AbsentIntents(context, frame, _conditions, committer, _queue).SettleAsync();
        new ShortCover(context, frame, _queue).Cover();
        foreach (var (book, sale) in served.Sales)
        {
            _queue.Add(book, sale);
        }

        _conditions.Refresh();
        manual.TakeBack();
        foreach (var book in context.Set.Books.ToList())
        {
            await committer.CheckpointAsync(book);
        }

        for (var round = 0; round < Rounds; round++)
        {
            if (round > 0)
            {
                await _conditions.LookAgainAsync();
            }

            DecideTouched(countIt: round == 0);
            if (context.Request.DryRun)
            {
                TellEntries();
                return;
            }

            await committer.CommitAsync();
            await _queue.SendAsync();
            await _queue.CancelAsync();
            if (round == 0)
            {
                await manual.PlaceAsync(served);
            }

            await EnterAsync();
            await committer.CommitAsync();
            if (!context.Set.Strategies.Any(book => book is { IsTouched: true, IsStale: false }))
            {
                return;
            }
        }
    }

    private void DecideTouched(bool countIt)
    {
        // A close that has filled is over before anyone is decided about: it bars nobody any more.
        foreach (var book in Touched())
        {
            Guard(book, () => context.Change(book, Lifecycle.Settle(book.Strategy, book.Orders, context.Now)));
        }

        var released = _conditions.Refresh();
        foreach (var book in context.Set.Strategies.Where(book => released.Contains(book.Symbol, StringComparer.Ordinal)))
        {
            book.IsTouched = true;
        }

        foreach (var book in Touched())
        {
            book.IsTouched = false;
            Guard(book, () => Decide(book, countIt));
        }
    }

    private IEnumerable<StrategyBook> Touched() =>
        context.Set.Strategies.Where(book => book is { IsTouched: true, IsStale: false, HasThrown: false });

    // One strategy that throws is reported and skipped; it never stops the others.
    private void Guard(StrategyBook book, Action step)
    {
        try
        {
            step();
        }
        catch (Exception failure) when (failure is not CycleStoppedException)
        {
            book.HasThrown = true;
            context.Ports.Events.Faulted($"The evaluation of {book.Id}", failure);
            context.Journal.CountSkipped();
            context.Journal.Raise("STRATEGY_ERROR", TradingKey.Strategy(book.Id), $"{book.Id} could not be evaluated: {failure.Message}");
            context.Journal.Publish(EngineEventKind.StrategySkipped, book.Id, book.Symbol, $"{book.Id} skipped: {failure.Message}");
        }
    }

    private void Decide(StrategyBook book, bool countIt)
    {
        if (Lifecycle.RepeatsAt(book.Strategy, context.Now) && book.Orders.All(order => !order.IsWorking))
        {
            context.Change(book, book.Strategy.ArmAnew(ClientOrderIds.NextArm(book.Id, book.Strategy.Arm)));
        }

        if (frame.IsFrozen(book.Symbol) || served.IsDeleting(book.Id))
        {
            return;
        }

        var price = frame.Quotes?.Of(book.Symbol);
        if (countIt && frame.MarketOpen)
        {
            context.Journal.CountEvaluated(hasQuote: price is not null);
        }

        var decision = StrategyEvaluator.Decide(new(book.Strategy, book.Orders, price, _conditions.Of(book)));
        if (decision.IsNone)
        {
            return;
        }

        if (decision.Next is { } next)
        {
            context.Journal.Decide(
                book,
                "state",
                $"{WireNames.Of(book.Strategy.Phase)} -> "
                    + $"{(next.Closing is { } closing ? "closing: " + closing.Reason : WireNames.Of(next.Phase))}"
            );
            context.Change(book, next);
        }

        foreach (var (order, reason) in book.Cancel(decision.Cancel, context.Now))
        {
            context.Journal.Decide(book, "cancel", $"{WireNames.Of(order.Terms)}: {reason}");
        }

        foreach (var plan in decision.Place)
        {
            if (plan.Role == OrderRole.Entry)
            {
                _entries.Add((book, plan));
                continue;
            }

            // A refusal is not asked for again in the same breath: what made the broker refuse gets until the next cycle to pass.
            var isRefused =
                plan.Replaces is not null ? book.IsReplacementRefused
                : plan.Role == OrderRole.Protection ? book.IsProtectionRefused
                : plan.Role == OrderRole.Target && book.IsTargetRefused;
            if (!isRefused)
            {
                Admit(book, plan);
            }
        }
    }

    private void Admit(StrategyBook book, OrderPlan plan)
    {
        if (plan.Replaces is null && _risk.Check(book, plan.Terms, book) is { } refusal)
        {
            Refused(book, plan.Terms, refusal);
            return;
        }

        if (plan is { Replaces: { Terms.Class: OrderClass.Oco } moved, Terms: { LimitPrice: { } target, StopPrice: { } stop } })
        {
            context.Journal.Decide(book, WireNames.Of(plan.Role), $"{WireNames.Of(plan.Terms)} ({plan.Reason})");
            book.Set(book.Find(moved.ClientOrderId)! with { Amendment = new(target, stop) });
            _queue.Amend(book, moved);
            return;
        }

        var order = Intend(book, plan);
        if (plan.Replaces is { } replaced)
        {
            book.Set(
                book.Find(replaced.ClientOrderId)! with
                {
                    Status = OrderStateMachine.Next(replaced.Status, OrderEvent.RequestReplace),
                }
            );
        }

        _queue.Add(book, order);
    }

    private Order Intend(StrategyBook book, OrderPlan plan)
    {
        var strategy = book.Strategy;
        var isEntry = plan.Role == OrderRole.Entry;
        var order = new Order
        {
            ClientOrderId = ClientOrderIds.ForStrategy(strategy.Id, strategy.Arm, strategy.NextSequence),
            StrategyId = strategy.Id,
            Arm = strategy.Arm,
            Sequence = strategy.NextSequence,
            Role = plan.Role,
            Terms = plan.Terms,
            DecidedAt = context.Now,
            DecisionMid = frame.Quotes?.Of(book.Symbol)?.Mid,
            SubmitBy = isEntry ? Earlier(context.Now + context.Options.MaxIntentAge, frame.Session?.Close) : null,
            Slot = plan.Slot,
            ExitRevision = strategy.ExitRevision,
            Replaces = plan.Replaces?.ClientOrderId,
            Note = plan.Reason,
        };
        context.Set.Add(book, order);
        context.Change(book, Lifecycle.Settle(strategy with { NextSequence = strategy.NextSequence + 1 }, book.Orders, context.Now));
        context.Journal.Decide(book, WireNames.Of(plan.Role), $"{WireNames.Of(plan.Terms)} ({plan.Reason})");
        return order;
    }

    private async Task EnterAsync()
    {
        var waiting = _entries.ToList();
        _entries.Clear();
        _risk.Refresh();
        foreach (var batch in waiting.Chunk(context.Options.EntriesAhead))
        {
            var admitted = new List<(StrategyBook Book, Order Order)>();
            var hasRoom = context.Ports.Broker.HasRoomForEntries;
            foreach (var (book, plan) in batch)
            {
                var strategy = (StrategyBook)book;
                if (book.IsStale)
                {
                    continue;
                }

                if (!hasRoom)
                {
                    Refused(strategy, plan.Terms, PreTradeCheck.RequestsScarce);
                    continue;
                }

                if (_risk.Check(book, plan.Terms, strategy) is { } refusal)
                {
                    Refused(strategy, plan.Terms, refusal);
                    continue;
                }

                admitted.Add((strategy, Intend(strategy, plan)));
            }

            if (admitted.Count > 0)
            {
                await _queue.CommitAndSendEntriesAsync([.. admitted.Select(item => ((Book)item.Book, item.Order))]);
                await ProtectAsync();
            }
        }

        await _queue.SendAsync();
    }

    // What filled is protected before the next entries use up the cycle's time and the broker's requests. Entries are left to the next
    // round, which decides anew: some of those that it would plan now are still in the batches to come.
    private async Task ProtectAsync()
    {
        await _conditions.LookAgainAsync();
        DecideTouched(countIt: false);
        foreach (var (book, _) in _entries)
        {
            book.IsTouched = true;
        }

        _entries.Clear();
        await committer.CommitAsync();
        await _queue.SendAsync();
    }

    private void TellEntries()
    {
        foreach (var (book, plan) in _entries)
        {
            var refusal = _risk.Check(book, plan.Terms, (StrategyBook)book);
            context.Journal.Decide(
                book,
                refusal is null ? "entry" : "refused",
                $"{WireNames.Of(plan.Terms)} ({refusal?.Message ?? plan.Reason})"
            );
        }
    }

    private void Refused(StrategyBook book, OrderTerms terms, RejectReason refusal)
    {
        context.Journal.Decide(book, "refused", $"{WireNames.Of(terms)}: {refusal.Message}");
        if (context.Change(book, book.Strategy with { WaitingFor = refusal.Message }))
        {
            context.Journal.Publish(EngineEventKind.RiskRefused, book.Id, book.Symbol, $"{book.Id} {refusal.Code}: {refusal.Message}");
            book.IsTouched = false;
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset? right) => right < left ? right.Value : left;
}
