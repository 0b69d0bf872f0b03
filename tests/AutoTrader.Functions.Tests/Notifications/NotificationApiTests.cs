using System.Net;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;

namespace AutoTrader.Functions.Tests.Notifications;

/// <summary>From the trade to the channel through the whole app, with a real server at its end.</summary>
public sealed class NotificationApiTests : IAsyncLifetime
{
    private WebhookServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WebhookServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Trades_and_strategies_arrive_and_the_deliveries_are_shown_without_the_address()
    {
        await using var app = await StartAsync();
        await app.CreateAsync("""{"id":"t","symbol":"ACME","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"5"}""");
        await app.MinutesAsync(4);
        app.Failures.ShouldBeEmpty();
        Delivered("/discord").ShouldContain(text => text.Contains("**Started** - ACME", StringComparison.Ordinal));
        Delivered("/discord").Count(text => text.Contains("**Opened** - ACME", StringComparison.Ordinal)).ShouldBe(1);
        Delivered("/hook").Count(text => text.Contains("trade_opened", StringComparison.Ordinal)).ShouldBe(1);

        var reply = (await app.GetAsync("notifications")).ShouldBe(HttpStatusCode.OK);
        reply.Text.ShouldNotContain("token-of-discord");
        reply.Json["channels"]!.AsArray().Select(it => it!["name"]!.GetValue<string>()).ShouldBe(["discord", "webhook"]);
        reply.Json["recent"]!
            .AsArray()
            .SelectMany(it => it!["deliveries"]!.AsArray())
            .Select(it => it!["status"]!.GetValue<string>())
            .ShouldAllBe(status => status == "delivered");
    }

    [Fact]
    public async Task The_summary_is_told_once_after_the_close()
    {
        await using var app = await StartAsync();
        await app.CreateAsync("""{"id":"t","symbol":"ACME","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"50"}""");
        await app.MinutesAsync(8 * 60);
        app.Failures.ShouldBeEmpty();
        var summary = Delivered("/hook").Where(text => text.Contains("\"daily_summary\"", StringComparison.Ordinal)).ShouldHaveSingleItem();
        summary.ShouldContain("2026-02-02");
        summary.ShouldContain("ACME");
        summary.ShouldContain("5 shares");
    }

