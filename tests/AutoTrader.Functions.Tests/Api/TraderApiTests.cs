using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Contracts;
using AutoTrader.Functions.Api.Strategies;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>What a trader expects of the API: positions that can be managed, warnings before it is too late, answers that say what was
/// done.</summary>
public sealed class TraderApiTests : IAsyncLifetime
{
    private const string Trail = """{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""";
    private const string Pair = """{"id":"pair","symbol":"ACME","strategy_type":"bracket","quantity":5}""";
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<JsonNode> RestingAsync(string id) =>
        (await _app.GetAsync($"orders?strategy_id={id}&status=open")).Json["items"]!
            .AsArray()
            .Single(order => order!["role"]!.GetValue<string>() == "protection")!;

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static decimal Number(JsonNode? node) => decimal.Parse(Text(node), CultureInfo.InvariantCulture);

    private static IEnumerable<string> Fields(Reply reply) => reply.Json["errors"]!.AsArray().Select(error => Text(error!["field"]));

    private static IEnumerable<string> Codes(JsonNode json) => json["warnings"]!.AsArray().Select(warning => Text(warning!["code"]));

    [Fact]
    public async Task A_stop_is_raised_and_a_target_moved_on_an_open_position_and_lowering_needs_the_word()
    {
        await _app.CreateAsync(Pair);
        await _app.MinutesAsync(3);
        var before = await RestingAsync("pair");
        var raised = (await _app.SendAsync("PATCH", "strategies/pair", """{"stop_loss_pct":"4","take_profit_pct":"20"}""")).ShouldBe(
            HttpStatusCode.OK
        );
        var after = await RestingAsync("pair");
        Text(after["id"]).ShouldBe(Text(before["id"]), "an OCO is moved where it rests");
        Number(after["stop_price"]).ShouldBeGreaterThan(Number(before["stop_price"]));
        Number(after["limit_price"]).ShouldBeGreaterThan(Number(before["limit_price"]));
        Text(raised.Json["effective_stop"]).ShouldBe(Text(after["stop_price"]));

        var refused = (await _app.SendAsync("PATCH", "strategies/pair", """{"stop_loss_pct":"6"}""")).ShouldBe(
            HttpStatusCode.Conflict,
            "STOP_WOULD_FALL"
        );
        Fields(refused).ShouldBe(["stop_loss_pct"]);
        var lowered = (await _app.SendAsync("PATCH", "strategies/pair", """{"stop_loss_pct":"6","allow_lower_stop":true}""")).ShouldBe(
            HttpStatusCode.OK
        );
        Number(lowered.Json["effective_stop"]).ShouldBeLessThan(Number(before["stop_price"]));
        Text((await RestingAsync("pair"))["stop_price"]).ShouldBe(Text(lowered.Json["effective_stop"]));
    }

    [Fact]
    public async Task What_cannot_change_under_a_position_names_each_field()
    {
        await _app.CreateAsync(Pair);
        await _app.MinutesAsync(3);
        var refused = (
            await _app.SendAsync(
                "PATCH",
                "strategies/pair",
                """{"quantity":9,"entry_price":"50","entry_type":"limit","stop_loss_pct":"4"}"""
            )
        ).ShouldBe(HttpStatusCode.Conflict, "STRATEGY_RUNNING");
        Fields(refused).ShouldBe(["quantity", "entry_type", "entry_price"]);
    }

    [Fact]
    public async Task A_file_moves_exits_by_the_same_rule()
    {
        await _app.CreateAsync(Trail);
        await _app.MinutesAsync(3);
        static string File(string pct) =>
            new JsonObject
            {
                ["yaml"] =
                    $"strategies:\n- {{id: runs, symbol: ACME, strategy_type: trailing_stop, quantity: 10, trailing_stop_pct: {pct}}}\n",
            }.ToJsonString();
        var wider = (await _app.PostAsync("strategies.yaml", File("8"))).ShouldBe(HttpStatusCode.OK).Json["strategies"]![0]!;
        Text(wider["action"]).ShouldBe("refused");
        Text(wider["message"]).ShouldContain("trailing_stop_pct would let the stop fall");
        Text((await _app.PostAsync("strategies.yaml", File("3"))).ShouldBe(HttpStatusCode.OK).Json["strategies"]![0]!["action"])
            .ShouldBe("update");
        await _app.MinutesAsync(1);
        Text((await RestingAsync("runs"))["trail_percent"]).ShouldBe("3");
    }

