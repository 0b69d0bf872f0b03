using AutoTrader.Core.Engine.Commands;
using AutoTrader.Core.Engine.Decide;
using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Execute;

/// <summary>
/// The last step of a cycle: checks, commits and sends what was decided, in rounds. What a round touched is decided about again: a cancel
/// that is confirmed, an entry that filled, a protection that was refused are followed up in the same cycle. Orders go out as exits,
/// protection, cancels, entries.
/// </summary>
internal sealed class DecisionExecutor
{
    private const int MostRounds = 5;

    private static readonly Dictionary<string, ConditionReading> NotRead = new(StringComparer.Ordinal);

    private readonly CycleContext _context;
    private readonly CycleFrame _frame;
    private readonly Committer _committer;
    private readonly ServedCommands _served;
    private readonly Decider _decider;
    private readonly IndicatorReadings _indicators;
    private readonly OrderDispatch _dispatch;
    private readonly SendQueue _queue;
    private readonly PreTradeRisk _risk;
    private readonly ManualOrders _manual;
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly List<(StrategyBook Book, OrderPlan Plan)> _entries = [];
    private IReadOnlyDictionary<string, ConditionReading>? _readings;
    private HashSet<string> _closing = [];
    private int _rounds;

    public DecisionExecutor(
        CycleContext context,
        CycleFrame frame,
        Committer committer,
        OrderUpdates updates,
        ServedCommands served,
        Decider decider,
        IndicatorReadings indicators
    )
    {
        (_context, _frame, _committer, _served, _decider, _indicators) = (context, frame, committer, served, decider, indicators);
        _dispatch = new(context, updates);
        _queue = new(context, committer, updates, _dispatch);
        _risk = new(context, frame);
        _manual = new(context, frame, _risk, committer, _queue);
    }

    /// <summary>Settles what earlier cycles and commands left.</summary>
    /// <returns>What the first round decides by.</returns>
    public async Task<Round> BeginAsync()
    {
        await new AbsentIntents(_context, _frame, Conditions(), _committer, _queue).SettleAsync();
        new ShortCover(_context, _frame, _queue).Cover();
        foreach (var (book, sale) in _served.Sales)
        {
            _queue.Add(book, sale);
        }

        _closing = ClosingNow();
        _manual.TakeBack(Conditions());
        foreach (var book in _context.Set.Books.ToList())
        {
            await _committer.CheckpointAsync(book);
        }

        return Next(_frame.Positions);
    }

    /// <summary>Carries a round out.</summary>
    /// <returns>What the next one decides by; null when it is not to be.</returns>
    public async Task<Round?> RunAsync(IReadOnlyList<StrategyDecision> decisions)
    {
        var isFirst = _rounds++ == 0;
        Apply(decisions, countThem: isFirst && _frame.MarketOpen);
        if (_context.Request.DryRun)
        {
            if (await ReadConditionsAsync())
            {
                return Next(_frame.Positions);
            }

            ReportEntries();
            return null;
        }

        await _committer.CommitAsync();
        await _queue.SendAsync();
        await _queue.CancelAsync();
        if (isFirst)
        {
            await _manual.PlaceAsync(_served);
        }

        await EnterAsync();
        await _committer.CommitAsync();
        return (_rounds < MostRounds && Touched().Any()) || await ReadConditionsAsync() ? Next(await LookAgainAsync()) : null;
    }

    // Once a cycle, when nothing is left that sells or protects: reading bars may take seconds.
    private async Task<bool> ReadConditionsAsync()
    {
        if (_readings is not null)
        {
            return false;
        }

        _readings = await _indicators.ReadAsync(book => Conditions().Of(book, book.Strategy).EntriesBarred is not null);
        _rounds = 1;
        foreach (var book in _context.Set.Strategies.Where(book => _readings.ContainsKey(book.Id)))
        {
            book.IsTouched = true;
        }

        return Touched().Any();
    }

    private IEnumerable<StrategyBook> Touched() =>
        _context.Set.Strategies.Where(book => book is { IsTouched: true, IsStale: false } && !_failed.Contains(book.Id));

    private HashSet<string> ClosingNow() =>
        _context
            .Set.Strategies.Where(book => book.Strategy.Closing is not null)
            .Select(book => book.Symbol)
            .ToHashSet(StringComparer.Ordinal);

    // Before anything is decided, a close that has filled is over: it bars nobody any more.
    private Round Next(IReadOnlyDictionary<string, BrokerPosition> positions)
    {
        foreach (var book in Touched())
        {
            Guard(book, () => _context.Change(book, Lifecycle.Settle(book.Strategy, book.Orders, _context.Now)));
        }

        var before = _closing;
        _closing = ClosingNow();
        foreach (var book in _context.Set.Strategies.Where(book => before.Contains(book.Symbol) && !_closing.Contains(book.Symbol)))
        {
            book.IsTouched = true;
        }

        List<StrategyBook> touched = [.. Touched()];
        touched.ForEach(book => book.IsTouched = false);
        return RoundOf(touched, positions);
    }

    private Round RoundOf(IReadOnlyList<StrategyBook> touched, IReadOnlyDictionary<string, BrokerPosition> positions) =>
        new(touched, _closing, positions, _dispatch.Refused, _readings ?? NotRead);

    private DecisionConditions Conditions() => new(_context, _frame, RoundOf([], _frame.Positions));