    [Fact]
    public async Task A_schedule_that_finds_nothing_to_do_every_time_is_not_told_as_missed()
    {
        await using var app = await StartAsync();
        (await app.PostAsync("schedules", """{"id":"lift","task_type":"kill_switch_off","schedule_cron":"* * * * *"}""")).ShouldBe(
            HttpStatusCode.Created
        );
        await app.MinutesAsync(3);
        var runs = (await app.GetAsync("schedules/lift/runs")).Json["items"]!.AsArray();
        runs.Count.ShouldBeGreaterThan(1);
        runs.ShouldAllBe(run => run!["status"]!.GetValue<string>() == "skipped" && run["code"]!.GetValue<string>() == "no_op");
        Delivered("/hook").ShouldNotContain(text => text.Contains("schedule_", StringComparison.Ordinal));

        // That a person's switch was left on is told.
        (await app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"mine"}""")).ShouldBe(HttpStatusCode.OK);
        await app.MinutesAsync(2);
        Delivered("/hook").ShouldContain(text => text.Contains("schedule_missed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_test_tells_what_each_channel_answers()
    {
        _server.Respond = context =>
        {
            context.Response.StatusCode = context.Request.Path == "/hook" ? 500 : 204;
            return Task.CompletedTask;
        };
        await using var app = await StartAsync();
        var reply = (await app.PostAsync("notifications/test")).ShouldBe(HttpStatusCode.OK);
        reply.Json["items"]!
            .AsArray()
            .Select(it => $"{it!["channel"]} {it["delivered"]} {it["error"]}")
            .ShouldBe(["discord true ", "webhook false It answered 500."]);
        _server.Requests.Count.ShouldBe(2);
        (await app.PostAsync("notifications/test", """{"channel":"nowhere"}""")).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task A_message_by_hand_arrives_with_the_next_delivery()
    {
        await using var app = await StartAsync();
        (await app.PostAsync("notifications/send", """{"message":"hello @everyone"}""")).ShouldBe(HttpStatusCode.Accepted);
        await app.MinutesAsync(1);
        Delivered("/discord").ShouldHaveSingleItem().ShouldContain("hello \\\\@everyone");
        Delivered("/hook").ShouldHaveSingleItem().ShouldContain("hello @everyone");
    }

    [Fact]
    public async Task A_message_to_one_channel_arrives_there_alone_and_one_to_a_channel_that_is_not_there_is_refused()
    {
        await using var app = await StartAsync();
        (await app.PostAsync("notifications/send", """{"message":"hello","channel":"discord"}""")).ShouldBe(HttpStatusCode.Accepted);
        (await app.PostAsync("notifications/send", """{"message":"hello","channel":"pigeon"}""")).ShouldBe(
            HttpStatusCode.NotFound,
            "NOT_FOUND"
        );
        await app.MinutesAsync(1);
        Delivered("/discord").ShouldHaveSingleItem().ShouldContain("hello");
        Delivered("/hook").ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_channels_a_message_is_refused_with_what_to_set()
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("notifications/send", """{"message":"hello"}"""))
            .ShouldBe(HttpStatusCode.Conflict, "NO_CHANNEL")
            .Text.ShouldContain("DISCORD_WEBHOOK_URL");
        (await app.PostAsync("notifications/test")).ShouldBe(HttpStatusCode.Conflict, "NO_CHANNEL");
    }

    [Fact]
    public async Task A_dead_letter_is_in_the_attention_list_and_can_be_deleted()
    {
        await using var app = await StartAsync();
        var notification = NotificationComposer.Message("n1", TestApp.Start, "lost");
        await app.Get<ITradingStore>()
            .CommitAsync(
                "paper",
                [
                    new(
                        NotificationKey.Dead(notification),
                        new DeadLetter(notification, ["discord"], "It answered 404.", TestApp.Start),
                        null
                    ),
                ],
                default
            );
        var item = (await app.GetAsync("attention")).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (item["code"]!.GetValue<string>(), item["message"]!.GetValue<string>().Contains("404", StringComparison.Ordinal)).ShouldBe(
            ("NOTIFICATION_FAILED", true)
        );
        (await app.GetAsync("notifications")).Json["dead_letters"]!.AsArray().Count.ShouldBe(1);
        (await app.SendAsync("DELETE", "attention/" + Uri.EscapeDataString(item["key"]!.GetValue<string>()), null)).ShouldBe(
            HttpStatusCode.NoContent
        );
        (await app.GetAsync("attention")).Json["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_channel_that_is_down_stops_no_trade()
    {
        _server.Respond = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await using var app = await StartAsync();
        await app.CreateAsync("""{"id":"t","symbol":"ACME","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"5"}""");
        await app.MinutesAsync(4);
        app.Failures.ShouldBeEmpty();
        (await app.GetAsync("strategies/t")).Json["phase"]!.GetValue<string>().ShouldBe("position_open");
        (await app.GetAsync("notifications")).Json["recent"]!.AsArray()[^1]!["deliveries"]!
            .AsArray()
            .ShouldAllBe(it => it!["status"]!.GetValue<string>() == "pending");
    }

    [Fact]
    public async Task A_wrong_address_stops_the_start_with_the_settings_name()
    {
        var refused = await Should.ThrowAsync<InvalidOperationException>(() =>
            TestApp.StartAsync(("SLACK_WEBHOOK_URL", "http://example.com/token"))
        );
        refused.Message.ShouldContain("SLACK_WEBHOOK_URL");
        refused.Message.ShouldNotContain("token");
    }

    private Task<TestApp> StartAsync() =>
        TestApp.StartAsync(
            ("DISCORD_WEBHOOK_URL", _server.At("discord?t=token-of-discord")),
            ("CUSTOM_WEBHOOK_URL", _server.At("hook")),
            ("CUSTOM_WEBHOOK_SECRET", "secret")
        );

    private List<string> Delivered(string path) =>
        [.. _server.Requests.Where(request => request.Path == path).Select(request => request.Text)];
}
