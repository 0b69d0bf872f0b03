using System.Net;
using Azure.Data.Tables;

namespace AutoTrader.Functions.Tests.Maintenance;

/// <summary>Records that nobody can read, through the whole app: they are shown by key, stop nothing, and can be deleted.</summary>
public sealed class PoisonTests
{
    private const string Hostile = "x'y %2F..%00&=é+;";
    private const string Tick = """{"id":"tick","task_type":"notify","task_data":{"message":"hello"},"schedule_cron":"* * * * *"}""";

    private static readonly string[] ScheduleKeys =
    [
        "schedule|x",
        "schedule|" + Hostile,
        "schedule|a|b",
        "schedule|",
        "run|x|0000000000000000001|scheduled",
        "run|tick|0|x",
        "run|" + Hostile,
        "run|x",
        "run|",
        "zzz|",
        Hostile,
    ];

    public static TheoryData<string, string> SpoiledSchedules =>
        [
            .. ScheduleKeys.Select(key => (key, "nonsense")),
            .. new[] { "wrong types", "newer", "huge", "controls", "deep" }.SelectMany(poison =>
                ScheduleKeys[..2].Append("run|x|0000000000000000001|scheduled").Select(key => (key, poison))
            ),
        ];

    [Theory]
    [InlineData("strategy|")]
    [InlineData("order|")]
    [InlineData("holding|")]
    [InlineData("command|")]
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
        foreach (
            var path in new[]
            {
                "strategies",
                "orders",
                "orders?status=all",
                "positions",
                "portfolio",
                "trades",
                "engine",
                "risk",
                "notifications",
                "strategies.yaml",
                "health",
            }
        )
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
    [InlineData("commands/%F0%9F%92%A5")]
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
            var body = new System.Text.Json.Nodes.JsonObject
            {
                ["symbol"] = "ACME",
                ["strategy_type"] = "bracket",
                ["enabled"] = false,
                ["notes"] = notes,
            };
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
        (await app.SendAsync("DELETE", "attention/cycle%7C0", null)).ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Theory]
    [InlineData("holds", "{")]
    [InlineData("last_tick", "tea time")]
    [InlineData("quotes", 42)]
    [InlineData("attention", "[null]]")]
    [InlineData("cash", "of_a_newer_version")]
    public async Task A_spoiled_memory_of_the_engine_is_shown_and_kept_and_nothing_is_bought_until_it_is_deleted(
        string column,
        object value
    )
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync("""{"id":"t","symbol":"ACME","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"5"}""");
        await app.MinutesAsync(3);
        var row = await app.RowAsync("Engine", "heartbeat");
        row[column] = value;
        await app.PutAsync("Engine", "paper", "heartbeat", row);
        var spoiled = (await app.RowAsync("Engine", "heartbeat")).ETag;
        await app.CreateAsync("""{"id":"n","symbol":"BOLT","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"5"}""");
        await app.MinutesAsync(3);
        app.Failures.ShouldBeEmpty();

        (await app.GetAsync("strategies/n")).Json["phase"]!.GetValue<string>().ShouldBe("pending");
        (await app.PostAsync("orders", """{"symbol":"BOLT","side":"buy","qty":1}""", ("Idempotency-Key", "1")))
            .ShouldBe(HttpStatusCode.UnprocessableEntity, "ORDER_BLOCKED")
            .Json["rule"]!
            .GetValue<string>()
            .ShouldBe("ENGINE_STATE_UNREADABLE");
        var item = (await app.GetAsync("attention")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (item["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()).ShouldBe(("UNREADABLE", "heartbeat"));
        item["message"]!.GetValue<string>().ShouldContain(column);
        (await app.GetAsync("health")).ShouldBe(HttpStatusCode.OK).Json["status"]!.GetValue<string>().ShouldBe("impaired");
        (await app.GetAsync("engine")).ShouldBe(HttpStatusCode.OK).Json["running"]!.GetValue<bool>().ShouldBeTrue();
        (await app.RowAsync("Engine", "heartbeat")).ETag.ShouldBe(spoiled);

        (await app.SendAsync("DELETE", "attention/heartbeat", null)).ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await app.SendAsync("DELETE", "attention/heartbeat", null)).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");
        await app.MinutesAsync(3);
        app.Failures.ShouldBeEmpty();
        (await app.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("ok");
        foreach (var id in new[] { "t", "n" })
        {
            (await app.GetAsync("strategies/" + id)).Json["phase"]!.GetValue<string>().ShouldBe("position_open");
        }
    }

    [Fact]
    public async Task Where_the_memory_and_what_stands_in_for_it_are_both_spoiled_the_answers_name_the_row_that_must_go()
    {
        await using var app = await TestApp.StartAsync();
        await app.MinutesAsync(1);
        var row = await app.RowAsync("Engine", "heartbeat");
        row["holds"] = "{";
        await app.PutAsync("Engine", "paper", "heartbeat", row);
        await app.MinutesAsync(1);
        var standIn = await app.RowAsync("Engine", "heartbeat|stand_in");
        standIn["holds"] = "{";
        await app.PutAsync("Engine", "paper", "heartbeat|stand_in", standIn);
        await app.MinutesAsync(1);
        (await app.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("impaired");
        (await app.GetAsync("attention")).ShouldBe(HttpStatusCode.Conflict, "UNREADABLE").Text.ShouldContain("heartbeat|stand_in");
        foreach (var key in new[] { "heartbeat%7Cstand_in", "heartbeat" })
        {
            (await app.SendAsync("DELETE", "attention/" + key, null)).ShouldBe(HttpStatusCode.NoContent);
        }

        await app.MinutesAsync(2);
        (await app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await app.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("ok");
    }

    [Theory]
    [InlineData("account")]
    [InlineData("account|order|")]
    [InlineData("account|position|ACME")]
    [InlineData("account|position|" + Hostile)]
    [InlineData("ended|")]
    [InlineData("execution|")]
    public async Task A_spoiled_row_of_the_paper_account_stops_the_engine_says_so_and_is_never_taken_for_flat(string prefix)
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync("""{"id":"t","symbol":"ACME","strategy_type":"trailing_stop","quantity":5,"trailing_stop_pct":"5"}""");
        await app.MinutesAsync(3);
        var before = (await app.GetAsync("strategies/t")).Json;
        before["phase"]!.GetValue<string>().ShouldBe("position_open");
        var order = (await app.GetAsync("orders?strategy_id=t")).Json["items"]!.AsArray().ShouldHaveSingleItem()![
            "broker_order_id"
        ]!.GetValue<string>();
        var key = prefix switch
        {
            "account|order|" => prefix + order,
            "ended|" or "execution|" => $"{prefix}{DateTimeOffset.MaxValue.UtcTicks:D19}|x",
            _ => prefix,
        };
        await app.SpoilAsync(key, "Paper");
        if (key is not "account")
        {
            // The account row's version is what tells a process that others wrote.
            var account = await app.RowAsync("Paper", "account");
            await app.PutAsync("Paper", "paper", "account", account);
        }

        await app.MinutesAsync(2);
        app.Failures.ShouldBeEmpty();
        var items = (await app.GetAsync("attention")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray();
        items
            .Select(item => (item!["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()))
            .ShouldBe([("CYCLE_STOPPED", "account"), ("UNREADABLE", "paper|" + key)]);
        items.ShouldAllBe(item => item!["message"]!.GetValue<string>().Contains(key, StringComparison.Ordinal));
        (await app.GetAsync("health")).ShouldBe(HttpStatusCode.OK).Json["status"]!.GetValue<string>().ShouldBe("impaired");
        if (prefix.StartsWith("account", StringComparison.Ordinal))
        {
            (await app.GetAsync("positions")).ShouldBe(HttpStatusCode.Conflict, "UNREADABLE").Text.ShouldContain(key);
        }

        var meanwhile = (await app.GetAsync("strategies/t")).Json;
        foreach (var field in new[] { "phase", "held_quantity", "high_watermark", "effective_stop" })
        {
            meanwhile[field]!.ToJsonString().ShouldBe(before[field]!.ToJsonString());
        }

        (await app.SendAsync("DELETE", "attention/" + Uri.EscapeDataString("paper|" + key), null)).ShouldBe(HttpStatusCode.NoContent);
        (await app.SendAsync("DELETE", "attention/" + Uri.EscapeDataString("paper|" + key), null)).ShouldBe(
            HttpStatusCode.NotFound,
            "NOT_FOUND"
        );
        await app.MinutesAsync(2);
        app.Failures.ShouldBeEmpty();
        (await app.GetAsync("health")).Json["status"]!.GetValue<string>().ShouldBe("ok");
        (await app.GetAsync("attention")).Json["items"]!
            .AsArray()
            .ShouldNotContain(item => item!["code"]!.GetValue<string>() == "UNREADABLE");
    }

    [Theory]
    [MemberData(nameof(SpoiledSchedules))]
    public async Task A_spoiled_row_of_schedules_is_shown_by_its_key_stops_no_schedule_and_can_be_deleted(string key, string poison)
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("schedules", Tick)).ShouldBe(HttpStatusCode.Created);
        await app.PutAsync("Schedules", "shard-5", key, Poison(poison));
        await app.MinutesAsync(4);
        app.Failures.ShouldBeEmpty();
        await TickShouldHaveFiredAsync(app, 4);
        foreach (
            var path in new[] { "schedules", "schedules/tick", "schedules/tick/runs", "schedules.yaml", "strategies", "engine", "health" }
        )
        {
            (await app.GetAsync(path)).Status.ShouldBe(HttpStatusCode.OK, path);
        }

        var item = (await app.GetAsync("attention")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (item["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()).ShouldBe(("UNREADABLE", key));
        (await app.SendAsync("DELETE", "attention/" + Uri.EscapeDataString(key), null)).ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
        (await app.SendAsync("DELETE", "attention/" + Uri.EscapeDataString(key), null)).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");
        (await app.GetAsync("schedules/tick")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("zone", "Nowhere/Land")]
    [InlineData("zone", "../../etc/localtime")]
    [InlineData("schedule_cron", "at tea time")]
    [InlineData("market", "open+2000h")]
    [InlineData("jitter_seconds", 2_000_000_000)]
    [InlineData("max_runs", -1)]
    [InlineData("misfire_window", "-00:05:00")]
    [InlineData("target", "a|b/../?#\u0001")]
    [InlineData("order", """{"symbol":"ACME","side":"buy","quantity":"-5","type":"market","time_in_force":"day","class":"simple"}""")]
    [InlineData("note", "\u0001\u0002")]
    public async Task A_schedule_that_can_be_read_and_makes_no_sense_is_shown_fires_nothing_and_can_be_changed_or_deleted(
        string column,
        object value
    )
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("schedules", Tick)).ShouldBe(HttpStatusCode.Created);
        (await app.PostAsync("schedules", Tick.Replace("\"tick\"", "\"odd\"", StringComparison.Ordinal))).ShouldBe(HttpStatusCode.Created);
        var row = await app.RowAsync("Schedules", "schedule|odd");
        row[column] = value;
        await app.PutAsync("Schedules", row.PartitionKey, row.RowKey, row);
        await app.MinutesAsync(4);
        app.Failures.ShouldBeEmpty();
        await TickShouldHaveFiredAsync(app, 4);
        (await app.GetAsync("schedules/odd/runs")).Json["count"]!.GetValue<int>().ShouldBe(0);
        var item = (await app.GetAsync("attention")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().ShouldHaveSingleItem()!;
        (item["code"]!.GetValue<string>(), item["key"]!.GetValue<string>()).ShouldBe(("INVALID_SCHEDULE", "schedule|odd"));
        foreach (var path in new[] { "schedules", "schedules/odd", "schedules.yaml", "engine" })
        {
            (await app.GetAsync(path)).Status.ShouldBe(HttpStatusCode.OK, path);
        }

        (await app.PostAsync("schedules/odd/trigger")).ShouldBe(HttpStatusCode.Conflict, "INVALID_SCHEDULE");
        (await app.SendAsync("PATCH", "schedules/odd", """{"name":"still odd"}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await app.SendAsync("DELETE", "schedules/odd", null)).ShouldBe(HttpStatusCode.NoContent);
        (await app.GetAsync("attention")).Json["count"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task What_needs_a_row_that_cannot_be_read_says_so_and_where_it_is_shown()
    {
        await using var app = await TestApp.StartAsync();
        await app.SpoilAsync("strategy|bad");
        (await app.PostAsync("schedules", Tick.Replace("\"tick\"", "\"bad\"", StringComparison.Ordinal))).ShouldBe(HttpStatusCode.Created);
        await app.PutAsync("Schedules", (await app.RowAsync("Schedules", "schedule|bad")).PartitionKey, "schedule|bad", Poison("nonsense"));
        foreach (
            var (method, path, body) in new[]
            {
                ("GET", "strategies/bad", null),
                ("PATCH", "strategies/bad", """{"notes":"x"}"""),
                ("GET", "schedules/bad", null),
                ("PATCH", "schedules/bad", """{"note":"x"}"""),
                ("DELETE", "schedules/bad", null),
                ("POST", "schedules/bad/pause", null),
                ("POST", "schedules/bad/trigger", null),
                ("PUT", "strategies/bad/schedule", """{"schedule_at":"+1h"}"""),
            }
        )
        {
            (await app.SendAsync(method, path, body))
                .ShouldBe(HttpStatusCode.Conflict, "UNREADABLE")
                .Text.ShouldContain("GET /api/attention");
        }

        app.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_strategy_that_cannot_be_read_keeps_its_schedule_and_a_schedule_that_cannot_be_read_stops_no_other()
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync("schedules", Tick)).ShouldBe(HttpStatusCode.Created);
        foreach (var id in new[] { "lost", "late" })
        {
            await app.CreateAsync($$"""{"id":"{{id}}","symbol":"ACME","strategy_type":"bracket","allow_shared_symbol":true}""");
            (await app.SendAsync("PUT", $"strategies/{id}/schedule", """{"schedule_cron":"0 12 * * *"}""")).ShouldBe(HttpStatusCode.OK);
        }

        await app.PutAsync("Trading", "paper", "strategy|lost", Poison("newer"));
        var row = await app.RowAsync("Schedules", "schedule|strategy-late");
        await app.PutAsync("Schedules", row.PartitionKey, row.RowKey, Poison("newer"));
        await app.MinutesAsync(4);
        app.Failures.ShouldBeEmpty();
        await TickShouldHaveFiredAsync(app, 4);
        (await app.GetAsync("schedules/strategy-lost")).Status.ShouldBe(HttpStatusCode.OK);
        (await app.GetAsync("strategies/late")).Json["schedule_enabled"]!.GetValue<bool>().ShouldBeTrue();
    }

    private static async Task TickShouldHaveFiredAsync(TestApp app, int times) =>
        (await app.GetAsync("schedules/tick/runs?status=fired")).Json["count"]!.GetValue<int>().ShouldBe(times);

    private static TableEntity Poison(string poison)
    {
        string[] names =
        [
            "id",
            "name",
            "task_type",
            "order",
            "schedule_cron",
            "zone",
            "misfire",
            "misfire_window",
            "next_run",
            "run_count",
            "schedule_id",
            "planned",
            "cause",
            "status",
            "strategy_type",
        ];
        var columns = new TableEntity();
        foreach (var name in names)
        {
            columns[name] = poison switch
            {
                "wrong types" => true,
                "newer" => "of_a_newer_version",
                "huge" => new string('n', 30_000),
                "controls" => "\u0001\u0002\u007f",
                "deep" => new string('[', 5000),
                _ => null,
            };
        }

        columns["nonsense"] = "42";
        return columns;
    }
}
