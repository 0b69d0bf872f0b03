using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Core.Market;
using AutoTrader.Functions.Testing;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>What is stored on a server, played on a recorded day: against the whole app.</summary>
public sealed class RehearseTests : IAsyncLifetime
{
    private const string Costless = "--sec-fee 0 --taf 0";

    // Monday, before and after the close of the sample market's first session.
    private static readonly DateTimeOffset Afternoon = new(2026, 2, 2, 20, 30, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Evening = new(2026, 2, 2, 22, 0, 0, TimeSpan.Zero);

    private TestApp? _app;

    private TestApp App => _app!;

    public async ValueTask InitializeAsync()
    {
        _app = await TestApp.StartAsync();
        // So late that its target is reached on Tuesday only.
        await App.UntilAsync(Afternoon);
        await App.CreateAsync(
            """{"id":"held","symbol":"ACME","strategy_type":"bracket","take_profit_pct":"0.6","stop_loss_pct":"1.5","quantity":5}"""
        );
        await App.CreateAsync(
            """{"id":"trail","symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":"1","quantity":3,"enabled":false}"""
        );
        // Each as people schedule it: once tomorrow morning, by weekday (a Tuesday), by session, and on another weekday.
        // Nobody's.
        await App.PostAsync("orders", """{"symbol":"CRUX","side":"buy","qty":2}""", ("Idempotency-Key", "by-hand"));
        await App.UntilAsync(Evening);
        await App.CreateAsync(
            """{"id":"ladder","symbol":"DUNE","strategy_type":"grid","grid_config":{"low":29,"high":31,"levels":9,"qty_per_level":2}}"""
        );
        await ScheduleAsync("once", "strategy_start", """{"strategy_id":"trail"}""", "\"schedule_at\":\"2026-02-03 10:00\"");
        await ScheduleAsync("tuesdays", "strategy_pause", """{"strategy_id":"ladder"}""", "\"schedule_cron\":\"30 11 * * 2\"");
        await ScheduleAsync("again", "strategy_resume", """{"strategy_id":"ladder"}""", "\"market\":\"open+3h\"");
        await ScheduleAsync("nothing", "strategy_resume", """{"strategy_id":"trail"}""", "\"market\":\"close-10m\"");
        await ScheduleAsync("fridays", "strategy_close", """{"strategy_id":"ladder"}""", "\"schedule_cron\":\"0 12 * * 5\"");
    }

    public async ValueTask DisposeAsync() => await App.DisposeAsync();

    [Fact]
    public async Task On_tomorrow_s_own_prices_it_says_what_the_app_then_does_and_it_changes_nothing()
    {
        var before = await App.DumpAsync();
        var told = await RehearseAsync($"--day 2026-02-03 {Costless}");
        (await App.DumpAsync()).ShouldBe(before);
        told["session"]!["day"]!.GetValue<string>().ShouldBe("2026-02-03");

        await App.UntilAsync(Evening.AddDays(1));
        var done = (await App.GetAsync("trades?limit=10000")).Json["fills"]!
            .AsArray()
            .Where(it => it!["trading_day"]!.GetValue<string>() == "2026-02-03")
            .Select(Fill)
            .Order(StringComparer.Ordinal)
            .ToList();
        done.Count.ShouldBeGreaterThan(5);
        done.ShouldContain(fill => fill.StartsWith("held sell 5 ACME", StringComparison.Ordinal));
        told["fills"]!.AsArray().Select(Fill).Order(StringComparer.Ordinal).ShouldBe(done);
        var orders = (await App.GetAsync("orders?status=all&limit=1000")).Json["items"]!
            .AsArray()
            .Where(it => it!["created_at"]!.GetValue<string>().StartsWith("2026-02-03", StringComparison.Ordinal))
            .Select(Order)
            .ToList();
        orders.Count.ShouldBeGreaterThan(5);
        orders.ShouldBeSubsetOf(told["orders"]!.AsArray().Select(Order));

        var runs = new List<string>();
        foreach (var id in new[] { "once", "tuesdays", "again", "nothing", "fridays" })
        {
            runs.AddRange(
                (await App.GetAsync($"schedules/{id}/runs")).Json["items"]!
                    .AsArray()
                    .Where(it => it!["planned"]!.GetValue<string>().StartsWith("2026-02-03", StringComparison.Ordinal))
                    .Select(Run)
            );
        }

        told["runs"]!.AsArray().Select(Run).ShouldBe(runs, ignoreOrder: true);
        runs.Count.ShouldBe(4);
        runs.ShouldContain(run => run.StartsWith("nothing skipped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_held_is_protected_before_the_open_and_is_nobody_else_s()
    {
        var told = await RehearseAsync($"--day 2026-02-03 {Costless}");
        told["attention"]!.AsObject().Select(it => it.Key).ShouldNotContain(it => it == "SYMBOL_HELD" || it == "QUANTITY_MISMATCH");
        told["unprotected"]!.AsArray().ShouldNotContain(it => it!["strategy_id"]!.GetValue<string>() == "held");
        var order = told["orders"]!.AsArray().Where(it => it!["strategy_id"]!.GetValue<string>() == "held").ShouldHaveSingleItem()!;
        order["role"]!.GetValue<string>().ShouldBe("protection");
        order["created_at"]!.GetValue<DateTimeOffset>().ShouldBeLessThan(told["session"]!["open"]!.GetValue<DateTimeOffset>());
        order["status"]!.GetValue<string>().ShouldBe("filled");
    }

    [Fact]
    public async Task Shares_that_are_not_in_the_equity_are_named()
    {
        var told = await RehearseAsync("--day 2026-02-04");
        told["remarks"]!
            .AsArray()
            .Select(it => it!.GetValue<string>())
            .ShouldContain("Not in the equity, since no strategy that is played holds them: 2 CRUX.");
    }

    [Fact]
    public async Task A_condition_that_looks_back_for_long_has_its_bars()
    {
        await App.CreateAsync(
            """
            {"id":"slow","symbol":"ECHO","strategy_type":"trailing_stop","trailing_stop_pct":"5","quantity":1,
             "entry_type":"condition","entry_condition":"sma:150 > 1 @1Day"}
            """
        );
        var folder = Directory.CreateTempSubdirectory("trader-recorded-");
        try
        {
            foreach (var symbol in new[] { "ACME", "BOLT", "DUNE" })
            {
                File.Copy(Path.Combine(Samples, symbol + ".csv"), Path.Combine(folder.FullName, symbol + ".csv"));
            }

            // Half an hour of each of 160 sessions.
            await File.WriteAllLinesAsync(
                Path.Combine(folder.FullName, "ECHO.csv"),
                TradingCalendar
                    .Nyse.Sessions(new(2025, 6, 1), new(2026, 2, 4))
                    .TakeLast(160)
                    .SelectMany(session => Enumerable.Range(0, 30).Select(minute => session.Open.AddMinutes(minute)))
                    .Select(at => at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) + ",10,10,10,10,100")
                    .Prepend("timestamp,open,high,low,close,volume")
            );
            var told = await RehearseAsync("--day 2026-02-04 --data-dir " + folder.FullName);
            var slow = told["strategies"]!.AsArray().Single(it => it!["id"]!.GetValue<string>() == "slow")!;
            slow["held_quantity"]!.GetValue<string>().ShouldBe("1", slow.ToJsonString());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_clock_of_the_schedules_is_tomorrow_s_whatever_day_was_recorded()
    {
        // A Thursday: a Tuesday's schedule is due, a Friday's is not.
        var told = await RehearseAsync("--day 2026-02-05");
        told["runs"]!
            .AsArray()
            .Select(it => it!["schedule_id"]!.GetValue<string>())
            .ShouldBe(["once", "tuesdays", "again", "nothing"], ignoreOrder: true);
        told["day"]!.GetValue<string>().ShouldBe("2026-02-05");
        told["fills"]!.AsArray().Select(it => it!["trading_day"]!.GetValue<string>()).Distinct().ShouldBe(["2026-02-03"]);
        var once = told["orders"]!.AsArray().First(it => it!["strategy_id"]!.GetValue<string>() == "trail")!;
        once["created_at"]!.GetValue<string>().ShouldStartWith("2026-02-03T15:00");
    }

    [Fact]
    public async Task People_see_profit_schedules_with_reasons_and_what_stayed_unprotected()
    {
        await ScheduleAsync("buys", "order_place", """{"symbol":"DUNE","side":"buy","qty":1}""", "\"market\":\"open+30m\"");
        var shown = (await TraderOf("rehearse --day 2026-02-04 --at-present-prices")).ShouldExit(0).Out;
        shown.ShouldContain("Tue 2026-02-03 with the prices of Wed 2026-02-04");
        shown.ShouldContain("profit");
        shown.ShouldContain("is not paused");
        shown.ShouldContain("! Unprotected at the close: 1 DUNE of manual, since an order of a schedule bought them");
        // What it holds since Monday is covered by a new order.
        shown.ShouldNotContain("of held, since");
    }

    [Fact]
    public async Task What_cannot_be_played_is_said()
    {
        (await TraderOf("rehearse --day 2026-02-07")).ShouldExit(1).Error.ShouldContain("no session on 2026-02-07");
        (await TraderOf("rehearse --day 2026-02-30")).ShouldExit(2).Error.ShouldContain("--day");
        (await TraderOf("rehearse --day 2020-02-04")).ShouldExit(1).Error.ShouldContain("no prices of ACME on 2020-02-04");
        (await TraderOf("rehearse --day 2026-02-04 --slippage-pct -1")).ShouldExit(2).Error.ShouldContain("SlippagePct");
    }

    [Fact]
    public async Task A_symbol_that_was_not_recorded_is_left_out_with_its_schedules_and_said()
    {
        var folder = Directory.CreateTempSubdirectory("trader-recorded-");
        try
        {
            foreach (var symbol in new[] { "ACME", "DUNE" })
            {
                File.Copy(Path.Combine(Samples, symbol + ".csv"), Path.Combine(folder.FullName, symbol + ".csv"));
            }

            var told = await RehearseAsync("--day 2026-02-04 --data-dir " + folder.FullName);
            var remarks = string.Join('\n', told["remarks"]!.AsArray().Select(it => it!.GetValue<string>()));
            remarks.ShouldContain("trail is left out. There are no prices of BOLT: BOLT.csv: there is no such file in ");
            remarks.ShouldContain("The schedule once is left out with its strategy trail.");
            told["strategies"]!.AsArray().Count.ShouldBe(2);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_that_is_not_there_and_splits_that_cannot_be_read_are_named()
    {
        var folder = Directory.CreateTempSubdirectory("trader-recorded-");
        try
        {
            var nowhere = Path.Combine(folder.FullName, "nowhere");
            var wrong = (await TraderOf($"rehearse --day 2026-02-04 --data-dir {nowhere} --json")).ShouldExit(1);
            wrong.Problem["code"]!.GetValue<string>().ShouldBe("REHEARSAL_FAILED");
            wrong.Error.ShouldContain(nowhere);
            wrong.Error.ShouldContain("--data-dir");

            File.Copy(Path.Combine(Samples, "ACME.csv"), Path.Combine(folder.FullName, "ACME.csv"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "splits.csv"), "symbol,ratio\nACME,2:1\n");
            foreach (
                var command in new[]
                {
                    "rehearse --day 2026-02-04",
                    "backtest run bracket ACME --take-profit 1 --stop-loss 1 --start 2026-02-04 --end 2026-02-05",
                }
            )
            {
                var broken = (await TraderOf($"{command} --data-dir {folder.FullName} --json")).ShouldExit(1);
                broken.Problem["code"]!.GetValue<string>().ShouldNotBe("INTERNAL_ERROR");
                broken.Error.ShouldContain("splits.csv, line 1, date: the column is missing");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_present_price_is_also_that_of_a_symbol_which_only_a_schedule_trades()
    {
        await ScheduleAsync("buys", "order_place", """{"symbol":"ECHO","side":"buy","qty":1}""", "\"market\":\"open+30m\"");
        var folder = Directory.CreateTempSubdirectory("trader-recorded-");
        try
        {
            foreach (var symbol in new[] { "ACME", "BOLT", "DUNE" })
            {
                File.Copy(Path.Combine(Samples, symbol + ".csv"), Path.Combine(folder.FullName, symbol + ".csv"));
            }

            // Ten times as dear as now.
            var lines = await File.ReadAllLinesAsync(Path.Combine(Samples, "ECHO.csv"));
            await File.WriteAllLinesAsync(
                Path.Combine(folder.FullName, "ECHO.csv"),
                lines.Select(
                    (line, i) =>
                        i == 0
                            ? line
                            : string.Join(',', line.Split(',').Select((cell, column) => column is >= 1 and <= 4 ? TenTimes(cell) : cell))
                )
            );
            var told = await RehearseAsync($"--day 2026-02-04 --at-present-prices --data-dir {folder.FullName}");
            var bars = (await App.GetAsync("bars/ECHO?days=5&limit=1")).Json["items"]!.AsArray();
            var bought = told["fills"]!.AsArray().First(it => it!["symbol"]!.GetValue<string>() == "ECHO")!;
            (Number(bought["price"]) / Number(bars[^1]!["close"])).ShouldBeInRange(0.8m, 1.2m);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Fetched_prices_play_like_those_of_files_and_without_the_network_afterwards()
    {
        var files = await RehearseAsync("--day 2026-02-04");
        await using var server = await RecordedServer.StartAsync(Samples, "ACME", "BOLT", "DUNE");
        using var trader = new Trader(App.Address);
        server.Reach(trader);
        var wrong = (await trader.RunAsync("rehearse --day 2026-02-04 --data-source cached --json")).ShouldExit(1);
        wrong.Problem["code"]!.GetValue<string>().ShouldBe("DATA_NOT_FOUND");
        wrong.Error.ShouldContain("trader data fetch ACME");
        var fetched = (await trader.RunAsync("rehearse --day 2026-02-04 --data-source alpaca --json")).ShouldExit(0).Json;
        fetched["fills"]!.AsArray().Select(Fill).ShouldBe(files["fills"]!.AsArray().Select(Fill));
        fetched["remarks"]!
            .AsArray()
            .Select(it => it!.GetValue<string>())
            .ShouldContain(it => it.Contains("Alpaca's raw prices of its feed iex", StringComparison.Ordinal));
        var asked = server.Requests.Count();
        var cached = (await trader.RunAsync("rehearse --day 2026-02-04 --data-source cached --json")).ShouldExit(0).Json;
        cached["data_hash"]!.ToJsonString().ShouldBe(fetched["data_hash"]!.ToJsonString());
        server.Requests.Count().ShouldBe(asked);
    }

    [Fact]
    public async Task The_kill_switch_that_is_on_is_on_in_the_rehearsal_too()
    {
        await App.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"a test"}""");
        var told = await RehearseAsync("--day 2026-02-03");
        told["remarks"]!
            .AsArray()
            .Select(it => it!.GetValue<string>())
            .ShouldContain(it => it.Contains("kill switch", StringComparison.Ordinal));
        told["fills"]!.AsArray().ShouldAllBe(it => it!["side"]!.GetValue<string>() == "sell");
    }

    private static string Samples => Path.Combine(Repository.Top, "samples", "market");

    private async Task<JsonNode> RehearseAsync(string arguments) => (await TraderOf($"rehearse {arguments} --json")).ShouldExit(0).Json;

    private async Task<Outcome> TraderOf(string arguments)
    {
        using var trader = new Trader(App.Address);
        trader.Variables["HISTORICAL_DATA_DIR"] = Samples;
        return await trader.RunAsync(arguments);
    }

    private async Task ScheduleAsync(string id, string task, string data, string when) =>
        (await App.PostAsync("schedules", $"{{\"id\":\"{id}\",\"task_type\":\"{task}\",\"task_data\":{data},{when}}}")).ShouldBe(
            System.Net.HttpStatusCode.Created
        );

    private static string TenTimes(string price) =>
        (decimal.Parse(price, CultureInfo.InvariantCulture) * 10).ToString(CultureInfo.InvariantCulture);

    private static string Fill(JsonNode? it) =>
        $"{it!["rule_id"]} {it["side"]} {Number(it["quantity"])} {it["symbol"]} at {Number(it["price"])}, {it["timestamp"]}";

    // Without ids, which each app gives as it goes.
    private static string Order(JsonNode? it) =>
        $"{it!["strategy_id"]} {it["role"]} {it["side"]} {it["qty"]} {it["symbol"]} limit {it["limit_price"]} stop {it["stop_price"]}, "
        + $"{it["created_at"]}: {it["status"]} {it["filled_qty"]} at {it["filled_avg_price"]}";

    private static string Run(JsonNode? it) => $"{it!["schedule_id"]} {it["status"]} {it["planned"]} {it["code"]}";

    private static decimal Number(JsonNode? it) => decimal.Parse(it!.GetValue<string>(), CultureInfo.InvariantCulture) / 1.000m;
}
