using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Upkeep;

/// <summary>
/// The work beside the cycle, by one timer: every timer costs a process of its own on plans that scale by function, and the host's lock of
/// it some ten storage requests a minute. Each step runs, whatever became of the one before.
/// </summary>
public sealed partial class Maintain(
    ScheduleSweep schedules,
    NotificationRound notifications,
    Housekeeping housekeeping,
    WatchdogStarter watchdog,
    HealthReporter health,
    ILogger<Maintain> log
)
{
    // Wall clock.
    private static readonly TimeSpan LongestSweep = TimeSpan.FromMinutes(2);

    /// <summary>Looks after schedules and the watchdog, sends what is due, and archives and deletes what is old.</summary>
    [Function(nameof(Maintain))]
    public async Task RunAsync(
        [TimerTrigger("%MaintenanceSchedule%", UseMonitor = true)] TimerInfo timer,
        [DurableClient] DurableTaskClient client,
        FunctionContext context
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        await watchdog.EnsureAsync(client, context.CancellationToken);
        await RunAsync(client, context.CancellationToken);
    }

    /// <summary>One round of everything but the watchdog, which may be the caller.</summary>
    internal async Task RunAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        await TryAsync("the sweep of schedules", () => SweepAsync(client, cancellation), cancellation);
        await notifications.RunAsync(cancellation);
        await TryAsync("housekeeping", () => housekeeping.RunAsync(client, cancellation), cancellation);
        await TryAsync("telling health", () => health.RunAsync(cancellation), cancellation);
    }

    // After a long downtime it may have hours of work. It goes on where it stopped, and the others have their share of the host's five
    // minutes.
    private async Task SweepAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(LongestSweep);
        await schedules.RunAsync(client, bounded.Token);
    }

    private Task TryAsync(string what, Func<Task> work, CancellationToken cancellation) =>
        UpkeepStep.RunAsync(work, reason => LogFailed(log, what, reason), cancellation);

    [LoggerMessage(2113, LogLevel.Warning, "Maintenance: {What} failed and is tried again with the next tick: {Message}")]
    private static partial void LogFailed(ILogger logger, string what, string message);
}
