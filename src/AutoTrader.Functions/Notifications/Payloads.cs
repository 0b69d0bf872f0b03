using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Functions.Notifications;

/// <summary>Writes a notification in a channel's format. External text stays text: it neither pings anybody nor becomes markup.</summary>
internal static class Payloads
{
    /// <summary>The most characters of a Discord message's content.</summary>
    public const int DiscordLimit = 2000;

    /// <summary>The most bytes of a Teams message, serialized.</summary>
    public const int TeamsLimit = 28_672;

    /// <summary>The most characters that are sent as one text to Slack, which takes 3,000 in an element and more in all; in Teams the bytes
    /// count as well.</summary>
    public const int TextLimit = 2900;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string DiscordMarkup = "\\*_~`|[]()<>@:";
    private const string DiscordMarkupOfLines = "#-+";

    /// <summary>Discord's <c>content</c>, in its Markdown.</summary>
    public static JsonObject Discord(Notification notification, NotificationTime time, string? username)
    {
        var head =
            $"{NotificationTime.Dot(notification.Mark)}**{EscapeDiscord(notification.Title)}**"
            + $"{(notification.Subject is null ? "" : " - " + EscapeDiscord(notification.Subject))}";
        IEnumerable<string> text = notification.Text is null ? [] : [EscapeDiscord(notification.Text)];
        var content = string.Join(
            '\n',
            text.Prepend(head)
                .Concat(time.Facts(notification).Select(fact => $"**{EscapeDiscord(fact.Label)}:** {EscapeDiscord(fact.Value)}"))
        );
        var payload = new JsonObject
        {
            ["content"] = Cut(content, DiscordLimit),
            ["allowed_mentions"] = new JsonObject { ["parse"] = new JsonArray() },
        };
        if (username is not null)
        {
            payload["username"] = username;
        }

        return payload;
    }

    /// <summary>A Slack message of rich text, whose texts know no markup; the fallback is escaped as Slack asks.</summary>
    public static JsonObject Slack(Notification notification, NotificationTime time)
    {
        var elements = new JsonArray(
            SlackText(NotificationTime.Dot(notification.Mark) + notification.Title, bold: true),
            SlackText((notification.Subject is null ? "" : " - " + notification.Subject) + "\n", bold: false)
        );
        if (notification.Text is not null)
        {
            elements.Add(SlackText(Cut(notification.Text, TextLimit) + "\n", bold: false));
        }

        foreach (var fact in time.Facts(notification))
        {
            elements.Add(SlackText(fact.Label + ": ", bold: true));
            elements.Add(SlackText(fact.Value + "\n", bold: false));
        }

        return new()
        {
            ["text"] = EscapeSlack(Cut(time.Plain(notification), TextLimit)),
            ["blocks"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "rich_text",
                    ["elements"] = new JsonArray(new JsonObject { ["type"] = "rich_text_section", ["elements"] = elements }),
                }
            ),
        };
    }

    /// <summary>An adaptive card of text runs, which know no markup, as Teams workflows take it. Teams counts the bytes of the whole, so
    /// texts are cut until they fit.</summary>
    public static JsonObject Teams(Notification notification, NotificationTime time)
    {
        var limit = TextLimit;
        var card = Teams(notification, time, limit);
        while (Size(card) > TeamsLimit && limit > 8)
        {
            card = Teams(notification, time, limit /= 2);
        }

        return card;
    }

    /// <summary>The JSON that is sent.</summary>
    public static byte[] Bytes(JsonObject payload) => Encoding.UTF8.GetBytes(payload.ToJsonString(Readable));

    private static int Size(JsonObject payload) => Bytes(payload).Length;

    private static JsonObject Teams(Notification notification, NotificationTime time, int limit)
    {
        var body = new JsonArray(
            TeamsLine(
                TeamsRun(NotificationTime.Dot(notification.Mark) + notification.Title, bold: true),
                TeamsRun(notification.Subject is null ? "" : " - " + notification.Subject, bold: false)
            )
        );
        foreach (var line in notification.Text is null ? [] : Cut(notification.Text, limit).Split('\n'))
        {
            body.Add(TeamsLine(TeamsRun(line, bold: false)));
        }

        foreach (var fact in time.Facts(notification))
        {
            body.Add(TeamsLine(TeamsRun(fact.Label + ": ", bold: true), TeamsRun(Cut(fact.Value, limit), bold: false)));
        }

        return new()
        {
            ["type"] = "message",
            ["attachments"] = new JsonArray(
                new JsonObject
                {
                    ["contentType"] = "application/vnd.microsoft.card.adaptive",
                    ["content"] = new JsonObject
                    {
                        ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                        ["type"] = "AdaptiveCard",
                        ["version"] = "1.4",
                        ["body"] = body,
                    },
                }
            ),
        };
    }

    /// <summary><c>message</c> and <c>event</c>, and the notification's parts for programs.</summary>
    public static JsonObject Webhook(Notification notification, NotificationTime time) =>
        new()
        {
            ["message"] = time.Plain(notification),
            ["event"] = notification.Event,
            ["id"] = notification.Id,
            ["at"] = notification.At.UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                System.Globalization.CultureInfo.InvariantCulture
            ),
            ["title"] = notification.Title,
            ["subject"] = notification.Subject,
            ["text"] = notification.Text,
            ["facts"] = new JsonArray([
                .. notification.Facts.Select(fact => new JsonObject { ["label"] = fact.Label, ["value"] = fact.Value }),
            ]),
        };

    /// <summary>Cuts a text, never in the middle of a character or of an escape.</summary>
    public static string Cut(string text, int limit)
    {
        if (text.Length <= limit)
        {
            return text;
        }

        var end = limit - 1;
        end -= char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
        var escapes = 0;
        while (end - escapes > 0 && text[end - escapes - 1] == '\\')
        {
            escapes++;
        }

        return text[..(end - (escapes % 2))] + "\u2026";
    }

    private static string EscapeDiscord(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        var begins = true;
        foreach (var letter in text)
        {
            if (
                DiscordMarkup.Contains(letter, StringComparison.Ordinal)
                || (begins && DiscordMarkupOfLines.Contains(letter, StringComparison.Ordinal))
            )
            {
                escaped.Append('\\');
            }

            escaped.Append(letter);
            begins = letter == '\n' || (begins && letter == ' ');
        }

        return escaped.ToString();
    }

    private static string EscapeSlack(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

    private static JsonObject SlackText(string text, bool bold)
    {
        var element = new JsonObject { ["type"] = "text", ["text"] = text };
        if (bold)
        {
            element["style"] = new JsonObject { ["bold"] = true };
        }

        return element;
    }

    private static JsonObject TeamsLine(params JsonNode[] runs) => new() { ["type"] = "RichTextBlock", ["inlines"] = new JsonArray(runs) };

    private static JsonObject TeamsRun(string text, bool bold)
    {
        var run = new JsonObject { ["type"] = "TextRun", ["text"] = text };
        if (bold)
        {
            run["weight"] = "Bolder";
        }

        return run;
    }
}
