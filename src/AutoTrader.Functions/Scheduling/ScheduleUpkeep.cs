using AutoTrader.Core.Doors;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Scheduling.Running;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Scheduling;

/// <summary>What keeps schedules alive, by the clock.</summary>
public sealed partial class ScheduleUpkeep(ScheduleSweeper sweeper, EngineDoor engine, StrategyScheduleDoor strategies, Heartbeats heartbeats, WatchdogStarter watchdog, ILogger<ScheduleUpkeep> log)
{
    private const string Caller = "sweeper";

    /// <summary>Finishes what was left, fires what is overdue, and restarts orchestrations that are not there, the watchdog among them.</summary>
    [Function(nameof(SweepSchedules))]
    public async Task SweepSchedules([TimerTrigger("%SweepSchedule%", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await SweepAsync(client, context.CancellationToken);
        await watchdog.EnsureAsync(client, context.CancellationToken);
    }

    /// <summary>One sweep.</summary>
    internal async Task SweepAsync(DurableTaskClient client, CancellationToken cancellationToken)
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
