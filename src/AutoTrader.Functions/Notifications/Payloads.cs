using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Core.Notifications;

namespace AutoTrader.Functions.Notifications;

/// <summary>Writes a notice as a channel takes it. Words of others stay words: they neither ping anybody nor become markup.</summary>
internal static class Payloads
{
    /// <summary>The most characters of a Discord message's content.</summary>
    public const int DiscordLimit = 2000;

    /// <summary>The most characters that are sent as text to Slack and Teams; both take more in all, and less in one element.</summary>
    public const int TextLimit = 2900;

    private const string DiscordMarkup = "\\*_~`|[]()<>@:";
    private const string DiscordMarkupOfLines = "#-+";

    /// <summary>Discord's <c>content</c>, in its Markdown.</summary>
    public static JsonObject Discord(Notice notice, NoticeTime time, string? username)
    {
        var head = $"{NoticeTime.Dot(notice.Mark)}**{EscapeDiscord(notice.Title)}**{(notice.Subject is null ? "" : " - " + EscapeDiscord(notice.Subject))}";
        IEnumerable<string> text = notice.Text is null ? [] : [EscapeDiscord(notice.Text)];
        var content = string.Join('\n', text.Prepend(head).Concat(time.Facts(notice).Select(fact => $"**{EscapeDiscord(fact.Label)}:** {EscapeDiscord(fact.Value)}")));
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
    public static JsonObject Slack(Notice notice, NoticeTime time)
    {
        var elements = new JsonArray(
            SlackText(NoticeTime.Dot(notice.Mark) + notice.Title, bold: true),
            SlackText((notice.Subject is null ? "" : " - " + notice.Subject) + "\n", bold: false));
        if (notice.Text is not null)
        {
            elements.Add(SlackText(Cut(notice.Text, TextLimit) + "\n", bold: false));
        }

        foreach (var fact in time.Facts(notice))
        {
            elements.Add(SlackText(fact.Label + ": ", bold: true));
            elements.Add(SlackText(fact.Value + "\n", bold: false));
        }

        return new()
        {
            ["text"] = EscapeSlack(Cut(time.Plain(notice), TextLimit)),
            ["blocks"] = new JsonArray(new JsonObject
            {
                ["type"] = "rich_text",
                ["elements"] = new JsonArray(new JsonObject { ["type"] = "rich_text_section", ["elements"] = elements }),
            }),
        };
    }

    /// <summary>An adaptive card of text runs, which know no markup, as Teams workflows take it.</summary>
    public static JsonObject Teams(Notice notice, NoticeTime time)
    {
        var body = new JsonArray(TeamsLine(TeamsRun(NoticeTime.Dot(notice.Mark) + notice.Title, bold: true), TeamsRun(notice.Subject is null ? "" : " - " + notice.Subject, bold: false)));
        foreach (var line in notice.Text is null ? [] : Cut(notice.Text, TextLimit).Split('\n'))
        {
            body.Add(TeamsLine(TeamsRun(line, bold: false)));
        }

        foreach (var fact in time.Facts(notice))
        {
            body.Add(TeamsLine(TeamsRun(fact.Label + ": ", bold: true), TeamsRun(fact.Value, bold: false)));
        }

        return new()
        {
            ["type"] = "message",
            ["attachments"] = new JsonArray(new JsonObject
            {
                ["contentType"] = "application/vnd.microsoft.card.adaptive",
                ["content"] = new JsonObject
                {
                    ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                    ["type"] = "AdaptiveCard",
                    ["version"] = "1.4",
                    ["body"] = body,
                },
            }),
        };
    }

    /// <summary><c>message</c> and <c>event</c>, and the notice's parts for programs.</summary>
    public static JsonObject Webhook(Notice notice, NoticeTime time) => new()
    {
        ["message"] = time.Plain(notice),
        ["event"] = notice.Event,
        ["id"] = notice.Id,
        ["at"] = notice.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        ["title"] = notice.Title,
        ["subject"] = notice.Subject,
        ["text"] = notice.Text,
        ["facts"] = new JsonArray([.. notice.Facts.Select(fact => new JsonObject { ["label"] = fact.Label, ["value"] = fact.Value })]),
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
            if (DiscordMarkup.Contains(letter, StringComparison.Ordinal) || (begins && DiscordMarkupOfLines.Contains(letter, StringComparison.Ordinal)))
            {
                escaped.Append('\\');
            }

            escaped.Append(letter);
            begins = letter == '\n' || (begins && letter == ' ');
        }

        return escaped.ToString();
    }

    private static string EscapeSlack(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

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
