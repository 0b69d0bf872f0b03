using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using AutoTrader.Yaml;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Strategies through the API: made, read, changed, run and deleted.</summary>
public sealed class StrategyApiTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("trailing_stop", "trailing_stop_pct", "5")]
    [InlineData("trailing-stop", "trailing_stop_pct", "5")]
    [InlineData("bracket", "take_profit_pct", "10")]
    [InlineData("bracket", "stop_loss_pct", "5")]
    [InlineData("pullback-trailing", "pullback_pct", "5")]
    [InlineData("pullback_trailing", "trailing_stop_pct", "5")]
    public async Task A_new_strategy_gets_the_defaults_of_its_type(string type, string field, string expected)
    {
        var reply = (await _app.PostAsync("strategies", $$"""{"symbol":"acme","strategy_type":"{{type}}"}""")).ShouldBe(
            HttpStatusCode.Created
        );
        reply.Json[field]!.GetValue<string>().ShouldBe(expected);
        reply.Json["symbol"]!.GetValue<string>().ShouldBe("ACME");
        reply.Json["quantity"]!.GetValue<int>().ShouldBe(1);
        reply.Json["entry_type"]!.GetValue<string>().ShouldBe("market");
        reply.Json["phase"]!.GetValue<string>().ShouldBe("pending");
        var id = reply.Json["id"]!.GetValue<string>();
        id.Length.ShouldBe(8);
        reply.Location.ShouldBe("/api/strategies/" + id);
        reply.ETag.ShouldBe($"\"{reply.Json["etag"]!.GetValue<string>()}\"");
    }

    [Theory]
    [InlineData(
        """{"symbol":"ACME","strategy_type":"trailing_stop","take_profit_pct":1,"stop_loss_pct":0.1}""",
        "take_profit_pct stop_loss_pct"
    )]
    [InlineData("""{"symbol":"ACME","strategy_type":"trailing_stop","stop_loss_pct":-1}""", "stop_loss_pct")]
    [InlineData("""{"symbol":"ACME","strategy_type":"bracket","trailing_stop_pct":5}""", "trailing_stop_pct")]
    [InlineData("""{"symbol":"ACME","strategy_type":"scale_out","take_profit_pct":5}""", "take_profit_pct")]
    [InlineData("""{"symbol":"ACME","strategy_type":"grid","stop_loss_pct":5}""", "stop_loss_pct")]
    [InlineData("""{"symbol":"ACME","strategy_type":"pullback_trailing","scale_targets":[{"pct":100,"target_pct":5}]}""", "scale_targets")]
    [InlineData(
        """{"symbol":"ACME","strategy_type":"bracket","grid_config":{"low":90,"high":110,"levels":5,"qty_per_level":1}}""",
        "grid_config"
    )]
    public async Task A_field_that_the_type_does_not_use_is_refused(string body, string fields)
    {
        var refused = (await _app.PostAsync("strategies", body)).ShouldBe(HttpStatusCode.BadRequest, "INVALID_STRATEGY_PARAMS");
        refused.Json["errors"]!.AsArray().Select(error => error!["field"]!.GetValue<string>()).ShouldBe(fields.Split(' '));
    }

    [Fact]
    public async Task A_change_to_a_field_that_the_type_does_not_use_is_refused_and_those_of_the_former_type_go_with_it()
    {
        await _app.PostAsync("strategies", """{"id":"s","symbol":"ACME","strategy_type":"bracket","enabled":false}""");
        (await _app.SendAsync("PATCH", "strategies/s", """{"trailing_stop_pct":5}""")).ShouldBe(
            HttpStatusCode.BadRequest,
            "INVALID_STRATEGY_PARAMS"
        );
        (
            await _app.SendAsync("PATCH", "strategies/s", """{"strategy_type":"trailing_stop","trailing_stop_pct":5,"stop_loss_pct":5}""")
        ).ShouldBe(HttpStatusCode.BadRequest, "INVALID_STRATEGY_PARAMS");
        var changed = (await _app.SendAsync("PATCH", "strategies/s", """{"strategy_type":"trailing_stop","trailing_stop_pct":5}"""))
            .ShouldBe(HttpStatusCode.OK)
            .Json;
        (changed["stop_loss_pct"], changed["take_profit_pct"]).ShouldBe((null, null));
    }

    [Fact]
    public async Task What_was_read_can_be_sent_back_whole_and_its_etag_is_the_precondition()
    {
        await _app.CreateAsync(
            """{"id":"s","symbol":"ACME","strategy_type":"scale_out","quantity":5,"entry_price":"10","enabled":false}"""
        );
        var read = await _app.GetAsync("strategies/s");
        (await _app.SendAsync("PATCH", "strategies/s", read.Text)).ShouldBe(HttpStatusCode.OK).Text.ShouldBe(read.Text);
        var edited = read.Json;
        edited["quantity"] = 6;
        var tag = read.Json["etag"]!.GetValue<string>();
        (await _app.SendAsync("PATCH", "strategies/s", edited.ToJsonString(), ("If-Match", tag))).ShouldBe(HttpStatusCode.OK).Json[
            "quantity"
        ]!
            .GetValue<int>()
            .ShouldBe(6);
        (await _app.SendAsync("PATCH", "strategies/s", """{"quantity":7}""", ("If-Match", tag))).ShouldBe(
            HttpStatusCode.PreconditionFailed,
            "PRECONDITION_FAILED"
        );
        // What moved meanwhile is no mistake of who sends the whole back.
        (await _app.SendAsync("PATCH", "strategies/s", edited.ToJsonString(), ("If-Match", tag))).ShouldBe(
            HttpStatusCode.PreconditionFailed,
            "PRECONDITION_FAILED"
        );
    }

    [Fact]
    public async Task A_record_from_before_a_rule_can_be_changed_and_scheduled_and_loses_what_its_type_does_not_use()
    {
        var old = new Strategy
        {
            Id = "old",
            Symbol = "ACME",
            StrategyType = StrategyType.TrailingStop,
            Quantity = 5,
            TrailingStopPct = 0.001m,
            TakeProfitPct = 1,
            Enabled = false,
            Arm = "abcdefgh",
        };
        await _app.Get<ITradingStore>().CommitAsync("paper", [new(TradingKey.Strategy("old"), old, null)], CancellationToken.None);
        (await _app.SendAsync("PUT", "strategies/old/schedule", """{"market":"open+5m"}""")).ShouldBe(HttpStatusCode.OK);
        (await _app.SendAsync("DELETE", "strategies/old/schedule", null)).ShouldBe(HttpStatusCode.OK);
        var changed = (await _app.SendAsync("PATCH", "strategies/old", """{"notes":"kept"}""")).ShouldBe(HttpStatusCode.OK).Json;
        (changed["notes"]!.GetValue<string>(), changed["take_profit_pct"]).ShouldBe(("kept", null));
        (await _app.SendAsync("PATCH", "strategies/old", """{"trailing_stop_pct":200}""")).ShouldBe(
            HttpStatusCode.BadRequest,
            "INVALID_STRATEGY_PARAMS"
        );
    }

    [Fact]
    public async Task A_byte_order_mark_before_a_body_is_skipped_and_a_file_is_read_alike_raw_and_in_json()
    {
        using var marked = new ByteArrayContent([
            .. Encoding.UTF8.Preamble,
            .. """{"id":"s","symbol":"ACME","strategy_type":"bracket"}"""u8,
        ]);
        marked.Headers.ContentType = new("application/json");
        (await _app.SendContentAsync("POST", "strategies", marked)).ShouldBe(HttpStatusCode.Created);
        foreach (
            var file in new[]
            {
                "\ufeffstrategies:\n- {id: y, symbol: BOLT, strategy_type: bracket, quantity: 1, take_profit_pct: 5, stop_loss_pct: 5}\n",
                "strategies:\n- {id: y, notes: \"a\u0007b\"}\n",
                "{",
            }
        )
        {
            using var raw = new StringContent(file, new MediaTypeHeaderValue("application/yaml"));
            var asFile = await _app.SendContentAsync("POST", "strategies.yaml?dry_run=true", raw);
            var asJson = await _app.PostAsync("strategies.yaml?dry_run=true", new JsonObject { ["yaml"] = file }.ToJsonString());
            (asJson.Status, asJson.Text).ShouldBe((asFile.Status, asFile.Text));
            asFile.Status.ShouldBe(file[0] == '\ufeff' ? HttpStatusCode.OK : HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task The_headline_of_an_import_is_the_reason_and_not_the_first_warning()
    {
        var refused = (
            await _app.PostAsync(
                "strategies.yaml",
                new JsonObject
                {
                    ["yaml"] = "strategies:\n- nonsense: 1\n  symbol: BOLT\n  strategy_type: bracket\n  quantity: 0\n",
                }.ToJsonString()
            )
        ).ShouldBe(HttpStatusCode.BadRequest, "INVALID_FILE");
        var headline = refused.Json["detail"]!.GetValue<string>();
        headline.ShouldStartWith("Nothing in the file could be imported. Line ");
        headline.ShouldNotContain("not known");
        headline.ShouldContain("needs stop_loss_pct");
    }

    [Theory]
    [InlineData("sell at \u202e001")]
    [InlineData("\u2067a")]
    public async Task Characters_that_turn_the_direction_of_text_are_refused(string notes) =>
        (
            await _app.PostAsync(
                "strategies",
                new JsonObject
                {
                    ["symbol"] = "ACME",
                    ["strategy_type"] = "bracket",
                    ["notes"] = notes,
                }.ToJsonString()
            )
        ).ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR");

    [Fact]
    public async Task A_cancel_of_an_entry_says_that_the_strategy_is_paused_and_a_target_is_not_canceled_by_hand()
    {
        await _app.CreateAsync("""{"id":"rests","symbol":"ACME","strategy_type":"bracket","quantity":5,"entry_price":"50"}""");
        await _app.MinutesAsync(2);
        var entry = (await _app.GetAsync("orders?strategy_id=rests")).Json["items"]![0]!["id"]!.GetValue<string>();
        (await _app.SendAsync("DELETE", "orders/" + entry, null)).ShouldBe(HttpStatusCode.OK).Json["outcome"]!
            .GetValue<string>()
            .ShouldBe(
                "The cancel was asked for. Strategy rests is paused and buys nothing until it is resumed: POST "
                    + "/api/strategies/rests/resume."
            );
        (await _app.GetAsync("strategies/rests")).Json["paused"]!.GetValue<bool>().ShouldBeTrue();

        await _app.CreateAsync("""{"id":"steps","symbol":"CRUX","strategy_type":"scale_out","quantity":5}""");
        await _app.MinutesAsync(3);
        var target = (await _app.GetAsync("orders?strategy_id=steps")).Json["items"]!
            .AsArray()
            .First(order => order!["role"]!.GetValue<string>() == "target")!["id"]!.GetValue<string>();
        (await _app.SendAsync("DELETE", "orders/" + target, null))
            .ShouldBe(HttpStatusCode.Conflict, "PROTECTIVE_ORDER")
            .Text.ShouldContain("would be placed again");
    }

    [Fact]
    public async Task A_scale_out_gets_thirds_and_a_grid_may_be_laid_by_its_number_of_levels()
    {
        var scale = (await _app.PostAsync("strategies", """{"symbol":"CRUX","strategy_type":"scale-out"}""")).Json;
        scale["scale_targets"]!
            .ToJsonString()
            .ShouldBe("""[{"pct":"33","target_pct":"5"},{"pct":"33","target_pct":"10"},{"pct":"34","target_pct":"15"}]""");
        var grid = (await _app.PostAsync("strategies", """{"symbol":"DUNE","strategy_type":"grid","levels":5}""")).Json["grid_config"]!;
        var mid = decimal.Parse(
            (await _app.GetAsync("quotes/DUNE")).Json["mid"]!.GetValue<string>(),
            System.Globalization.CultureInfo.InvariantCulture
        );
        decimal.Parse(grid["low"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(mid * 0.9m, 0.01m);
        grid["qty_per_level"]!.GetValue<int>().ShouldBe(10);
    }

    [Fact]
    public async Task An_entry_price_means_a_limit_entry_and_a_condition_a_condition_entry()
    {
        (await _app.PostAsync("strategies", """{"symbol":"ACME","strategy_type":"bracket","entry_price":99.5}""")).Json["entry_type"]!
            .GetValue<string>()
            .ShouldBe("limit");
        (await _app.PostAsync("strategies", """{"symbol":"BOLT","strategy_type":"bracket","entry_condition":"above:60"}""")).Json[
            "entry_type"
        ]!
            .GetValue<string>()
            .ShouldBe("condition");
    }

    [Fact]
    public async Task One_active_strategy_trades_a_symbol_unless_it_says_otherwise()
    {
        await _app.CreateAsync(Requests.Quiet);
        (await _app.PostAsync("strategies", """{"symbol":"ACME","strategy_type":"bracket"}""")).ShouldBe(
            HttpStatusCode.Conflict,
            "SYMBOL_TAKEN"
        );
        (await _app.PostAsync("strategies", """{"symbol":"ACME","strategy_type":"bracket","allow_shared_symbol":true}""")).ShouldBe(
            HttpStatusCode.Created
        );
        (await _app.PostAsync("strategies", """{"symbol":"ACME","strategy_type":"bracket","enabled":false}""")).ShouldBe(
            HttpStatusCode.Created
        );
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged()
    {
        foreach (var id in new[] { "a", "b", "c", "d", "e" })
        {
            await _app.CreateAsync(
                $$"""{"id":"{{id}}","symbol":"{{(id is "b" or "d" or "e" ? "BOLT" : "ACME")}}","strategy_type":"bracket","enabled":false}"""
            );
        }

        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await _app.GetAsync("strategies?symbol=bolt&limit=2" + (cursor is null ? "" : "&cursor=" + cursor))).Json;
            page["items"]!.AsArray().Count.ShouldBeLessThanOrEqualTo(2);
            ids.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()));
            cursor = page["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);
        ids.ShouldBe(["b", "d", "e"]);
        (await _app.GetAsync("strategies?enabled=true")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await _app.GetAsync("strategies?strategy_type=bracket&phase=pending")).Json["count"]!.GetValue<int>().ShouldBe(5);
    }

    [Fact]
    public async Task A_definition_is_changed_under_its_version()
    {
        await _app.CreateAsync(Requests.Quiet);
        var first = await _app.GetAsync("strategies/quiet");
        var changed = (
            await _app.SendAsync("PATCH", "strategies/quiet", """{"take_profit_pct":"7.50","notes":"new"}""", ("If-Match", first.ETag!))
        ).ShouldBe(HttpStatusCode.OK);
        changed.Json["take_profit_pct"]!.GetValue<string>().ShouldBe("7.5");
        changed.ETag.ShouldNotBe(first.ETag);
        (await _app.SendAsync("PATCH", "strategies/quiet", """{"quantity":9}""", ("If-Match", first.ETag!))).ShouldBe(
            HttpStatusCode.PreconditionFailed,
            "PRECONDITION_FAILED"
        );
        (await _app.SendAsync("PATCH", "strategies/quiet", """{"quantity":9,"notes":null}""", ("If-Match", "*")))
            .Json["notes"]
            .ShouldBeNull();
        (await _app.GetAsync("strategies/quiet")).Json["quantity"]!.GetValue<int>().ShouldBe(9);
    }

    [Fact]
    public async Task A_change_that_contradicts_held_shares_is_409_and_one_that_does_not_goes_through()
    {
        await _app.CreateAsync("""{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""");
        await _app.MinutesAsync(3);
        (await _app.GetAsync("strategies/runs")).Json["held_quantity"]!.GetValue<string>().ShouldBe("10");
        (await _app.SendAsync("PATCH", "strategies/runs", """{"trailing_stop_pct":"9"}"""))
            .ShouldBe(HttpStatusCode.Conflict, "STOP_WOULD_FALL")
            .Text.ShouldContain("allow_lower_stop");
        (await _app.SendAsync("PATCH", "strategies/runs", """{"symbol":"BOLT"}""")).ShouldBe(HttpStatusCode.Conflict, "STRATEGY_RUNNING");
        (await _app.SendAsync("PATCH", "strategies/runs", """{"repeat":true,"cooldown_minutes":30,"notes":"again"}"""))
            .ShouldBe(HttpStatusCode.OK)
            .Json["repeat"]!
            .GetValue<bool>()
            .ShouldBeTrue();
    }

    [Fact]
    public async Task Pause_resume_disable_enable_and_close_are_served_at_once()
    {
        await _app.CreateAsync("""{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""");
        await _app.MinutesAsync(3);
        var paused = (await _app.PostAsync("strategies/runs/pause", """{"reason":"lunch"}""")).ShouldBe(HttpStatusCode.OK).Json[
            "strategy"
        ]!;
        paused["paused"]!.GetValue<bool>().ShouldBeTrue();
        paused["pause_reason"]!.GetValue<string>().ShouldBe("lunch");
        (await _app.PostAsync("strategies/runs/resume")).ShouldBe(HttpStatusCode.OK).Json["strategy"]!["paused"]!
            .GetValue<bool>()
            .ShouldBeFalse();
        (await _app.PostAsync("strategies/runs/resume")).ShouldBe(HttpStatusCode.Conflict, "STRATEGY_NOT_PAUSED");
        (await _app.PostAsync("strategies/runs/disable")).ShouldBe(HttpStatusCode.OK).Json["strategy"]!["enabled"]!
            .GetValue<bool>()
            .ShouldBeFalse();
        (await _app.PostAsync("strategies/runs/enable")).ShouldBe(HttpStatusCode.OK).Json["strategy"]!["enabled"]!
            .GetValue<bool>()
            .ShouldBeTrue();
        (await _app.PostAsync("strategies/runs/close")).ShouldBe(HttpStatusCode.OK).Json["strategy"]!["closing"].ShouldNotBeNull();
        await _app.MinutesAsync(4);
        (await _app.GetAsync("strategies/runs")).Json["held_quantity"]!.GetValue<string>().ShouldBe("0");
        (await _app.GetAsync("orders")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task The_same_key_does_a_thing_once()
    {
        await _app.CreateAsync(Requests.Quiet);
        (await _app.PostAsync("strategies/quiet/pause", null, ("Idempotency-Key", "k"))).ShouldBe(HttpStatusCode.OK);
        (await _app.PostAsync("strategies/quiet/resume")).ShouldBe(HttpStatusCode.OK);
        (await _app.PostAsync("strategies/quiet/pause", null, ("Idempotency-Key", "k"))).ShouldBe(HttpStatusCode.OK).Json["strategy"]![
            "paused"
        ]!
            .GetValue<bool>()
            .ShouldBeFalse();
        (await _app.PostAsync("strategies/quiet/pause", """{"reason":"other"}""", ("Idempotency-Key", "k"))).ShouldBe(
            HttpStatusCode.UnprocessableEntity,
            "IDEMPOTENCY_KEY_REUSED"
        );
    }

    [Fact]
    public async Task A_strategy_that_holds_shares_is_deleted_by_force_only_and_leaves_them_unmanaged()
    {
        await _app.CreateAsync("""{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""");
        await _app.MinutesAsync(3);
        (await _app.SendAsync("DELETE", "strategies/runs", null)).ShouldBe(HttpStatusCode.Conflict, "STRATEGY_HOLDS_SHARES");
        (await _app.SendAsync("DELETE", "strategies/runs?force=true", null)).Status.ShouldBeOneOf(
            HttpStatusCode.NoContent,
            HttpStatusCode.Accepted
        );
        await _app.MinutesAsync(3);
        (await _app.GetAsync("strategies/runs")).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");
        var position = (await _app.GetAsync("positions")).Json["items"]![0]!;
        position["unmanaged_quantity"]!.GetValue<string>().ShouldBe("10");
        position["strategy_quantity"]!.GetValue<string>().ShouldBe("0");
        position["broker_quantity"]!.GetValue<string>().ShouldBe("10");
    }

    [Fact]
    public async Task A_strategy_that_is_created_again_never_meets_an_order_of_before()
    {
        var ids = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await _app.CreateAsync(Requests.Quiet);
            await _app.MinutesAsync(1);
            var orders = (await _app.GetAsync("orders")).Json["items"]!.AsArray();
            ids.Add(orders.ShouldHaveSingleItem()!["id"]!.GetValue<string>());
            await _app.SendAsync("DELETE", "strategies/quiet", null);
            await _app.MinutesAsync(2);
            (await _app.GetAsync("strategies/quiet")).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");
        }

        ids.ShouldAllBe(id => id.StartsWith("at-quiet-") && id.EndsWith("-1"));
        ids.Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_strategy_without_shares_is_deleted()
    {
        await _app.CreateAsync(Requests.Quiet);
        (await _app.SendAsync("DELETE", "strategies/quiet", null)).ShouldBe(HttpStatusCode.NoContent);
        (await _app.GetAsync("strategies/quiet")).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");
        (await _app.SendAsync("DELETE", "strategies/quiet", null)).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");
    }

    [Fact]
    public async Task Every_type_is_explained_with_an_example_that_works()
    {
        var types = (await _app.GetAsync("strategy-types")).Json["items"]!.AsArray();
        types.Select(type => type!["type"]!.GetValue<string>()).ShouldBe(Enum.GetValues<StrategyType>().Select(type => WireNames.Of(type)));
        foreach (var (type, symbol) in types.Zip(["ACME", "BOLT", "CRUX", "DUNE", "ECHO"]))
        {
            // The sample market has its own symbols.
            var example = type!["example"]!.DeepClone();
            example["symbol"] = symbol;
            await _app.CreateAsync(example.ToJsonString());
            (await _app.GetAsync("strategy-types/" + type["type"]!.GetValue<string>().Replace('_', '-'))).Json["summary"]!
                .GetValue<string>()
                .ShouldBe(type["summary"]!.GetValue<string>());
        }

        (await _app.GetAsync("strategy-types/martingale")).ShouldBe(HttpStatusCode.NotFound, "INVALID_STRATEGY_TYPE");
    }

    [Fact]
    public async Task What_is_exported_is_imported_unchanged_and_a_dry_run_changes_nothing()
    {
        await _app.CreateAsync(Requests.Quiet);
        var file = (await _app.GetAsync("strategies.yaml")).Text;
        var same = (await ImportAsync(file, dryRun: false)).Json;
        same["unchanged"]!.GetValue<int>().ShouldBe(1, same.ToJsonString());

        var edited =
            file.Replace("'10'", "'11'", StringComparison.Ordinal)
            + "- symbol: BOLT\n  id: fresh\n  strategy_type: trailing_stop\n  quantity: 2\n  enabled: false\n  trailing_stop_pct: "
            + "'3'\n- symbol: CRUX\n  id: broken\n  strategy_type: trailing_stop\n  quantity: -2\n";
        var before = await _app.DumpAsync();
        var diff = (await ImportAsync(edited, dryRun: true)).Json;
        (await _app.DumpAsync()).ShouldBe(before);
        (diff["created"]!.GetValue<int>(), diff["updated"]!.GetValue<int>()).ShouldBe((1, 1), diff.ToJsonString());
        diff["strategies"]![0]!["changes"]!.AsArray().Select(change => change!["field"]!.GetValue<string>()).ShouldContain("entry_price");
        diff["problems"]!.AsArray().Select(problem => problem!["id"]?.GetValue<string>()).ShouldContain("broken");

        (await ImportAsync(edited, dryRun: false)).ShouldBe(HttpStatusCode.OK);
        (await _app.GetAsync("strategies/fresh")).Json["quantity"]!.GetValue<int>().ShouldBe(2);
        (await _app.GetAsync("strategies/quiet")).Json["entry_price"]!.GetValue<string>().ShouldBe("11");
        (await _app.GetAsync("strategies/broken")).ShouldBe(HttpStatusCode.NotFound, "STRATEGY_NOT_FOUND");
    }

    [Fact]
    public async Task A_file_may_be_sent_as_it_is_where_keys_are_asked_for()
    {
        await using var app = await TestApp.StartAsync(("LocalHost:Keys:default", "secret"));
        using var file = new ByteArrayContent(
            Encoding.UTF8.GetBytes(
                "strategies:\n- symbol: BOLT\n  id: fresh\n  strategy_type: trailing_stop\n  quantity: 2\n  trailing_stop_pct: '3'\n"
            )
        );
        file.Headers.ContentType = MediaTypeHeaderValue.Parse("application/yaml");
        (await app.SendContentAsync("POST", "strategies.yaml", file, ("x-functions-key", "secret"))).ShouldBe(HttpStatusCode.OK).Json[
            "created"
        ]!
            .GetValue<int>()
            .ShouldBe(1);
    }

    [Fact]
    public async Task An_import_does_not_touch_what_contradicts_a_running_strategy()
    {
        await _app.CreateAsync("""{"id":"runs","symbol":"ACME","strategy_type":"trailing_stop","quantity":10}""");
        await _app.MinutesAsync(3);
        var file = (await _app.GetAsync("strategies.yaml")).Text.Replace(
            "trailing_stop_pct: '5'",
            "trailing_stop_pct: '9'",
            StringComparison.Ordinal
        );
        var report = (await ImportAsync(file, dryRun: false)).Json;
        report["refused"]!.GetValue<int>().ShouldBe(1, report.ToJsonString());
        (await _app.GetAsync("strategies/runs")).Json["trailing_stop_pct"]!.GetValue<string>().ShouldBe("5");
    }

    [Fact]
    public async Task The_first_start_imports_its_file_once()
    {
        await using var app = await TestApp.StartAsync(
            ("AutoTrader:ImportOnFirstStart", Path.Combine(Repository.Top, "samples", "strategies.yaml"))
        );
        (await app.GetAsync("strategies")).Json["count"]!.GetValue<int>().ShouldBe(5);
        (
            await app.Get<StrategyFileService>().ImportFirstAsync("strategies: []"u8.ToArray(), "again", CancellationToken.None)
        ).ShouldBeNull();
    }

    [Fact]
    public async Task A_strategy_that_changed_meanwhile_is_read_again_and_changed_after_all()
    {
        await _app.CreateAsync(Requests.Quiet);
        var service = _app.Get<Core.Application.StrategyService>();
        var store = _app.Get<ITradingStore>();
        var overtaken = false;
        var row = await service.ChangeAsync(
            "quiet",
            strategy =>
            {
                if (!overtaken)
                {
                    overtaken = true;
                    var now = store
                        .ReadAsync<Strategy>("paper", TradingKey.Strategy("quiet"), CancellationToken.None)
                        .GetAwaiter()
                        .GetResult()!;
                    store
                        .CommitAsync(
                            "paper",
                            [new(TradingKey.Strategy("quiet"), now.Value with { Quantity = 77 }, now.Version)],
                            CancellationToken.None
                        )
                        .GetAwaiter()
                        .GetResult();
                }

                return strategy with
                {
                    Notes = "mine",
                };
            },
            null,
            "test",
            CancellationToken.None
        );
        (row.Value.Quantity, row.Value.Notes).ShouldBe((77, "mine"));
    }

    private async Task<Reply> ImportAsync(string yaml, bool dryRun) =>
        (
            await _app.PostAsync("strategies.yaml" + (dryRun ? "?dry_run=true" : ""), new JsonObject { ["yaml"] = yaml }.ToJsonString())
        ).ShouldBe(HttpStatusCode.OK);
}
