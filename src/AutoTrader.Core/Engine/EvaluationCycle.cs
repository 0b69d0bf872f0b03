using AutoTrader.Core.Engine.Commands;
using AutoTrader.Core.Engine.Decide;
using AutoTrader.Core.Engine.Execute;
using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine;

/// <summary>
/// The evaluation cycle (docs/trading-rules.md, "The evaluation cycle"): take the lease, load, repair unfinished intents, take in what
/// happened at the broker, reconcile, then decide, commit and send; and record what was done.
/// </summary>
public sealed class EvaluationCycle(EnginePorts ports, EngineOptions options) : IEvaluationCycle
{
    private const int CyclesOfAppliedExecutions = 2;

    // Wall clock.
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(10);

    private readonly BarHistory _history = new();

    /// <inheritdoc/>
    public async Task<CycleResult> RunAsync(CycleRequest request, CancellationToken cancellationToken)
    {
        await using var lease = request.DryRun
            ? null
            : await ports.Lease.TryAcquireAsync(ports.Broker.AccountKey, options.Holder, cancellationToken);
        if (lease is null && !request.DryRun)
        {
            ports.Events.LeaseContended();
            return new(CycleOutcome.HeldElsewhere, null, []);
        }

        using var deadline = new CancellationTokenSource(options.CycleDeadline);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(
            deadline.Token,
            lease?.Lost ?? CancellationToken.None,
            cancellationToken
        );
        try
        {
            return await RunAsync(request, lease, linked.Token, cancellationToken);
        }
        catch (Exception failure)
            when (failure is StorageUnavailableException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var now = Now(request);
            var record = new CycleRecord
            {
                Planned = request.Planned ?? now,
                StartedAt = now,
                Cause = request.Cause,
                Holder = options.Holder,
                Error = failure.Message,
            };
            ports.Events.CycleEnded(record);
            return new(CycleOutcome.Stopped, record, []);
        }
    }

    private async Task<CycleResult> RunAsync(
        CycleRequest request,
        IHeldLease? lease,
        CancellationToken cancellationToken,
        CancellationToken caller
    )
    {
        var started = TimeProvider.System.GetTimestamp();
        var account = ports.Broker.AccountKey;
        var memory = await ports.Engine.LoadAsync(account, cancellationToken);
        if (request.Planned is { } planned && memory?.Value.LastTick >= planned)
        {
            return new(CycleOutcome.AlreadyRun, null, []);
        }

        var remembered = memory?.Value ?? new EngineState();
        var now = Now(request);
        if (await QuietTick.IsAsync(ports, request, memory?.Value, now, cancellationToken))
        {
            var quiet = QuietTick.Record(request, remembered, options.Holder, now);
            var heartbeat = remembered with { LastTick = request.Planned, LastCycleAt = now, LastHolder = options.Holder };
            await ports.Engine.SaveAsync(account, heartbeat, memory?.Version, quiet, cancellationToken);
            ports.Events.CycleEnded(quiet);
            return new(CycleOutcome.Ran, quiet, []);
        }

        var context = new CycleContext(ports, options, request, now, lease, cancellationToken)
        {
            Journal = new(ports.Events, now, request.DryRun, remembered.Attention),
            Set = new(await ports.Trading.LoadAsync(account, cancellationToken)),
            State = remembered,
            Holds = new(remembered.Holds, StringComparer.Ordinal),
        };
        context.Follow(ExchangeDays.CalendarOf(remembered.Exchange.Days));
        var committer = new Committer(context);
        var actions = new CorporateActions(context);
        var steps = new Steps(context, committer, actions, new(context, committer, actions), _history);
        string? error = null;
        try
        {
            await steps.RunAsync();
        }
        catch (Exception failure) when (!caller.IsCancellationRequested)
        {
            error = failure is OperationCanceledException ? "The cycle's time is over, or the engine lease was lost." : failure.Message;
            if (Faults.IsOurs(failure))
            {
                ports.Events.Faulted("The cycle", failure);
            }

            context.Journal.Raise(Attention.CycleStopped, TradingKey.Account, $"The cycle stopped before its end: {error}");
        }

        var report = new AttentionReport(context);
        var (attention, stuckCancels) = report.Compose(isWhole: error is null);
        var record = steps.Record(attention.Count, (long)TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, error);
        if (lease is { IsHeld: true })
        {
            // What was done is written down, also when the time for doing it is over.
            using var closing = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, caller);
            closing.CancelAfter(ClosingTime);
            await report.PublishAsync(closing.Token);
            await ports.Engine.SaveAsync(account, steps.Remember(attention, stuckCancels, error), memory?.Version, record, closing.Token);
        }