    // What was sold since the cycle began must not be sold again.
    private async Task<IReadOnlyDictionary<string, BrokerPosition>> LookAgainAsync() =>
        _frame.Mismatches.Keys.Any(_frame.IsMismatched) ? await Reconciliation.ReadAsync(_context) : _frame.Positions;

    // One strategy that throws is reported and skipped; it never stops the others.
    private void Guard(StrategyBook book, Action step)
    {
        try
        {
            step();
        }
        catch (Exception failure) when (failure is not CycleStoppedException)
        {
            Skip(book, failure);
        }
    }

    private void Skip(StrategyBook book, Exception failure)
    {
        _failed.Add(book.Id);
        _context.Ports.Events.Faulted($"The evaluation of {book.Id}", failure);
        _context.Journal.CountSkipped();
        _context.Journal.Raise("STRATEGY_ERROR", TradingKey.Strategy(book.Id), $"{book.Id} could not be evaluated: {failure.Message}");
        _context.Journal.Publish(EngineEventKind.StrategySkipped, book.Id, book.Symbol, $"{book.Id} skipped: {failure.Message}");
    }

    private void Apply(IReadOnlyList<StrategyDecision> decisions, bool countThem)
    {
        foreach (var made in decisions)
        {
            if (made.Failure is { } failure)
            {
                Skip(made.Book, failure);
                continue;
            }

            if (countThem && made.HasPrice is { } hasPrice)
            {
                _context.Journal.CountEvaluated(hasPrice);
            }

            if (!made.Decision.IsNone || !ReferenceEquals(made.Strategy, made.Book.Strategy))
            {
                Guard(made.Book, () => Apply(made));
            }
        }
    }

    private void Apply(StrategyDecision made)
    {
        var (book, decision) = (made.Book, made.Decision);
        _context.Change(book, made.Strategy);
        if (decision.Next is { } next)
        {
            _context.Journal.Decide(
                book,
                "state",
                $"{WireNames.Of(book.Strategy.Phase)} -> "
                    + $"{(next.Closing is { } closing ? "closing: " + closing.Reason : WireNames.Of(next.Phase))}"
            );
            _context.Change(book, next);
        }

        foreach (var (order, reason) in book.Cancel(decision.Cancel, _context.Now))
        {
            _context.Journal.Decide(book, "cancel", $"{WireNames.Of(order.Terms)}: {reason}");
        }

        foreach (var plan in decision.Place)
        {
            if (plan.Role == OrderRole.Entry)
            {
                _entries.Add((book, plan));
            }
            else
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
            _context.Journal.Decide(book, WireNames.Of(plan.Role), $"{WireNames.Of(plan.Terms)} ({plan.Reason})");
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
            DecidedAt = _context.Now,
            DecisionMid = _frame.Quotes?.Of(book.Symbol)?.Mid,
            SubmitBy = isEntry ? Earlier(_context.Now + _context.Options.MaxIntentAge, _frame.Session?.Close) : null,
            Slot = plan.Slot,
            ExitRevision = strategy.ExitRevision,
            Replaces = plan.Replaces?.ClientOrderId,
            Note = plan.Reason,
        };
        _context.Set.Add(book, order);
        _context.Change(book, Lifecycle.Settle(strategy with { NextSequence = strategy.NextSequence + 1 }, book.Orders, _context.Now));
        _context.Journal.Decide(book, WireNames.Of(plan.Role), $"{WireNames.Of(plan.Terms)} ({plan.Reason})");
        return order;
    }

    private async Task EnterAsync()
    {
        var waiting = _entries.ToList();
        _entries.Clear();
        _risk.Refresh();
        foreach (var batch in waiting.Chunk(_context.Options.EntriesAhead))
        {
            var admitted = new List<(StrategyBook Book, Order Order)>();
            var hasRoom = _context.Ports.Broker.HasRoomForEntries;
            foreach (var (book, plan) in batch)
            {
                if (book.IsStale)
                {
                    continue;
                }

                if (!hasRoom)
                {
                    Refused(book, plan.Terms, PreTradeCheck.RequestsScarce);
                    continue;
                }

                if (_risk.Check(book, plan.Terms, book) is { } refusal)
                {
                    Refused(book, plan.Terms, refusal);
                    continue;
                }

                admitted.Add((book, Intend(book, plan)));
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
        Apply(_decider.Decide(Next(await LookAgainAsync())), countThem: false);
        foreach (var (book, _) in _entries)
        {
            book.IsTouched = true;
        }

        _entries.Clear();
        await _committer.CommitAsync();
        await _queue.SendAsync();
    }

    private void ReportEntries()
    {
        foreach (var (book, plan) in _entries)
        {
            var refusal = _risk.Check(book, plan.Terms, book);
            _context.Journal.Decide(
                book,
                refusal is null ? "entry" : "refused",
                $"{WireNames.Of(plan.Terms)} ({refusal?.Message ?? plan.Reason})"
            );
        }
    }

    private void Refused(StrategyBook book, OrderTerms terms, RejectReason refusal)
    {
        _context.Journal.Decide(book, "refused", $"{WireNames.Of(terms)}: {refusal.Message}");
        if (_context.Change(book, book.Strategy with { WaitingFor = refusal.Message }))
        {
            _context.Journal.Publish(EngineEventKind.RiskRefused, book.Id, book.Symbol, $"{book.Id} {refusal.Code}: {refusal.Message}");
            book.IsTouched = false;
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset? right) => right < left ? right.Value : left;
}
