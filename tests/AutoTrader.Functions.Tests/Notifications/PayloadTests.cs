using AutoTrader.Core.Notifications;
using AutoTrader.Functions.Notifications;

namespace AutoTrader.Functions.Tests.Notifications;

/// <summary>Texts as channels show them, and words of others that stay words.</summary>
public sealed class PayloadTests
{
    private const string Hostile = "@everyone <!channel> <@U123> [x](https://evil.example) **b** `c` ~s~ _i_ > q # h \\ :tada:";

    private static readonly NotificationTime Time = new(TimeZoneInfo.FindSystemTimeZoneById("America/New_York"));

    private static Notification Opened { get; } =
        new()
        {
            Id = "n1",
            Event = NotificationEvent.TradeOpened,
            At = new(2026, 2, 2, 14, 31, 5, TimeSpan.Zero),
            Mark = NotificationMark.Green,
            Title = "Opened",
            Subject = "ACME",
            Facts = [new("Side", "BUY"), new("Qty", "10 shares"), new("Price", "$20.00"), new("Strategy", "s1")],
        };

    [Fact]
    public void Discord_gets_the_originals_lines_and_may_ping_nobody()
    {
        var payload = Payloads.Discord(Opened, Time, "trader");
        payload["content"]!
            .GetValue<string>()
            .ShouldBe(
                "\U0001F7E2 **Opened** - ACME\n**Side:** BUY\n**Qty:** 10 shares\n**Price:** $20.00\n**Strategy:** s1\n**Time:** "
                    + "2026-02-02 09\\:31\\:05 -05\\:00 America/New\\_York"
            );
        payload["username"]!.GetValue<string>().ShouldBe("trader");
        payload["allowed_mentions"]!["parse"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public void Discord_shows_the_words_of_others_as_they_are()
    {
        var content = Payloads.Discord(Opened with { Text = Hostile }, Time, null)["content"]!.GetValue<string>();
        var line = content.Split('\n')[1];
        line.Replace("\\\\", "", StringComparison.Ordinal).Split('\\').Skip(1).ShouldAllBe(part => part.Length > 0);
        line.ShouldStartWith("\\@everyone \\<!channel\\> \\<\\@U123\\> \\[x\\]\\(https\\://evil.example\\) \\*\\*b\\*\\*");
    }

    [Theory]
    [InlineData("\\")]
    [InlineData("a")]
    [InlineData("*")]
    [InlineData("\U0001F600")]
    public void Discord_texts_are_cut_to_two_thousand_characters_and_never_within_one(string unit)
    {
        for (var odd = 0; odd < 4; odd++)
        {
            var text = new string('x', odd) + string.Concat(Enumerable.Repeat(unit, 4000));
            var content = Payloads.Discord(Opened with { Text = text[..3999] }, Time, null)["content"]!.GetValue<string>();
            content.Length.ShouldBeInRange(1990, Payloads.DiscordLimit);
            content.ShouldEndWith("\u2026");
            char.IsHighSurrogate(content[^2]).ShouldBeFalse();
            content[..^1]
                .Reverse()
                .TakeWhile(letter => letter == '\\')
                .Count()
                .ShouldBe(content[..^1].Reverse().TakeWhile(letter => letter == '\\').Count() / 2 * 2);
        }
    }

    [Fact]
    public void Slack_gets_words_as_text_elements_and_an_escaped_fallback()
    {
        var payload = Payloads.Slack(Opened with { Text = Hostile }, Time);
        payload["text"]!.GetValue<string>().ShouldContain("&lt;!channel&gt; &lt;@U123&gt;");
        var elements = payload["blocks"]![0]!["elements"]![0]!["elements"]!.AsArray();
        elements.Select(it => it!["type"]!.GetValue<string>()).Distinct(StringComparer.Ordinal).ShouldBe(["text"]);
        string.Concat(elements.Select(it => it!["text"]!.GetValue<string>()))
            .ShouldBe(
                $"\U0001F7E2 Opened - ACME\n{Hostile}\nSide: BUY\nQty: 10 shares\nPrice: $20.00\nStrategy: s1\nTime: 2026-02-02 "
                    + "09:31:05 -05:00 America/New_York\n"
            );
    }

    [Fact]
    public void Teams_gets_a_card_of_text_runs()
    {
        var payload = Payloads.Teams(Opened with { Text = Hostile + "\nsecond line" }, Time);
        var attachment = payload["attachments"]![0]!;
        attachment["contentType"]!.GetValue<string>().ShouldBe("application/vnd.microsoft.card.adaptive");
        var body = attachment["content"]!["body"]!.AsArray();
        body.Select(it => it!["type"]!.GetValue<string>()).Distinct(StringComparer.Ordinal).ShouldBe(["RichTextBlock"]);
        body.Select(it => string.Concat(it!["inlines"]!.AsArray().Select(run => run!["text"]!.GetValue<string>())))
            .Take(4)
            .ShouldBe(["\U0001F7E2 Opened - ACME", Hostile, "second line", "Side: BUY"]);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\u00e9\n")]
    [InlineData("\u20ac")]
    [InlineData("\"")]
    [InlineData("\U0001F600\n")]
    public void A_notification_for_Teams_is_cut_by_its_serialized_bytes(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 50_000));
        var large = (
            Opened with
            {
                Title = text,
                Subject = text,
                Text = text,
                Facts = [.. Enumerable.Range(0, 22).Select(n => new NotificationFact($"f{n}", text))],
            }
        ).Tidy();
        Payloads.Bytes(Payloads.Teams(large, Time)).Length.ShouldBeLessThanOrEqualTo(28_672);
    }

    [Fact]
    public void The_largest_notification_fits_what_Slack_and_Teams_take()
    {
        var large = (
            Opened with
            {
                Title = new('t', 9999),
                Subject = new('s', 9999),
                Text = new('x', 99_999),
                Facts =
                [
                    .. Enumerable.Range(0, 22).Select(n => new NotificationFact($"f{n}", "value of usual length, with a number 123.45")),
                ],
            }
        ).Tidy();
        Payloads.Teams(large, Time).ToJsonString().Length.ShouldBeLessThan(28_000);
        Payloads.Slack(large, Time)["blocks"]![0]!["elements"]![0]!["elements"]!
            .AsArray()
            .ShouldAllBe(it => it!["text"]!.GetValue<string>().Length <= 3000);
    }
}
