using System.Text.Json.Nodes;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Brokers.Tests.Alpaca.Server;
using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>Calendar, clock and assets: read as they are given, and what cannot be read is no answer, never a closed day or a symbol that
/// is not traded.</summary>
public sealed class ReferenceRules : WorldTest, IAsyncLifetime
{
    private static readonly DateOnly Tuesday = World.Today.Day.AddDays(1);
    private static readonly DateOnly Friday = World.Today.Day.AddDays(4);

    private AlpacaSetup _alpaca = null!;

    private AlpacaBroker Broker => _alpaca.Broker;

    private AlpacaServer Server => _alpaca.Server;

    public async ValueTask InitializeAsync() => _alpaca = await AlpacaSetup.StartAsync(_world);

    public async ValueTask DisposeAsync()
    {
        await _alpaca.DisposeAsync();
        Dispose();
    }

    [Fact]
    public async Task The_calendar_gives_the_sessions_of_the_days_both_ends_included()
    {
        (await Broker.GetSessionsAsync(World.Today.Day, Friday, default)).ShouldBe(TradingCalendar.Nyse.Sessions(World.Today.Day, Friday));
    }

    [Fact]
    public async Task An_early_close_in_summer_time_and_a_holiday_come_as_they_are()
    {
        // Independence Day 2026 is observed on a Friday; the day after Thanksgiving ends at one.
        var summer = (await Broker.GetSessionsAsync(new(2026, 6, 29), new(2026, 7, 3), default)).ShouldNotBeNull();
        summer.Count.ShouldBe(4);
        summer[0].Open.ShouldBe(new DateTimeOffset(2026, 6, 29, 13, 30, 0, TimeSpan.Zero));
        (await Broker.GetSessionsAsync(new(2026, 11, 27), new(2026, 11, 27), default))
            .ShouldNotBeNull()
            .ShouldHaveSingleItem()
            .ShouldBe(
                new(
                    new(2026, 11, 27),
                    new(2026, 11, 27, 14, 30, 0, TimeSpan.Zero),
                    new(2026, 11, 27, 18, 0, 0, TimeSpan.Zero),
                    EarlyClose: true
                )
            );
    }

    [Fact]
    public async Task What_was_announced_lately_is_in_it()
    {
        var early = TradingCalendar.Nyse.SessionOf(Friday, new(9, 30), new(12, 0));
        Server.Exchange.Calendar = TradingCalendar.Nyse.With(new Dictionary<DateOnly, Session?> { [Tuesday] = null, [Friday] = early });
        var sessions = (await Broker.GetSessionsAsync(World.Today.Day, Friday, default)).ShouldNotBeNull();
        sessions.Select(session => session.Day.Day).ShouldBe([2, 4, 5, 6]);
        sessions[^1].ShouldBe(early);
    }

    [Theory]
    [InlineData("""{"date":"2026-02-04","open":"09:30"}""")]
    [InlineData("""{"date":"2026-02-04","open":"09:30","close":null}""")]
    [InlineData("""{"date":"4 February","open":"09:30","close":"16:00"}""")]
    [InlineData("""{"date":"2026-02-04","open":"half past nine","close":"16:00"}""")]
    [InlineData("""{"date":"2026-02-04","open":"16:00","close":"09:30"}""")]
    [InlineData("""{"date":"2026-02-04","open":"09:30","close":"23:59"}""")]
    [InlineData("null")]
    [InlineData("17")]
    public async Task A_day_that_cannot_be_read_is_no_answer_and_not_a_closed_day(string day)
    {
        Server.Spoil = json => json.AsArray()[2] = JsonNode.Parse(day);
        await Should.ThrowAsync<AlpacaNoAnswerException>(() => Broker.GetSessionsAsync(World.Today.Day, Friday, default));
    }

    [Fact]
    public async Task The_clock_gives_its_time_and_whether_the_exchange_trades()
    {
        Server.Exchange.ClockAhead = TimeSpan.FromSeconds(17);
        (await Broker.GetClockAsync(default)).ShouldBe(new(_world.Clock.GetUtcNow().AddSeconds(17), IsOpen: true));
        Server.Exchange.IsHalted = true;
        (await Broker.GetClockAsync(default)).ShouldNotBeNull().IsOpen.ShouldBeFalse();
        Server.Exchange.IsHalted = false;
        _world.At(World.Today.Close);
        (await Broker.GetClockAsync(default)).ShouldNotBeNull().IsOpen.ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"timestamp":"2026-02-02T09:30:00-05:00"}""")]
    [InlineData("""{"is_open":false}""")]
    [InlineData("""{"timestamp":"soon","is_open":false}""")]
    [InlineData("""{"timestamp":"2026-02-02T09:30:00-05:00","is_open":"no"}""")]
    [InlineData("<html></html>")]
    public async Task A_clock_that_cannot_be_read_is_no_answer_and_never_closed(string body)
    {
        Server.Inject(new("GET", "/v2/clock", FaultKind.Respond) { Status = 200, Body = body });
        await Should.ThrowAsync<AlpacaNoAnswerException>(() => Broker.GetClockAsync(default));
    }

    [Fact]
    public async Task A_symbol_that_is_active_and_tradable_can_be_bought()
    {
        (await Broker.WhyNotTradableAsync("AAA", default)).ShouldBeNull();
    }

    [Fact]
    public async Task One_that_is_unknown_inactive_or_not_tradable_cannot()
    {
        Server.Exchange.Assets["AAA"] = ("inactive", false);
        (await Broker.WhyNotTradableAsync("AAA", default)).ShouldBe("it is inactive at Alpaca");
        Server.Exchange.Assets["AAA"] = ("active", false);
        (await Broker.WhyNotTradableAsync("AAA", default)).ShouldBe("Alpaca does not trade it");
        (await Broker.WhyNotTradableAsync("NONE", default)).ShouldBe("Alpaca does not know it");
        Server.Spoil = json => json["class"] = "crypto";
        (await Broker.WhyNotTradableAsync("AAA", default)).ShouldNotBeNull().ShouldContain("crypto");
    }

    [Theory]
    [InlineData(404, "<html>not here</html>")]
    [InlineData(404, """{"code":40010000,"message":"endpoint not found"}""")]
    [InlineData(401, """{"code":40110000,"message":"request is not authorized"}""")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"status":"active"}""")]
    [InlineData(200, """{"status":"active","tradable":"perhaps"}""")]
    [InlineData(200, """{"status":null,"tradable":true}""")]
    public async Task Anything_else_says_nothing_about_a_symbol(int status, string body)
    {
        Server.Inject(new("GET", "/v2/assets", FaultKind.Respond) { Status = status, Body = body });
        await Should.ThrowAsync<AlpacaNoAnswerException>(() => Broker.WhyNotTradableAsync("AAA", default));
    }

    [Fact]
    public async Task A_symbol_stays_within_its_place_in_the_address()
    {
        (await Broker.WhyNotTradableAsync("../account?x=", default)).ShouldBe("Alpaca does not know it");
        Server.Requests[^1].ShouldStartWith("GET /v2/assets/");
    }
}
