using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Notifications;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Maintenance;

/// <summary>Sends what waits in the outbox: by a timer, never in the way of trading.</summary>
public sealed partial class NotificationRound(
    NotificationDelivery delivery,
    DailySummary summary,
    OutboxRetention retention,
    Heartbeats heartbeats,
    ILogger<NotificationRound> log
)
{
    /// <summary>Publishes the daily summary when it is due, sends pending notifications, and prunes the outbox once a day. Failures are
    /// logged.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await TryAsync("the daily summary", () => summary.PublishAsync(cancellation), cancellation);
        await TryAsync("sending", () => delivery.RunAsync(cancellation), cancellation);
        await TryAsync("pruning the outbox", () => retention.PruneAsync(cancellation), cancellation);
        await TryAsync("the heartbeat", () => heartbeats.BeatAsync(Heartbeats.Delivery, cancellation), cancellation);
    }

    // A failed step is retried at the next tick, and must not stop the others.
    private Task TryAsync(string what, Func<Task> work, CancellationToken cancellationToken) =>
        MaintenanceStep.RunAsync(work, failure => LogFailed(log, failure, what, failure.Message), cancellationToken);

    [LoggerMessage(2030, LogLevel.Warning, "Notifications: {What} failed and is retried: {Message}")]
    private static partial void LogFailed(ILogger logger, Exception failure, string what, string message);
}
