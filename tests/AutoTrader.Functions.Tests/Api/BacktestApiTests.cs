using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.Core.Application;
using AutoTrader.Functions.Api;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Backtests are kept to be looked at: as they were sent, once each, in bounds, and none of trading's business.</summary>
public sealed class BacktestApiTests
{
    private static string Good => Requests.Body(Requests.Endpoint(nameof(BacktestFunctions.PublishBacktest)))!;

    [Fact]
    public async Task What_was_sent_is_answered_listed_audited_and_deleted()
    {
        await using var app = await TestApp.StartAsync();
        var sent = await app.PostAsync("backtests", Good, ("X-Caller", "me"));
        sent.ShouldBe(HttpStatusCode.Created);
        sent.Location.ShouldBe("/api/backtests/1a2b3c4d");
        var one = (await app.GetAsync("backtests/1a2b3c4d")).ShouldBe(HttpStatusCode.OK);
        one.Text.ShouldBe(sent.Text);
        var body = JsonNode.Parse(Good)!.AsObject();
        foreach (var (name, value) in body)
        {
            JsonNode.DeepEquals(one.Json[name], value).ShouldBeTrue($"{name}: {one.Json[name]}");
        }

        one.Json["published_by"]!.GetValue<string>().ShouldBe("local/me");
        var listed = (await app.GetAsync("backtests")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        listed["total_return_pct"]!.GetValue<string>().ShouldBe("1.2345");
        listed.AsObject().ContainsKey("equity_curve").ShouldBeFalse();
        (await app.PostAsync("backtests", Good)).ShouldBe(HttpStatusCode.Conflict, "BACKTEST_EXISTS");
        (await app.SendAsync("DELETE", "backtests/1a2b3c4d", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("backtests/1a2b3c4d")).ShouldBe(HttpStatusCode.NotFound, "BACKTEST_NOT_FOUND");
        (await app.SendAsync("DELETE", "backtests/1a2b3c4d", null)).ShouldBe(HttpStatusCode.NotFound, "BACKTEST_NOT_FOUND");
        (await app.GetAsync("audit")).Json["items"]!
            .AsArray()
            .Where(it => it!["target"]?.GetValue<string>() == "1a2b3c4d")
            .Select(it => it!["action"]!.GetValue<string>())
            .ShouldBe(["delete_backtest", "publish_backtest"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("backtests/1a2b3c4d")]
    [InlineData("attention/backtest%7C1a2b3c4d")]
    public async Task One_that_cannot_be_read_is_told_and_can_be_deleted_and_sent_anew(string deleted)
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("backtests", Good)).ShouldBe(HttpStatusCode.Created);
        (await app.PostAsync("backtests", With("id", "sound"))).ShouldBe(HttpStatusCode.Created);
        await app.PutAsync("Trading", "paper", "backtest|1a2b3c4d", new() { ["initial_capital"] = "a lot" });

        (await app.GetAsync("backtests")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().ShouldHaveSingleItem();
        var item = (await app.GetAsync("attention")).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (item["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()).ShouldBe(("UNREADABLE", "backtest|1a2b3c4d"));
        (await app.PostAsync("backtests", Good)).ShouldBe(HttpStatusCode.Conflict, "BACKTEST_EXISTS");

        (await app.SendAsync("DELETE", deleted, null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await app.PostAsync("backtests", Good)).ShouldBe(HttpStatusCode.Created);
        (await app.GetAsync("audit")).Json["items"]!
            .AsArray()
            .ShouldContain(it => it!["action"]!.GetValue<string>() == "delete_unreadable");
    }

    [Fact]
    public async Task No_more_are_kept_than_the_bound_and_they_come_page_by_page()
    {
        await using var app = await TestApp.StartAsync();
        for (var n = 0; n < BacktestService.Most; n++)
        {
            (await app.PostAsync("backtests", With("id", $"b{n:D3}"))).ShouldBe(HttpStatusCode.Created);
        }

        (await app.PostAsync("backtests", Good)).ShouldBe(HttpStatusCode.Conflict, "BACKTESTS_FULL");
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await app.GetAsync("backtests?limit=30" + (cursor is null ? "" : "&cursor=" + cursor))).ShouldBe(HttpStatusCode.OK);
            ids.AddRange(page.Json["items"]!.AsArray().Select(it => it!["id"]!.GetValue<string>()));
            cursor = page.Json["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);

        ids.ShouldBe(Enumerable.Range(0, BacktestService.Most).Select(n => $"b{n:D3}"));
        (await app.SendAsync("DELETE", "backtests/b007", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await app.PostAsync("backtests", Good)).ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("id", "a/b")]
    [InlineData("start_date", "2026-2-2")]
    [InlineData("end_date", "soon")]
    [InlineData("end_date", "1990-01-01")]
    [InlineData("created_at", "2026-02-02T21:00:00")]
    [InlineData("created_at", "yesterday")]
    [InlineData("created_at", "0001-01-01T00:00:00Z")]
    [InlineData("total_trades", "-1")]
    [InlineData("initial_capital", "none")]
    public async Task What_makes_no_sense_is_refused_by_its_field(string field, string value)
    {
        await using var app = await TestApp.StartAsync();
        var reply = await app.PostAsync("backtests", With(field, value));
        reply.ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
        reply.Json["errors"]!.AsArray().ShouldHaveSingleItem()!["field"]!.GetValue<string>().ShouldBe(field);
        (await app.GetAsync("backtests")).Json["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_curve_is_in_the_order_of_time_and_has_its_bound()
    {
        await using var app = await TestApp.StartAsync();
        var body = JsonNode.Parse(Good)!;
        body["equity_curve"]!.AsArray().Add(body["equity_curve"]![0]!.DeepClone());
        (await app.PostAsync("backtests", body.ToJsonString())).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
        body["equity_curve"] = new JsonArray([
            .. Enumerable
                .Range(0, BacktestService.MostPoints + 1)
                .Select(n =>
                    (JsonNode)new JsonObject { ["at"] = $"{new DateTime(2020, 1, 1).AddDays(n):yyyy-MM-dd}T21:00:00Z", ["equity"] = "1" }
                ),
        ]);
        (await app.PostAsync("backtests", body.ToJsonString())).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");
        body["equity_curve"]!.AsArray().RemoveAt(0);
        (await app.PostAsync("backtests", body.ToJsonString())).ShouldBe(HttpStatusCode.Created);
    }

    private static string With(string field, string value)
    {
        var body = JsonNode.Parse(Good)!;
        body[field] = value;
        return body.ToJsonString();
    }
}
