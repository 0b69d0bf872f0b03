using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoTrader.Core.Application;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Contracts;

/// <summary>How the notifications are doing.</summary>
/// <param name="Channels">The channels without their secrets.</param>
/// <param name="Events">The events that there are.</param>
/// <param name="Recent">The latest notifications.</param>
/// <param name="DeadLetters">Those that could not be delivered.</param>
/// <param name="NextCursor">Where the next page begins; null on the last.</param>
public sealed record NotificationsView(
    IReadOnlyList<ChannelView> Channels,
    IReadOnlyList<string> Events,
    IReadOnlyList<OutboxView> Recent,
    IReadOnlyList<DeadLetterView> DeadLetters,
    string? NextCursor
);

/// <summary>A channel without its secrets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Address">Its address, redacted.</param>
/// <param name="Muted">The events that it does not get.</param>
public sealed record ChannelView(string Name, string Kind, string Address, IReadOnlyList<string> Muted);

/// <summary>A notification.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Event">The event.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Title">Its title.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">Its text.</param>
/// <param name="Facts">Labels and values.</param>
public sealed record NotificationView(
    string Id,
    string Event,
    DateTimeOffset At,
    string Title,
    string? Subject,
    string? Text,
    IReadOnlyList<NotificationFactView> Facts
);

/// <summary>A label and a value.</summary>
/// <param name="Label">The label.</param>
/// <param name="Value">The value.</param>
public sealed record NotificationFactView(string Label, string Value);

/// <summary>A notification and what became of it.</summary>
/// <param name="Notification">The notification.</param>
/// <param name="Deliveries">One for each channel.</param>
public sealed record OutboxView(NotificationView Notification, IReadOnlyList<DeliveryView> Deliveries);

/// <summary>What became of a notification on one channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Status">The status.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextAt">When it is tried again (UTC).</param>
/// <param name="DeliveredAt">When it was delivered (UTC).</param>
/// <param name="Error">The channel's last error.</param>
public sealed record DeliveryView(
    string Channel,
    DeliveryStatus Status,
    int Attempts,
    DateTimeOffset? NextAt,
    DateTimeOffset? DeliveredAt,
    string? Error
);

/// <summary>A notification that some channel did not take.</summary>
/// <param name="Key">The key of its attention item.</param>
/// <param name="Event">The event.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Title">Its title.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">Its text.</param>
/// <param name="Channels">Which channels.</param>
/// <param name="Error">Their error.</param>
/// <param name="GivenUpAt">When it was given up (UTC).</param>
public sealed record DeadLetterView(
    string Key,
    string Event,
    DateTimeOffset At,
    string Title,
    string? Subject,
    string? Text,
    IReadOnlyList<string> Channels,
    string? Error,
    DateTimeOffset GivenUpAt
);

/// <summary>What a channel answered to the test message.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Delivered">Whether it took it.</param>
/// <param name="Error">Its error.</param>
public sealed record SendView(string Channel, bool Delivered, string? Error);

/// <summary>Sends the test message.</summary>
/// <param name="Channel">The channel; <c>all</c> for every one.</param>
public sealed record ChannelRequest(
    [property: Description("The channel, or all."), MaxLength(32), DefaultValue(NotificationService.AllChannels)]
        Optional<string> Channel = default
);

/// <summary>Sends a message.</summary>
/// <param name="Message">What to say.</param>
/// <param name="Channel">The channel; <c>all</c> for every one that does not mute the event <c>manual</c>.</param>
public sealed record MessageRequest(
    [property: Description("The message."), MaxLength(Notification.MaxText), DataType(DataType.MultilineText)] string Message,
    [property: Description("The channel, or all."), MaxLength(32), DefaultValue(NotificationService.AllChannels)]
        Optional<string> Channel = default
);
