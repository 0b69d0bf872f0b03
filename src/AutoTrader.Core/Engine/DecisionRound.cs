using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>
/// Decides, commits, sends, and decides again about what that touched: a cancel that is confirmed, an entry that filled, a protection
/// that was refused are followed up in the same cycle. Orders go out as exits, protection, cancels, entries.
/// </summary>
internal sealed class DecisionRound(
    CycleContext context, Committer committer, OrderIntake intake, OrderDispatch dispatch, PreTradeRisk admission, IntentRepair repair, Reconciliation reconciliation)
{
    private const int Rounds = 5;

    private readonly List<(Owner Owner, OrderPlan Plan)> _entries = [];
    private readonly SendQueue _queue = new(context, committer, intake, dispatch);
    private readonly DecisionConditions _conditions = new(context, reconciliation);

    public async Task RunAsync(CommandHandler commands)
    {
        var manual = new ManualOrders(context, admission, _conditions, committer, _queue);
        await new AbsentIntents(context, repair, dispatch, _conditions, committer, _queue).SettleAsync();
        new ShortCover(context, reconciliation, _queue).Cover();
        foreach (var (owner, sale) in commands.Sales)
        {
            _queue.Add(owner, sale);
        }

        _conditions.Refresh();
        manual.TakeBack();
        foreach (var owner in context.Set.Owners.ToList())
        {
            await committer.CommitIfLargeAsync(owner);
        }

        for (var round = 0; round < Rounds; round++)
        {
            if (round > 0)
            {
                await reconciliation.LookAgainAsync();
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
                await manual.PlaceAsync(commands);
            }

            await EnterAsync();
            await committer.CommitAsync();
            if (!context.Set.Strategies.Any(owner => owner is { IsTouched: true, IsStale: false }))
            {
                return;
            }
        }
    }

    private void DecideTouched(bool countIt)
    {
        _conditions.Refresh();
        foreach (var owner in context.Set.Strategies.Where(owner => owner is { IsTouched: true, IsStale: false, HasThrown: false }))
        {
            owner.IsTouched = false;
            try
            {
                Decide(owner, countIt);
            }
            catch (Exception failure) when (failure is not CycleStoppedException)
            {
                // One strategy that throws is reported and skipped; it never stops the others.
                owner.HasThrown = true;
                context.Skipped++;
                context.Raise("STRATEGY_ERROR", TradingKey.Strategy(owner.Id), $"{owner.Id} could not be evaluated: {failure.Message}");
                context.Tell(EngineEventKind.StrategySkipped, owner.Id, owner.Symbol, $"{owner.Id} skipped: {failure.Message}");
            }
        }
    }

    private void Decide(StrategyOwner owner, bool countIt)
    {
        context.Change(owner, Lifecycle.Settle(owner.Strategy, owner.Orders, context.Now));
        if (Lifecycle.RepeatsAt(owner.Strategy, context.Now) && owner.Orders.All(order => !order.IsWorking))
        {
            context.Change(owner, owner.Strategy.ArmAnew(ClientOrderIds.NextArm(owner.Id, owner.Strategy.Arm)));
        }

        if (context.Holds.ContainsKey(owner.Symbol) || context.Deleting.Contains(owner.Id))
        {
            return;
        }

        var price = context.Quotes?.Of(owner.Symbol);
        if (countIt && context.MarketOpen)
        {
            context.Evaluated += price is null ? 0 : 1;
            context.WithoutQuote += price is null ? 1 : 0;
        }

        var decision = StrategyEvaluator.Decide(new(owner.Strategy, owner.Orders, price, _conditions.Of(owner)));
        if (decision.IsNone)
        {
            return;
        }

        if (decision.Next is { } next)
        {
            context.Decide(owner, "state", $"{Words.Of(owner.Strategy.Phase)} -> {(next.Closing is { } closing ? "closing: " + closing.Reason : Words.Of(next.Phase))}");
            context.Change(owner, next);
        }

        foreach (var cancel in decision.Cancel.Take(CommandHandler.CancelsAtOnce))
        {
            context.Decide(owner, "cancel", $"{Words.Of(cancel.Order.Terms)}: {cancel.Reason}");
            owner.Set(cancel.Order with { CancelRequestedAt = context.Now, Note = cancel.Reason });
        }

        foreach (var plan in decision.Place)
        {
            if (plan.Role == OrderRole.Entry)
            {
                _entries.Add((owner, plan));
                continue;
            }

            // A refusal is not asked for again in the same breath: what made the broker refuse gets until the next cycle to pass.
            if (plan.Role != OrderRole.Protection || !owner.IsProtectionRefused)
            {
                Admit(owner, plan);
            }
        }
    }

    private void Admit(StrategyOwner owner, OrderPlan plan)
    {
        if (plan.Replaces is null && admission.Check(owner, plan.Terms, owner) is { } refusal)
        {
            Refused(owner, plan.Terms, refusal);
            return;
        }

        var order = Intend(owner, plan);
        if (plan.Replaces is { } replaced)
        {
            owner.Set(owner.Find(replaced.ClientOrderId)! with { Status = OrderStateMachine.Next(replaced.Status, OrderEvent.RequestReplace) });
        }

        _queue.Add(owner, order);
    }

    private Order Intend(StrategyOwner owner, OrderPlan plan)
    {
        var strategy = owner.Strategy;
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
            DecisionMid = context.Quotes?.Of(owner.Symbol)?.Mid,
            SubmitBy = isEntry ? Earlier(context.Now + context.Options.MaxIntentAge, context.Session?.Close) : null,
            Slot = plan.Slot,
            Replaces = plan.Replaces?.ClientOrderId,
            Note = plan.Reason,
        };
        context.Set.Add(owner, order);
        context.Change(owner, Lifecycle.Settle(strategy with { NextSequence = strategy.NextSequence + 1 }, owner.Orders, context.Now));
        context.Decide(owner, Words.Of(plan.Role), $"{Words.Of(plan.Terms)} ({plan.Reason})");
        return order;
    }

    private async Task EnterAsync()
    {
        var waiting = _entries.ToList();
        _entries.Clear();
        admission.Refresh();
        foreach (var batch in waiting.Chunk(context.Options.EntriesAhead))
        {
            var admitted = new List<(StrategyOwner Owner, Order Order)>();
            foreach (var (owner, plan) in batch)
            {
                var strategy = (StrategyOwner)owner;
                if (owner.IsStale)
                {
                    continue;
                }

                if (admission.Check(owner, plan.Terms, strategy) is { } refusal)
                {
                    Refused(strategy, plan.Terms, refusal);
                    continue;
                }

                admitted.Add((strategy, Intend(strategy, plan)));
            }

            if (admitted.Count > 0)
            {
                await _queue.CommitAndSendEntriesAsync([.. admitted.Select(item => ((Owner)item.Owner, item.Order))]);
            }
        }

        await _queue.SendAsync();
    }

    private void TellEntries()
    {
        foreach (var (owner, plan) in _entries)
        {
            var refusal = admission.Check(owner, plan.Terms, (StrategyOwner)owner);
            context.Decide(owner, refusal is null ? "entry" : "refused", $"{Words.Of(plan.Terms)} ({refusal?.Message ?? plan.Reason})");
        }
    }

    private void Refused(StrategyOwner owner, OrderTerms terms, Risk.RejectReason refusal)
    {
        context.Decide(owner, "refused", $"{Words.Of(terms)}: {refusal.Message}");
        if (owner.Strategy.WaitingFor != refusal.Message)
        {
            context.Tell(EngineEventKind.RiskRefused, owner.Id, owner.Symbol, $"{owner.Id} {refusal.Code}: {refusal.Message}");
            context.Change(owner, owner.Strategy with { WaitingFor = refusal.Message });
            owner.IsTouched = false;
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset? right) => right < left ? right.Value : left;
}
