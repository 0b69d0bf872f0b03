using System.Globalization;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Functions.Notifications;

/// <summary>Instants as people read them, with the zone, and the lines of a notice that all channels share.</summary>
internal sealed class NoticeTime(TimeZoneInfo zone)
{
    /// <summary>For example <c>2026-02-02 09:31:05 -05:00 America/New_York</c>.</summary>
    public string Of(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return string.Create(CultureInfo.InvariantCulture, $"{local:yyyy-MM-dd HH:mm:ss zzz} {zone.Id}");
    }

    /// <summary>The facts of a notice, its time last.</summary>
    public IEnumerable<NoticeFact> Facts(Notice notice) => notice.Facts.Append(new("Time", Of(notice.At)));

    /// <summary>The notice without any markup.</summary>
    public string Plain(Notice notice)
    {
        var head = Dot(notice.Mark) + notice.Title + (notice.Subject is null ? "" : " - " + notice.Subject);
        IEnumerable<string> text = notice.Text is null ? [] : [notice.Text];
        return string.Join('\n', text.Prepend(head).Concat(Facts(notice).Select(fact => $"{fact.Label}: {fact.Value}")));
    }

    /// <summary>The mark of a message: a colored dot for trades, a warning sign for what went wrong.</summary>
    public static string Dot(NoticeMark mark) => mark switch
    {
        NoticeMark.Green => "\U0001F7E2 ",
        NoticeMark.Red => "\U0001F534 ",
        NoticeMark.Warning => "\u26A0\uFE0F ",
        _ => "",
    };
}
