using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Functions.Scheduling;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Upkeep;

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

    /// <summary>Finishes what was left, fires what is overdue, and restarts orchestrations that are not there.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        foreach (var (strategyId, reason) in (await strategies.ReconcileAsync(Caller, cancellationToken)).Dropped)
        {
            LogDropped(log, strategyId, reason);
        }

        var calendar = await engine.CalendarAsync(cancellationToken);
        await sweeper.SweepAsync(new DurableScheduleRunner(client, log), calendar, cancellationToken);
        await heartbeats.BeatAsync(Heartbeats.Sweep, cancellationToken);
    }

    [LoggerMessage(2102, LogLevel.Warning, "Strategy {StrategyId} is not scheduled any more: {Reason} Schedule it again, or enable it now")]
    private static partial void LogDropped(ILogger logger, string strategyId, string reason);
}
