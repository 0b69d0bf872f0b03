using System.Net;
using System.Text.Json;
using AutoTrader.Brokers.Alpaca;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using static AutoTrader.Brokers.Tests.World;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>What is particular to Alpaca: its statuses and refusals, fills before acknowledgements, successors, pages.</summary>
public sealed class BehaviorRules : WorldTest, IAsyncLifetime
{
    private AlpacaSetup _alpaca = null!;

    private AlpacaBroker Broker => _alpaca.Broker;

    public async ValueTask InitializeAsync() => _alpaca = await AlpacaSetup.StartAsync(_world);

    public async ValueTask DisposeAsync()
    {
        await _alpaca.DisposeAsync();
        Dispose();
    }

    [Theory]
    [InlineData("new", false)]
    [InlineData("accepted", false)]
    [InlineData("pending_new", false)]
    [InlineData("accepted_for_bidding", false)]
    [InlineData("partially_filled", false)]
    [InlineData("held", false)]
    [InlineData("stopped", false)]
    [InlineData("suspended", false)]
    [InlineData("calculated", false)]
    [InlineData("done_for_day", false)]
    [InlineData("pending_cancel", false)]
    [InlineData("pending_replace", false)]
    [InlineData("filled", true)]
    [InlineData("canceled", true)]
    [InlineData("expired", true)]
    [InlineData("rejected", true)]
    [InlineData("replaced", true)]
    public void Every_documented_status_is_known_and_ends_an_order_or_not(string status, bool ends)
    {
        var shown = AlpacaOrders.Show(Wire(status));
        BrokerStatusMap.IsKnown(shown.Status).ShouldBeTrue();
        (shown.EndedAt is not null).ShouldBe(ends);
    }

    [Fact]
    public void A_status_that_nobody_listed_is_kept_and_counts_as_working() =>
        (AlpacaOrders.Show(Wire("resting")) is { Status: "resting", EndedAt: null }).ShouldBeTrue();

    [Theory]
    [InlineData(
        403,
        """{"code":40310000,"message":"insufficient buying power","buying_power":"12"}""",
        RefusalKind.InsufficientBuyingPower
    )]
    [InlineData(
        403,
        """{"code":40310000,"message":"insufficient qty available for order (requested: 5, available: 0)","held_for_orders":"5"}""",
        RefusalKind.InsufficientShares
    )]
    [InlineData(403, """{"code":40310000,"message":"account is not allowed to short"}""", RefusalKind.InsufficientShares)]
    [InlineData(403, """{"code":40310000,"message":"potential wash trade detected. use complex orders"}""", RefusalKind.WashTrade)]
    [InlineData(403, """{"code":40310000,"message":"asset is not fractionable"}""", RefusalKind.Other)]
    [InlineData(403, """{"code":40310100,"message":"trade denied due to pattern day trading protection"}""", RefusalKind.Other)]
    [InlineData(422, """{"code":40010001,"message":"client_order_id must be unique"}""", RefusalKind.DuplicateClientOrderId)]
    [InlineData(422, """{"code":40010001,"message":"qty is required"}""", RefusalKind.Other)]
    [InlineData(422, """{"code":42210000,"message":"stop price must be less than current price"}""", RefusalKind.StopPriceBeyondMarket)]
    [InlineData(
        422,
        """{"code":42210000,"message":"stop_loss.stop_price must be <= base_price - 0.01","base_price":"99"}""",
        RefusalKind.StopPriceTooClose
    )]
    [InlineData(
        422,
        """{"code":42210000,"message":"invalid stop_price 99.001. sub-penny increment does not fulfill minimum pricing criteria"}""",
        RefusalKind.Other
    )]
    [InlineData(404, """{"code":40410000,"message":"order not found"}""", RefusalKind.NotFound)]
    public void A_refusal_is_told_apart_by_its_words_and_fields(int status, string body, RefusalKind kind) =>
        AlpacaErrors.Of((HttpStatusCode)status, body, AlpacaRequest.Submit).ShouldBeOfType<BrokerRefusedException>().Kind.ShouldBe(kind);

    [Theory]
    [InlineData(401, """{"code":40110000,"message":"request is not authorized"}""")]
    [InlineData(403, """{"message":"forbidden."}""")]
    [InlineData(422, "<html></html>")]
    [InlineData(500, """{"code":50010000,"message":"internal server error occurred"}""")]
    public void What_says_nothing_about_the_order_is_no_refusal(int status, string body) =>
        AlpacaErrors.Of((HttpStatusCode)status, body, AlpacaRequest.Submit).ShouldBeOfType<AlpacaNoAnswerException>();

