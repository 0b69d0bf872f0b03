using AutoTrader.Functions.Maintenance;
using AutoTrader.Functions.Notifications;
using AutoTrader.Functions.Observability;
using AutoTrader.Functions.Tests.Notifications;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Functions.Tests.Observability;

/// <summary>A dead man's switch outside is told every minute how the app is, over a real socket, and never stands in the way.</summary>
public sealed class HeartbeatTests : IAsyncLifetime
{
    private const string Secret = "5bf66975-secret";

    private readonly FakeTimeProvider _wall = new(TestApp.Start);
    private readonly HttpClient _client = WebhookChannel.NewClient();
    private readonly KeptLog _log = new();
    private WebhookServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WebhookServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task While_all_is_well_its_address_is_asked_for()
    {
        await using var app = await StartAsync(TriggerGroups.All);
        await app.MinutesAsync(3);
        _server.Requests.Clear();
        _wall.Advance(TimeSpan.FromMinutes(1));
        await app.MinutesAsync(1);
        var ping = _server.Requests.ShouldHaveSingleItem();
        (ping.Path, ping.Text).ShouldBe(($"/{Secret}", "ok"));
    }

    [Fact]
    public async Task When_a_timer_is_silent_it_is_told_of_the_failure_with_the_reason()
    {
        await using var app = await StartAsync(TriggerGroups.Http | TriggerGroups.Durable);
        await app.GetAsync("health");
        await app.MinutesAsync(15);
        var failure = _server.Requests.First();
        failure.Path.ShouldBe($"/{Secret}/fail");
        failure.Text.ShouldStartWith("stale\n");
        failure.Text.ShouldContain("The timer EvaluateStrategies does not run");
        _log.Lines.ShouldContain(line => line.StartsWith("Health is stale: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_told_at_most_once_a_minute_however_often_maintenance_runs()
    {
        await using var app = await StartAsync(TriggerGroups.All, ("MaintenanceSchedule", "*/5 * * * * *"));
        await app.MinutesAsync(5);
        _server.Requests.Count.ShouldBe(1);
        _wall.Advance(TimeSpan.FromMinutes(1));
        await app.MinutesAsync(5);
        _server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task One_that_refuses_is_told_of_once_and_no_log_has_its_address()
    {
        _server.Respond = context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
        await using var app = await StartAsync(TriggerGroups.All);
        for (var minute = 0; minute < 3; minute++)
        {
            await app.MinutesAsync(1);
            _wall.Advance(TimeSpan.FromMinutes(1));
        }

        _server.Requests.Count.ShouldBe(3);
        _log.Lines.Where(line => line.Contains("It answered 404.", StringComparison.Ordinal)).ShouldHaveSingleItem();
        _log.Lines.ShouldNotContain(line => line.Contains(Secret, StringComparison.Ordinal));
        app.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_does_not_answer_is_left_after_five_seconds()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Respond = async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var telling = Switch().ReportAsync(Ok, TestContext.Current.CancellationToken);
        await arrived.Task;
        _wall.Advance(TimeSpan.FromSeconds(4));
        telling.IsCompleted.ShouldBeFalse();
        _wall.Advance(TimeSpan.FromSeconds(1));
        (await telling).ShouldBe("It did not answer within 5 seconds.");
    }

    [Fact]
    public async Task One_that_is_not_there_is_no_failure_of_the_app()
    {
        var nowhere = Switch(_server.At(Secret));
        await _server.DisposeAsync();
        (await nowhere.ReportAsync(Ok, TestContext.Current.CancellationToken))!.ShouldStartWith("It could not be reached");
    }

    [Fact]
    public async Task What_stands_behind_the_path_of_its_address_stays()
    {
        var named = Switch(_server.At($"{Secret}/autotrader/?create=1"));
        await named.ReportAsync(new("unavailable", ["Storage cannot be reached."], null), TestContext.Current.CancellationToken);
        _server.Requests.Single().Path.ShouldBe($"/{Secret}/autotrader/fail");
    }

    [Fact]
    public async Task Without_an_address_nobody_is_told_and_health_is_not_looked_at()
    {
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<ILoggerProvider>(_log));
        app.Get<HealthAudience>().IsThere.ShouldBeFalse();
        await app.MinutesAsync(3);
        _log.Lines.ShouldNotContain(line => line.StartsWith("Health is", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://example.com/" + Secret)]
    [InlineData("https://10.0.0.1/" + Secret)]
    [InlineData(Secret)]
    public void A_wrong_address_is_told_at_start_without_being_shown(string address)
    {
        var refused = Should.Throw<InvalidOperationException>(() => DeadMansSwitch.Address(address));
        refused.Message.ShouldContain("AutoTrader__HeartbeatUrl");
        refused.Message.ShouldNotContain(Secret);
    }

    private static HealthReport Ok => new("ok", [], TimeSpan.Zero);

    private DeadMansSwitch Switch(string? address = null) => new(DeadMansSwitch.Address(address ?? _server.At(Secret)), _client, _wall);

    private Task<TestApp> StartAsync(TriggerGroups groups, params (string Name, string Value)[] settings) =>
        TestApp.StartAsync(
            groups,
            new(),
            TestApp.Start,
            services => services.AddSingleton<ILoggerProvider>(_log).AddSingleton(Switch()),
            [("AutoTrader:HeartbeatUrl", _server.At(Secret)), .. settings]
        );
}
