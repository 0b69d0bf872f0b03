using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Functions.Scheduling;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Api;

/// <summary>Archives and deletes old records at night. What it does not do, the next night does.</summary>
public sealed class Housekeeping(Retention retention, IScheduleStore schedules, IConfiguration configuration, TimeProvider clock, ILogger<Housekeeping> log)
{
    private const string RunRetention = "AutoTrader:Schedules:RetentionDays";
    private const int DefaultRunRetentionDays = 90;
    private const int Attempts = 600;
    private static readonly TimeSpan LeasePoll = TimeSpan.FromMilliseconds(200);

    // The engine keeps nothing of an ended orchestration that anyone needs.
    private static readonly TimeSpan KeepEnded = TimeSpan.FromDays(2);

    /// <summary>Deletes old runs of schedules and what the engine keeps of ended orchestrations; then, under the engine lease, archives old trading records.</summary>
    [Function(nameof(Housekeeping))]
    public async Task RunAsync([TimerTrigger("%HousekeepingSchedule%", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(timer);
        ArgumentNullException.ThrowIfNull(context);
        var now = clock.GetUtcNow();
        await new DurableScheduleRunner(client, log).PurgeAsync(now - KeepEnded, context.CancellationToken);
        await schedules.PruneRunsAsync(now.AddDays(-configuration.GetValue(RunRetention, DefaultRunRetentionDays)), context.CancellationToken);

        // Longer than a lease lasts that a dead holder left.
        for (var attempt = 0; attempt < Attempts && !await retention.RunAsync(context.CancellationToken); attempt++)
        {
            await Task.Delay(LeasePoll, TimeProvider.System, context.CancellationToken);
        }
    }
}
