using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Functions.Scheduling;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Maintenance;

/// <summary>What keeps schedules alive.</summary>
public sealed partial class ScheduleSweep(
    ScheduleSweeper sweeper,
    EngineService engine,
    StrategyScheduleService strategies,
    Heartbeats heartbeats,
    ILogger<ScheduleSweep> log
)
{
    private const string Caller = "sweeper";

    /// <summary>How long one sweep may take (wall clock): after a long downtime it may have hours of work, and the others have their share
    /// of the host's five minutes.</summary>
    internal TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Finishes started runs, fires overdue occurrences, and restarts missing orchestrations. The next sweep continues where one
    /// stops.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(Longest);
        try
        {
            await SweepAsync(client, bounded.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogGoesOn(log);
        }

        // It works, however much there is to do.
        await heartbeats.BeatAsync(Heartbeats.Sweep, cancellationToken);
    }

    private async Task SweepAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var schedules = await sweeper.ListAsync(cancellationToken);
        var reconciled = await strategies.ReconcileAsync(Caller, schedules, cancellationToken);
        foreach (var (strategyId, reason) in reconciled.Dropped)
        {
            LogDropped(log, strategyId, reason);
        }

        if (reconciled is not { Made.Count: 0, Deleted.Count: 0 })
        {
            schedules = await sweeper.ListAsync(cancellationToken);
        }

        var calendar = await engine.CalendarAsync(cancellationToken);
        await sweeper.SweepAsync(new DurableOrchestrationClient(client, log), schedules, calendar, cancellationToken);
    }

    [LoggerMessage(2103, LogLevel.Information, "Too many overdue occurrences for one sweep; the next sweep continues")]
    private static partial void LogGoesOn(ILogger logger);

    [LoggerMessage(2102, LogLevel.Warning, "Strategy {StrategyId} is no longer scheduled: {Reason} Schedule it again, or enable it now")]
    private static partial void LogDropped(ILogger logger, string strategyId, string reason);
}
