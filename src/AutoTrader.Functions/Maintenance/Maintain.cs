using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Maintenance;

/// <summary>
/// All work besides the cycle, on one timer: every timer costs a separate process on plans that scale by function, and about ten storage
/// requests a minute for the host's lock. Each step runs even if the one before failed.
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
    /// <summary>Sweeps schedules, ensures the watchdog, sends due notifications, and archives and deletes old records.</summary>
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
        await TryAsync("the sweep of schedules", () => schedules.RunAsync(client, cancellation), cancellation);
        await notifications.RunAsync(cancellation);
        await TryAsync("housekeeping", () => housekeeping.RunAsync(client, cancellation), cancellation);
        await TryAsync("the health report", () => health.RunAsync(cancellation), cancellation);
    }

    private Task TryAsync(string what, Func<Task> work, CancellationToken cancellation) =>
        MaintenanceStep.RunAsync(work, failure => LogFailed(log, failure, what, failure.Message), cancellation);

    [LoggerMessage(2113, LogLevel.Warning, "Maintenance: {What} failed and is retried at the next tick: {Message}")]
    private static partial void LogFailed(ILogger logger, Exception failure, string what, string message);
}
