using AutoTrader.Brokers.Paper;
using AutoTrader.Brokers.Tests.Alpaca;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Storage.Stores;
using Microsoft.Extensions.Logging.Abstractions;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Contract;

/// <summary>
/// What the engine relies on of every broker. The world holds clock and market; a broker over HTTP is tested against a server that is made
/// of the same world.
/// </summary>
public abstract class BrokerContract : WorldTest, IAsyncLifetime
{
    private IBroker Broker { get; set; } = null!;

    /// <summary>How it refuses an OCO whose stop lies at the market: Alpaca has one answer for too close and for beyond.</summary>
    protected virtual RefusalKind OcoStopAtTheMarket => RefusalKind.StopPriceBeyondMarket;

    /// <summary>The broker under test, on the world's clock and market.</summary>
    internal abstract Task<IBroker> CreateAsync(World world);

    public async ValueTask InitializeAsync() => Broker = await CreateAsync(_world);

    public virtual ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return default;
    }

    [Fact]
    public void It_names_its_account_key() => Broker.AccountKey.ShouldMatch("^(paper|alpaca-(paper|live)-[A-Za-z0-9]+)$");

    [Fact]
    public async Task A_new_account_has_cash_and_no_positions()
    {
        var account = await Broker.GetAccountAsync(default);
        account.Number.ShouldNotBeNullOrEmpty();
        (account.Cash, account.BuyingPower, account.Equity, account.TradingBlocked).ShouldBe((100_000, 100_000, 100_000, false));
        (await Broker.GetPositionsAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Its_calendar_and_clock_where_it_has_them_are_those_of_the_exchange_and_what_it_trades_can_be_bought()
    {
        var (from, to) = (World.Today.Day.AddDays(-7), World.Today.Day.AddDays(14));
        var sessions = await Broker.GetSessionsAsync(from, to, default);
        (sessions ?? [.. TradingCalendar.Nyse.Sessions(from, to)]).ShouldBe(TradingCalendar.Nyse.Sessions(from, to));
        var clock = await Broker.GetClockAsync(default);
        (clock ?? new(_world.Clock.GetUtcNow(), IsOpen: true)).ShouldBe(new(_world.Clock.GetUtcNow(), IsOpen: true));
        (await Broker.WhyNotTradableAsync("AAA", default)).ShouldBeNull();
    }

    [Fact]
    public async Task An_order_is_found_by_our_id_and_by_its_id_as_it_was_sent()
    {
        var terms = Buy(10, 99.5m, TimeInForce.Gtc);
        var sent = await Broker.SubmitAsync("at-s-1", terms, default);
        sent.Terms.ShouldBe(terms);
        sent.ClientOrderId.ShouldBe("at-s-1");
        (await Broker.FindAsync("at-s-1", default)).ShouldNotBeNull().Id.ShouldBe(sent.Id);
        (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull().Terms.ShouldBe(terms);
        (await Broker.WatchAsync(sent.Id, TimeSpan.Zero, default)).ShouldNotBeNull().Id.ShouldBe(sent.Id);
    }

    [Fact]
    public async Task An_unknown_order_is_null()
    {
        (await Broker.FindAsync("at-none-1", default)).ShouldBeNull();
        (await Broker.GetOrderAsync(Guid.Empty.ToString(), default)).ShouldBeNull();
        (await Broker.WatchAsync(Guid.Empty.ToString(), TimeSpan.Zero, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_fill_shows_in_order_execution_position_and_cash()
    {
        _world.Bar(0, 100, 101, 99, 100.5m);
        var sent = await Broker.SubmitAsync("at-s-1", Buy(10), default);
        _world.At(1);
        var order = (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull();
        (order.Status, order.FilledQuantity, order.AverageFillPrice).ShouldBe(("filled", 10, 100));
        order.EndedAt.ShouldNotBeNull();
        var execution = (await Broker.GetExecutionsAsync(World.Today.Open, default)).ShouldHaveSingleItem();
        (execution.BrokerOrderId, execution.Symbol, execution.Side, execution.Quantity, execution.Price).ShouldBe(
            (sent.Id, "AAA", OrderSide.Buy, 10, 100)
        );
        execution.At.ShouldBeInRange(Minute(0), Minute(1));
        var position = (await Broker.GetPositionsAsync(default)).ShouldHaveSingleItem();
        (position.Quantity, position.AvailableQuantity, position.AverageEntryPrice).ShouldBe((10, 10, 100));
        var account = await Broker.GetAccountAsync(default);
        (account.Cash, account.Equity).ShouldBe((99_000, 99_000 + 1005));
    }

    [Fact]
    public async Task Every_status_is_one_that_the_engine_knows()
    {
        await Broker.SubmitAsync("at-s-1", Buy(10, 90), default);
        await Broker.SubmitAsync("at-s-2", Buy(10), default);
        foreach (var order in await Broker.GetOrdersAsync(World.Today.Open, default))
        {
            BrokerStatusMap.IsKnown(order.Status).ShouldBeTrue(order.Status);
        }
    }

    [Fact]
    public async Task A_duplicate_id_is_refused_also_when_the_first_is_long_filled()
    {
        _world.Flat(0, 100);
        await Broker.SubmitAsync("at-s-1", Buy(10), default);
        (await RefusalAsync("at-s-1", Buy(10))).ShouldBe(RefusalKind.DuplicateClientOrderId);
        _world.At(World.Today.Close.AddDays(30));
        (await RefusalAsync("at-s-1", Buy(5))).ShouldBe(RefusalKind.DuplicateClientOrderId);
        (await Broker.GetExecutionsAsync(World.Today.Open, default)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Ended_orders_are_listed_from_the_instant_asked_for_and_open_ones_always()
    {
        _world.Flat(0, 100);
        await Broker.SubmitAsync("at-s-1", Buy(10), default);
        await Broker.SubmitAsync("at-s-2", Buy(10, 90, TimeInForce.Gtc), default);
        _world.At(5);
        (await Broker.GetOrdersAsync(Minute(0), default))
            .Select(order => order.ClientOrderId)
            .Order(StringComparer.Ordinal)
            .ShouldBe(["at-s-1", "at-s-2"]);
        (await Broker.GetOrdersAsync(Minute(2), default)).Select(order => order.ClientOrderId).ShouldBe(["at-s-2"]);
        (await Broker.GetExecutionsAsync(Minute(2), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancel_frees_the_shares_and_the_order_ends_canceled()
    {
        await HoldAsync(10);
        var stop = await Broker.SubmitAsync("at-s-1", Stop(10, 95), default);
        (await Broker.GetPositionsAsync(default))[0].AvailableQuantity.ShouldBe(0);
        await Broker.CancelAsync(stop.Id, default);
        _world.At(2);
        (await Broker.GetOrderAsync(stop.Id, default)).ShouldNotBeNull().Status.ShouldBe("canceled");
        (await Broker.GetPositionsAsync(default))[0].AvailableQuantity.ShouldBe(10);
    }

    [Fact]
    public async Task What_has_ended_cannot_be_canceled_and_what_never_was_is_not_found()
    {
        _world.Flat(0, 100);
        var order = await Broker.SubmitAsync("at-s-1", Buy(10), default);
        _world.At(1);
        (await Should.ThrowAsync<BrokerRefusedException>(() => Broker.CancelAsync(order.Id, default))).Kind.ShouldBe(
            RefusalKind.NotCancelable
        );
        (await Should.ThrowAsync<BrokerRefusedException>(() => Broker.CancelAsync(Guid.Empty.ToString(), default))).Kind.ShouldBe(
            RefusalKind.NotFound
        );
    }

    [Fact]
    public async Task A_second_sell_over_the_same_shares_is_refused()
    {
        await HoldAsync(10);
        await Broker.SubmitAsync("at-s-1", Stop(6, 95), default);
        (await RefusalAsync("at-s-2", Sell(5, 110))).ShouldBe(RefusalKind.InsufficientShares);
        await Broker.SubmitAsync("at-s-3", Sell(4, 110), default);
    }

    [Fact]
    public async Task Nothing_is_sold_short() => (await RefusalAsync("at-s-1", Sell(1))).ShouldBe(RefusalKind.InsufficientShares);

    [Fact]
    public async Task A_buy_beyond_the_buying_power_is_refused()
    {
        await Broker.SubmitAsync("at-s-1", Buy(900, 100), default);
        (await Broker.GetAccountAsync(default)).BuyingPower.ShouldBe(10_000);
        (await RefusalAsync("at-s-2", Buy(101, 100))).ShouldBe(RefusalKind.InsufficientBuyingPower);
    }

    [Fact]
    public async Task A_buy_against_a_resting_stop_is_a_wash_trade()
    {
        await HoldAsync(10);
        await Broker.SubmitAsync("at-s-1", Stop(10, 95), default);
        (await RefusalAsync("at-s-2", Buy(1))).ShouldBe(RefusalKind.WashTrade);
    }

    [Fact]
    public async Task A_stop_above_the_market_is_refused()
    {
        await HoldAsync(10);
        (await RefusalAsync("at-s-1", Stop(10, 100))).ShouldBe(RefusalKind.StopPriceBeyondMarket);
    }

    [Fact]
    public async Task An_OCO_holds_its_shares_once_and_its_stop_leg_fills_under_its_own_id()
    {
        await HoldAsync(10);
        Broker.SupportsOco.ShouldBeTrue();
        var oco = await Broker.SubmitAsync("at-s-1", Oco(10, 110, 95), default);
        var leg = (await Broker.GetOrderAsync(oco.Id, default)).ShouldNotBeNull().StopLeg.ShouldNotBeNull();
        (leg.Id == oco.Id).ShouldBeFalse();
        leg.StopPrice.ShouldBe(95);
        _world.Bar(1, 99, 99, 94, 94);
        _world.At(2);
        var ended = (await Broker.GetOrderAsync(oco.Id, default)).ShouldNotBeNull();
        (ended.Status, ended.FilledQuantity, ended.StopLeg!.Status, ended.StopLeg.FilledQuantity).ShouldBe(("canceled", 0, "filled", 10));
        (await Broker.GetOrderAsync(leg.Id, default)).ShouldNotBeNull().FilledQuantity.ShouldBe(10);
        (await Broker.GetExecutionsAsync(Minute(2), default)).ShouldHaveSingleItem().BrokerOrderId.ShouldBe(leg.Id);
    }

    [Fact]
    public async Task Canceling_one_leg_cancels_both()
    {
        await HoldAsync(10);
        var oco = await Broker.SubmitAsync("at-s-1", Oco(10, 110, 95), default);
        await Broker.CancelAsync(oco.StopLeg!.Id, default);
        _world.At(2);
        var ended = (await Broker.GetOrderAsync(oco.Id, default)).ShouldNotBeNull();
        (ended.Status, ended.StopLeg!.Status).ShouldBe(("canceled", "canceled"));
    }

    [Fact]
    public async Task A_trailing_stop_shows_its_watermark_and_its_stop()
    {
        await HoldAsync(10);
        var sent = await Broker.SubmitAsync("at-s-1", Trailing(10, 5), default);
        (sent.HighWatermark, sent.StopPrice).ShouldBe((100, 95));
        _world.Bar(1, 100, 104, 100, 104);
        _world.At(2);
        var order = (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull();
        (order.HighWatermark, order.StopPrice).ShouldBe((104, 98.8m));
    }

    [Fact]
    public async Task A_replaced_order_names_its_successor_and_the_successor_works_on()
    {
        await HoldAsync(10);
        var first = await Broker.SubmitAsync("at-s-1", Stop(10, 90), default);
        var second = await Broker.ReplaceAsync(first.Id, "at-s-2", Stop(10, 95), default);
        (second.Id == first.Id).ShouldBeFalse();
        second.StopPrice.ShouldBe(95);
        var old = (await Broker.GetOrderAsync(first.Id, default)).ShouldNotBeNull();
        (old.Status, old.ReplacedBy).ShouldBe(("replaced", second.Id));
        (await Broker.FindAsync("at-s-2", default)).ShouldNotBeNull().Replaces.ShouldBe(first.Id);
        (
            await Should.ThrowAsync<BrokerRefusedException>(() => Broker.ReplaceAsync(first.Id, "at-s-3", Stop(10, 96), default))
        ).Kind.ShouldBe(RefusalKind.NotCancelable);
    }

    [Fact]
    public async Task A_day_order_expires_at_the_close_and_a_good_till_canceled_one_lives_on()
    {
        await Broker.SubmitAsync("at-s-1", Buy(1, 90), default);
        var lasting = await Broker.SubmitAsync("at-s-2", Buy(1, 91, TimeInForce.Gtc), default);
        lasting.ExpiresAt.ShouldNotBeNull().ShouldBeInRange(World.Today.Close.AddDays(85), World.Today.Close.AddDays(91));
        _world.At(World.Today.Close.AddHours(1));
        (await Broker.FindAsync("at-s-1", default)).ShouldNotBeNull().Status.ShouldBe("expired");
        (await Broker.FindAsync("at-s-2", default)).ShouldNotBeNull().EndedAt.ShouldBeNull();
    }

    [Fact]
    public async Task A_price_off_the_tick_is_refused() => (await RefusalAsync("at-s-1", Buy(1, 99.999m))).ShouldBe(RefusalKind.Other);

    [Fact]
    public async Task What_is_found_under_our_id_is_told_to_be_ours_whatever_its_kind()
    {
        await HoldAsync(30);
        foreach (
            var (id, terms) in new[]
            {
                ("at-s-1", Oco(10, 110.25m, 95.5m)),
                ("at-s-2", Trailing(10, 2.5m)),
                ("at-s-3", Stop(5, 90.01m)),
                ("at-s-4", Sell(5, 130, TimeInForce.Gtc)),
            }
        )
        {
            await Broker.SubmitAsync(id, terms, default);
            var found = (await Broker.FindAsync(id, default)).ShouldNotBeNull();
            found.Terms.ShouldBe(terms);
            BrokerView.IsOurs(Ours(id, terms), found).ShouldBeTrue(id);
        }
    }

    private Order Ours(string id, OrderTerms terms) =>
        new()
        {
            ClientOrderId = id,
            StrategyId = "s",
            Arm = "a",
            Sequence = 1,
            Role = OrderRole.Protection,
            Terms = terms,
            DecidedAt = _world.Clock.GetUtcNow(),
        };

    [Fact]
    public async Task Small_prices_arrive_to_the_last_digit()
    {
        var terms = Buy(3, 0.0007m, TimeInForce.Gtc);
        await Broker.SubmitAsync("at-s-1", terms, default);
        (await Broker.FindAsync("at-s-1", default)).ShouldNotBeNull().Terms.ShouldBe(terms);
    }

    [Fact]
    public async Task An_id_with_path_and_query_characters_is_only_an_id()
    {
        (await Broker.FindAsync("at-../account?x=1&y=2#z%2F", default)).ShouldBeNull();
        (await Broker.GetOrderAsync("../account?x=1&y=2#z%2F", default)).ShouldBeNull();
    }

    [Fact]
    public async Task An_OCO_with_its_stop_at_the_market_is_refused_as_too_close_or_beyond()
    {
        await HoldAsync(10);
        (await RefusalAsync("at-s-1", Oco(10, 110, 100))).ShouldBe(OcoStopAtTheMarket);
        (await RefusalAsync("at-s-2", Oco(10, 100, 100))).ShouldBe(OcoStopAtTheMarket);
        (await RefusalAsync("at-s-3", Stop(10, 100))).ShouldBe(RefusalKind.StopPriceBeyondMarket);
    }

    [Fact]
    public async Task Target_and_stop_of_an_OCO_move_and_it_stays_one_order_over_the_same_shares()
    {
        await HoldAsync(10);
        var sent = await Broker.SubmitAsync("at-s-1", Oco(10, 110, 90), default);
        var order = Ours("at-s-1", Oco(10, 110, 90)) with { BrokerOrderId = sent.Id };
        foreach (var prices in new OcoPrices[] { new(110, 95), new(108, 95), new(107, 96), new(107, 96) })
        {
            var moved = await Broker.AmendAsync(order.BrokerOrderId!, prices, default);
            (moved.Terms.LimitPrice, moved.Terms.StopPrice, moved.StopLeg.ShouldNotBeNull().StopPrice).ShouldBe(
                (prices.Target, prices.Stop, prices.Stop)
            );
            order = BrokerView.Apply(order, moved, _world.Clock.GetUtcNow(), World.Today.Close);
            var shown = (await Broker.GetOrdersAsync(World.Today.Open, default)).Single(it => it.Id == order.BrokerOrderId);
            (shown.Terms.LimitPrice, shown.Terms.StopPrice, shown.EndedAt).ShouldBe((prices.Target, (decimal?)prices.Stop, null));
            order.Status.ShouldBe(OrderStatus.Accepted);
        }

        (await RefusalAsync("at-s-2", Stop(1, 90))).ShouldBe(RefusalKind.InsufficientShares);
        await Should.ThrowAsync<BrokerRefusedException>(() => Broker.AmendAsync(order.BrokerOrderId!, new(107, 101), default));
        // The bar in which it was moved does not count for it.
        _world.Bar(1, 97, 97, 95, 95);
        _world.At(2);
        order = BrokerView.Apply(
            order,
            (await Broker.GetOrderAsync(order.BrokerOrderId!, default)).ShouldNotBeNull(),
            _world.Clock.GetUtcNow(),
            World.Today.Close
        );
        (order.FilledQuantity, order.AverageFillPrice, order.Status).ShouldBe((10, 96, OrderStatus.Filled));
        var execution = (await Broker.GetExecutionsAsync(World.Today.Open, default)).Single(it => it.Side == OrderSide.Sell);
        (execution.BrokerOrderId == order.BrokerOrderId || order.OtherBrokerIds.Contains(execution.BrokerOrderId)).ShouldBeTrue();
        (
            await Should.ThrowAsync<BrokerRefusedException>(() => Broker.AmendAsync(order.BrokerOrderId!, new(107, 90), default))
        ).Kind.ShouldBe(RefusalKind.NotCancelable);
    }

    [Fact]
    public async Task An_auction_order_is_refused_after_its_cut_off_and_fills_in_the_auction_before()
    {
        _world.Flat(389, 101);
        (await RefusalAsync("at-s-1", Buy(1, tif: TimeInForce.Opg))).ShouldBe(RefusalKind.PastCutoff);
        var sent = await Broker.SubmitAsync("at-s-2", Buy(1, tif: TimeInForce.Cls), default);
        _world.At(385);
        (await RefusalAsync("at-s-3", Buy(1, tif: TimeInForce.Cls))).ShouldBe(RefusalKind.PastCutoff);
        (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull().FilledQuantity.ShouldBe(0);
        _world.At(391);
        var order = (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull();
        (order.Status, order.AverageFillPrice).ShouldBe(("filled", 101));
    }

    [Fact]
    public async Task A_market_order_in_a_closed_market_waits_for_the_open()
    {
        var next = Core.Market.TradingCalendar.Nyse.NextSession(World.Today.Close);
        _world.At(World.Today.Close.AddHours(2));
        var sent = await Broker.SubmitAsync("at-s-1", Buy(10), default);
        _world.Add("AAA", next.Open, 98, 98, 98, 98);
        _world.At(next.Open.AddMinutes(1));
        var order = (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull();
        (order.Status, order.AverageFillPrice).ShouldBe(("filled", 98));
    }

    private async Task HoldAsync(decimal quantity)
    {
        _world.Flat(0, 100);
        await Broker.SubmitAsync("at-holding-1", Buy(quantity), default);
        _world.At(1);
        (await Broker.GetPositionsAsync(default)).ShouldHaveSingleItem().Quantity.ShouldBe(quantity);
    }

    private async Task<RefusalKind> RefusalAsync(string id, OrderTerms terms) =>
        (await Should.ThrowAsync<BrokerRefusedException>(() => Broker.SubmitAsync(id, terms, default))).Kind;
}

public sealed class PaperBrokerContract : BrokerContract
{
    internal override Task<IBroker> CreateAsync(World world) => Task.FromResult<IBroker>(world.Broker);
}

/// <summary>The same on the store with all the limits of Table Storage.</summary>
public sealed class PaperBrokerOnTheStrictStoreContract : BrokerContract
{
    internal override Task<IBroker> CreateAsync(World world) =>
        Task.FromResult<IBroker>(
            new PaperBroker(new MemoryPaperStore(), world, world.Clock, world.Options, NullLogger<PaperBroker>.Instance)
        );
}

/// <summary>The same over HTTP, against a server that behaves as Alpaca documents, on the same world.</summary>
public sealed class AlpacaBrokerContract : BrokerContract
{
    private AlpacaSetup _alpaca = null!;

    protected override RefusalKind OcoStopAtTheMarket => RefusalKind.StopPriceTooClose;

    internal override async Task<IBroker> CreateAsync(World world)
    {
        _alpaca = await AlpacaSetup.StartAsync(world);
        return _alpaca.Broker;
    }

    public override async ValueTask DisposeAsync()
    {
        await _alpaca.DisposeAsync();
        await base.DisposeAsync();
    }
}
