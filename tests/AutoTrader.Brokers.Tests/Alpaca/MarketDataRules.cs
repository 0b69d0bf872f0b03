using System.Text.Json.Nodes;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Core.Market;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>Market data over HTTP gives what the world's own market gives.</summary>
public sealed class MarketDataRules : WorldTest, IAsyncLifetime
{
    private AlpacaSetup _alpaca = null!;

    public async ValueTask InitializeAsync() => _alpaca = await AlpacaSetup.StartAsync(_world);

    public async ValueTask DisposeAsync()
    {
        await _alpaca.DisposeAsync();
        Dispose();
    }

    [Fact]
    public async Task Quotes_come_in_bulk_with_their_last_trade()
    {
        _world.Flat(0, 100);
        _world.Flat(0, 50, "BBB");
        _world.At(1);
        var quotes = await _alpaca.Market.GetQuotesAsync(["AAA", "BBB", "CCC"], default);
        quotes.ShouldBe(
            new Dictionary<string, Quote> { ["AAA"] = new("AAA", 100, 100, Minute(1), 100), ["BBB"] = new("BBB", 50, 50, Minute(1), 50) },
            ignoreOrder: true
        );
        _alpaca.Server.Count("GET /v2/stocks/quotes/latest").ShouldBe(1);
    }

    [Fact]
    public async Task Movers_are_those_of_the_screener()
    {
        var movers = await _alpaca.Movers.GetMoversAsync(2, default);
        movers.Gainers.ShouldBe([new("UP1", 7.34m, 1.25m, 20.5m), new("UP2", 7.34m, 1.25m, 10.25m)]);
        movers.Losers.ShouldBe([new("DOWN", 10, -5, -33.3333m)]);
        movers.At.ShouldBe(new DateTimeOffset(2026, 2, 2, 15, 0, 0, TimeSpan.Zero).AddTicks(1234567));
    }

    [Fact]
    public async Task One_symbol_that_is_not_known_does_not_hide_the_others_and_is_not_asked_for_again_today()
    {
        _world.Flat(0, 100);
        _world.Flat(0, 50, "BBB");
        _world.At(1);
        _alpaca.Server.UnknownSymbols.Add("ZZZ");
        var quotes = await _alpaca.Market.GetQuotesAsync(["AAA", "BBB", "CCC", "ZZZ"], default);
        quotes.Keys.ShouldBe(["AAA", "BBB"], ignoreOrder: true);
        var asked = _alpaca.Server.Count("GET /v2/stocks/quotes/latest");
        await _alpaca.Market.GetQuotesAsync(["AAA", "ZZZ"], default);
        _alpaca.Server.Count("GET /v2/stocks/quotes/latest").ShouldBe(asked + 1);

        // What is not asked for again must say why it has no price.
        var feed = (await _alpaca.Market.GetFeedsAsync(["AAA", "ZZZ"], default)).ShouldHaveSingleItem();
        feed.Key.ShouldBe("ZZZ");
        feed.Value.Problem.ShouldNotBeNull().ShouldStartWith("Alpaca has no market data for it today: ");
    }

    [Fact]
    public async Task Bars_are_read_to_the_last_page_within_the_instants_asked_for()
    {
        _alpaca.Server.PageLimit = 7;
        for (var minute = 0; minute < 30; minute++)
        {
            _world.Bar(minute, 100, 101.2345m, 99, 100 + minute);
        }

        _world.At(30);
        var bars = await _alpaca.Market.GetBarsAsync("AAA", Minute(2), Minute(28), default);
        bars.ShouldBe(await _world.GetBarsAsync("AAA", Minute(2), Minute(28), default));
        bars.Count.ShouldBe(26);
    }

    [Fact]
    public async Task Bars_outside_the_session_are_left_out()
    {
        _world.Add("AAA", World.Today.Open.AddMinutes(-5), 90, 90, 90, 90);
        _world.Flat(0, 100);
        _world.At(1);
        (await _alpaca.Market.GetBarsAsync("AAA", Minute(-10), Minute(1), default)).ShouldHaveSingleItem().Open.ShouldBe(100);
    }

    [Fact]
    public async Task A_close_is_that_of_the_last_day_with_trades()
    {
        _world.Flat(0, 105);
        _world.At(10);
        (await _alpaca.Market.GetClosesAsync(["AAA", "NONE"], new(2026, 2, 1), default)).ShouldBe(
            new Dictionary<string, decimal> { ["AAA"] = 100 }
        );
        (await _alpaca.Market.GetClosesAsync(["AAA"], new(2026, 2, 2), default))["AAA"].ShouldBe(105);
    }

    [Fact]
    public async Task Splits_come_by_their_ex_date()
    {
        _world.Splits.AddRange([new("AAA", new(2026, 2, 3), 4, 1), new("BBB", new(2026, 2, 4), 1, 10), new("CCC", new(2026, 2, 9), 2, 1)]);
        (await _alpaca.Market.GetSplitsAsync(new(2026, 2, 3), new(2026, 2, 4), default)).ShouldBe(_world.Splits[..2], ignoreOrder: true);
    }

    [Fact]
    public async Task A_split_or_a_bar_that_cannot_be_read_does_not_hide_the_others_and_a_page_that_leads_to_itself_ends()
    {
        _world.Splits.AddRange([new("AAA", new(2026, 2, 3), 4, 1), new("BBB", new(2026, 2, 4), 2, 1)]);
        _world.Flat(0, 100);
        _world.Flat(1, 101);
        _world.At(2);
        _alpaca.Server.Spoil = json =>
        {
            json["next_page_token"] = "0";
            if (json["corporate_actions"]?["forward_splits"] is JsonArray splits)
            {
                splits[0]!["ex_date"] = "soon";
            }

            if (json["bars"]?["AAA"] is JsonArray bars)
            {
                bars[0]!.AsObject().Remove("c");
            }
        };
        (await _alpaca.Market.GetSplitsAsync(new(2026, 2, 3), new(2026, 2, 4), default)).ShouldHaveSingleItem().Symbol.ShouldBe("BBB");
        (await _alpaca.Market.GetBarsAsync("AAA", Minute(0), Minute(2), default))
            .Select(bar => bar.Close)
            .Distinct()
            .ShouldHaveSingleItem()
            .ShouldBe(101);
    }

    [Theory]
    [InlineData("3", "2", 3, 2)]
    [InlineData("1.5", "1", 3, 2)]
    [InlineData("1", "12.5", 2, 25)]
    [InlineData("10", "5", 2, 1)]
    public void Rates_become_a_ratio_of_whole_numbers(string newRate, string oldRate, int numerator, int denominator) =>
        AlpacaMarketData
            .Ratio(
                new(
                    "AAA",
                    new(2026, 2, 3),
                    decimal.Parse(newRate, System.Globalization.CultureInfo.InvariantCulture),
                    decimal.Parse(oldRate, System.Globalization.CultureInfo.InvariantCulture)
                )
            )
            .ShouldBe(new Split("AAA", new(2026, 2, 3), numerator, denominator));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-2, 1)]
    public void A_rate_that_is_none_is_no_split(int newRate, int oldRate) =>
        AlpacaMarketData.Ratio(new("AAA", new(2026, 2, 3), newRate, oldRate)).ShouldBeNull();
}
