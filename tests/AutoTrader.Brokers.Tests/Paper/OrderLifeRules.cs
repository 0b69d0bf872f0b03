using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Paper;

/// <summary>Cancels, replacements, auctions, expiry: the life of an order apart from its fills.</summary>
public sealed class OrderLifeRules : WorldTest
{
    private static readonly Session Tuesday = TradingCalendar.Nyse.NextSession(Today.Open);

    [Fact]
    public async Task A_cancel_shows_at_the_next_look()
    {
        var order = await _world.SendAsync("a", Buy(1, 90));
        await _world.Broker.CancelAsync(order.Id, default);
        var ended = await _world.OrderAsync("a");
        (ended.Status, ended.EndedAt).ShouldBe(("canceled", Minute(0)));
    }

    [Fact]
    public async Task A_cancel_that_takes_time_is_pending_and_keeps_the_shares_until_it_is_done()
    {
        using var world = new World(new() { CancelDelay = TimeSpan.FromSeconds(90) });
        await world.HoldAsync(10);
        var order = await world.SendAsync("a", Stop(10, 95));
        await world.Broker.CancelAsync(order.Id, default);
        await world.Broker.CancelAsync(order.Id, default);
        world.At(2);
        (await world.OrderAsync("a")).Status.ShouldBe("pending_cancel");
        (await Should.ThrowAsync<BrokerRefusedException>(() => world.SendAsync("b", Sell(10)))).Kind.ShouldBe(
            RefusalKind.InsufficientShares
        );
        (
            await Should.ThrowAsync<BrokerRefusedException>(() => world.Broker.ReplaceAsync(order.Id, "c", Stop(10, 96), default))
        ).Kind.ShouldBe(RefusalKind.NotCancelable);
        world.Restart();
        world.At(2, 30);
        var ended = await world.OrderAsync("a");
        (ended.Status, ended.EndedAt).ShouldBe(("canceled", Minute(2).AddSeconds(30)));
        await world.SendAsync("b", Sell(10));
    }

    [Fact]
    public async Task An_order_can_fill_while_its_cancel_is_on_its_way_and_not_after()
    {
        using var world = new World(new() { CancelDelay = TimeSpan.FromSeconds(90) });
        await world.HoldAsync(20);
        var first = await world.SendAsync("first", Stop(10, 95));
        var second = await world.SendAsync("second", Stop(10, 90));
        await world.Broker.CancelAsync(first.Id, default);
        await world.Broker.CancelAsync(second.Id, default);
        world.Bar(1, 99, 99, 94, 94);
        world.Bar(2, 89, 89, 89, 89);
        world.At(5);
        (await world.OrderAsync("first")).Status.ShouldBe("filled");
        (await world.OrderAsync("second")).Status.ShouldBe("canceled");
    }

    [Fact]
    public async Task A_replacement_has_the_client_id_that_was_given_and_takes_over_shares_and_buying_power()
    {
        await _world.HoldAsync(10);
        var stop = await _world.SendAsync("a", Stop(10, 90));
        var next = await _world.Broker.ReplaceAsync(stop.Id, "b", Stop(10, 95), default);
        (await _world.OrderAsync("b")).Id.ShouldBe(next.Id);
        (await _world.OrderAsync("a")).Status.ShouldBe("replaced");
        _world.Bar(1, 96, 96, 94, 94);
        _world.At(2);
        (await _world.OrderAsync("b")).AverageFillPrice.ShouldBe(95);
        (await _world.SharesAsync()).ShouldBe(0);

        var buy = await _world.SendAsync("c", Buy(900, 94, TimeInForce.Gtc));
        await _world.Broker.ReplaceAsync(buy.Id, "d", Buy(1000, 94, TimeInForce.Gtc), default);
    }