    [Fact]
    public void Numbers_go_out_as_strings_in_plain_notation()
    {
        AlpacaOrders.Body("at-s-1", Buy(1_000_000, 0.0001m)).ToJsonString().ShouldContain("\"limit_price\":\"0.0001\"");
        AlpacaOrders
            .Body("at-s-1", Oco(10, 110, 95.50m))
            .ToJsonString()
            .ShouldBe(
                """{"symbol":"AAA","qty":"10","side":"sell","type":"limit","time_in_force":"gtc","client_order_id":"at-s-1","""
                    + "\"order_class\":\"oco\",\"take_profit\":"
                    + """{"limit_price":"110"},"stop_loss":{"stop_price":"95.5"}}"""
            );
    }

    [Fact]
    public async Task A_fill_is_read_before_its_order_is_acknowledged()
    {
        _alpaca.Server.Exchange.FillsOnArrival = true;
        _alpaca.Server.Inject(new("POST", "/v2/orders", Server.FaultKind.LoseAnswer));
        _alpaca.Server.Inject(new("GET", "/v2/orders", Server.FaultKind.Malformed));
        await Should.ThrowAsync<IOException>(() => Broker.SubmitAsync("at-s-1", Buy(10), default));
        var execution = (await Broker.GetExecutionsAsync(World.Today.Open, default)).ShouldHaveSingleItem();
        (await Broker.FindAsync("at-s-1", default)).ShouldNotBeNull().Id.ShouldBe(execution.BrokerOrderId);
    }

