using System.Net;

namespace AutoTrader.Functions.Tests;

/// <summary>Records that nobody can read, through the whole app: they are shown by key, stop nothing, and can be deleted.</summary>
public sealed class PoisonTests
{
    private const string Hostile = "x'y %2F..%00&=é+;";

    [Theory]
    [InlineData("strategy|")]
    [InlineData("order|")]
    [InlineData("holding|")]
    [InlineData("wish|")]
    [InlineData("zzz|")]
    [InlineData("done|")]
    [InlineData("fill|")]
    [InlineData("event|")]
    [InlineData("dead|")]
    public async Task A_spoiled_row_is_shown_by_its_key_stops_no_strategy_and_can_be_deleted(string prefix)
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync("""{"id":"t","symbol":"ACME","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"5"}""");
        var key = prefix + Hostile;
        await app.SpoilAsync(key);
        await app.MinutesAsync(3);
        app.Failures.ShouldBeEmpty();
        (await app.GetAsync("strategies/t")).Json["phase"]!.GetValue<string>().ShouldBe("position_open");
        var item = (await app.GetAsync("attention")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (item["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()).ShouldBe(("UNREADABLE", key));
        foreach (var path in new[] { "strategies", "orders", "orders?status=all", "positions", "portfolio", "trades", "engine", "risk", "notifications", "strategies.yaml", "health" })
        {
            var reply = await app.GetAsync(path);
            ((int)reply.Status).ShouldBeLessThan(500, path + ": " + reply.Text);
        }

        (await app.SendAsync("DELETE", "attention/" + Uri.EscapeDataString(key), null)).ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await app.SendAsync("DELETE", "attention/" + Uri.EscapeDataString(key), null)).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Theory]
    [InlineData("strategies/..%2F..%2Fx")]
    [InlineData("strategies/x%3Fy%23z")]
    [InlineData("strategies/%00")]
    [InlineData("strategies/strategy%7Ct")]
    [InlineData("orders/x'%20or%201%20eq%201")]
    [InlineData("orders/%0d%0aX-Injected:%201")]
    [InlineData("wishes/%F0%9F%92%A5")]
    [InlineData("attention/account")]
    public async Task A_hostile_id_finds_nothing_and_breaks_nothing(string path)
    {
        await using var app = await TestApp.StartAsync();
        foreach (var method in new[] { "GET", "DELETE" })
        {
            var reply = await app.SendAsync(method, path, null);
            ((int)reply.Status).ShouldBeInRange(400, 422, $"{method} {path}: {reply.Text}");
        }

        app.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Notes_of_any_size_and_content_are_refused_with_the_fields_name_or_kept_as_they_are()
    {
        await using var app = await TestApp.StartAsync();
        foreach (var notes in new[] { new string('n', 64 * 1024), "\u0001\u0002", "\u202E\U0001F4A5 </script> ${x} %s {{y}} *b*" })
        {
            var body = new System.Text.Json.Nodes.JsonObject { ["symbol"] = "ACME", ["strategy_type"] = "bracket", ["enabled"] = false, ["notes"] = notes };
            var reply = await app.PostAsync("strategies", body.ToJsonString());
            if (reply.Status == HttpStatusCode.Created)
            {
                reply.Json["notes"]!.GetValue<string>().ShouldBe(notes);
                continue;
            }

            reply.ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR").Text.ShouldContain("notes");
        }

        await app.MinutesAsync(2);
        app.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_spoiled_record_of_a_cycle_is_shown_by_its_key()
    {
        await using var app = await TestApp.StartAsync();
        await app.SpoilAsync("cycle|0", "Engine");
        await app.MinutesAsync(2);
        var item = (await app.GetAsync("attention")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (item["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()).ShouldBe(("UNREADABLE", "cycle|0"));
        (await app.GetAsync("engine")).ShouldBe(HttpStatusCode.OK).Json["cycles"]!.AsArray().Count.ShouldBeGreaterThan(0);
    }
}
