using System.Net;
using System.Text.Json.Nodes;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>Schedules from the request to their effect: through the orchestration, the engine and back.</summary>
public sealed class ScheduleApiTests
{
    private const string Trail = """{"id":"trail","symbol":"ACME","strategy_type":"trailing_stop","quantity":10,"enabled":false}""";

    [Fact]
    public async Task A_strategy_starts_at_its_time_and_the_run_says_so()
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("strategies", Trail)).Status.ShouldBe(HttpStatusCode.Created);
        var created = await app.PostAsync(
            "schedules",
            """{"id":"go","task_type":"strategy_start","task_data":{"strategy_id":"trail"},"schedule_at":"+10m"}"""
        );
        created.Status.ShouldBe(HttpStatusCode.Created, created.Text);

        await app.MinutesAsync(9);
        (await app.GetAsync("strategies/trail")).Json["enabled"]!.GetValue<bool>().ShouldBeFalse();
        await app.MinutesAsync(3);

        (await app.GetAsync("strategies/trail")).Json["enabled"]!.GetValue<bool>().ShouldBeTrue();
        var run = (await app.GetAsync("schedules/go/runs")).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        run["status"]!.GetValue<string>().ShouldBe("fired");
        run["lateness_seconds"]!.GetValue<string>().ShouldBe("0");
        (await app.GetAsync("schedules/go")).Json["next_run"].ShouldBeNull();
        app.Failures.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("America/New_York", "2026-02-05T05:00:00Z", "2026-02-06T04:59:59Z")]
    [InlineData("Asia/Tokyo", "2026-02-04T15:00:00Z", "2026-02-05T14:59:59Z")]
    public async Task A_bound_that_is_a_day_includes_the_day_in_the_zone_wherever_it_comes_in(string zone, string begins, string ends)
    {
        await using var app = await TestApp.StartAsync();
        var when =
            $$"""{"task_type":"notify","schedule_cron":"0 23 * * *","zone":"{{zone}}","start_at":"2026-02-05","end_at":"2026-02-05"}""";
        var made = (await app.PostAsync("schedules", when)).ShouldBe(HttpStatusCode.Created).Json;
        (made["start_at"]!.GetValue<string>(), made["end_at"]!.GetValue<string>()).ShouldBe((begins, ends));
        (await app.PostAsync("schedules/preview", when)).ShouldBe(HttpStatusCode.OK).Json["occurrences"]!.AsArray().Count.ShouldBe(1);

        await app.PostAsync("schedules", """{"id":"s","task_type":"notify","schedule_cron":"0 9 * * *"}""");
        var changed = (await app.SendAsync("PATCH", "schedules/s", $$"""{"zone":"{{zone}}","end_at":"2026-02-05"}"""))
            .ShouldBe(HttpStatusCode.OK)
            .Json;
        changed["end_at"]!.GetValue<string>().ShouldBe(ends);

        (
            await app.PostAsync(
                "schedules.yaml",
                $$"""{"yaml":"schedules:\n- {id: y, task_type: notify, schedule_cron: 0 23 * * *, zone: {{zone}}, end_at: 2026-02-05}\n"}"""
            )
        ).ShouldBe(HttpStatusCode.OK);
        (await app.GetAsync("schedules/y")).Json["end_at"]!.GetValue<string>().ShouldBe(ends);
    }

    [Fact]
    public async Task A_past_start_is_harmless_and_what_was_read_can_be_sent_back_whole()
    {
        await using var app = await TestApp.StartAsync();
        var made = (
            await app.PostAsync(
                "schedules",
                """{"id":"s","task_type":"orders_cancel","task_data":{"symbol":"ACME"},"market":"close-5m","""
                    + """ "start_at":"2026-01-05 10:00","end_at":"2026-03-05"}"""
            )
        ).ShouldBe(HttpStatusCode.Created);
        await app.MinutesAsync(1);
        var read = (await app.GetAsync("schedules/s")).Text;
        (await app.SendAsync("PATCH", "schedules/s", read)).ShouldBe(HttpStatusCode.OK).Text.ShouldBe(read);

        var edited = JsonNode.Parse(read)!;
        edited["note"] = "changed";
        edited["task_data"]!["symbol"] = "BOLT";
        var next = (await app.SendAsync("PATCH", "schedules/s", edited.ToJsonString())).ShouldBe(HttpStatusCode.OK).Json;
        (next["note"]!.GetValue<string>(), next["task_data"]!["symbol"]!.GetValue<string>(), next["market"]!.GetValue<string>()).ShouldBe(
            ("changed", "BOLT", "close-5m")
        );

        edited["run_count"] = 7;
        (await app.SendAsync("PATCH", "schedules/s", edited.ToJsonString()))
            .ShouldBe(HttpStatusCode.BadRequest, "VALIDATION_ERROR")
            .Text.ShouldContain("run_count is read-only");
    }

    [Fact]
    public async Task A_strategys_own_schedule_may_go_by_the_market_and_starts_it()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("strategies", Trail);
        (await app.SendAsync("PUT", "strategies/trail/schedule", """{"market":"open+10m"}""")).ShouldBe(HttpStatusCode.OK).Json["market"]!
            .GetValue<string>()
            .ShouldBe("open+10m");
        (await app.GetAsync("strategies/trail")).Json["schedule_market"]!.GetValue<string>().ShouldBe("open+10m");
        var file = (await app.GetAsync("strategies.yaml")).Text;
        file.ShouldContain("schedule_market: 'open+10m'");
        await app.MinutesAsync(10);
        (await app.GetAsync("strategies/trail")).Json["enabled"]!.GetValue<bool>().ShouldBeTrue();
        (await app.SendAsync("DELETE", "strategies/trail/schedule", null))
            .ShouldBe(HttpStatusCode.OK)
            .Json["schedule_market"]
            .ShouldBeNull();
    }

    [Fact]
    public async Task A_schedule_for_a_strategy_that_does_not_exist_is_refused_wherever_it_comes_in()
    {
        await using var app = await TestApp.StartAsync();
        const string Task = "\"task_type\":\"strategy_close\",\"task_data\":{\"strategy_id\":\"typo\"}";
        (await app.PostAsync("schedules", $$"""{{{Task}},"market":"close-5m"}"""))
            .ShouldBe(HttpStatusCode.UnprocessableEntity, "STRATEGY_NOT_FOUND")
            .Text.ShouldContain("typo");
        (await app.PostAsync("schedules/preview", $$"""{{{Task}},"market":"close-5m"}""")).ShouldBe(
            HttpStatusCode.UnprocessableEntity,
            "STRATEGY_NOT_FOUND"
        );
        await app.PostAsync("schedules", """{"id":"s","task_type":"notify","market":"open"}""");
        (await app.SendAsync("PATCH", "schedules/s", $$"""{{{Task}}}""")).ShouldBe(
            HttpStatusCode.UnprocessableEntity,
            "STRATEGY_NOT_FOUND"
        );
        var import = (
            await app.PostAsync(
                "schedules.yaml",
                """{"yaml":"schedules:\n- {id: y, task_type: strategy_close, market: close-5m, task_data: {strategy_id: typo}}\n"}"""
            )
        )
            .ShouldBe(HttpStatusCode.OK)
            .Json;
        import["refused"]!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"schedule_cron":"0 9 30 2 *"}""", "No date meets")]
    [InlineData("""{"schedule_cron":"0 9 * * 6","trading_days_only":true}""", "never trading days")]
    [InlineData("""{"schedule_at":"2026-02-07 10:00","trading_days_only":true}""", "is not a trading day")]
    [InlineData("""{"schedule_at":"2026-02-06 10:00","end_at":"2026-02-05"}""", "after end_at")]
    [InlineData("""{"schedule_at":"2026-02-06 10:00","start_at":"2026-02-07"}""", "before start_at")]
    [InlineData("""{"market":"open","end_at":"2026-01-05"}""", "end_at")]
    public async Task What_can_never_be_due_is_refused_with_the_reason_which_the_preview_shows(string when, string reason)
    {
        await using var app = await TestApp.StartAsync();
        var preview = (await app.PostAsync("schedules/preview", when)).ShouldBe(HttpStatusCode.OK).Json;
        preview["occurrences"]!.AsArray().ShouldBeEmpty();
        preview["reason"]!.GetValue<string>().ShouldContain(reason);
        (await app.PostAsync("schedules", when.Replace("{", "{\"task_type\":\"notify\",", StringComparison.Ordinal)))
            .ShouldBe(HttpStatusCode.BadRequest, "INVALID_SCHEDULE_TIME")
            .Json["detail"]!
            .GetValue<string>()
            .ShouldContain(reason);
    }

    [Fact]
    public async Task A_cancel_of_orders_says_which_strategies_it_pauses_before_it_is_made_and_when_it_ran()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync("""{"id":"rests","symbol":"ACME","strategy_type":"bracket","quantity":5,"entry_price":"50"}""");
        await app.CreateAsync("""{"id":"waits","symbol":"BOLT","strategy_type":"bracket","quantity":5,"entry_price":"20"}""");
        await app.MinutesAsync(2);
        var all = """{"id":"c","task_type":"orders_cancel","schedule_at":"+5m"}""";
        (await app.PostAsync("schedules/preview", """{"task_type":"orders_cancel","schedule_at":"+5m"}"""))
            .ShouldBe(HttpStatusCode.OK)
            .Json["effect"]!
            .GetValue<string>()
            .ShouldBe(
                "If it ran now: 2 orders are canceled; 2 strategies are paused until they are resumed (rests, waits); protection "
                    + "and targets stay."
            );
        await app.PostAsync("schedules", all);
        await app.MinutesAsync(8);
        (await app.GetAsync("schedules/c/runs")).Json["items"]!.AsArray().ShouldHaveSingleItem()!["outcome"]!
            .GetValue<string>()
            .ShouldBe("2 orders are canceled; 2 strategies are paused until they are resumed (rests, waits); protection and targets stay.");
        (await app.GetAsync("strategies/rests")).Json["paused"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task The_own_schedule_of_a_deleted_strategy_is_gone_with_it()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("strategies", Trail);
        await app.SendAsync("PUT", "strategies/trail/schedule", """{"schedule_cron":"0 9 * * *"}""");
        (await app.SendAsync("DELETE", "strategies/trail", null)).ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("schedules/strategy-trail")).ShouldBe(HttpStatusCode.NotFound, "SCHEDULE_NOT_FOUND");
    }

    [Fact]
    public async Task A_cron_schedule_fires_every_time_until_it_is_paused_and_again_when_it_is_resumed()
    {
        await using var app = await TestApp.StartAsync();
        (
            await app.PostAsync(
                "schedules",
                """{"id":"tick","task_type":"notify","task_data":{"message":"hello"},"schedule_cron":"*/5 * * * *"}"""
            )
        ).Status.ShouldBe(HttpStatusCode.Created);
        await app.MinutesAsync(16);
        var fired = await CountAsync(app);
        fired.ShouldBe(3);

        (await app.PostAsync("schedules/tick/pause")).Status.ShouldBe(HttpStatusCode.OK);
        await app.MinutesAsync(20);
        (await CountAsync(app)).ShouldBe(fired);

        (await app.PostAsync("schedules/tick/resume")).Status.ShouldBe(HttpStatusCode.OK);
        await app.MinutesAsync(11);
        (await CountAsync(app)).ShouldBe(fired + 2);
        app.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_schedule_ends_after_the_runs_that_were_asked_for()
    {
        await using var app = await TestApp.StartAsync();
        (
            await app.PostAsync(
                "schedules",
                """{"id":"tick","task_type":"notify","task_data":{"message":"hello"},"schedule_cron":"*/5 * * * *","max_runs":2}"""
            )
        ).Status.ShouldBe(HttpStatusCode.Created);
        await app.MinutesAsync(30);
        (await CountAsync(app)).ShouldBe(2);
        (await app.GetAsync("schedules/tick")).Json["next_run"].ShouldBeNull();
    }

    [Fact]
    public async Task An_edit_holds_at_once_while_the_orchestration_sleeps_and_a_deleted_schedule_fires_no_more()
    {
        await using var app = await TestApp.StartAsync();
        (
            await app.PostAsync("schedules", """{"id":"later","task_type":"notify","task_data":{"message":"hello"},"schedule_at":"+5h"}""")
        ).Status.ShouldBe(HttpStatusCode.Created);
        await app.MinutesAsync(2);
        (await app.SendAsync("PATCH", "schedules/later", """{"schedule_at":"+10m"}""")).Status.ShouldBe(HttpStatusCode.OK);
        await app.MinutesAsync(11);
        (await app.GetAsync("schedules/later/runs")).Json["items"]!.AsArray().Count.ShouldBe(1);

        (
            await app.PostAsync("schedules", """{"id":"never","task_type":"notify","task_data":{"message":"hello"},"schedule_at":"+5m"}""")
        ).Status.ShouldBe(HttpStatusCode.Created);
        (await app.SendAsync("DELETE", "schedules/never", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        await app.MinutesAsync(10);
        (await app.GetAsync("schedules/never/runs")).Status.ShouldBe(HttpStatusCode.NotFound);
        app.Failures.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("put off")]
    [InlineData("brought forward")]
    public async Task An_edit_holds_at_once_while_the_orchestration_waits_for_its_instant_nearby(string edit)
    {
        await using var app = await TestApp.StartAsync();
        // Orders wake up to 45 seconds early.
        (
            await app.PostAsync(
                "schedules",
                """{"id":"buy","task_type":"order_place","task_data":{"symbol":"ACME","side":"buy","qty":5},"""
                    + """ "schedule_at":"2026-02-02T14:40:00Z"}"""
            )
        ).Status.ShouldBe(HttpStatusCode.Created);
        await app.UntilAsync(new(2026, 2, 2, 14, 39, 30, TimeSpan.Zero));
        var at = edit == "put off" ? "2026-02-02T14:40:10Z" : "2026-02-02T14:39:40Z";
        (
            edit == "deleted"
                ? await app.SendAsync("DELETE", "schedules/buy", null)
                : await app.SendAsync("PATCH", "schedules/buy", $$"""{"schedule_at":"{{at}}"}""")
        ).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NoContent);
        await app.MinutesAsync(5);

        (await app.GetAsync("orders?status=all")).Json["items"]!.AsArray().Count.ShouldBe(edit == "deleted" ? 0 : 1);
        if (edit != "deleted")
        {
            var run = (await app.GetAsync("schedules/buy/runs")).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
            (run["planned"]!.GetValue<string>(), run["status"]!.GetValue<string>(), run["lateness_seconds"]!.GetValue<string>()).ShouldBe(
                (at, "fired", "0")
            );
        }

        app.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_short_form_keeps_a_strategy_off_until_its_time_and_a_cancel_puts_back_what_it_was()
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("strategies", Trail.Replace("false", "true", StringComparison.Ordinal))).Status.ShouldBe(
            HttpStatusCode.Created
        );
        async Task<(bool Enabled, bool Scheduled)> StateAsync()
        {
            var strategy = (await app.GetAsync("strategies/trail")).Json;
            return (strategy["enabled"]!.GetValue<bool>(), strategy["schedule_enabled"]!.GetValue<bool>());
        }

        (await app.SendAsync("PUT", "strategies/trail/schedule", """{"schedule_at":"+10m"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await StateAsync()).ShouldBe((false, true));
        (await app.SendAsync("DELETE", "strategies/trail/schedule", null)).Status.ShouldBe(HttpStatusCode.OK);
        (await StateAsync()).ShouldBe((true, false));
        (await app.SendAsync("DELETE", "strategies/trail/schedule", null)).Status.ShouldBe(HttpStatusCode.NotFound);

        (await app.SendAsync("PUT", "strategies/trail/schedule", """{"schedule_at":"+10m"}""")).Status.ShouldBe(HttpStatusCode.OK);
        await app.MinutesAsync(9);
        (await StateAsync()).ShouldBe((false, true));
        await app.MinutesAsync(3);
        (await StateAsync()).ShouldBe((true, false));
        app.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_schedule_of_a_strategy_that_is_deleted_stays_deleted_and_the_strategy_is_what_it_was()
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("strategies", Trail.Replace("false", "true", StringComparison.Ordinal))).Status.ShouldBe(
            HttpStatusCode.Created
        );
        (await app.SendAsync("PUT", "strategies/trail/schedule", """{"schedule_cron":"0 12 * * *"}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await app.SendAsync("DELETE", "schedules/strategy-trail", null, ("If-Match", "\"other\""))).Status.ShouldBe(
            HttpStatusCode.PreconditionFailed
        );
        (await app.GetAsync("strategies/trail")).Json["schedule_enabled"]!.GetValue<bool>().ShouldBeTrue();
        (await app.SendAsync("DELETE", "schedules/strategy-trail", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        await app.MinutesAsync(3);
        (await app.GetAsync("schedules/strategy-trail")).Status.ShouldBe(HttpStatusCode.NotFound);
        var strategy = (await app.GetAsync("strategies/trail")).Json;
        (strategy["enabled"]!.GetValue<bool>(), strategy["schedule_enabled"]!.GetValue<bool>()).ShouldBe((true, false));
    }

    [Fact]
    public async Task A_strategy_that_was_started_by_hand_before_its_time_stays_as_it_is_when_its_schedule_is_canceled()
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("strategies", Trail)).Status.ShouldBe(HttpStatusCode.Created);
        (await app.SendAsync("PUT", "strategies/trail/schedule", """{"schedule_cron":"0 12 * * *"}""")).Status.ShouldBe(HttpStatusCode.OK);
        await app.PostAsync("schedules/strategy-trail/trigger", null, ("Idempotency-Key", "now"));
        await app.MinutesAsync(2);
        (await app.GetAsync("schedules/strategy-trail")).Json["run_count"]!.GetValue<int>().ShouldBe(0);
        (await app.SendAsync("DELETE", "strategies/trail/schedule", null)).Status.ShouldBe(HttpStatusCode.OK);
        (await app.GetAsync("strategies/trail")).Json["enabled"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task A_scheduled_time_that_is_past_in_an_imported_file_is_told_by_line_and_field()
    {
        await using var app = await TestApp.StartAsync();
        var yaml =
            "strategies:\n- symbol: ACME\n  strategy_type: trailing_stop\n  quantity: 1\n  id: trail\n  enabled: false\n  "
            + "trailing_stop_pct: '2'\n  schedule_at: '2026-02-02T09:20:00'\n  schedule_enabled: true\n";
        var report = (
            await app.PostAsync("strategies.yaml", new System.Text.Json.Nodes.JsonObject { ["yaml"] = yaml }.ToJsonString())
        ).Json;
        var problem = report["problems"]!.AsArray().ShouldHaveSingleItem()!;
        (
            problem["code"]!.GetValue<string>(),
            problem["id"]!.GetValue<string>(),
            problem["field"]!.GetValue<string>(),
            problem["line"]!.GetValue<int>()
        ).ShouldBe(("schedule_missed", "trail", "schedule_at", 8));
        (await app.GetAsync("strategies/trail")).Json["schedule_enabled"]!.GetValue<bool>().ShouldBeFalse();
        (await app.GetAsync("schedules")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task A_scheduled_strategy_of_an_imported_file_starts_at_its_time()
    {
        await using var app = await TestApp.StartAsync();
        var yaml =
            "strategies:\n- symbol: ACME\n  strategy_type: trailing_stop\n  quantity: 1\n  id: trail\n  enabled: false\n  "
            + "trailing_stop_pct: '2'\n  schedule_at: '2026-02-02T09:50:00'\n  schedule_enabled: true\n";
        (await app.PostAsync("strategies.yaml", new System.Text.Json.Nodes.JsonObject { ["yaml"] = yaml }.ToJsonString())).Status.ShouldBe(
            HttpStatusCode.OK
        );
        (await app.GetAsync("schedules/strategy-trail")).Json["next_run"]!.GetValue<string>().ShouldBe("2026-02-02T14:50:00Z");
        await app.MinutesAsync(40);
        (await app.GetAsync("strategies/trail")).Json["enabled"]!.GetValue<bool>().ShouldBeTrue();
        (await app.GetAsync("schedules/strategy-trail/runs")).Json["items"]!.AsArray().ShouldHaveSingleItem()!["status"]!
            .GetValue<string>()
            .ShouldBe("fired");
        app.Failures.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"task_type":"notify"}""", "INVALID_SCHEDULE")]
    [InlineData("""{"task_type":"notify","schedule_at":"2001-01-01 09:30"}""", "INVALID_SCHEDULE_TIME")]
    [InlineData("""{"task_type":"notify","schedule_at":"soon"}""", "INVALID_DATETIME_FORMAT")]
    [InlineData("""{"task_type":"notify","schedule_cron":"every day"}""", "INVALID_SCHEDULE")]
    [InlineData("""{"task_type":"notify","market":"noon"}""", "INVALID_SCHEDULE")]
    [InlineData("""{"task_type":"notify","schedule_cron":"0 9 * * *","market":"open"}""", "INVALID_SCHEDULE")]
    [InlineData("""{"task_type":"notify","schedule_cron":"0 9 * * *","zone":"Mars/Olympus"}""", "INVALID_SCHEDULE")]
    [InlineData("""{"task_type":"strategy_start","schedule_at":"+1h"}""", "INVALID_SCHEDULE")]
    [InlineData("""{"task_type":"order_place","schedule_at":"+1h","task_data":{"symbol":"ACME","side":"buy"}}""", "INVALID_SCHEDULE")]
    [InlineData("""{"task_type":"fly","schedule_at":"+1h"}""", "VALIDATION_ERROR")]
    public async Task What_cannot_be_scheduled_is_refused_with_the_field_that_is_wrong(string body, string code)
    {
        await using var app = await TestApp.StartAsync();
        var refused = await app.PostAsync("schedules", body);
        refused.Status.ShouldBe(HttpStatusCode.BadRequest, refused.Text);
        refused.Json["code"]!.GetValue<string>().ShouldBe(code);
        (await app.GetAsync("schedules")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task A_preview_shows_occurrences_and_the_days_that_are_left_out_and_saves_nothing()
    {
        await using var app = await TestApp.StartAsync();
        var preview = await app.PostAsync("schedules/preview", """{"market":"close-10m","count":10}""");
        preview.Status.ShouldBe(HttpStatusCode.OK, preview.Text);
        preview.Json["occurrences"]!.AsArray().Count.ShouldBe(10);
        preview.Json["left_out"]!.AsArray().ShouldContain(day => day!["reason"]!.GetValue<string>() == "weekend");
        (await app.GetAsync("schedules")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    private static async Task<int> CountAsync(TestApp app) => (await app.GetAsync("schedules/tick/runs")).Json["items"]!.AsArray().Count;
}
