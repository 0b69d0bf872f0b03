using AutoTrader.Core.Notifications;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of notifications.</summary>
internal static class NotificationRecord
{
    public static RecordMapper<Notification> Mapper { get; } =
        new(Write, Read, (notification, row) => row.RowKey == NotificationKey.Of(notification));

    public static void Write(Notification notification, ColumnWriter to)
    {
        to.Text("id", notification.Id);
        to.Text("event", notification.Event);
        to.Instant("at", notification.At);
        to.Word("mark", notification.Mark);
        to.Text("title", notification.Title);
        to.Text("subject", notification.Subject);
        to.Text("text", notification.Text);
        to.List("facts", notification.Facts, Nested.Json.NotificationFactArray);
        to.Text("channel", notification.Channel);
    }

    public static Notification Read(ColumnReader from) =>
        new()
        {
            Id = from.Text("id"),
            Event = from.Text("event"),
            At = from.Instant("at"),
            Mark = from.Word("mark", NotificationMark.Info),
            Title = from.Text("title"),
            Subject = from.OptionalText("subject"),
            Text = from.OptionalText("text"),
            Facts = from.List("facts", Nested.Json.NotificationFactArray),
            Channel = from.OptionalText("channel"),
        };
}

/// <summary>The columns of outbox entries: the notification's own, and what became of it.</summary>
internal static class OutboxRecord
{
    public static RecordMapper<OutboxEntry> Mapper { get; } =
        new(
            (entry, to) =>
            {
                NotificationRecord.Write(entry.Notification, to);
                to.List("deliveries", entry.Deliveries, Nested.Json.DeliveryArray);
                to.Instant("claimed_until", entry.ClaimedUntil);
            },
            from =>
                new()
                {
                    Notification = NotificationRecord.Read(from),
                    Deliveries = from.List("deliveries", Nested.Json.DeliveryArray),
                    ClaimedUntil = from.OptionalInstant("claimed_until"),
                }
        );
}

/// <summary>The columns of notifications that could not be delivered.</summary>
internal static class DeadLetterRecord
{
    public static RecordMapper<DeadLetter> Mapper { get; } =
        new(
            (letter, to) =>
            {
                NotificationRecord.Write(letter.Notification, to);
                to.List("channels", letter.Channels, Nested.Json.StringArray);
                to.Text("error", letter.Error);
                to.Instant("given_up_at", letter.At);
            },
            from =>
                new(
                    NotificationRecord.Read(from),
                    from.List("channels", Nested.Json.StringArray),
                    from.OptionalText("error"),
                    from.Instant("given_up_at")
                ),
            (letter, row) => row.RowKey == NotificationKey.Dead(letter.Notification)
        );
}