    [Fact]
    public async Task A_refused_replacement_leaves_the_original_working()
    {
        await _world.HoldAsync(10);
        var stop = await _world.SendAsync("a", Stop(10, 90));
        (
            await Should.ThrowAsync<BrokerRefusedException>(() => _world.Broker.ReplaceAsync(stop.Id, "b", Stop(10, 101), default))
        ).Kind.ShouldBe(RefusalKind.StopPriceBeyondMarket);
        (
            await Should.ThrowAsync<BrokerRefusedException>(() => _world.Broker.ReplaceAsync(stop.Id, "a", Stop(10, 95), default))
        ).Kind.ShouldBe(RefusalKind.DuplicateClientOrderId);
        (
            await Should.ThrowAsync<BrokerRefusedException>(() => _world.Broker.ReplaceAsync(stop.Id, "holding", Stop(10, 95), default))
        ).Kind.ShouldBe(RefusalKind.DuplicateClientOrderId);
        (
            await Should.ThrowAsync<BrokerRefusedException>(() =>
                _world.Broker.ReplaceAsync(Guid.Empty.ToString(), "c", Stop(10, 95), default)
            )
        ).Kind.ShouldBe(RefusalKind.NotFound);
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
    }

    [Fact]
    public async Task An_order_sent_while_the_market_is_closed_is_accepted_and_cannot_be_replaced_yet()
    {
        await _world.HoldAsync(10);
        _world.At(Today.Close.AddHours(1));
        var stop = await _world.SendAsync("a", Stop(10, 90));
        stop.Status.ShouldBe("accepted");
        (
            await Should.ThrowAsync<BrokerRefusedException>(() => _world.Broker.ReplaceAsync(stop.Id, "b", Stop(10, 95), default))
        ).Kind.ShouldBe(RefusalKind.NotCancelable);
        _world.At(Tuesday.Open);
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
        await _world.Broker.ReplaceAsync(stop.Id, "b", Stop(10, 95), default);
    }

    [Fact]
    public async Task A_market_order_while_the_market_is_closed_fills_at_the_next_open()
    {
        await _world.HoldAsync(10);
        _world.At(Today.Close.AddHours(1));
        await _world.SendAsync("a", Sell(10));
        _world.Add("AAA", Tuesday.Open, 97, 98, 96, 97);
        _world.At(Tuesday.Open);
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
        _world.At(Tuesday.Open.AddMinutes(1));
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe(97);
    }

    [Fact]
    public async Task A_day_order_sent_after_the_close_lives_through_the_next_session()
    {
        _world.At(Today.Close);
        await _world.SendAsync("a", Buy(1, 90));
        _world.At(Tuesday.Close.AddTicks(-1));
        (await _world.OrderAsync("a")).Status.ShouldBe("new");
        _world.At(Tuesday.Close);
        var order = await _world.OrderAsync("a");
        (order.Status, order.EndedAt).ShouldBe(("expired", Tuesday.Close));
    }

    [Fact]
    public async Task A_good_till_canceled_order_ages_out_after_the_close_of_its_last_day()
    {
        var order = await _world.SendAsync("a", Buy(1, 90, TimeInForce.Gtc));
        // 90 days from Monday 2026-02-02 is Sunday 2026-05-03: the last close before it is on Friday.
        var last = TradingCalendar.Nyse.SessionOn(new(2026, 5, 1))!;
        order.ExpiresAt.ShouldBe(last.Close);
        _world.At(last.Close.AddMinutes(-1));
        (await _world.OrderAsync("a")).EndedAt.ShouldBeNull();
        _world.At(last.Close);
        (await _world.OrderAsync("a")).Status.ShouldBe("expired");
    }

