using AutoTrader.Core.Doors;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Scheduling.Running;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Scheduling;

/// <summary>What keeps schedules alive and tidy, by the clock.</summary>
public sealed partial class ScheduleUpkeep(ScheduleSweeper sweeper, EngineDoor engine, StrategyScheduleDoor strategies, IScheduleStore store, IConfiguration configuration, TimeProvider clock, ILogger<ScheduleUpkeep> log)
{
    private const string RetentionSetting = "AutoTrader:Schedules:RetentionDays";
    private const int DefaultRetentionDays = 90;
    private const string Caller = "sweeper";

    // The engine keeps nothing of an ended orchestration that anyone needs.
    private static readonly TimeSpan KeepEnded = TimeSpan.FromDays(2);

    /// <summary>Finishes what was left, fires what is overdue, and restarts orchestrations that are not there.</summary>
    [Function(nameof(SweepSchedules))]
    public async Task SweepSchedules([TimerTrigger("%AutoTrader__SweepSchedule%", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (var (strategyId, reason) in (await strategies.ReconcileAsync(Caller, context.CancellationToken)).Dropped)
        {
            LogDropped(log, strategyId, reason);
        }

        var calendar = await engine.CalendarAsync(context.CancellationToken);
        await sweeper.SweepAsync(new DurableScheduleRunner(client, log), calendar, context.CancellationToken);
    }

    /// <summary>Deletes runs that are older than the setting <c>AutoTrader__Schedules__RetentionDays</c>, and what the engine keeps of ended orchestrations.</summary>
    [Function(nameof(PurgeSchedules))]
    public async Task PurgeSchedules([TimerTrigger("%AutoTrader__PurgeSchedule%", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var now = clock.GetUtcNow();
        await new DurableScheduleRunner(client, log).PurgeAsync(now - KeepEnded, context.CancellationToken);
        await store.PruneRunsAsync(now.AddDays(-configuration.GetValue(RetentionSetting, DefaultRetentionDays)), context.CancellationToken);
    }

    [LoggerMessage(2102, LogLevel.Warning, "Strategy {StrategyId} is not scheduled any more: {Reason} Schedule it again, or enable it now")]
    private static partial void LogDropped(ILogger logger, string strategyId, string reason);
}
