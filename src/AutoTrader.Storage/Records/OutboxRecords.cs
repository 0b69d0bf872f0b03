using AutoTrader.Core.Engine;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of notices.</summary>
internal static class NoticeRecord
{
    public static RecordMapper<Notice> Mapper { get; } = new(Write, Read, (notice, row) => row.RowKey == TradingKey.Notice(notice));

    public static void Write(Notice notice, ColumnWriter to)
    {
        to.Text("id", notice.Id);
        to.Text("event", notice.Event);
        to.Instant("at", notice.At);
        to.Word("mark", notice.Mark);
        to.Text("title", notice.Title);
        to.Text("subject", notice.Subject);
        to.Text("text", notice.Text);
        to.List("facts", notice.Facts, Nested.Json.NoticeFactArray);
    }

    public static Notice Read(ColumnReader from) => new()
    {
        Id = from.Text("id"),
        Event = from.Text("event"),
        At = from.Instant("at"),
        Mark = from.Word("mark", NoticeMark.Info),
        Title = from.Text("title"),
        Subject = from.OptionalText("subject"),
        Text = from.OptionalText("text"),
        Facts = from.List("facts", Nested.Json.NoticeFactArray),
    };
}

/// <summary>The columns of outbox entries: the notice's own, and what became of it.</summary>
internal static class OutboxRecord
{
    public static RecordMapper<OutboxEntry> Mapper { get; } = new(
        (entry, to) =>
        {
            NoticeRecord.Write(entry.Notice, to);
            to.List("deliveries", entry.Deliveries, Nested.Json.DeliveryArray);
            to.Instant("claimed_until", entry.ClaimedUntil);
        },
        from => new()
        {
            Notice = NoticeRecord.Read(from),
            Deliveries = from.List("deliveries", Nested.Json.DeliveryArray),
            ClaimedUntil = from.OptionalInstant("claimed_until"),
        });
}

/// <summary>The columns of notices that could not be delivered.</summary>
internal static class DeadLetterRecord
{
    public static RecordMapper<DeadLetter> Mapper { get; } = new(
        (letter, to) =>
        {
            NoticeRecord.Write(letter.Notice, to);
            to.List("channels", letter.Channels, Nested.Json.StringArray);
            to.Text("error", letter.Error);
            to.Instant("given_up_at", letter.At);
        },
        from => new(NoticeRecord.Read(from), from.List("channels", Nested.Json.StringArray), from.OptionalText("error"), from.Instant("given_up_at")),
        (letter, row) => row.RowKey == TradingKey.Dead(letter.Notice));
}
