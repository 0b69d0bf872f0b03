using AutoTrader.Brokers.Alpaca;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Functions.Hosting;
using AutoTrader.Functions.Observability;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Functions.Tests.Hosting;

/// <summary>How the app is put together, and which settings it refuses.</summary>
public sealed class HostingTests
{
    [Theory]
    [InlineData("0 * * * * *", "2026-02-02T14:35:00.0000000Z", "2026-02-02T14:35:00.0000000Z")]
    [InlineData("0 * * * * *", "2026-02-02T14:34:59.9700000Z", "2026-02-02T14:35:00.0000000Z")]
    [InlineData("0 * * * * *", "2026-02-02T14:35:42.0000000Z", "2026-02-02T14:35:00.0000000Z")]
    [InlineData("*/15 * * * * *", "2026-02-02T14:35:31.0000000Z", "2026-02-02T14:35:30.0000000Z")]
    [InlineData("*/5 * * * *", "2026-02-02T14:39:59.0000000Z", "2026-02-02T14:40:00.0000000Z")]
    [InlineData("0 30 14 * * *", "2026-02-02T20:00:00.0000000Z", "2026-02-02T14:30:00.0000000Z")]
    public void A_tick_counts_as_the_instant_it_was_planned_for(string schedule, string now, string planned) =>
        Schedule(schedule).PlannedAt(Instant(now), null).ShouldBe(Instant(planned));

    [Fact]
    public void A_schedule_that_is_no_cron_expression_leaves_the_planned_instant_to_the_host() =>
        Schedule("00:01:00")
            .PlannedAt(Instant("2026-02-02T14:35:00.5Z"), Instant("2026-02-02T14:35:00Z").UtcDateTime)
            .ShouldBe(Instant("2026-02-02T14:35:00Z"));

    [Theory]
    [InlineData("0 * * * * *", 60)]
    [InlineData("*/15 * * * * *", 15)]
    [InlineData("*/5 13-21 * * 1-5", 300)]
    [InlineData("nonsense", 60)]
    public void The_interval_is_that_of_the_schedule(string schedule, int seconds) =>
        Schedule(schedule).Interval.ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("0 * * * * *", "2026-02-02T14:35:00Z", "2026-02-02T14:35:00Z")]
    [InlineData("0 * * * * *", "2026-02-02T14:35:42Z", "2026-02-02T14:35:00Z")]
    [InlineData("0 */5 14-20 * * 1-5", "2026-02-01T12:00:00Z", "2026-01-30T20:55:00Z")]
    [InlineData("0 0 0 1 1 *", "2026-02-02T14:35:00Z", null)]
    [InlineData("nonsense", "2026-02-02T14:35:00Z", null)]
    public void The_latest_tick_that_was_planned_is_found_over_a_weekend(string schedule, string now, string? planned) =>
        Schedule(schedule).Latest(Instant(now)).ShouldBe(planned is null ? null : Instant(planned));

    [Fact]
    public async Task A_broker_that_this_version_does_not_know_is_refused_at_start() =>
        (await Should.ThrowAsync<InvalidOperationException>(() => TestApp.StartAsync(("AutoTrader:Broker", "acme")))).Message.ShouldContain(
            "AutoTrader__Broker"
        );

    [Theory]
    [InlineData("alpaca-paper")]
    [InlineData("alpaca-live")]
    [InlineData("Alpaca-Paper")]
    public async Task A_replay_with_Alpaca_is_refused_at_start(string broker) =>
        (
            await Should.ThrowAsync<InvalidOperationException>(() =>
                TestApp.StartAsync(("AutoTrader:Broker", broker), ("ALPACA_API_KEY", "PK"), ("ALPACA_SECRET_KEY", "s"))
            )
        ).Message.ShouldContain("replay");

    [Fact]
    public async Task A_replay_on_Alpacas_prices_is_refused_at_start() =>
        (
            await Should.ThrowAsync<InvalidOperationException>(() => TestApp.StartAsync(("AutoTrader:MarketData", "alpaca")))
        ).Message.ShouldContain("replay");

    [Theory]
    [InlineData("alpaca-paper", null, "AutoTrader__Alpaca__KeyId")]
    [InlineData("alpaca-live", null, "AutoTrader__Live is not true")]
    [InlineData("alpaca-paper", "csv", "AutoTrader__MarketData")]
    [InlineData("paper", "yahoo", "AutoTrader__MarketData")]
    [InlineData("alpaca", null, "AutoTrader__Broker")]
    public void A_broker_that_cannot_trade_as_it_is_set_is_refused_at_start(string broker, string? market, string told) =>
        Should
            .Throw<InvalidOperationException>(() =>
                RealTime(("AutoTrader:Broker", broker), ("AutoTrader:MarketData", market), ("AutoTrader:Storage", "memory")).AddAutoTrader()
            )
            .Message.ShouldContain(told);

    [Fact]
    public void Alpaca_brings_its_own_market_data()
    {
        var builder = RealTime(
            ("AutoTrader:Broker", "alpaca-paper"),
            ("ALPACA_API_KEY", "PK"),
            ("ALPACA_SECRET_KEY", "s"),
            ("AutoTrader:Storage", "memory")
        );
        builder.AddAutoTrader();
        using var services = builder.Services.BuildServiceProvider();
        services.GetRequiredService<IBroker>().ShouldBeOfType<AlpacaBroker>();
        services.GetRequiredService<IMarketData>().ShouldBeOfType<AlpacaMarketData>();
    }

    [Theory]
    [InlineData("CycleSchedule")]
    [InlineData("MaintenanceSchedule")]
    public void A_timer_whose_setting_is_missing_stops_the_start(string setting) =>
        Should
            .Throw<InvalidOperationException>(() => RealTime((setting, null)).AddAutoTrader())
            .Message.ShouldContain($"The setting {setting} is missing");

    // The worker's own builder, as on the real host.
    private static FunctionsApplicationBuilder RealTime(params (string Name, string? Value)[] settings)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        foreach (var name in new[] { "CycleSchedule", "MaintenanceSchedule" })
        {
            builder.Configuration[name] = "0 * * * * *";
        }

        foreach (var (name, value) in settings)
        {
            builder.Configuration[name] = value;
        }

        return builder;
    }

    private static CycleSchedule Schedule(string text) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([new(CycleSchedule.Setting, text)]).Build());

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