        ports.Events.CycleEnded(record);
        return new(error is null ? CycleOutcome.Ran : CycleOutcome.Stopped, record, context.Journal.Decisions)
        {
            CommandResults = context.Journal.Answers,
        };
    }

    // A tick may come milliseconds early on the real host; a late one is decided by the clock.
    private DateTimeOffset Now(CycleRequest request) =>
        ports.Clock.GetUtcNow() is var now && request.Planned > now ? request.Planned.Value : now;

    /// <summary>The steps of one cycle, in their order.</summary>
    private sealed class Steps(CycleContext context, Committer committer, CorporateActions actions, OrderIntake intake, BarHistory history)
    {
        private bool _hasTakenIn;

        public async Task RunAsync()
        {
            var repair = new IntentRepair(context, committer, intake);
            var reconciliation = new Reconciliation(context);
            var admission = new PreTradeRisk(context);
            var served = new ServedCommands(context);
            var loss = new DailyLoss(context, committer);
            var cash = new CashCheck(context, committer, actions);
            var exchange = new ExchangeCheck(context);

            await CheckAccountAsync();
            await exchange.LookAsync();
            await actions.LearnAsync();
            await intake.TakeOrdersAsync();
            await repair.RunAsync();
            await intake.TakeExecutionsAsync(loss.BeginDayAsync);
            await reconciliation.RunAsync();
            await actions.RunAsync();
            _hasTakenIn = true;
            await cash.RunAsync();
            await new SymbolCheck(context).LookAsync();
            var feeds = new FeedCheck(context);
            await feeds.LookAsync();
            if (context.Session is { } session)
            {
                await QuoteAsync(session, feeds);
                actions.CheckOvernight(context.State.Quotes, context.Quotes!);
                loss.Latch();
            }

            if (!context.Request.DryRun)
            {
                await new CommandDispatcher(context, admission, actions, served).HandleAsync(committer);
                await new CashAcceptance(context, cash, served).HandleAsync();
            }

            cash.Report();
            actions.Report();
            await DeleteAsync(served, committer);
            if (context.Session is { } open)
            {
                await new IndicatorReadings(context, history).ReadAsync(open);
            }

            await new DecisionRound(context, committer, intake, new(context, intake), admission, repair, reconciliation).RunAsync(served);
            await WriteLooseAsync(served);
        }

        public CycleRecord Record(int attention, long durationMs, string? error) =>
            new()
            {
                Planned = context.Request.Planned ?? context.Now,
                StartedAt = context.Now,
                Cause = context.Request.Cause,
                Holder = context.Options.Holder,
                MarketOpen = context.MarketOpen,
                Evaluated = context.Journal.Evaluated,
                WithoutQuote = context.Journal.WithoutQuote,
                Skipped = context.Journal.Skipped,
                Submitted = context.Journal.Submitted,
                Canceled = context.Journal.Canceled,
                Fills = context.Journal.Fills,
                Attention = attention,
                DurationMs = durationMs,
                Error = error,
                Events = context.Journal.Lines,
            };

        public EngineState Remember(IReadOnlyList<Attention> attention, IReadOnlyDictionary<string, int> stuckCancels, string? error) =>
            context.State with
            {
                Quiet = error is null ? QuietTick.After(context, intake.Shown.Values) : null,
                LastTick = context.Request.Planned ?? context.State.LastTick,
                LastCycleAt = context.Now,
                LastHolder = context.Options.Holder,
                Quotes = context.Quotes?.Memory ?? context.State.Quotes,
                Mismatches = _hasTakenIn ? context.Mismatches : context.State.Mismatches,
                Holds = context.Holds,
                Attention = attention,
                StuckCancels = stuckCancels,
                // What was not taken in, because the cycle stopped or a split is waited for, the next one must still read.
                ReadTo = _hasTakenIn && !actions.IsWaiting ? context.Now : context.State.ReadTo,
                Applied = intake.AppliedSince(context.Now - (context.Options.ReadOverlap * CyclesOfAppliedExecutions)),
            };

        private async Task CheckAccountAsync()
        {
            if (context.Set.Account.Restoring is { } mark)
            {
                throw new CycleStoppedException(
                    $"A restore that {mark.By} began at {mark.Since:yyyy-MM-dd HH:mm:ss}Z has not ended; nothing is traded on half a "
                        + "state. Do it again: trader restore, or trader rebuild."
                );
            }

            var account = context.Account = await context.Ports.Broker.GetAccountAsync(context.Cancellation);
            var known = context.Set.Account.AccountNumber;
            if (known is null)
            {
                context.Set.Set(context.Set.Account with { AccountNumber = account.Number });
            }
            else if (known != account.Number)
            {
                throw new CycleStoppedException(
                    $"The broker's account is {account.Number}, but this state belongs to {known}. Check the broker's keys; nothing "
                        + "is traded."
                );
            }

            if (account.TradingBlocked)
            {
                context.Journal.Raise("TRADING_BLOCKED", TradingKey.Account, "The broker refuses all orders of this account.");
            }
        }

        private async Task QuoteAsync(Session session, FeedCheck feeds)
        {
            // A halt that a manual order met is followed to its end: the next order meets it, too.
            var symbols = feeds
                .Symbols.Concat(context.State.Quotes.Where(pair => pair.Value.In(session).Halted).Select(pair => pair.Key))
                .ToHashSet(StringComparer.Ordinal);
            var none = new Dictionary<string, Quote>(StringComparer.Ordinal);
            var quotes =
                symbols.Count == 0
                    ? none
                    : await context.AskMarketAsync(market => market.GetQuotesAsync(symbols, context.Cancellation), none);
            context.Quotes = new(symbols, quotes, context.State.Quotes, context.Options.Quotes, context.Now, session, context.Feeds);
            feeds.ReportHalts(context.Quotes);
        }

        private async Task DeleteAsync(ServedCommands served, Committer committer)
        {
            foreach (var (strategy, heir) in served.Deletions)
            {
                await committer.CommitTogetherAsync(strategy, heir);
                context.Set.Remove(strategy);
            }
        }

        private async Task WriteLooseAsync(ServedCommands served)
        {
            if (context.Request.DryRun)
            {
                return;
            }

            await committer.CommitLooseAsync(served.Loose);
        }
    }
}
