using System.Net;
using AutoTrader.Core.Orders;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Orders of people: placed once, limited like all others, canceled.</summary>
public sealed class OrderApiTests : IAsyncLifetime
{
    private const string Resting = """{"symbol":"BOLT","side":"buy","qty":10,"limit_price":"10"}""";

    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_cancel_that_was_decided_on_another_version_of_the_order_is_refused()
    {
        var id = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k1"))).Json["id"]!.GetValue<string>();
        (await _app.SendAsync("DELETE", "orders/" + id, null, ("If-Match", "\"stale\""))).ShouldBe(
            HttpStatusCode.PreconditionFailed,
            "PRECONDITION_FAILED"
        );
        var read = await _app.GetAsync("orders/" + id);
        read.Json["status"]!.GetValue<string>().ShouldBe("accepted");
        (await _app.SendAsync("DELETE", "orders/" + id, null, ("If-Match", read.ETag!))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_order_is_placed_listed_read_and_canceled()
    {
        var placed = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k1"))).ShouldBe(HttpStatusCode.Created);
        var id = placed.Json["id"]!.GetValue<string>();
        id.ShouldBe(ClientOrderIds.ForManual("local", "k1"));
        placed.Location.ShouldBe("/api/orders/" + id);
        placed.Json["status"]!.GetValue<string>().ShouldBe("accepted");
        placed.Json["broker_order_id"].ShouldNotBeNull();
        (await _app.GetAsync("orders?strategy_id=manual&symbol=bolt")).Json["items"]![0]!["id"]!.GetValue<string>().ShouldBe(id);
        (await _app.GetAsync("orders/" + id)).Json["limit_price"]!.GetValue<string>().ShouldBe("10");

        (await _app.SendAsync("DELETE", "orders/" + id, null)).Status.ShouldBe(HttpStatusCode.OK);
        await _app.MinutesAsync(2);
        (await _app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await _app.GetAsync("orders?status=done")).Json["items"]![0]!["status"]!.GetValue<string>().ShouldBe("canceled");
        (await _app.SendAsync("DELETE", "orders/" + id, null)).ShouldBe(HttpStatusCode.Conflict, "CANCEL_FAILED");
    }

    [Fact]
    public async Task A_cancel_with_the_same_key_is_done_once_and_answered_again()
    {
        var id = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k1"))).Json["id"]!.GetValue<string>();
        var read = await _app.GetAsync("orders/" + id);
        (string, string)[] keyed = [("Idempotency-Key", "c1"), ("If-Match", read.ETag!)];
        (await _app.SendAsync("DELETE", "orders/" + id, null, keyed)).Status.ShouldBe(HttpStatusCode.OK);
        await _app.MinutesAsync(2);
        var again = (await _app.SendAsync("DELETE", "orders/" + id, null, keyed)).ShouldBe(HttpStatusCode.OK);
        again.Json["status"]!.GetValue<string>().ShouldBe("canceled");
        (await _app.SendAsync("DELETE", "orders/" + id, null, ("Idempotency-Key", "c2"))).ShouldBe(
            HttpStatusCode.Conflict,
            "CANCEL_FAILED"
        );
    }

    [Fact]
    public async Task The_same_key_places_one_order_and_another_body_under_it_is_422()
    {
        var first = await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k1"));
        var second = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k1"))).ShouldBe(HttpStatusCode.Created);
        second.Json["id"]!.GetValue<string>().ShouldBe(first.Json["id"]!.GetValue<string>());
        first.Json["outcome"].ShouldBeNull();
        second.Json["outcome"]!.GetValue<string>().ShouldBe("The order was placed already.");
        (await _app.GetAsync("orders?status=all")).Json["count"]!.GetValue<int>().ShouldBe(1);
        (await _app.PostAsync("orders", Resting.Replace("10\"", "11\"", StringComparison.Ordinal), ("Idempotency-Key", "k1"))).ShouldBe(
            HttpStatusCode.UnprocessableEntity,
            "IDEMPOTENCY_KEY_REUSED"
        );
        (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k1"), ("X-Caller", "someone else"))).Json["id"]!
            .GetValue<string>()
            .ShouldNotBe(first.Json["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":1000,"limit_price":"1"}""", "MAX_POSITION_SIZE")]
    [InlineData("""{"symbol":"BOLT","side":"buy","qty":90,"limit_price":"60"}""", "MAX_ORDER_VALUE")]
    [InlineData("""{"symbol":"BOLT","side":"sell","qty":1}""", "INSUFFICIENT_SHARES")]
    public async Task An_order_beyond_a_limit_is_422_and_names_the_limit(string body, string rule)
    {
        var reply = (await _app.PostAsync("orders", body, ("Idempotency-Key", "k"))).ShouldBe(
            HttpStatusCode.UnprocessableEntity,
            "ORDER_BLOCKED"
        );
        reply.Json["rule"]!.GetValue<string>().ShouldBe(rule);
        (await _app.GetAsync("orders?status=all")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await _app.GetAsync("audit")).Json["items"]![0]!["action"]!.GetValue<string>().ShouldBe("place_order_blocked");
    }

    [Fact]
    public async Task An_order_that_fills_shows_in_positions_portfolio_and_trades()
    {
        (await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":10}""", ("Idempotency-Key", "buy"))).Status.ShouldBe(
            HttpStatusCode.Created
        );
        await _app.MinutesAsync(2);
        var position = (await _app.GetAsync("positions")).Json["items"]![0]!;
        position["unmanaged_quantity"]!.GetValue<string>().ShouldBe("10");
        (await _app.PostAsync("orders", """{"symbol":"BOLT","side":"sell","qty":4}""", ("Idempotency-Key", "sell"))).Status.ShouldBe(
            HttpStatusCode.Created
        );
        await _app.MinutesAsync(2);

        var portfolio = (await _app.GetAsync("portfolio")).Json;
        portfolio["position_count"]!.GetValue<int>().ShouldBe(1);
        Number(portfolio["total_equity"]!).ShouldBe(Number(portfolio["cash"]!) + Number(portfolio["positions_value"]!), 0.01m);
        portfolio["trades_today"]!.GetValue<int>().ShouldBe(1);
        var trades = (await _app.GetAsync("trades")).Json;
        trades["summary"]!["total"]!.GetValue<int>().ShouldBe(1);
        trades["fills"]!.AsArray().Count.ShouldBe(2);
        trades["open_positions"]![0]!["quantity"]!.GetValue<string>().ShouldBe("6");
        Number(trades["summary"]!["net"]!).ShouldBe(Number(portfolio["realized_pnl_today"]!));

        var lines = (await _app.GetAsync("trades?format=csv&symbol=bolt")).Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe("id,order_id,symbol,side,quantity,price,total,status,rule_id,timestamp");
        lines.Length.ShouldBe(3);
        var csv = await _app.GetAsync("trades", ("Accept", "text/csv"));
        csv.MediaType.ShouldBe("text/csv");
        (await _app.GetAsync("trades?strategy_id=nobody")).Json["fills"]!.AsArray().Count.ShouldBe(0);
    }

    [Fact]
    public async Task The_trades_of_the_day_are_one_count_for_limits_refusals_and_reports()
    {
        (await _app.SendAsync("PUT", "risk", """{"max_daily_trades":3}""")).ShouldBe(HttpStatusCode.OK);
        (await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1}""", ("Idempotency-Key", "filled"))).Status.ShouldBe(
            HttpStatusCode.Created
        );
        await _app.MinutesAsync(2);
        (
            await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"1"}""", ("Idempotency-Key", "a"))
        ).Status.ShouldBe(HttpStatusCode.Created);
        (
            await _app.PostAsync("orders", """{"symbol":"CRUX","side":"buy","qty":1,"limit_price":"1"}""", ("Idempotency-Key", "b"))
        ).Status.ShouldBe(HttpStatusCode.Created);
        var refused = (
            await _app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1,"limit_price":"1"}""", ("Idempotency-Key", "c"))
        ).ShouldBe(HttpStatusCode.UnprocessableEntity, "ORDER_BLOCKED");
        refused.Text.ShouldContain("3 trades today reach max_daily_trades 3");
        var risk = (await _app.GetAsync("risk")).Json["status"]!;
        (Whole(risk, "trade_count"), Whole(risk, "trades_remaining"), risk["can_trade"]!.GetValue<bool>()).ShouldBe((3, 0, false));
        Whole((await _app.GetAsync("portfolio")).Json, "trades_today").ShouldBe(3);

        static int Whole(System.Text.Json.Nodes.JsonNode json, string field) => json[field]!.GetValue<int>();
    }

    [Fact]
    public async Task A_position_shows_the_brokers_average_cost_beside_that_of_the_oldest_first()
    {
        foreach (var (key, side) in new[] { ("first", "buy"), ("second", "buy"), ("third", "sell") })
        {
            (
                await _app.PostAsync("orders", $$"""{"symbol":"ACME","side":"{{side}}","qty":10}""", ("Idempotency-Key", key))
            ).Status.ShouldBe(HttpStatusCode.Created);
            await _app.MinutesAsync(20);
        }

        var bought = (await _app.GetAsync("trades")).Json["fills"]!
            .AsArray()
            .Where(fill => fill!["side"]!.GetValue<string>() == "buy")
            .Select(fill => Number(fill!["price"]!))
            .Order()
            .ToList();
        bought[0].ShouldBeLessThan(bought[1]);
        var position = (await _app.GetAsync("positions")).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (Number(position["avg_cost"]!), Number(position["broker_avg_cost"]!)).ShouldBe((bought[1], bought.Average()));
    }

    [Fact]
    public async Task An_order_that_protects_shares_is_409_until_its_strategy_closes()
    {
        await _app.CreateAsync("""{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""");
        await _app.MinutesAsync(3);
        var stop = (await _app.GetAsync("orders?strategy_id=runs")).Json["items"]![0]!;
        stop["role"]!.GetValue<string>().ShouldBe("protection");
        (await _app.SendAsync("DELETE", "orders/" + stop["id"]!.GetValue<string>(), null)).ShouldBe(
            HttpStatusCode.Conflict,
            "PROTECTIVE_ORDER"
        );
        (await _app.GetAsync("orders?strategy_id=runs")).Json["items"]![0]!["cancel_requested"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task Orders_are_paged_from_the_working_ones_into_those_put_away()
    {
        for (var i = 0; i < 5; i++)
        {
            var id = (await _app.PostAsync("orders", Resting, ("Idempotency-Key", "k" + i))).Json["id"]!.GetValue<string>();
            if (i % 2 == 0)
            {
                await _app.SendAsync("DELETE", "orders/" + id, null);
            }
        }

        await _app.MinutesAsync(2);
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await _app.GetAsync("orders?status=all&limit=2" + (cursor is null ? "" : "&cursor=" + cursor))).Json;
            ids.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()));
            cursor = page["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);
        ids.Count.ShouldBe(5);
        ids.Distinct(StringComparer.Ordinal).Count().ShouldBe(5);
        (await _app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task Unknown_orders_are_404()
    {
        foreach (var id in new[] { "at-m-" + new string('a', 52), "at-quiet-abcdefgh-1", "nonsense" })
        {
            (await _app.GetAsync("orders/" + id)).ShouldBe(HttpStatusCode.NotFound, "ORDER_NOT_FOUND");
            (await _app.SendAsync("DELETE", "orders/" + id, null)).ShouldBe(HttpStatusCode.NotFound, "ORDER_NOT_FOUND");
        }
    }

    private static decimal Number(System.Text.Json.Nodes.JsonNode node) =>
        decimal.Parse(node.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
}
