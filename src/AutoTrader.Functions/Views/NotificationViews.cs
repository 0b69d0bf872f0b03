using AutoTrader.Core.Application;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Functions.Views;

/// <summary>Notifications and what became of them, as the API returns them.</summary>
internal static class NotificationViews
{
    extension(NotificationView)
    {
        public static NotificationView Of(Notification it) =>
            new(
                it.Id,
                it.Event,
                it.At,
                it.Title,
                it.Subject,
                it.Text,
                [.. it.Facts.Select(fact => new NotificationFactView(fact.Label, fact.Value))]
            );
    }

    extension(NotificationsView)
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
                [.. it.Recent.Select(entry => new OutboxView(NotificationView.Of(entry.Notification), [.. entry.Deliveries.Select(Of)]))],
                [.. it.DeadLetters.Select(Of)],
                nextCursor
            );
    }

    private static DeliveryView Of(Delivery it) => new(it.Channel, it.Status, it.Attempts, it.NextAt, it.DeliveredAt, it.Error);

    private static DeadLetterView Of(DeadLetter it) =>
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
