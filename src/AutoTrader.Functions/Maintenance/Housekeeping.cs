using AutoTrader.Core.Engine;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Functions.Scheduling;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Maintenance;

/// <summary>Archives and deletes old records, once per New York day and never in a session, because it takes the engine lease. The next day
/// does what it misses.</summary>
public sealed class Housekeeping(
    Retention retention,
    IScheduleStore schedules,
    Heartbeats heartbeats,
    IConfiguration configuration,
    TimeProvider clock,
    ILogger<Housekeeping> log
)
{
    private const string RunRetention = "AutoTrader:Schedules:RetentionDays";
    private const int DefaultRunRetentionDays = 90;

    // The engine keeps nothing of an ended orchestration that anyone needs.
    private static readonly TimeSpan KeepEnded = TimeSpan.FromDays(2);

    // It holds the lease that the first cycle of a session needs.
    private static readonly TimeSpan BeforeOpen = TimeSpan.FromMinutes(15);

    // Only what saves a read each minute.
    private DateOnly? _done;

    /// <summary>
    /// Deletes old runs of schedules and the history of ended orchestrations; then, under the engine lease, archives old trading
    /// records. Does nothing when it has run today, or the exchange is open or about to open; without the lease it archives nothing and
    /// tries again with the next tick.
    /// </summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var today = TradingCalendar.Nyse.TradingDay(now);
        if (_done == today || TradingCalendar.Nyse.CurrentOrNext(now).Open < now + BeforeOpen)
        {
            return;
        }

        if (
            await heartbeats.LastAsync(Heartbeats.Housekeeping, cancellationToken) is not { } last
            || TradingCalendar.Nyse.TradingDay(last) != today
        )
        {
            // First what needs no lease: that it cannot be had, or that an archive fails, keeps nothing else from being deleted.
            await new DurableOrchestrationClient(client, log).PurgeAsync(now - KeepEnded, cancellationToken);
            await schedules.PruneRunsAsync(now.AddDays(-configuration.GetValue(RunRetention, DefaultRunRetentionDays)), cancellationToken);
            if (!await retention.RunAsync(cancellationToken))
            {
                return;
            }

            await heartbeats.BeatAsync(Heartbeats.Housekeeping, cancellationToken);
        }

        _done = today;
    }
}