    [Fact]
    public async Task An_opening_auction_order_fills_at_the_open_of_the_first_bar_or_not_at_all()
    {
        _world.At(Today.Close.AddHours(4));
        await _world.SendAsync("market", Buy(1, tif: TimeInForce.Opg));
        await _world.SendAsync("limit", Buy(1, 99, TimeInForce.Opg));
        await _world.SendAsync("away", Buy(1, 97, TimeInForce.Opg));
        _world.Add("AAA", Tuesday.Open.AddMinutes(2), 98, 98, 96, 97);
        _world.At(Tuesday.Open.AddMinutes(3));
        (await _world.OrderAsync("market")).AverageFillPrice.ShouldBe(98);
        (await _world.OrderAsync("limit")).AverageFillPrice.ShouldBe(98);
        (await _world.OrderAsync("away")).Status.ShouldBe("expired");
    }

    [Fact]
    public async Task A_closing_auction_order_fills_at_the_close_of_the_last_bar_and_in_no_other()
    {
        await _world.SendAsync("market", Buy(1, tif: TimeInForce.Cls));
        await _world.SendAsync("limit", Buy(1, 101, TimeInForce.Cls));
        await _world.SendAsync("away", Buy(1, 100, TimeInForce.Cls));
        _world.Flat(0, 90);
        _world.Bar(388, 100, 102, 99, 101);
        _world.At(389);
        (await _world.ExecutionsAsync()).ShouldBeEmpty();
        _world.At(390);
        (await _world.OrderAsync("market")).AverageFillPrice.ShouldBe(101);
        (await _world.OrderAsync("limit")).AverageFillPrice.ShouldBe(101);
        (await _world.OrderAsync("away")).Status.ShouldBe("expired");
    }

    [Theory]
    [InlineData("2026-02-03T09:27:59-05:00", TimeInForce.Opg, false)]
    [InlineData("2026-02-03T09:28:00-05:00", TimeInForce.Opg, true)]
    [InlineData("2026-02-03T18:59:59-05:00", TimeInForce.Opg, true)]
    [InlineData("2026-02-03T19:00:00-05:00", TimeInForce.Opg, false)]
    [InlineData("2026-02-07T12:00:00-05:00", TimeInForce.Opg, false)] // a Saturday
    [InlineData("2026-02-03T15:49:59-05:00", TimeInForce.Cls, false)]
    [InlineData("2026-02-03T15:50:00-05:00", TimeInForce.Cls, true)]
    [InlineData("2026-02-03T18:59:59-05:00", TimeInForce.Cls, true)]
    [InlineData("2026-02-03T19:00:00-05:00", TimeInForce.Cls, false)]
    [InlineData("2026-11-27T12:49:59-05:00", TimeInForce.Cls, false)] // closes at 13:00
    [InlineData("2026-11-27T12:50:00-05:00", TimeInForce.Cls, true)]
    public async Task Auction_orders_have_their_cut_offs(string at, TimeInForce tif, bool refused)
    {
        _world.At(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture));
        var send = () => _world.SendAsync("a", Buy(1, tif: tif));
        if (refused)
        {
            (await Should.ThrowAsync<BrokerRefusedException>(send)).Kind.ShouldBe(RefusalKind.PastCutoff);
        }
        else
        {
            await send();
        }
    }

    [Fact]
    public async Task A_trailing_stop_that_rests_overnight_trails_on()
    {
        await _world.HoldAsync(10);
        await _world.SendAsync("a", Trailing(10, 5));
        _world.Bar(1, 100, 104, 100, 104);
        _world.At(Today.Close.AddHours(1));
        (await _world.OrderAsync("a")).StopPrice.ShouldBe(98.8m);
        _world.Restart();
        _world.Add("AAA", Tuesday.Open, 97, 98, 96, 97);
        _world.At(Tuesday.Open.AddMinutes(1));
        (await _world.OrderAsync("a")).AverageFillPrice.ShouldBe(97);
    }

    [Fact]
    public async Task Last_equity_is_the_equity_at_the_prior_close()
    {
        await _world.HoldAsync(10);
        _world.Flat(389, 105);
        _world.At(Tuesday.Open.AddMinutes(5));
        _world.Restart();
        (await _world.Broker.GetAccountAsync(default)).LastEquity.ShouldBe(100_000 + 50);
    }
}
