using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine;

/// <summary>
/// Decides, commits, sends, and decides again about what that touched: a cancel that is confirmed, an entry that filled, a protection
/// that was refused are followed up in the same cycle. Orders go out as exits, protection, cancels, entries.
/// </summary>
internal sealed class DecisionRound(
    CycleContext context, Committer committer, OrderIntake intake, OrderDispatch dispatch, Admission admission, IntentRepair repair, Reconciliation reconciliation)
{
    private const int Rounds = 5;

    private readonly List<(Owner Owner, OrderPlan Plan)> _entries = [];
    private readonly List<(Owner Owner, string ClientOrderId)> _toSend = [];
    private readonly HashSet<string> _cancelsAsked = new(StringComparer.Ordinal);
    private HashSet<string> _closingSymbols = [];

    public async Task RunAsync(WishService wishes)
    {
        foreach (var (owner, clientOrderId) in repair.Absent)
        {
            SettleAbsent(owner, owner.Find(clientOrderId));
        }

        Cover();
        _toSend.AddRange(wishes.Sales);
        TakeBackManual();
        foreach (var owner in context.Set.Owners.ToList())
        {
            await committer.CommitIfLargeAsync(owner);
        }

        for (var round = 0; round < Rounds; round++)
        {
            DecideTouched(countIt: round == 0);
            if (context.Request.DryRun)
            {
                TellEntries();
                return;
            }

            await committer.CommitAsync();
            await SendAsync();
            await CancelAsync();
            if (round == 0)
            {
                await PlaceManualAsync(wishes);
            }

            await EnterAsync();
            await committer.CommitAsync();
            if (!context.Set.Strategies.Any(owner => owner is { IsTouched: true, IsStale: false }))
            {
                return;
            }
        }
    }

    // A kill switch, the daily loss limit and a close, whose sale they would bar, take resting buys of people and schedules back too.
    private void TakeBackManual()
    {
        var closing = ClosingSymbols();
        foreach (var owner in context.Set.Unmanaged)
        {
            if ((Bar() ?? (context.MarketOpen && closing.Contains(owner.Symbol) ? "the symbol is being closed" : null)) is not { } barred)
            {
                continue;
            }

            foreach (var order in owner.Orders.Where(order => order is { IsWorking: true, IsCancelWanted: false, Role: OrderRole.Manual, Terms.Side: OrderSide.Buy }).Take(WishService.CancelsAtOnce).ToList())
            {
                owner.Set(order with { CancelRequestedAt = context.Now, Note = barred });
            }
        }
    }

    private HashSet<string> ClosingSymbols() => context.Set.Strategies.Where(owner => owner.Strategy.Closing is not null).Select(owner => owner.Symbol).ToHashSet(StringComparer.Ordinal);

    private string? Bar() => context.Set.Account.KillSwitch is { } kill ? "the kill switch is on: " + kill.Reason
        : context.Set.Account.LossLatchedOn == context.Day ? "the daily loss limit was reached"
        : null;

    private void DecideTouched(bool countIt)
    {
        _closingSymbols = ClosingSymbols();
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

        var decision = StrategyEvaluator.Decide(new(owner.Strategy, owner.Orders, price, Conditions(owner)));
        if (decision.IsNone)
        {
            return;
        }

        if (decision.Next is { } next)
        {
            context.Decide(owner, "state", $"{Words.Of(owner.Strategy.Phase)} -> {(next.Closing is { } closing ? "closing: " + closing.Reason : Words.Of(next.Phase))}");
            context.Change(owner, next);
        }

        foreach (var cancel in decision.Cancel.Take(WishService.CancelsAtOnce))
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

            Admit(owner, plan);
        }
    }

    private Conditions Conditions(StrategyOwner owner)
    {
        var barred = Bar();
        return new()
        {
            Now = context.Now,
            MarketOpen = context.MarketOpen,
            CancelEntries = barred is not null || (context.MarketOpen && _closingSymbols.Contains(owner.Symbol)),
            EntriesBarred = barred
                ?? (context.Set.Account.Today?.Day != context.Day ? "the day has not begun for want of closing prices" : null)
                ?? (context.Account is { TradingBlocked: true } ? "the broker blocks trading" : null)
                ?? (context.Quotes?.IsHalted(owner.Symbol) == true ? "a trading halt is suspected" : null)
                ?? (reconciliation.IsMismatched(owner.Symbol) ? "quantities disagree with the broker" : null)
                ?? (_closingSymbols.Contains(owner.Symbol) ? "the symbol is being closed" : null),
            SupportsOco = context.Ports.Broker.SupportsOco,
            CycleInterval = context.Options.CycleInterval,
            RenewUntil = context.RenewUntil,
            SellableQuantity = reconciliation.IsMismatched(owner.Symbol) ? Available(owner) : null,
        };
    }

    // What the broker would let go of, and what our own working sells on the symbol hold.
    private decimal Available(Owner owner) => context.Positions.TryGetValue(owner.Symbol, out var position)
        ? position.AvailableQuantity + owner.Orders.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.OpenQuantity)
        : 0;

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

        _toSend.Add((owner, order.ClientOrderId));
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

    private async Task SendAsync()
    {
        var batch = _toSend.Select(item => (item.Owner, Order: item.Owner.Find(item.ClientOrderId))).ToList();
        _toSend.Clear();
        foreach (var (owner, order) in batch.Where(item => item.Order is { IsWorking: true, IsCancelWanted: false }).OrderBy(item => item.Order!.Role is OrderRole.Exit or OrderRole.Cover ? 0 : 1))
        {
            if (!owner.IsStale && owner.IsCommitted(order!))
            {
                await SendAsync(owner, order!);
                await committer.CommitIfLargeAsync(owner);
            }
        }
    }

    // A kill switch set since the commit abandons what was not sent: it is looked at before every single buy.
    private async Task SendAsync(Owner owner, Order order)
    {
        if (order.Terms.Side == OrderSide.Buy && order.Role != OrderRole.Cover)
        {
            await committer.ReloadAccountAsync();
            if (context.Set.Account.KillSwitch is { } kill)
            {
                dispatch.Abandon(owner, order, "the kill switch was set: " + kill.Reason);
                return;
            }
        }

        await dispatch.SendAsync(owner, order);
    }

    private async Task CancelAsync()
    {
        var wanted = context.Set.Owners.Where(owner => !owner.IsStale)
            .SelectMany(owner => owner.Orders.Where(order => order.IsCancelWanted).Select(order => (Owner: owner, Order: order))).ToList();
        foreach (var (owner, order) in wanted)
        {
            if (_cancelsAsked.Add(order.ClientOrderId))
            {
                context.Tell(EngineEventKind.CancelRequested, owner.Id, owner.Symbol, $"{owner.Id} cancel: {Words.Of(order.Terms)} ({order.Note})");
                await dispatch.CancelAsync(owner, order);
                await committer.CommitIfLargeAsync(owner);
            }
        }
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
                await CommitAndSendEntriesAsync([.. admitted.Select(item => ((Owner)item.Owner, item.Order))]);
            }
        }

        await SendAsync();
    }

    private void TellEntries()
    {
        foreach (var (owner, plan) in _entries)
        {
            var refusal = admission.Check(owner, plan.Terms, (StrategyOwner)owner);
            context.Decide(owner, refusal is null ? "entry" : "refused", $"{Words.Of(plan.Terms)} ({refusal?.Message ?? plan.Reason})");
        }
    }

    private async Task CommitAndSendEntriesAsync(IReadOnlyList<(Owner Owner, Order Order)> entries)
    {
        await committer.CommitEntriesAsync([.. entries.Select(item => item.Owner).Distinct()]);
        var watched = new List<(Owner Owner, string ClientOrderId)>();
        foreach (var (owner, order) in entries)
        {
            if (owner.Find(order.ClientOrderId) is not { } current || !owner.IsCommitted(current) || owner.IsStale)
            {
                continue;
            }

            await SendAsync(owner, current);
            if (order.Terms.Type == OrderType.Market && owner is StrategyOwner)
            {
                watched.Add((owner, order.ClientOrderId));
            }
        }

        await WatchAsync(watched);
        await committer.CommitAsync(entries.Select(item => item.Owner).Distinct().Where(owner => owner is { IsDirty: true, IsStale: false }));
    }

    // What filled is protected in the cycle that bought it.
    private async Task WatchAsync(List<(Owner Owner, string ClientOrderId)> entries)
    {
        var left = context.Options.EntryWatch;
        foreach (var (owner, clientOrderId) in entries)
        {
            if (owner.Find(clientOrderId) is not { IsWorking: true, BrokerOrderId: { } id } || left <= TimeSpan.Zero)
            {
                continue;
            }

            var before = TimeProvider.System.GetTimestamp();
            try
            {
                if (await context.Ports.Broker.WatchAsync(id, left, context.Cancellation) is { } shown && owner.Find(clientOrderId) is { } order)
                {
                    await intake.ApplyAsync(owner, order, shown);
                }
            }
            catch (Exception failure) when (context.IsOutage(failure))
            {
                context.Raise("NO_ANSWER", clientOrderId, $"The broker did not answer about {clientOrderId}: {failure.Message}.");
            }

            left -= TimeProvider.System.GetElapsedTime(before);
        }
    }

    private async Task PlaceManualAsync(WishService wishes)
    {
        admission.Refresh();
        foreach (var (owner, order, wish) in wishes.ManualOrders)
        {
            // The same key again: also long after its order ended.
            if (owner.Find(order.ClientOrderId) is not null || await context.Ports.Trading.ReadAsync<Order>(context.Ports.Broker.AccountKey, TradingKey.Done(order), context.Cancellation) is not null)
            {
                wishes.Answer(wish, owner, WishStatus.Done, null, "The order was placed already.");
                continue;
            }

            if (admission.Check(owner, order.Terms, null) is { } refusal)
            {
                wishes.Answer(wish, owner, WishStatus.Refused, refusal.Code, refusal.Message);
                continue;
            }

            context.Set.Add(owner, order);
            wishes.Answer(wish, owner, WishStatus.Done, null, "The order was committed.");
            context.Decide(owner, "manual", Words.Of(order.Terms));
            await CommitAndSendEntriesAsync([(owner, order)]);
        }

    }

    private void Cover()
    {
        foreach (var (owner, quantity) in reconciliation.Covers().Where(_ => context.MarketOpen).ToList())
        {
            var sequence = owner.Orders.Count(order => order.Role == OrderRole.Cover);
            var order = new Order
            {
                ClientOrderId = owner is StrategyOwner strategy
                    ? ClientOrderIds.ForStrategy(owner.Id, strategy.Strategy.Arm, strategy.Strategy.NextSequence)
                    : ClientOrderIds.ForManual("cover", FormattableString.Invariant($"{owner.Symbol} {context.Now:O} {sequence}")),
                StrategyId = owner.Id,
                Arm = owner is StrategyOwner armed ? armed.Strategy.Arm : string.Empty,
                Sequence = owner is StrategyOwner counted ? counted.Strategy.NextSequence : 0,
                Role = OrderRole.Cover,
                Terms = new() { Symbol = owner.Symbol, Side = OrderSide.Buy, Quantity = quantity, Type = OrderType.Market },
                DecidedAt = context.Now,
                Note = "buys a short position back",
            };
            context.Set.Add(owner, order);
            if (owner is StrategyOwner own)
            {
                context.Change(own, own.Strategy with { NextSequence = own.Strategy.NextSequence + 1 });
            }

            _toSend.Add((owner, order.ClientOrderId));
        }
    }

    /// <summary>An intent that the broker certainly does not have: sent after all, priced anew, or given up (TRADING section 3).</summary>
    private void SettleAbsent(Owner owner, Order? order)
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
            case OrderRole.Manual when order.Terms.Side == OrderSide.Buy && Bar() is { } barred:
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
        _toSend.Add((owner, order.ClientOrderId));
    }

    private string? WhyNotSend(Owner owner, Order order)
    {
        var strategy = ((StrategyOwner)owner).Strategy;
        var price = context.Quotes?.Of(owner.Symbol);
        return this switch
        {
            _ when !strategy.MayEnter || order.IsCancelWanted => "the strategy may not enter any more",
            _ when Bar() is { } barred => barred,
            _ when context.Holds.ContainsKey(owner.Symbol) => "the symbol is held",
            _ when context.Now > order.SubmitBy || context.Session is not { } session || order.DecidedAt < session.Open => "its time to be sent had passed",
            _ when price is null => "there is no valid quote",
            _ when order.DecisionMid is { } mid && Math.Abs(price.Value.Mid - mid) * 100 >= context.Options.MaxIntentDriftPct * mid => "the price has moved away since it was decided",
            _ => null,
        };
    }

    private void PriceAnew(StrategyOwner owner, Order order)
    {
        var others = owner.Orders.Where(other => other.ClientOrderId != order.ClientOrderId && other.ClientOrderId != order.Replaces).ToList();
        var view = new StrategyView(owner.Strategy, others, context.Quotes?.Of(owner.Symbol), Conditions(owner));
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

    private void Refused(StrategyOwner owner, OrderTerms terms, Risk.RiskRefusal refusal)
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
