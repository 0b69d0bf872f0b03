using AutoTrader.Brokers.Alpaca;
using AutoTrader.Brokers.Tests.Alpaca.Server;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>Live only with all of its settings (docs/trading-rules.md, "Live trading"); state is bound to the account's number; the pace of
/// an account.</summary>
public sealed class SafetyRules : WorldTest
{
    private static readonly (string Name, string Value)[] Live =
    [
        ("AutoTrader:Live", "true"),
        ("AutoTrader:LiveAccount", "PA3TEST"),
        ("ALPACA_PROD_API_KEY", AlpacaServer.Key + "-live"),
        ("ALPACA_PROD_SECRET_KEY", AlpacaServer.Secret),
    ];

    [Fact]
    public async Task The_account_key_carries_the_number_and_is_not_to_be_had_before_it_was_read()
    {
        await using var alpaca = await AlpacaSetup.PrepareAsync(_world, live: false);
        Should.Throw<InvalidOperationException>(() => alpaca.Broker.AccountKey).Message.ShouldContain("account number");
        await alpaca.Broker.OpenAsync(default);
        alpaca.Broker.AccountKey.ShouldBe("alpaca-paper-PA3TEST");
    }

    [Fact]
    public async Task The_account_is_read_before_any_other_service_starts()
    {
        await using var server = await AlpacaServer.StartAsync(_world, _world.Clock);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["ALPACA_API_KEY"] = AlpacaServer.Key,
                ["ALPACA_SECRET_KEY"] = AlpacaServer.Secret,
                ["ALPACA_PAPER_BASE_URL"] = server.Address,
            }
        );
        builder.Services.AddHostedService<EarlyBird>();
        builder.Services.AddAlpacaBroker(builder.Configuration, live: false);
        using var host = builder.Build();
        await host.StartAsync();
        host.Services.GetServices<IHostedService>().OfType<EarlyBird>().Single().Seen.ShouldBe("alpaca-paper-PA3TEST");
        await host.StopAsync();
    }

    [Fact]
    public async Task Another_account_behind_the_key_stops_everything()
    {
        await using var alpaca = await AlpacaSetup.StartAsync(_world);
        alpaca.Server.AccountNumber = "PA3OTHER";
        (await Should.ThrowAsync<InvalidOperationException>(() => alpaca.Broker.GetAccountAsync(default))).Message.ShouldContain(
            "PA3OTHER"
        );
    }

    [Fact]
    public void Live_needs_all_four_settings_and_is_paper_without_any_of_them()
    {
        Venue(live: true).IsLive.ShouldBeTrue();
        Venue(live: false).IsLive.ShouldBeFalse();
        foreach (var (name, _) in Live)
        {
            var venue = Venue(live: true, without: name);
            venue.IsLive.ShouldBeFalse(name);
            venue.WhyPaper.ShouldNotBeNull();
            (venue.KeyId, venue.Trading.Host).ShouldBe(("PKPAPER", "paper-api.alpaca.markets"));
        }

        Venue(live: true).AccountKey("PA3TEST").ShouldBe("alpaca-live-PA3TEST");
        Should
            .Throw<InvalidOperationException>(() => Venue(live: true).AccountKey("OTHER"))
            .Message.ShouldContain("AutoTrader__LiveAccount");
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("1")]
    [InlineData("")]
    public void Nothing_but_true_is_true(string value) => Venue(live: true, with: ("AutoTrader:Live", value)).IsLive.ShouldBeFalse();

    [Fact]
    public void Without_a_paper_key_there_is_nothing_to_fall_back_to() =>
        Should
            .Throw<InvalidOperationException>(() => Venue(live: true, without: "ALPACA_API_KEY", with: ("AutoTrader:Live", "false")))
            .Message.ShouldContain("AutoTrader__Live");

    [Theory]
    [InlineData("ALPACA_PAPER_BASE_URL", "https://api.alpaca.markets/v2", "live address")]
    [InlineData("ALPACA_PAPER_BASE_URL", "http://paper-api.alpaca.markets", "https://")]
    [InlineData("ALPACA_PAPER_BASE_URL", "paper", "not an address")]
    [InlineData("ALPACA_DATA_FEED", "all", "Feed")]
    [InlineData("ALPACA_API_KEY", "AKLIVE", "LiveKeyId")]
    [InlineData("ALPACA_PROD_API_KEY", "PKPAPER", "KeyId")]
    [InlineData("AutoTrader:Alpaca:RequestsPerMinute", "0", "RequestsPerMinute")]
    public void A_setting_that_makes_no_sense_is_named(string name, string value, string told) =>
        AlpacaOptions.Read(Configuration([(name, value)])).Problem().ShouldNotBeNull().ShouldContain(told);

    [Fact]
    public void The_originals_names_count_and_the_section_comes_first()
    {
        var options = AlpacaOptions.Read(
            Configuration([
                ("ALPACA_API_KEY", "PK1"),
                ("ALPACA_DATA_FEED", "SIP"),
                ("ALPACA_PROD_BASE_URL", "https://example.org"),
                ("AutoTrader:Alpaca:KeyId", "PK2"),
            ])
        );
        (options.KeyId, options.Feed, options.LiveBaseUrl, options.Problem()).ShouldBe(("PK2", "sip", "https://example.org", null));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(7, 7)]
    [InlineData(3600, 60)]
    public void A_429_pauses_the_whole_account_for_as_long_as_it_says(int? retryAfter, int seconds)
    {
        var time = new FakeTimeProvider();
        using var pace = new RateLimiter(new(), time);
        using var answer = new HttpResponseMessage(System.Net.HttpStatusCode.TooManyRequests);
        answer.Headers.RetryAfter = retryAfter is { } delta ? new(TimeSpan.FromSeconds(delta)) : null;
        pace.Note(answer);
        pace.Pause.ShouldBe(TimeSpan.FromSeconds(seconds));
        var waiting = pace.WaitAsync(default);
        waiting.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(seconds));
        pace.Pause.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task The_next_request_of_a_full_minute_waits()
    {
        using var pace = new RateLimiter(new() { RequestsPerMinute = 2 });
        await pace.WaitAsync(default);
        await pace.WaitAsync(default);
        using var givesUp = new CancellationTokenSource();
        var third = pace.WaitAsync(givesUp.Token);
        third.IsCompleted.ShouldBeFalse();
        await givesUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => third);
    }

    [Fact]
    public async Task When_requests_are_scarce_there_is_no_room_for_entries_and_the_last_fifth_is_left_to_what_protects()
    {
        using var pace = new RateLimiter(new() { RequestsPerMinute = 10 });
        for (var i = 0; i < 8; i++)
        {
            pace.HasRoomForEntries.ShouldBeTrue();
            await pace.WaitAsync(default);
        }

        pace.HasRoomForEntries.ShouldBeFalse();
        pace.WaitAsync(default).IsCompletedSuccessfully.ShouldBeTrue();
        pace.WaitAsync(default).IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void While_the_account_pauses_there_is_no_room_for_entries()
    {
        using var pace = new RateLimiter(new(), new FakeTimeProvider());
        using var answer = new HttpResponseMessage(System.Net.HttpStatusCode.TooManyRequests);
        pace.Note(answer);
        pace.HasRoomForEntries.ShouldBeFalse();
    }

    private sealed class EarlyBird(IBroker broker) : IHostedService
    {
        public string? Seen { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Seen = broker.AccountKey;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static AlpacaVenue Venue(bool live, string? without = null, (string Name, string Value)? with = null)
    {
        var settings = Live.Append(("ALPACA_API_KEY", "PKPAPER"))
            .Append(("ALPACA_SECRET_KEY", "s"))
            .Where(setting => setting.Item1 != without && setting.Item1 != with?.Name)
            .ToList();
        // A live key must not look like a paper key.
        settings = [.. settings.Select(setting => setting.Item1 == "ALPACA_PROD_API_KEY" ? (setting.Item1, "AKLIVE") : setting)];
        if (with is { } more)
        {
            settings.Add(more);
        }

        var configuration = Configuration(settings);
        return AlpacaVenue.Choose(live, AlpacaOptions.Read(configuration), configuration);
    }

    private static IConfiguration Configuration(IEnumerable<(string Name, string Value)> settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
            .Build();
}
