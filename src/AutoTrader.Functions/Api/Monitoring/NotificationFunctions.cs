using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>Notifications to people on their channels.</summary>
public sealed class NotificationFunctions(NotificationService service, Cursors cursors)
{
    private const string Name = "notifications";

    internal static ApiEndpoint Get { get; } =
        new(
            nameof(GetNotifications),
            "get",
            "notifications",
            "The channels without their secrets, the latest notifications with their outcome, and those that could not be delivered."
        )
        {
            Tag = "notifications",
            Query = typeof(PageQuery),
            Response = typeof(NotificationsView),
        };

    internal static ApiEndpoint Test { get; } =
        new(nameof(TestNotifications), "post", "notifications/test", "Sends the test message at once and reports each channel's response.")
        {
            Tag = "notifications",
            Body = typeof(ChannelRequest),
            BodyOptional = true,
            Response = typeof(ListView<SendView>),
            Refusals = [404, 409],
        };

    internal static ApiEndpoint Send { get; } =
        new(
            nameof(SendNotification),
            "post",
            "notifications/send",
            "Sends a message to one channel, or to all that do not mute the event manual, within about a minute."
        )
        {
            Headers = [Header.Location],
            Tag = "notifications",
            Body = typeof(MessageRequest),
            Status = StatusCodes.Status202Accepted,
            Response = typeof(NotificationView),
            Refusals = [404, 409],
        };

    /// <summary>Channels, recent deliveries and dead letters.</summary>
    [Function(nameof(GetNotifications))]
    public async Task<IResult> GetNotifications(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "notifications")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Get);
        var status = await service.StatusAsync(input.Limit, cursors.Read(Name, input.Cursor), input.Cancellation);
        return ApiResult.Of(NotificationsView.Of(status, cursors.Write(Name, status.Continuation)));
    }

    /// <summary>Sends the test message.</summary>
    [Function(nameof(TestNotifications))]
    public async Task<IResult> TestNotifications(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "notifications/test")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Test);
        var channel = input.Body<ChannelRequest>().Channel.Or(NotificationService.AllChannels);
        var results = await service.TestAsync(channel, input.Caller, input.Cancellation);
        return ApiResult.Of(ListView<SendView>.Of(results.Select(it => new SendView(it.Key, it.Value.IsDelivered, it.Value.Error))));
    }

    /// <summary>Publishes a message.</summary>
    [Function(nameof(SendNotification))]
    public async Task<IResult> SendNotification(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "notifications/send")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Send);
        var body = input.Body<MessageRequest>();
        var notification = await service.SendAsync(
            body.Message,
            body.Channel.Or(NotificationService.AllChannels),
            input.Caller,
            input.Cancellation
        );
        return ApiResult.Of(NotificationView.Of(notification), StatusCodes.Status202Accepted).With("Location", "/api/notifications");
    }
}
