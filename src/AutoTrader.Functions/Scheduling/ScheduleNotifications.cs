using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Functions.Scheduling;

/// <summary>Hands the messages of schedules to the channels; one without a text is the daily summary.</summary>
public sealed class ScheduleNotifications(NotificationPublisher publisher, DailySummary summary) : IScheduleNotifications
{
    /// <inheritdoc/>
    public async Task SendAsync(string key, DateTimeOffset at, string? message, CancellationToken cancellationToken) =>
        await publisher.PublishAsync(
            message is null ? await summary.ComposeAsync(key, at, cancellationToken) : NotificationComposer.Message(key, at, message),
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task PublishAsync(ScheduleRun ended, int missed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ended);
        var name = ended.Status switch
        {
            // The message itself says that it fired.
            RunStatus.Fired => ended.Task.Action == ScheduleAction.Notify ? null : NotificationEvent.ScheduleFired,
            // What had nothing to do has missed nothing.
            RunStatus.Skipped => ended.Code == ScheduleRun.NoOp ? null : NotificationEvent.ScheduleMissed,
            RunStatus.Failed => NotificationEvent.ScheduleFailed,
            _ => null,
        };
        if (name is not null)
        {
            var detail = missed > 1 ? $"{missed} occurrences were skipped: {ended.Code}." : ended.Outcome ?? ended.Code;
            await publisher.PublishAsync(
                NotificationComposer.OfSchedule(
                    name,
                    ended.Occurrence,
                    ended.StartedAt,
                    ended.ScheduleId,
                    WireNames.Of(ended.Task.Action),
                    ended.Task.Target,
                    detail
                ),
                cancellationToken
            );
        }
    }
}
