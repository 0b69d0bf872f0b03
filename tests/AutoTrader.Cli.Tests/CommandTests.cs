using System.Text.Json.Nodes;

namespace AutoTrader.Cli.Tests;

/// <summary>Every command against the running app: what people see, the JSON that programs get, and what is stored afterwards.</summary>
public sealed class CommandTests(RunningApp running) : IClassFixture<RunningApp>
{
    private const string Mixed = """
        strategies:
        - {id: good, symbol: BOLT, strategy_type: trailing_stop, quantity: 1, enabled: false, trailing_stop_pct: '2'}
        - {id: bad, symbol: BOLT}
        """;

    private Trader Trader => running.Trader;

    public static TheoryData<string, string> Reads =>
        new()
        {
            { "status", "PAPER" },
            { "watch", "ACME" },
            { "balance", "buying power" },
            { "positions", "ACME" },
            { "portfolio", "ACME" },
            { "orders", "acme" },
            { "orders --all --symbol acme", "filled" },
            { "quote acme", "spread" },
            { "scan", "acme" },
            { "scan ACME BOLT", "BOLT" },
            { "strategy list", "quiet" },
            { "strategy show acme", "trailing stop" },
            { "strategy explain", "pullback-trailing" },
            { "strategy explain scale-out", "scale_targets" },
            { "strategy schedule list", "There are no schedules." },
            { "history", "acme" },
            { "history --symbol BOLT --limit 5", "There were no trades." },
            { "analyze --days 5", "No trades closed" },
            { "safety", "most per order" },
            { "config list", "max_order_value" },
            { "config get max_order_value", "5,000" },
            { "config get key", "-" },
            { "config keys", "allow_margin" },
            { "notify list", "There is no channel." },
            { "schedule list", "summary" },
            { "schedule show summary", "0 17 * * 1-5" },
            { "schedule runs summary", "It has not run yet." },
            { "schedule preview --market close-10m --count 2", "15:50:00" },
            { "schedule next --days 3", "session 09:30 to 16:00" },
            { "schedule status", "running" },
            { "schedule enable --every 5", "running" },
            { "log", "filled: buy 5 ACME" },
            { "log --strategy acme --since today", "create_strategy acme" },
            { "why acme", "It holds 5" },
            { "why quiet", "a cycle now" },
            { "today", "Held" },
            { "profiles", "trader login" },
        };

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_command_that_looks_shows_it_to_people_and_as_json(string command, string shown)
    {
        var outcome = (await Trader.RunAsync(command)).ShouldExit(0);
        outcome.Out.ShouldContain(shown);
        outcome.Out.ShouldEndWith("\n");
        outcome.Out.ShouldNotContain("\u001b", customMessage: "colors are off where nobody looks");

        (await Trader.JsonAsync(command.Split(' '))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Json_is_the_api_s_body_word_for_word()
    {
        (await Trader.RunAsync("strategy show quiet --json"))
            .ShouldExit(0)
            .Out.TrimEnd()
            .ShouldBe((await running.App.GetAsync("strategies/quiet")).Text);
        (await Trader.RunAsync("schedule list --json"))
            .ShouldExit(0)
            .Out.TrimEnd()
            .ShouldBe((await running.App.GetAsync("schedules?limit=1000")).Text);
    }

    [Fact]
    public async Task An_order_is_placed_shown_and_canceled()
    {
        var placed = (await Trader.RunAsync("buy bolt 10 --qty 2 --reason test")).ShouldExit(0);
        placed.Out.ShouldContain("buy 2 BOLT limit 10.00 day: accepted");
        placed.Error.ShouldContain("Account paper (PAPER)");
        var id = (await Trader.JsonAsync("orders", "--strategy", "manual"))["items"]!
            .AsArray()
            .First(it => it!["limit_price"]!.GetValue<string>() == "10")!["id"]!.GetValue<string>();

        var canceled = (await Trader.RunAsync(["cancel", id[..12]])).ShouldExit(0);
        canceled.Out.ShouldContain("cancel");
        (await Trader.RunAsync("cancel at-missing")).ShouldExit(3).Error.ShouldContain("ORDER_NOT_FOUND");
    }

    [Fact]
    public async Task The_same_key_is_the_same_order()
    {
        var first = await Trader.JsonAsync("buy", "DUNE", "5", "--idempotency-key", "once");
        var again = await Trader.JsonAsync("buy", "DUNE", "5", "--idempotency-key", "once");
        again["id"]!.GetValue<string>().ShouldBe(first["id"]!.GetValue<string>());
        (await Trader.RunAsync("buy DUNE 6 --idempotency-key once")).ShouldExit(1).Error.ShouldContain("IDEMPOTENCY_KEY_REUSED");
    }

    [Fact]
    public async Task What_a_limit_forbids_is_6_and_named()
    {
        var refused = (await Trader.RunAsync("buy ACME 100 --qty 90 --json")).ShouldExit(6);
        refused.Out.ShouldBeEmpty();
        refused.Problem["rule"]!.GetValue<string>().ShouldBe("MAX_ORDER_VALUE");
        (await Trader.RunAsync("sell ECHO 10")).ShouldExit(6).Error.ShouldContain("INSUFFICIENT_SHARES");
    }

    [Fact]
    public async Task A_strategy_lives_from_add_to_remove()
    {
        var added = await Trader.JsonAsync(
            "strategy",
            "add",
            "pullback-trailing",
            "crux",
            "--id",
            "dip",
            "--qty",
            "3",
            "--trailing-pct",
            "4"
        );
        added["strategy_type"]!.GetValue<string>().ShouldBe("pullback_trailing");
        added["pullback_pct"]!.GetValue<string>().ShouldBe("5");
        (await Trader.RunAsync("strategy add bracket CRUX --id dip")).ShouldExit(5).Error.ShouldContain("STRATEGY_EXISTS");

        (await Trader.RunAsync("strategy pause dip --reason earnings")).ShouldExit(0).Out.ShouldContain("earnings");
        (await Trader.RunAsync("strategy resume dip")).ShouldExit(0);
        (await Trader.RunAsync("strategy disable dip")).ShouldExit(0);
        (await Trader.JsonAsync("strategy", "show", "dip"))["enabled"]!.GetValue<bool>().ShouldBeFalse();
        (await Trader.RunAsync("strategy enable dip")).ShouldExit(0);

        (await Trader.RunAsync("strategy close dip")).ShouldExit(2).Error.ShouldContain("--yes");
        (await Trader.RunAsync(["strategy", "remove", "dip"], typed: "n\n", isTerminal: true)).ShouldExit(1);
        (await Trader.RunAsync(["strategy", "remove", "dip"], typed: "y\n", isTerminal: true)).ShouldExit(0);
        (await Trader.RunAsync("strategy show dip")).ShouldExit(3).Error.ShouldContain("STRATEGY_NOT_FOUND");
    }

    [Fact]
    public async Task Every_type_of_strategy_can_be_added_with_the_original_s_options()
    {
        foreach (
            var (id, arguments) in new[]
            {
                ("t1", "trailing-stop ACME --trailing-pct 3"),
                ("t2", "bracket ACME -L 50 --take-profit 8 --stop-loss 4"),
                ("t3", "scale-out ACME --qty 30 --stop-loss 5"),
                ("t4", "grid ACME --levels 4"),
                ("t5", "pullback_trailing ACME --pullback-pct 6"),
            }
        )
        {
            var added = await Trader.JsonAsync([.. $"strategy add {arguments} --disabled --id {id}".Split(' ')]);
            added["id"]!.GetValue<string>().ShouldBe(id);
            (await Trader.RunAsync($"strategy remove {id} --yes")).ShouldExit(0);
        }
    }

    [Fact]
    public async Task A_strategy_is_scheduled_in_every_form_and_canceled()
    {
        await Trader.JsonAsync("strategy", "add", "bracket", "DUNE", "--id", "later", "--disabled", "-L", "5");
        (await Trader.JsonAsync("strategy", "schedule", "later", "--at", "2026-02-13 09:30"))["schedule_at"]!
            .GetValue<string>()
            .ShouldBe("2026-02-13T14:30:00Z");
        (await Trader.JsonAsync("strategy", "schedule", "later", "--cron", "30 9 * * 1", "--zone", "Europe/Berlin"))["zone"]!
            .GetValue<string>()
            .ShouldBe("Europe/Berlin");
        (await Trader.JsonAsync("strategy", "schedule", "later", "--market", "open+5m"))["market"]!.GetValue<string>().ShouldBe("open+5m");
        (await Trader.JsonAsync("strategy", "schedule", "later", "--at", "2026-02-13T09:30:00", "--zone", "Europe/Berlin"))["schedule_at"]!
            .GetValue<string>()
            .ShouldBe("2026-02-13T08:30:00Z");
        foreach (var when in new[] { "+2h", "+15m", "+1d", "tomorrow", "tomorrow 10:00", "2026-02-13 09:30:00", "2026-02-13" })
        {
            (await Trader.RunAsync(["strategy", "schedule", "add", "later", when])).ShouldExit(0).Out.ShouldContain("strategy-later");
        }

        (await Trader.RunAsync("strategy schedule list")).ShouldExit(0).Out.ShouldContain("strategy-later");
        (await Trader.RunAsync("strategy schedule cancel later")).ShouldExit(0);
        (await Trader.RunAsync(["strategy", "schedule", "add", "later", "soon"]))
            .ShouldExit(2)
            .Error.ShouldContain("INVALID_DATETIME_FORMAT");
        (await Trader.RunAsync("strategy schedule later")).ShouldExit(2);
        (await Trader.RunAsync("strategy remove later --yes")).ShouldExit(0);
    }

    [Fact]
    public async Task A_schedule_lives_from_create_to_delete()
    {
        (
            await Trader.RunAsync([
                "schedule",
                "create",
                "notify",
                "--id",
                "bell",
                "--cron",
                "0 9 * * 1-5",
                "--message",
                "Good morning",
                "--zone",
                "Europe/Berlin",
                "--misfire",
                "skip",
                "--misfire-window",
                "5m",
                "--name",
                "the bell",
            ])
        )
            .ShouldExit(0)
            .Out.ShouldContain("the bell");
        (await Trader.RunAsync("schedule create notify --id bell --market open")).ShouldExit(5).Error.ShouldContain("SCHEDULE_EXISTS");
        (await Trader.JsonAsync("schedule", "update", "bell", "--market", "open+5m"))["schedule_cron"].ShouldBeNull();
        (await Trader.RunAsync("schedule pause bell --reason holiday"))
            .ShouldExit(0)
            .Out.ShouldContain("Undo: trader schedule resume bell");
        (await running.App.GetAsync("audit")).Text.ShouldContain("holiday");
        (await Trader.RunAsync("schedule trigger bell --idempotency-key t-1")).ShouldExit(0);
        (await Trader.RunAsync("schedule resume bell")).ShouldExit(0);
        (await Trader.JsonAsync("schedule", "runs", "bell"))["count"]!.GetValue<int>().ShouldBe(1);
        (await Trader.RunAsync("schedule delete bell")).ShouldExit(2);
        (await Trader.RunAsync("schedule delete bell --yes")).ShouldExit(0).Out.ShouldBe("Schedule bell was deleted.\n");
        (await Trader.RunAsync("schedule show bell")).ShouldExit(3);
    }

    [Fact]
    public async Task All_schedules_are_paused_at_once_and_the_undo_is_printed()
    {
        await using var app = await Functions.Testing.TestApp.StartAsync();
        foreach (var id in new[] { "one", "two" })
        {
            await app.PostAsync("schedules", $$$"""{"id":"{{{id}}}","task_type":"notify","market":"open","task_data":{"message":"x"}}""");
        }

        var trader = new Trader(app.Address);
        var paused = await trader.JsonAsync("schedule", "pause", "--all", "--reason", "away");
        paused["items"]!.AsArray().ShouldAllBe(it => !it!["enabled"]!.GetValue<bool>());
        paused["count"]!.GetValue<int>().ShouldBe(2);
        (await trader.RunAsync("schedule resume --all")).ShouldExit(2);
        (await trader.RunAsync("schedule resume --all --yes")).ShouldExit(0);
        (await trader.JsonAsync("schedule", "list"))["items"]!.AsArray().ShouldAllBe(it => it!["enabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task The_agenda_merges_all_schedules_with_sessions_and_closed_days_between()
    {
        var shown = (await Trader.RunAsync("schedule next --days 14")).ShouldExit(0).Out;
        shown.ShouldContain("Sat 2026-02-07  closed: ");
        shown.ShouldContain("Mon 2026-02-16  closed: Presidents' Day");
        shown.ShouldContain("  17:00  notify hello (daily summary)");
        (await Trader.RunAsync("schedule next --zone Europe/Berlin")).ShouldExit(0).Out.ShouldContain("session 15:30 to 22:00");
        (await Trader.RunAsync("schedule next --zone Mars/Base")).ShouldExit(2);
        var agenda = await Trader.JsonAsync("schedule", "next", "--days", "3");
        agenda["items"]!.AsArray().Select(it => it!["at"]!.GetValue<DateTimeOffset>()).ShouldBeInOrder();
    }

    [Fact]
    public async Task The_kill_switch_is_set_and_lifted_by_kill_stop_and_start()
    {
        await using var app = await Functions.Testing.TestApp.StartAsync();
        var trader = new Trader(app.Address);
        (await trader.RunAsync(["kill", "--reason", "the feed is wrong"])).ShouldExit(0).Out.ShouldContain("the feed is wrong");
        (await trader.RunAsync("buy ACME 90")).ShouldExit(6).Error.ShouldContain("KILL_SWITCH");
        (await trader.RunAsync("status")).ShouldExit(0).Out.ShouldContain("ON since");
        (await trader.RunAsync("start --dry-run")).ShouldExit(0).Out.ShouldContain("nothing was changed");
        var started = (await trader.RunAsync("start --interval 30 --force")).ShouldExit(0);
        started.Out.ShouldContain("off");
        started.Error.ShouldContain("CycleSchedule");
        (await trader.RunAsync("stop --force")).ShouldExit(0).Out.ShouldContain("stopped with trader stop");
        (await trader.JsonAsync("start"))["on"]!.GetValue<bool>().ShouldBeFalse();
        (await trader.RunAsync("start --once")).ShouldExit(0).Out.ShouldContain("The cycle ran");
        (await trader.RunAsync("kill --account")).ShouldExit(2);
        (await trader.RunAsync("kill --flatten")).ShouldExit(2).Error.ShouldContain("--yes");
        (await trader.RunAsync("kill --flatten --yes")).ShouldExit(0);
    }

    [Fact]
    public async Task A_cycle_runs_on_request_and_orders_are_reconciled_by_one()
    {
        (await Trader.RunAsync("run-once")).ShouldExit(0).Out.ShouldContain("The cycle ran");
        (await Trader.JsonAsync("run-once", "--dry-run"))["dry_run"]!.GetValue<bool>().ShouldBeTrue();
        (await Trader.RunAsync("reconcile-orders --orders-dir x")).ShouldExit(0).Out.ShouldContain("Nothing needs attention.");
    }

    [Fact]
    public async Task A_limit_is_changed_and_a_value_that_makes_no_sense_is_not()
    {
        (await Trader.RunAsync("config set max_daily_trades 40")).ShouldExit(0).Out.ShouldContain("40");
        (await Trader.JsonAsync("config", "get", "max_daily_trades"))["max_daily_trades"]!.GetValue<string>().ShouldBe("40");
        (await Trader.RunAsync("config set max_daily_trades many")).ShouldExit(2);
        (await Trader.RunAsync("config set moon 1")).ShouldExit(3);
        (await Trader.RunAsync("config set url x")).ShouldExit(2).Error.ShouldContain("trader login");
    }

    [Fact]
    public async Task Trades_are_exported_and_a_file_is_not_replaced_unasked()
    {
        var folder = Directory.CreateTempSubdirectory("trader-");
        var file = Path.Combine(folder.FullName, "trades.csv");
        (await Trader.RunAsync(["export", file, "--days", "30"])).ShouldExit(0).Out.ShouldContain("1 executions");
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        lines.Length.ShouldBe(2);
        (await Trader.RunAsync(["export", file])).ShouldExit(2);
        (await Trader.RunAsync(["export", file, "--yes"])).ShouldExit(0);
        (await Trader.RunAsync("export -")).ShouldExit(0).Out.ShouldContain("ACME");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Files_go_out_and_come_in_again()
    {
        var strategies = (await Trader.RunAsync("strategy export")).ShouldExit(0).Out;
        strategies.ShouldContain("id: acme");
        (await Trader.RunAsync(["strategy", "import", "-", "--dry-run"], typed: strategies)).ShouldExit(0).Out.ShouldContain("unchanged");
        (await Trader.RunAsync(["strategy", "import", "-", "--dry-run"], typed: Mixed)).ShouldExit(1).Out.ShouldContain("1 created");
        var schedules = (await Trader.RunAsync("schedule export")).ShouldExit(0).Out;
        schedules.ShouldContain("id: summary");
        (await Trader.RunAsync(["schedule", "import", "-", "--dry-run"], typed: schedules)).ShouldExit(0);
        (await Trader.RunAsync("strategy import no-such-file.yaml")).ShouldExit(1);
    }

    // What is running contradicts the file, or its symbol cannot be bought: refused, and no problem of the file.
    [Theory]
    [InlineData(
        "strategy",
        "strategies:\n- {id: refused, symbol: NONE, strategy_type: trailing_stop, quantity: 1, trailing_stop_pct: '2'}"
    )]
    [InlineData("strategy", "strategies:\n- {id: acme, symbol: BOLT, strategy_type: trailing_stop, quantity: 5, trailing_stop_pct: '2'}")]
    [InlineData(
        "schedule",
        "schedules:\n- {id: refused, task_type: strategy_pause, market: open, task_data: {strategy_id: nobody}}\n"
            + "- {id: taken, task_type: notify, market: open, task_data: {message: hello}}"
    )]
    public async Task What_an_import_refuses_is_1_and_told_with_its_reason_on_every_screen(string kind, string file)
    {
        foreach (var (width, words) in new (int, string[])[] { (40, []), (200, []), (200, ["--dry-run"]), (200, ["--json"]) })
        {
            var trader = Trader;
            trader.Width = width;
            var outcome = (await trader.RunAsync([kind, "import", "-", .. words], typed: file)).ShouldExit(1);
            var refused = words.Contains("--json") ? outcome.Problem["detail"]!.GetValue<string>() : outcome.Error;
            refused.ShouldMatch("Refused: (refused|acme): \\w+");
            if (!words.Contains("--json"))
            {
                var told = refused.Split("Refused: ")[1].Split(": ", 2)[1];
                Words(outcome.Out).ShouldContain(Words(told));
                outcome.Out.ShouldContain("1 refused");
            }
        }

        static string Words(string text) => string.Concat(text.Where(char.IsLetterOrDigit));
    }

    [Fact]
    public async Task What_a_trigger_could_not_do_is_no_success()
    {
        await using var app = await Functions.Testing.TestApp.StartAsync();
        using var trader = new Trader(app.Address);
        await trader.JsonAsync([.. "schedule create notify --id greet --message x --market open --paused".Split(' ')]);
        await trader.JsonAsync([
            .. "schedule create order_place --id sell-none --symbol DUNE --side sell --qty 3 --market open".Split(' '),
        ]);
        (await trader.RunAsync("schedule trigger greet --yes")).ShouldExit(0).Out.ShouldContain("fired");
        var refused = (await trader.RunAsync("schedule trigger sell-none --yes")).ShouldExit(6);
        refused.Out.ShouldContain("failed");
        refused.Error.ShouldContain("INSUFFICIENT_SHARES");
        (await trader.RunAsync("schedule trigger sell-none --yes --json")).ShouldExit(6).Problem["code"]!
            .GetValue<string>()
            .ShouldBe("INSUFFICIENT_SHARES");
    }

    [Fact]
    public async Task What_was_paused_before_a_failure_is_told()
    {
        await Trader.JsonAsync([.. "schedule create notify --id first --market open --message x".Split(' ')]);
        var failed = (await Trader.RunAsync("schedule pause first missing")).ShouldExit(3);
        failed.Error.ShouldContain("missing");
        failed.Error.ShouldContain("Paused before it: first.");
        (await Trader.JsonAsync("schedule", "show", "first"))["enabled"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task Notifications_say_plainly_that_there_is_no_channel()
    {
        (await Trader.RunAsync("notify test")).ShouldExit(5).Error.ShouldContain("NO_CHANNEL");
        (await Trader.RunAsync("notify send hello")).ShouldExit(5).Error.ShouldContain("NO_CHANNEL");
        (await Trader.RunAsync("notify send hello --channel discord")).ShouldExit(5).Error.ShouldContain("NO_CHANNEL");
    }

    [Fact]
    public async Task Schedules_of_the_original_s_cron_say_what_to_do_instead() =>
        (await Trader.RunAsync("schedule disable")).ShouldExit(1).Error.ShouldContain("trader schedule pause --all");

    [Fact]
    public async Task Why_names_what_keeps_a_strategy_from_trading()
    {
        await Trader.JsonAsync("strategy", "add", "bracket", "DUNE", "--id", "barred", "--disabled", "-L", "5");
        var why = await Trader.JsonAsync("why", "barred");
        why["reasons"]!.AsArray().Select(it => it!["about"]!.GetValue<string>()).ShouldContain("disabled");
        (await Trader.RunAsync("why missing")).ShouldExit(3);
        (await Trader.RunAsync("strategy remove barred --yes")).ShouldExit(0);
    }

    [Fact]
    public async Task Today_tells_what_is_held_as_the_overview_does()
    {
        var held = (await Trader.JsonAsync("today"))["held"]!;
        var told = (await running.App.GetAsync("overview")).Json["holdings"]!;
        JsonNode.DeepEquals(held, told).ShouldBeTrue(held.ToJsonString() + told.ToJsonString());
        var acme = held.AsArray().Single(it => it!["strategy_id"]!.GetValue<string>() == "acme")!;
        (acme["quantity"]!.GetValue<string>(), acme["covered_quantity"]!.GetValue<string>()).ShouldBe(("5", "5"));
        acme["stop"]!.GetValue<string>().ShouldNotBeEmpty();
        (await Trader.RunAsync("today")).ShouldExit(0).Out.ShouldMatch(@"acme\W+ACME\W+5\W+all");
    }

    [Fact]
    public async Task The_log_follows_what_happens_until_it_is_stopped()
    {
        await CreateFollowedAsync("followed");
        using var stop = new CancellationTokenSource();
        var (shown, change) = (0, Task.CompletedTask);
        var outcome = (
            await Trader.RunAsync(
                ["log", "--follow", "--strategy", "followed", "--json"],
                onOutput: OnOutput,
                cancellationToken: stop.Token
            )
        ).ShouldExit(0);
        await change;
        var told = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        told.Select(it => it["id"]!.GetValue<string>()).ShouldBeUnique();
        // Whoever goes on from the last line has had everything.
        var cursor = told[^1]["resume_cursor"]!.GetValue<string>();
        (await Trader.JsonAsync("log", "--strategy", "followed", "--cursor", cursor))["count"]!.GetValue<int>().ShouldBe(0);
        cursor = told[0]["resume_cursor"]!.GetValue<string>();
        (await Trader.JsonAsync("log", "--strategy", "followed", "--cursor", cursor))["items"]!
            .AsArray()
            .Select(it => it!["id"]!.GetValue<string>())
            .ShouldBe(told.Skip(1).Select(it => it["id"]!.GetValue<string>()));
        told.Select(it => it["message"]!.GetValue<string>().Split(' ')[0]).Distinct().ShouldBe(["create_strategy", "pause_strategy"]);

        void OnOutput()
        {
            if (++shown == 1)
            {
                change = running.App.PostAsync("strategies/followed/pause", "{}");
            }
            else
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public async Task The_log_that_is_followed_outlives_a_server_that_is_started_anew()
    {
        await CreateFollowedAsync("outlived");
        await using var relay = await Relay.StartAsync(running.App.Address);
        using var trader = new Trader(relay.Address);
        using var stop = new CancellationTokenSource();
        var (shown, change) = (0, Task.CompletedTask);
        var outcome = (
            await trader.RunAsync(["log", "--follow", "--strategy", "outlived"], onOutput: OnOutput, cancellationToken: stop.Token)
        ).ShouldExit(0);
        await change;
        outcome.Out.ShouldContain("pause_strategy");
        outcome.Error.ShouldContain("asked again");

        void OnOutput()
        {
            if (++shown == 1)
            {
                relay.CutOnce();
                change = running.App.PostAsync("strategies/outlived/pause", "{}");
            }
            else
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public async Task The_log_goes_on_where_a_reader_before_stopped()
    {
        await CreateFollowedAsync("resumed");
        var read = await Trader.JsonAsync("log", "--strategy", "resumed");
        read["count"]!.GetValue<int>().ShouldBe(1);
        read = await OnAsync();
        read["count"]!.GetValue<int>().ShouldBe(0);
        await running.App.PostAsync("strategies/resumed/pause", "{}");
        read = await OnAsync();
        read["items"]!.AsArray().Select(it => it!["message"]!.GetValue<string>()).ShouldNotBeEmpty();
        read["items"]!.AsArray().ShouldAllBe(it => it!["message"]!.GetValue<string>().StartsWith("pause_strategy resumed"));

        Task<JsonNode> OnAsync() => Trader.JsonAsync("log", "--strategy", "resumed", "--cursor", read["resume_cursor"]!.GetValue<string>());
    }

    [Fact]
    public async Task Prod_fails_on_a_server_that_trades_on_paper()
    {
        (await Trader.RunAsync("buy BOLT 10 --prod")).ShouldExit(5).Error.ShouldContain("PAPER");
        (await Trader.RunAsync("status --prod")).ShouldExit(5);
        (await running.App.GetAsync("orders?strategy_id=manual&symbol=BOLT&status=all")).Json["items"]!
            .AsArray()
            .ShouldAllBe(it => it!["qty"]!.GetValue<string>() != "1");
    }

    [Theory]
    [InlineData("buy ACME")]
    [InlineData("buy ACME cheap")]
    [InlineData("strategy add rocket ACME")]
    [InlineData("no-such-command")]
    [InlineData("status --no-such-option")]
    [InlineData("schedule pause")]
    [InlineData("quote -")]
    [InlineData("status --timeout 0")]
    [InlineData("schedule next --days 0")]
    [InlineData("schedule next --days many")]
    [InlineData("schedule enable --every 61")]
    [InlineData("schedule runs summary --limit 1001")]
    [InlineData("history --limit 0")]
    [InlineData("analyze --days 36501")]
    [InlineData("buy BOLT 10 --qty 0")]
    [InlineData("strategy add grid BOLT --levels 1")]
    [InlineData("schedule preview --market open --jitter 3601")]
    [InlineData("mcp serve --transport telegraph")]
    [InlineData("mcp serve --access everything")]
    public async Task A_command_line_that_makes_no_sense_is_2(string command)
    {
        (await Trader.RunAsync(command)).ShouldExit(2).Out.ShouldBeEmpty();
        (await Trader.RunAsync(command + " --json")).ShouldExit(2).Problem["detail"]!.GetValue<string>().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_the_engine_serves_later_is_awaited_with_the_same_key()
    {
        await using var app = await Functions.Testing.TestApp.StartAsync();
        await app.CreateAsync("""{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5}""");
        await using var relay = await Relay.StartAsync(app.Address);
        var placed = await relay.DeferredAsync(app, () => new Trader(relay.Address).RunAsync("buy BOLT 10 --json"));
        // Whether the broker has it by then is another matter.
        var id = placed.ShouldExit(0).Json["id"]!.GetValue<string>();
        var orders = (await app.GetAsync("orders?strategy_id=manual")).Json["items"]!.AsArray();
        orders.ShouldHaveSingleItem()!["id"]!.GetValue<string>().ShouldBe(id);
    }

    [Fact]
    public async Task A_field_of_a_schedule_is_cleared_and_the_others_stay()
    {
        await Trader.JsonAsync([
            .. "schedule create order_place --id cleared --market open --symbol DUNE --side buy --qty 3 --limit 5".Split(' '),
            .. "--reason why --note text --end-at 2026-12-31 --max-runs 5 --jitter 9 --trading-days-only --misfire skip".Split(' '),
        ]);

        // What a task needs is one field to the API.
        var changed = await Trader.JsonAsync([.. "schedule update cleared --qty 4 --clear reason --clear note end-at".Split(' ')]);
        changed["task_data"]!["qty"]!.GetValue<string>().ShouldBe("4");
        changed["task_data"]!["symbol"]!.GetValue<string>().ShouldBe("DUNE");
        changed["task_data"]!["limit_price"]!.GetValue<string>().ShouldBe("5");
        changed["task_data"]!["reason"].ShouldBeNull();
        (changed["note"], changed["end_at"]).ShouldBe((null, null));
        changed["max_runs"]!.GetValue<int>().ShouldBe(5);

        changed = await Trader.JsonAsync([.. "schedule update cleared --clear max-runs jitter trading-days-only misfire".Split(' ')]);
        changed["max_runs"].ShouldBeNull();
        changed["jitter_seconds"]!.GetValue<int>().ShouldBe(0);
        changed["trading_days_only"]!.GetValue<bool>().ShouldBeFalse();
        changed["task_data"]!["qty"]!.GetValue<string>().ShouldBe("4");

        (await Trader.RunAsync("schedule update cleared --note x --clear note")).ShouldExit(2).Error.ShouldContain("--note is given and");
        (await Trader.RunAsync("schedule update cleared --clear moon")).ShouldExit(2);
        // What it cannot do without is refused with its name.
        (await Trader.RunAsync("schedule update cleared --clear symbol")).ShouldExit(2).Error.ShouldContain("symbol");
    }

    private Task<string> CreateFollowedAsync(string id) =>
        running.App.CreateAsync(
            $$"""{"id":"{{id}}","symbol":"DUNE","strategy_type":"bracket","entry_price":"5","enabled":false,"allow_shared_symbol":true}"""
        );
}
