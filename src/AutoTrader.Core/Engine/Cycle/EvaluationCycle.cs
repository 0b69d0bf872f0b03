using AutoTrader.Core.Engine.Commands;
using AutoTrader.Core.Engine.Decide;
using AutoTrader.Core.Engine.Execute;
using AutoTrader.Core.Engine.Observe;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Cycle;

/// <summary>
/// The evaluation cycle (docs/trading-rules.md, "The evaluation cycle"): take the lease and load; observe, handle commands, decide,
/// execute; and record what was done. Each step returns what it found, and the next decides by that.
/// </summary>
public sealed class EvaluationCycle(EnginePorts ports, EngineOptions options) : IEvaluationCycle
{
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
        var stored = await ports.Engine.LoadAsync(account, cancellationToken);
        if (request.Planned is { } planned && stored?.Value.LastTick >= planned)
        {
            return new(CycleOutcome.AlreadyRun, null, []);
        }

        var remembered = stored?.Value ?? new EngineState();
        var now = Now(request);
        if (await QuietTick.IsAsync(ports, request, stored?.Value, now, cancellationToken))
        {
            var quiet = QuietTick.Record(request, remembered, options.Holder, now);
            var heartbeat = remembered with { LastTick = request.Planned, LastCycleAt = now, LastHolder = options.Holder };
            await ports.Engine.SaveAsync(account, heartbeat, stored?.Version, quiet, cancellationToken);
            ports.Events.CycleEnded(quiet);
            return new(CycleOutcome.Ran, quiet, []);
        }

        var context = new CycleContext(ports, options, request, now, lease, cancellationToken)
        {
            Journal = new(ports.Events, now, request.DryRun, remembered.Attention),
            Set = new(await ports.Trading.LoadAsync(account, cancellationToken)),
            Before = remembered,
        };
        var committer = new Committer(context);
        var frame = CycleFrame.Remembered(context);
        string? error = null;
        try
        {
            (frame, var updates) = await new Observation(context, committer).ObserveAsync();
            (frame, var served) = await new CommandDispatcher(context, frame, committer).HandleAsync();
            var decider = new Decider(context, frame, served.IsDeleting);
            var readings = new IndicatorReadings(context, frame, _history);
            var executor = new DecisionExecutor(context, frame, committer, updates, served, decider, readings);
            for (var round = await executor.BeginAsync(); round is not null;)
            {
                var decisions = decider.Decide(round);
                round = await executor.RunAsync(decisions);
            }

            await committer.CommitLooseAsync(served.Loose);
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

        var report = new AttentionReport(context, frame);
        var (attention, stuckCancels) = report.Compose(isWhole: error is null);
        var record = CycleEnd.Record(context, frame, attention.Count, TimeProvider.System.GetElapsedTime(started), error);
        if (lease is { IsHeld: true })
        {
            // The work is recorded even after the deadline.
            using var closing = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, caller);
            closing.CancelAfter(ClosingTime);
            await committer.PublishAsync(report.Notifications, closing.Token);
            var next = CycleEnd.Remember(context, frame, attention, stuckCancels, error);
            await ports.Engine.SaveAsync(account, next, stored?.Version, record, closing.Token);
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
}
