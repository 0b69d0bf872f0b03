namespace AutoTrader.Core.Notifications;

/// <summary>What came of sending a notification to a channel.</summary>
/// <param name="IsDelivered">Whether the channel took it.</param>
/// <param name="Error">Otherwise: what went wrong, in a few words, without the channel's address.</param>
/// <param name="RetryAfter">How long the channel asks to be left alone.</param>
/// <param name="IsUnreachable">Whether the next notification would fare no better now.</param>
public sealed record SendResult(bool IsDelivered, string? Error = null, TimeSpan? RetryAfter = null, bool IsUnreachable = false)
{
    /// <summary>The channel took it.</summary>
    public static SendResult Delivered { get; } = new(true);
}

/// <summary>A channel that people read: Discord, Slack, Teams, a webhook.</summary>
public interface INotificationChannel
{
    /// <summary>Its name, as the settings call it.</summary>
    string Name { get; }

    /// <summary>What kind it is: <c>discord</c>, <c>slack</c>, <c>teams</c>, <c>webhook</c>.</summary>
    string Kind { get; }

    /// <summary>Where it sends to, with everything left out that lets others send there.</summary>
    string RedactedAddress { get; }

    /// <summary>The events that the settings keep from it.</summary>
    IReadOnlySet<string> Muted { get; }

    /// <summary>Sends a notification. Does not throw but for a cancellation.</summary>
    Task<SendResult> SendAsync(Notification notification, CancellationToken cancellationToken);
}

/// <summary>The channels of the settings.</summary>
/// <param name="All">Every channel; empty when notifications are off.</param>
public sealed record NotificationChannels(IReadOnlyList<INotificationChannel> All)
{
    /// <summary>The channels that do not mute the event <paramref name="eventName"/>, so that unknown names are delivered.</summary>
    public IEnumerable<INotificationChannel> Wanting(string eventName) => All.Where(channel => !channel.Muted.Contains(eventName));

    /// <summary>The channels that get a notification: the one that it names, or those that want its event.</summary>
    public IEnumerable<INotificationChannel> For(Notification notification) =>
        notification.Channel is { } name ? All.Where(channel => channel.Name == name) : Wanting(notification.Event);
}

/// <summary>How notifications are delivered.</summary>
public sealed record DeliveryOptions
{
    /// <summary>How often a channel is tried before the notification is given up and shown in the attention list.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>The time from the first attempt to the second; it doubles with each (wall clock).</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest time between two attempts (wall clock).</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the host that sends a notification keeps it from the others; longer than any sending takes (wall clock).</summary>
    public TimeSpan Claim { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one run may send (wall clock).</summary>
    public TimeSpan RunFor { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How long sent notifications are kept (business time).</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);
}