    [Fact]
    public async Task An_order_that_is_not_acknowledged_cannot_be_replaced_yet()
    {
        _alpaca.Server.Exchange.HoldsAcknowledgements = true;
        var sent = await Broker.SubmitAsync("at-s-1", Buy(10, 90), default);
        sent.Status.ShouldBe("pending_new");
        (await Should.ThrowAsync<BrokerRefusedException>(() => Broker.ReplaceAsync(sent.Id, "at-s-2", Buy(10, 91), default))).Kind.ShouldBe(
            RefusalKind.NotCancelable
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_stop_of_an_OCO_that_was_moved_is_found_whichever_legs_Alpaca_shows(bool showsMoved)
    {
        _alpaca.Server.Exchange.ShowsMovedLegs = showsMoved;
        _alpaca.Server.Exchange.FillsOnArrival = true;
        await Broker.SubmitAsync("at-s-1", Buy(10), default);
        var sent = await Broker.SubmitAsync("at-s-2", Oco(10, 110, 90), default);
        var moved = await Broker.AmendAsync((await Broker.AmendAsync(sent.Id, new(108, 95), default)).Id, new(107, 96), default);
        moved.Id.ShouldNotBe(sent.Id);
        (await Broker.GetOrdersAsync(World.Today.Open, default))
            .Single(order => order.Id == moved.Id)
            .StopLeg.ShouldNotBeNull()
            .ShouldBe(moved.StopLeg);
        var found = (await Broker.GetOrderAsync(moved.Id, default)).ShouldNotBeNull();
        (found.StopLeg!.StopPrice, found.Terms).ShouldBe((96, Oco(10, 107, 96)));
    }

    [Fact]
    public async Task A_corporate_action_puts_a_successor_in_an_orders_place()
    {
        await _alpaca.Server.Exchange.SubmitAsync(new("AAA", "buy", "limit", "gtc", 10) { ClientOrderId = "at-s-1", Limit = 90 });
        _world.At(1);
        _alpaca.Server.Exchange.Split("AAA", 2);
        var old = (await Broker.FindAsync("at-s-1", default)).ShouldNotBeNull();
        old.Status.ShouldBe("replaced");
        var successor = (await Broker.GetOrderAsync(old.ReplacedBy!, default)).ShouldNotBeNull();
        (successor.Terms.Quantity, successor.Terms.LimitPrice, successor.Replaces, successor.ClientOrderId == "at-s-1").ShouldBe(
            (20, 45, old.Id, false)
        );
    }

    [Fact]
    public async Task An_order_that_fills_while_it_is_canceled_shows_both()
    {
        _alpaca.Server.Exchange.CancelDelay = TimeSpan.FromMinutes(5);
        var sent = await Broker.SubmitAsync("at-s-1", Buy(10, 90), default);
        await Broker.CancelAsync(sent.Id, default);
        (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull().Status.ShouldBe("pending_cancel");
        _alpaca.Server.Exchange.Fill(_alpaca.Server.Exchange.Find(sent.Id)!, 4, 90, Minute(1));
        _world.At(6);
        var ended = (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull();
        (ended.Status, ended.FilledQuantity, ended.AverageFillPrice).ShouldBe(("canceled", 4, 90));
    }

    [Fact]
    public async Task Both_legs_of_an_OCO_may_fill_and_both_are_shown()
    {
        var exchange = _alpaca.Server.Exchange;
        exchange.FillsOnArrival = true;
        await Broker.SubmitAsync("at-s-0", Buy(10), default);
        var oco = await Broker.SubmitAsync("at-s-1", Oco(10, 110, 95), default);
        var order = exchange.Find(oco.Id)!;
        exchange.Fill(order, 10, 110, Minute(1));
        exchange.Fill(order.Leg!, 10, 95, Minute(1));
        _world.At(2);
        var shown = (await Broker.GetOrderAsync(oco.Id, default)).ShouldNotBeNull();
        (shown.FilledQuantity, shown.StopLeg!.FilledQuantity).ShouldBe((10, 10));
        (await Broker.GetPositionsAsync(default)).ShouldHaveSingleItem().Quantity.ShouldBe(-10);
        (await Broker.GetExecutionsAsync(Minute(1), default))
            .Select(execution => execution.BrokerOrderId)
            .ShouldBe([oco.Id, oco.StopLeg!.Id], ignoreOrder: true);
    }

    [Fact]
    public async Task An_aged_order_expires_and_says_so()
    {
        var sent = await Broker.SubmitAsync("at-s-1", Buy(10, 90, TimeInForce.Gtc), default);
        _world.At(sent.ExpiresAt!.Value.AddHours(1));
        (await Broker.GetOrderAsync(sent.Id, default)).ShouldNotBeNull().Status.ShouldBe("expired");
    }

    [Fact]
    public async Task Executions_are_read_to_the_last_page()
    {
        var exchange = _alpaca.Server.Exchange;
        var order = await exchange.SubmitAsync(new("AAA", "buy", "limit", "gtc", 500) { Limit = 90 });
        for (var i = 0; i < 250; i++)
        {
            exchange.Fill(order, 1, 90, Minute(i / 10));
        }

        _world.At(60);
        (await Broker.GetExecutionsAsync(Minute(0), default)).Count.ShouldBe(250);
        (await Broker.GetExecutionsAsync(Minute(24), default)).Count.ShouldBe(10);
        (await Broker.FindAsync(order.ClientId, default)).ShouldNotBeNull().Status.ShouldBe("partially_filled");
    }

    [Fact]
    public async Task Orders_are_read_to_the_last_page_also_with_one_time_stamp()
    {
        for (var i = 0; i < 620; i++)
        {
            _world.At(0, i / 10);
            await _alpaca.Server.Exchange.SubmitAsync(new("AAA", "buy", "limit", "gtc", 1) { ClientOrderId = $"at-s-{i}", Limit = 1 });
        }

        (await Broker.GetOrdersAsync(Minute(0), default)).Select(order => order.ClientOrderId).Distinct().Count().ShouldBe(620);
    }

    [Fact]
    public async Task A_watch_ends_with_the_order()
    {
        _world.Flat(0, 100);
        var sent = await Broker.SubmitAsync("at-s-1", Buy(10), default);
        _world.At(1);
        (await Broker.WatchAsync(sent.Id, TimeSpan.FromMinutes(10), default)).ShouldNotBeNull().Status.ShouldBe("filled");
    }

    private static WireOrder Wire(string status) =>
        JsonSerializer.Deserialize<WireOrder>(
            $$"""
            {"id":"x","client_order_id":"at-s-1","status":"{{status}}",
            "symbol":"AAA","side":"sell","type":"stop","time_in_force":"gtc","qty":"10","filled_qty":"0",
             "stop_price":"95","submitted_at":"2026-02-02T14:30:00.123456789Z","updated_at":"2026-02-02T14:31:00Z"}
            """,
            AlpacaClient.Json
        )!;
}
