using AutoTrader.Core.Notifications;
using AutoTrader.Core.Scheduling.Running;

namespace AutoTrader.Functions.Scheduling;

/// <summary>Hands the messages of schedules to the channels; one without a text is the daily summary.</summary>
public sealed class ScheduleNotices(NoticeDesk desk, DailySummary summary) : IScheduleNotices
{
    /// <inheritdoc/>
    public async Task SendAsync(string key, DateTimeOffset at, string? message, CancellationToken cancellationToken) =>
        await desk.HandInAsync(message is null ? await summary.ComposeAsync(key, at, cancellationToken) : Notices.Message(key, at, message), cancellationToken);
}
