using System.Globalization;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Functions.Notifications;

/// <summary>Instants as people read them, with the zone, and the lines of a notification that all channels share.</summary>
internal sealed class NotificationTime(TimeZoneInfo zone)
{
    /// <summary>For example <c>2026-02-02 09:31:05 -05:00 America/New_York</c>.</summary>
    public string Of(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return string.Create(CultureInfo.InvariantCulture, $"{local:yyyy-MM-dd HH:mm:ss zzz} {zone.Id}");
    }

    /// <summary>The facts of a notification, its time last.</summary>
    public IEnumerable<NotificationFact> Facts(Notification notification) => notification.Facts.Append(new("Time", Of(notification.At)));

    /// <summary>The notification without any markup.</summary>
    public string Plain(Notification notification)
    {
        var head = Dot(notification.Mark) + notification.Title + (notification.Subject is null ? "" : " - " + notification.Subject);
        IEnumerable<string> text = notification.Text is null ? [] : [notification.Text];
        return string.Join('\n', text.Prepend(head).Concat(Facts(notification).Select(fact => $"{fact.Label}: {fact.Value}")));
    }

    /// <summary>The mark of a message: a colored dot for trades, a warning sign for what went wrong.</summary>
    public static string Dot(NotificationMark mark) =>
        mark switch
        {
            NotificationMark.Green => "\U0001F7E2 ",
            NotificationMark.Red => "\U0001F534 ",
            NotificationMark.Warning => "\u26A0\uFE0F ",
            _ => "",
        };
}
