using AutoTrader.Core.Application;
using AutoTrader.Core.Notifications;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>What people are told on their channels.</summary>
public sealed class NotificationFunctions(NotificationService service, Cursors cursors)
{
    private const string Name = "notifications";

    internal static ApiEndpoint Get { get; } =
        new ApiEndpoint(
            nameof(GetNotifications),
            "get",
            "notifications",
            "The channels without their secrets, the latest notifications with what became of them, and those that could not be "
                + "delivered."
        )
        {
            Tag = "notifications",
            Answer = typeof(NotificationsView),
        }.Paged();

    internal static ApiEndpoint Test { get; } =
        new(
            nameof(TestNotifications),
            "post",
            "notifications/test",
            "Sends the test message at once and tells what each channel " + "answered."
        )
        {
            Tag = "notifications",
            Body = [Field.Text("channel", "Which channel; all for every one.", 32) with { Default = NotificationService.AllChannels }],
            BodyOptional = true,
            Answer = typeof(ListView<SendView>),
            Refusals = [404, 409],
        };

    internal static ApiEndpoint Send { get; } =
        new(
            nameof(SendNotification),
            "post",
            "notifications/send",
            "Sends a message to every channel that does not mute the event manual, within a minute or so."
        )
        {
            Headers = [Header.Location],
            Tag = "notifications",
            Body = [Field.Text("message", "What to say.", Notification.MaxText) with { Required = true, Multiline = true }],
            Status = StatusCodes.Status202Accepted,
            Answer = typeof(NotificationView),
            Refusals = [409],
        };

    /// <summary>Channels, recent deliveries and dead letters.</summary>
    [Function(nameof(GetNotifications))]
    public async Task<IResult> GetNotifications(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "notifications")] HttpRequest request
    )
    {
        var call = await ApiRequest.ReadAsync(request, Get);
        var status = await service.StatusAsync(call.Limit, cursors.Read(Name, call.Query.Text("cursor")), call.Cancellation);
        return ApiResult.Of(NotificationsView.Of(status, cursors.Write(Name, status.Continuation)));
    }

    /// <summary>Sends the test message.</summary>
    [Function(nameof(TestNotifications))]
    public async Task<IResult> TestNotifications(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "notifications/test")] HttpRequest request
    )
    {
        var call = await ApiRequest.ReadAsync(request, Test);
        var results = await service.TestAsync(call.Body.Text("channel") ?? NotificationService.AllChannels, call.Caller, call.Cancellation);
        return ApiResult.Of(ListView<SendView>.Of(results.Select(it => new SendView(it.Key, it.Value.IsDelivered, it.Value.Error))));
    }

    /// <summary>Publishes a message.</summary>
    [Function(nameof(SendNotification))]
    public async Task<IResult> SendNotification(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "notifications/send")] HttpRequest request
    )
    {
        var call = await ApiRequest.ReadAsync(request, Send);
        var notification = await service.SendAsync(call.Body.Text("message")!, call.Caller, call.Cancellation);
        return ApiResult.Of(NotificationView.Of(notification), StatusCodes.Status202Accepted).With("Location", "/api/notifications");
    }
}

/// <summary>What a channel answered.</summary>
internal sealed record SendView(string Channel, bool Delivered, string? Error);

/// <summary>A channel without its secrets.</summary>
internal sealed record ChannelView(string Name, string Kind, string Address, IReadOnlyList<string> Muted);

/// <summary>A notification.</summary>
internal sealed record NotificationView(
    string Id,
    string Event,
    DateTimeOffset At,
    string Title,
    string? Subject,
    string? Text,
    IReadOnlyList<NotificationFact> Facts
)
{
    public static NotificationView Of(Notification it) => new(it.Id, it.Event, it.At, it.Title, it.Subject, it.Text, it.Facts);
}

/// <summary>A notification and what became of it.</summary>
internal sealed record OutboxView(NotificationView Notification, IReadOnlyList<Delivery> Deliveries);

/// <summary>A notification that some channel did not take; <c>key</c> is that of its attention item.</summary>
internal sealed record DeadLetterView(
    string Key,
    string Event,
    DateTimeOffset At,
    string Title,
    string? Subject,
    string? Text,
    IReadOnlyList<string> Channels,
    string? Error,
    DateTimeOffset GivenUpAt
)
{
    public static DeadLetterView Of(DeadLetter it) =>
        new(
            NotificationKey.Dead(it.Notification),
            it.Notification.Event,
            it.Notification.At,
            it.Notification.Title,
            it.Notification.Subject,
            it.Notification.Text,
            it.Channels,
            it.Error,
            it.At
        );
}

/// <summary>How the notifications are doing.</summary>
internal sealed record NotificationsView(
    IReadOnlyList<ChannelView> Channels,
    IReadOnlyList<string> Events,
    IReadOnlyList<OutboxView> Recent,
    IReadOnlyList<DeadLetterView> DeadLetters,
    string? NextCursor
)
{
    public static NotificationsView Of(NotificationStatus it, string? nextCursor) =>
        new(
            [
                .. it.Channels.Select(channel => new ChannelView(
                    channel.Name,
                    channel.Kind,
                    channel.RedactedAddress,
                    [.. channel.Muted.Order(StringComparer.Ordinal)]
                )),
            ],
            NotificationEvent.All,
            [.. it.Recent.Select(entry => new OutboxView(NotificationView.Of(entry.Notification), entry.Deliveries))],
            [.. it.DeadLetters.Select(DeadLetterView.Of)],
            nextCursor
        );
}