    [Fact]
    public async Task Creation_warns_of_what_an_enabled_strategy_does_next_and_of_limits()
    {
        var quiet = (await _app.PostAsync("strategies", """{"symbol":"ACME","strategy_type":"bracket","quantity":1,"enabled":false}"""))
            .ShouldBe(HttpStatusCode.Created)
            .Json;
        quiet["warnings"]!.AsArray().ShouldBeEmpty();
        var eager = (await _app.PostAsync("strategies", """{"symbol":"BOLT","strategy_type":"bracket","quantity":101}"""))
            .ShouldBe(HttpStatusCode.Created)
            .Json;
        Codes(eager).ShouldBe(["BUYS_AT_NEXT_CYCLE", "ABOVE_RISK_LIMIT", "ABOVE_RISK_LIMIT"]);
        eager["warnings"]!.AsArray().Select(warning => Text(warning!["field"])).ShouldBe(["enabled", "quantity", "quantity"]);
        Text(eager["warnings"]![1]!["message"]).ShouldContain("max_position_size (100)");
        (await _app.GetAsync("strategies/" + Text(eager["id"]))).Json["warnings"].ShouldBeNull();
    }

    [Fact]
    public async Task A_stop_nearer_than_a_cent_is_warned_of()
    {
        var cheap = await _app.PostAsync(
            "strategies",
            """{"symbol":"ACME","strategy_type":"bracket","entry_price":"0.80","stop_loss_pct":"1.2","enabled":false}"""
        );
        Codes(cheap.ShouldBe(HttpStatusCode.Created).Json).ShouldBe(["STOP_TOO_CLOSE"]);
        Text(cheap.Json["warnings"]![0]!["field"]).ShouldBe("stop_loss_pct");
    }

    [Fact]
    public async Task Enabling_warns_too_and_of_schedules_that_will_pass_it_over()
    {
        await _app.CreateAsync("""{"id":"late","symbol":"ACME","strategy_type":"bracket","quantity":5,"enabled":false}""");
        (
            await _app.PostAsync(
                "schedules",
                """{"id":"begin","task_type":"strategy_start","task_data":{"strategy_id":"late"},"market":"open+5m"}"""
            )
        ).ShouldBe(HttpStatusCode.Created);
        var enabled = (await _app.PostAsync("strategies/late/enable")).ShouldBe(HttpStatusCode.OK).Json;
        Codes(enabled).ShouldContain("SCHEDULE_PASSES_OVER");
        enabled["warnings"]!
            .AsArray()
            .Select(warning => Text(warning!["message"]))
            .ShouldContain(message => message.Contains("Schedule begin"));
        (await _app.PostAsync("strategies/late/disable")).ShouldBe(HttpStatusCode.OK).Json["warnings"].ShouldBeNull();
    }

