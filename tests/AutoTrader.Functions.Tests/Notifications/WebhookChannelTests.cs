using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Notifications;
using AutoTrader.Functions.Notifications;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Functions.Tests.Notifications;

/// <summary>Sending over a real socket, to a server that behaves well and badly.</summary>
public sealed class WebhookChannelTests : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 2, 2, 14, 31, 5, TimeSpan.Zero);

    private readonly HttpClient _client = WebhookChannel.NewClient();
    private readonly FakeTimeProvider _wall = new(At);
    private WebhookServer _server = null!;

    private static Notification Hello => NotificationComposer.Message("n1", At, "hello");

    public async ValueTask InitializeAsync() => _server = await WebhookServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_generic_webhook_is_signed_over_its_timestamp_and_body()
    {
        (
            await Channel("webhook", ("CUSTOM_WEBHOOK_URL", _server.At("secret-path")), ("CUSTOM_WEBHOOK_SECRET", "s3cret"))
                .SendAsync(Hello, default)
        ).IsDelivered.ShouldBeTrue();
        var request = _server.Requests.ShouldHaveSingleItem();
        var timestamp = request.Headers["X-AutoTrader-Timestamp"];
        timestamp.ShouldBe(At.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes("s3cret"), Encoding.UTF8.GetBytes(timestamp + "." + request.Text));
        request.Headers["X-AutoTrader-Signature"].ShouldBe("sha256=" + Convert.ToHexStringLower(expected));
        (request.Headers["X-AutoTrader-Event"], request.Headers["X-AutoTrader-Delivery"]).ShouldBe(("manual", "n1"));
        var json = System.Text.Json.Nodes.JsonNode.Parse(request.Text)!;
        json["event"]!.GetValue<string>().ShouldBe("manual");
        json["message"]!.GetValue<string>().ShouldBe("AutoTrader\nhello\nTime: 2026-02-02 09:31:05 -05:00 America/New_York");
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_signed()
    {
        await Channel("webhook", ("CUSTOM_WEBHOOK_URL", _server.At(""))).SendAsync(Hello, default);
        _server.Requests.Single().Headers.Keys.ShouldNotContain("X-AutoTrader-Signature", StringComparer.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(404, false)]
    [InlineData(400, false)]
    public async Task A_refusal_is_told_with_its_status_and_without_the_address(int status, bool unreachable)
    {
        _server.Respond = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "17";
            return Task.CompletedTask;
        };
        var result = await Channel("discord", ("DISCORD_WEBHOOK_URL", _server.At("secret-path"))).SendAsync(Hello, default);
        (result.IsDelivered, result.IsUnreachable, result.RetryAfter).ShouldBe((false, unreachable, TimeSpan.FromSeconds(17)));
        result.Error!.ShouldContain($"{status}");
        result.Error!.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        _server.Respond = context =>
        {
            context.Response.Redirect(_server.At("elsewhere"));
            return Task.CompletedTask;
        };
        var result = await Channel("discord", ("DISCORD_WEBHOOK_URL", _server.At("first"))).SendAsync(Hello, default);
        result.IsDelivered.ShouldBeFalse();
        result.Error!.ShouldContain("Redirects are not followed");
        _server.Requests.Single().Path.ShouldBe("/first");
    }

    [Fact]
    public async Task A_server_that_hangs_up_is_unreachable()
    {
        _server.Respond = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        (await Channel("discord", ("DISCORD_WEBHOOK_URL", _server.At("x"))).SendAsync(Hello, default)).ShouldSatisfyAllConditions(
            it => it.IsDelivered.ShouldBeFalse(),
            it => it.IsUnreachable.ShouldBeTrue()
        );
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_ten_seconds()
    {
        var arrived = new TaskCompletionSource();
        _server.Respond = async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        var sending = Channel("discord", ("DISCORD_WEBHOOK_URL", _server.At("x"))).SendAsync(Hello, default);
        await arrived.Task;
        _wall.Advance(TimeSpan.FromSeconds(9));
        sending.IsCompleted.ShouldBeFalse();
        _wall.Advance(TimeSpan.FromSeconds(1));
        var result = await sending;
        (result.IsDelivered, result.IsUnreachable, result.Error).ShouldBe((false, true, "It did not answer within 10 seconds."));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_without_its_address()
    {
        var address = _server.At("secret-path");
        await _server.DisposeAsync();
        var result = await Channel("slack", ("SLACK_WEBHOOK_URL", address)).SendAsync(Hello, default);
        (result.IsDelivered, result.IsUnreachable).ShouldBe((false, true));
        result.Error!.ShouldNotContain("secret");
        result.Error!.ShouldNotContain(new Uri(address).Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("http://example.com/x")]
    [InlineData("ftp://example.com/x")]
    [InlineData("//example.com/x")]
    [InlineData("not an address")]
    [InlineData("https://user:pass@example.com/x")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://10.0.0.1/x")]
    [InlineData("https://192.168.1.1/x")]
    [InlineData("https://172.16.0.1/x")]
    [InlineData("https://[fe80::1]/x")]
    [InlineData("https://[fd00::1]/x")]
    [InlineData("https://0x0a000001/x")]
    [InlineData("https://[::ffff:10.0.0.1]/x")]
    [InlineData("http://localhost.example.com/x")]
    public void An_address_that_may_not_be_sent_to_is_refused_at_start_by_its_settings_name(string address)
    {
        var refused = Should.Throw<InvalidOperationException>(() => Channel("discord", ("DISCORD_WEBHOOK_URL", address)));
        refused.Message.ShouldContain("DISCORD_WEBHOOK_URL");
        refused.Message.ShouldNotContain(address);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("::ffff:192.168.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("162.159.128.233", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("100.128.0.1", true)]
    public async Task A_name_that_resolves_to_this_machine_or_a_private_network_is_not_connected_to(string resolved, bool isPublic)
    {
        WebhookAddress.IsPublic(System.Net.IPAddress.Parse(resolved)).ShouldBe(isPublic);
        if (!isPublic)
        {
            (
                await Should.ThrowAsync<HttpRequestException>(() =>
                    WebhookAddress.ConnectAsync(
                        new("innocent.example", 443),
                        isHere: false,
                        (_, _) => Task.FromResult<System.Net.IPAddress[]>([System.Net.IPAddress.Parse(resolved)]),
                        default
                    )
                )
            ).Message.ShouldContain("not public");
        }
    }

    [Fact]
    public void Channels_filters_and_references_are_read_from_the_settings_with_the_originals_names()
    {
        var channels = Settings(
                ("DISCORD_WEBHOOK_URL", "${HOOK}"),
                ("HOOK", "https://discord.com/api/webhooks/1/token"),
                ("CUSTOM_WEBHOOK_URL", "https://example.com/hook"),
                ("AutoTrader:Notifications:Events:daily_summary", "false"),
                ("AutoTrader:Notifications:discord:Events:trade_opened", "no"),
                ("AutoTrader:Notifications:discord:Events:daily_summary", "true"),
                ("AutoTrader:Notifications:Webhooks:home:Url", "https://example.com/home")
            )
            .Channels();
        channels
            .All.Select(it => $"{it.Name} {it.Kind} {it.RedactedAddress}")
            .ShouldBe([
                "discord discord https://discord.com/***",
                "webhook webhook https://example.com/***",
                "home webhook https://example.com/***",
            ]);
        Wanting("trade_opened").ShouldBe("webhook home");
        Wanting("daily_summary").ShouldBe("discord");
        Wanting("something_new").ShouldBe("discord webhook home");

        string Wanting(string name) => string.Join(' ', channels.Wanting(name).Select(it => it.Name));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("false")]
    [InlineData("No")]
    public void Notifications_are_switched_off_as_in_the_original(string value) =>
        Settings(("DISCORD_WEBHOOK_URL", "https://discord.com/x"), ("NOTIFICATIONS_ENABLED", value)).Channels().All.ShouldBeEmpty();

    private NotificationSettings Settings(params (string Name, string Value)[] settings) =>
        new(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(it => KeyValuePair.Create(it.Name, (string?)it.Value)))
                .Build(),
            _client,
            _wall
        );

    private INotificationChannel Channel(string name, params (string Name, string Value)[] settings) =>
        Settings(settings).Channels().All.Single(it => it.Name == name);
}