    [Fact]
    public async Task Enabling_one_whose_symbol_is_taken_is_refused_as_creation_is()
    {
        await _app.CreateAsync(Requests.Quiet);
        await _app.CreateAsync("""{"id":"second","symbol":"ACME","strategy_type":"bracket","quantity":1,"enabled":false}""");
        (await _app.PostAsync("strategies/second/enable")).ShouldBe(HttpStatusCode.Conflict, "SYMBOL_TAKEN").Text.ShouldContain("quiet");
        (await _app.PostAsync("strategies/quiet/enable")).ShouldBe(HttpStatusCode.OK);
        (await _app.PostAsync("strategies/quiet/disable")).ShouldBe(HttpStatusCode.OK);
        (await _app.PostAsync("strategies/second/enable")).ShouldBe(HttpStatusCode.OK);
        (await _app.SendAsync("PATCH", "strategies/quiet", """{"allow_shared_symbol":true}""")).ShouldBe(HttpStatusCode.OK);
        (await _app.PostAsync("strategies/quiet/enable")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("""{"enabled":false}""", "/api/strategies/{id}/disable")]
    [InlineData("""{"paused":true}""", "/api/strategies/{id}/pause")]
    [InlineData("""{"schedule_at":"2026-03-02T15:00:00Z"}""", "/api/strategies/{id}/schedule")]
    public async Task A_change_of_what_another_endpoint_changes_names_that(string body, string endpoint)
    {
        await _app.CreateAsync(Requests.Quiet);
        (await _app.SendAsync("PATCH", "strategies/quiet", body))
            .ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR")
            .Text.ShouldContain(endpoint);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_closed_strategy_keeps_no_pause_reason(bool holds)
    {
        await _app.CreateAsync(holds ? Trail : Requests.Quiet);
        await _app.MinutesAsync(3);
        var id = holds ? "runs" : "quiet";
        (await _app.PostAsync($"strategies/{id}/pause")).ShouldBe(HttpStatusCode.OK);
        (await _app.PostAsync($"strategies/{id}/close")).ShouldBe(HttpStatusCode.OK);
        await _app.MinutesAsync(4);
        var closed = (await _app.GetAsync("strategies/" + id)).Json;
        (closed["paused"]!.GetValue<bool>(), closed["pause_reason"], closed["enabled"]!.GetValue<bool>()).ShouldBe((false, null, false));
    }

    [Theory]
    [InlineData("""{"symbol":"ACME","strategy_type":"grid","quantity":1}""", "quantity")]
    [InlineData("""{"symbol":"ACME","strategy_type":"grid","quantity":7}""", "quantity")]
    [InlineData("""{"symbol":"ACME","strategy_type":"bracket","cooldown_minutes":7}""", "cooldown_minutes")]
    public async Task What_a_strategy_does_not_use_is_refused(string body, string field) =>
        Fields((await _app.PostAsync("strategies", body)).ShouldBe(HttpStatusCode.BadRequest, "INVALID_STRATEGY_PARAMS")).ShouldBe([field]);

    [Fact]
    public async Task A_cooldown_goes_with_repeat_and_what_was_answered_for_a_grid_can_be_sent_back()
    {
        await _app.CreateAsync(
            """{"id":"again","symbol":"ACME","strategy_type":"bracket","repeat":true,"cooldown_minutes":7,"enabled":false}"""
        );
        (await _app.SendAsync("PATCH", "strategies/again", """{"repeat":false}""")).ShouldBe(HttpStatusCode.OK).Json["cooldown_minutes"]!
            .GetValue<int>()
            .ShouldBe(0);
        await _app.CreateAsync("""{"id":"ladder","symbol":"BOLT","strategy_type":"grid","enabled":false}""");
        (await _app.SendAsync("PATCH", "strategies/ladder", """{"quantity":7}""")).ShouldBe(
            HttpStatusCode.BadRequest,
            "INVALID_STRATEGY_PARAMS"
        );
        var whole = (await _app.GetAsync("strategies/ladder")).Json;
        whole["notes"] = "sent back";
        (await _app.SendAsync("PATCH", "strategies/ladder", whole.ToJsonString())).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_kill_switch_heeds_an_idempotency_key_as_every_endpoint_that_takes_one()
    {
        const string On = """{"on":true,"reason":"storm"}""";
        (string, string) key = ("Idempotency-Key", "k1");
        (await _app.SendAsync("PUT", "engine/kill-switch", On, key)).ShouldBe(HttpStatusCode.OK).Json["on"]!
            .GetValue<bool>()
            .ShouldBeTrue();
        (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":false}""", ("Idempotency-Key", "k2"))).ShouldBe(HttpStatusCode.OK);
        // Sent again it is done already, whatever was done since.
        (await _app.SendAsync("PUT", "engine/kill-switch", On, key)).ShouldBe(HttpStatusCode.OK).Json["on"]!
            .GetValue<bool>()
            .ShouldBeFalse();
        foreach (
            var other in new[] { """{"on":false}""", """{"on":true,"reason":"rain"}""", """{"on":true,"reason":"storm","flatten":true}""" }
        )
        {
            (await _app.SendAsync("PUT", "engine/kill-switch", other, key)).ShouldBe(
                HttpStatusCode.UnprocessableEntity,
                "IDEMPOTENCY_KEY_REUSED"
            );
        }

        (await _app.GetAsync("engine/kill-switch")).Json["on"]!.GetValue<bool>().ShouldBeFalse();
        (await _app.SendAsync("PUT", "engine/kill-switch", On)).ShouldBe(HttpStatusCode.OK).Json["on"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task The_kill_switch_tells_which_schedules_wait_and_become_due()
    {
        await _app.CreateAsync("""{"id":"late","symbol":"ACME","strategy_type":"bracket","quantity":5,"enabled":false}""");
        foreach (
            var schedule in new[]
            {
                """{"id":"begin","task_type":"strategy_start","task_data":{"strategy_id":"late"},"market":"close-30m"}""",
                """{"id":"buys","task_type":"order_place","task_data":{"symbol":"BOLT","side":"buy","qty":1},"market":"close-60m"}""",
                """{"id":"stops","task_type":"strategy_stop","task_data":{"strategy_id":"late"},"market":"close-5m"}""",
            }
        )
        {
            (await _app.PostAsync("schedules", schedule)).ShouldBe(HttpStatusCode.Created);
        }

        var on = (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"storm"}""")).ShouldBe(HttpStatusCode.OK).Json[
            "due_schedules"
        ]!.AsArray();
        on.Select(due => Text(due!["id"])).ShouldBe(["buys", "begin"]);
        on.ShouldAllBe(due => Text(due!["waiting_for"]).Contains("the kill switch is on"));
        var off = (await _app.SendAsync("PUT", "engine/kill-switch", """{"on":false}""")).Json["due_schedules"]!.AsArray();
        off.Select(due => Text(due!["id"])).ShouldBe(["buys", "begin"]);
        off.ShouldAllBe(due => due!["waiting_for"] == null);
        off[0]!["next_run"].ShouldNotBeNull();
    }

    [Fact]
    public async Task The_openapi_document_knows_warnings_and_what_becomes_due()
    {
        var document = (await _app.GetAsync("openapi.json")).Json;
        foreach (var (path, status) in new[] { ("/strategies", "201"), ("/strategies/{id}/enable", "200") })
        {
            var properties = document["paths"]![path]!["post"]!["responses"]![status]!["content"]!["application/json"]!["schema"]![
                "properties"
            ]!;
            properties["warnings"]!["items"]!["properties"]!
                .AsObject()
                .Select(property => property.Key)
                .ShouldBe(["code", "field", "message"]);
        }

        document["paths"]!["/engine/kill-switch"]!["put"]!.ToJsonString().ShouldContain("due_schedules");
        document["paths"]!["/strategies/{id}"]!["patch"]!.ToJsonString().ShouldContain("allow_lower_stop");
    }

    [Fact]
    public async Task What_was_sent_back_as_it_was_is_a_change_when_it_has_moved_by_its_turn()
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes("""{"quantity":5,"notes":"n"}"""));
        var call = await ApiRequest.ReadAsync(context.Request, StrategyFunctions.Patch, new { quantity = 5, notes = "m" });
        var read = call.Body<StrategyChange>();
        (read.Quantity.IsGiven, read.Notes.Value).ShouldBe((false, "n"));
        call.BodyOn<StrategyChange>(new { quantity = 5, notes = "m" }).Quantity.IsGiven.ShouldBeFalse();
        var late = call.BodyOn<StrategyChange>(new { quantity = 9, notes = "m" });
        (late.Quantity.Value, late.Notes.Value).ShouldBe((5, "n"));
    }
}
