using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.Functions.Testing;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>What a server did beside the backtest of the same days: the whole app, and differences that are put there.</summary>
public sealed class VerifyTests : IAsyncLifetime
{
    private readonly DirectoryInfo _recorded = Directory.CreateTempSubdirectory("trader-recorded-");
    private TestApp? _app;

    private TestApp App => _app!;

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(Samples, "*.csv"))
        {
            File.Copy(file, Path.Combine(_recorded.FullName, Path.GetFileName(file)));
        }

        _app = await TestApp.StartAsync();
        await App.CreateAsync(
            """
            {"id":"swing","symbol":"ACME","strategy_type":"bracket","take_profit_pct":"0.6","stop_loss_pct":"0.5","quantity":5,
             "repeat":true}
            """
        );
        await App.CreateAsync(
            """{"id":"ladder","symbol":"DUNE","strategy_type":"grid","grid_config":{"low":29,"high":31,"levels":9,"qty_per_level":2}}"""
        );
        await App.CreateAsync(
            """{"id":"late","symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":"1","quantity":3,"enabled":false}"""
        );
        (
            await App.PostAsync(
                "schedules",
                """{"id":"begin","task_type":"strategy_start","task_data":{"strategy_id":"late"},"schedule_cron":"0 11 * * 1-5"}"""
            )
        ).ShouldBe(HttpStatusCode.Created);
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _recorded.Delete(recursive: true);
    }

    [Fact]
    public async Task What_nobody_touched_is_the_same_order_by_order_and_run_by_run()
    {
        await EndOfAsync(3);
        // Whoever asks for health first, as any monitor does, has it try a write.
        await App.GetAsync("health");
        var before = await App.DumpAsync();
        var told = await VerifyAsync("2026-02-02 2026-02-03");
        (await App.DumpAsync()).ShouldBe(before);
        told["differences"]!.AsArray().ShouldBeEmpty(told.ToJsonString());
        told["same"]!.GetValue<int>().ShouldBeGreaterThan(20);
        told["live"]!.GetValue<int>().ShouldBe(told["same"]!.GetValue<int>());
        told["live_profit"]!.GetValue<string>().ShouldBe(told["backtest_profit"]!.GetValue<string>());
        told["summary"]!.GetValue<string>().ShouldContain("nothing differs");
    }

    [Fact]
    public async Task The_past_is_verified_on_fetched_prices_too()
    {
        await EndOfAsync(2);
        await using var server = await RecordedServer.StartAsync(Samples, "ACME", "BOLT", "DUNE");
        using var trader = new Trader(App.Address);
        server.Reach(trader);
        const string Command = "backtest verify --live 2026-02-02 2026-02-02 --json --data-source ";
        (await trader.RunAsync(Command + "cached")).ShouldExit(1).Problem["code"]!.GetValue<string>().ShouldBe("DATA_NOT_FOUND");
        var told = (await trader.RunAsync(Command + "alpaca")).ShouldExit(0).Json;
        told["differences"]!.AsArray().ShouldBeEmpty(told.ToJsonString());
        told["same"]!.GetValue<int>().ShouldBeGreaterThan(10);
        told["remarks"]![0]!.GetValue<string>().ShouldContain("Alpaca's raw prices");
    }

    [Fact]
    public async Task An_order_of_a_person_and_what_they_paused_is_manual_and_what_others_did_stays_the_same()
    {
        await App.UntilAsync(At(2, 12, 0));
        await App.PostAsync("strategies/ladder/pause", """{"reason":"lunch"}""");
        await App.PostAsync("orders", """{"symbol":"ECHO","side":"buy","qty":1}""", ("Idempotency-Key", "k1"));
        await EndOfAsync(2);
        var told = await VerifyAsync("2026-02-02 2026-02-02");
        Causes(told).ShouldBe(["manual"], told["differences"]!.ToJsonString());
        told["differences"]!
            .AsArray()
            .Select(it => it!["subject"]!.GetValue<string>())
            .Distinct()
            .ShouldBe(["ladder", "manual"], ignoreOrder: true);
        var paused = told["differences"]!.AsArray().First(it => it!["subject"]!.GetValue<string>() == "ladder")!;
        paused["explanation"]!.GetValue<string>().ShouldContain("pause_strategy");

        var shown = (await RunAsync("backtest verify --live 2026-02-02 2026-02-02")).ShouldExit(0).Out;
        shown.ShouldContain("differ by manual");
        shown.ShouldContain("ladder  manual");
    }

    [Fact]
    public async Task Prices_that_the_recorded_bars_do_not_have_are_data()
    {
        await EndOfAsync(2);
        await ChangeAsync("BOLT", line => At(line) >= new TimeOnly(11, 0), price => price * 0.9m);
        var told = await VerifyAsync("2026-02-02 2026-02-02");
        Causes(told).ShouldBe(["data"], told["differences"]!.ToJsonString());
        var first = told["differences"]![0]!;
        first["subject"]!.GetValue<string>().ShouldBe("late");
        first["explanation"]!.GetValue<string>().ShouldContain("the recorded prices of that minute are");
    }

    [Fact]
    public async Task Fills_that_cost_otherwise_are_fills()
    {
        await EndOfAsync(2);
        var told = await VerifyAsync("2026-02-02 2026-02-02 --slippage-pct 0.01");
        var first = told["differences"]!.AsArray().First(it => it!["subject"]!.GetValue<string>() == "late")!;
        first["cause"]!.GetValue<string>().ShouldBe("fill");
        first["follows"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task The_same_order_decided_at_another_minute_is_timing_and_what_comes_of_it_follows()
    {
        await App.CreateAsync(
            """
            {"id":"breakout","symbol":"CRUX","strategy_type":"trailing_stop","trailing_stop_pct":"5","quantity":1,
             "entry_type":"condition","entry_condition":"above:82.05"}
            """
        );
        await EndOfAsync(2);
        // CRUX rises through 82.05 at 09:54. Recorded a little dearer before that, and not where the server bought, it is earlier.
        await ChangeAsync(
            "CRUX",
            line => line.StartsWith("2026-02-02", StringComparison.Ordinal) && IsEarly(line),
            price => price * 1.005m
        );
        var told = await VerifyAsync("2026-02-02 2026-02-02");
        Causes(told).ShouldBe(["timing"], told["differences"]!.ToJsonString());
        var differences = told["differences"]!.AsArray();
        differences.Select(it => it!["subject"]!.GetValue<string>()).Distinct().ShouldBe(["breakout"]);
        differences[0]!["explanation"]!.GetValue<string>().ShouldBe("the server decided it 3 minutes after the backtest");
        differences.Select(it => it!["follows"]!.GetValue<bool>()).ShouldBe([false, true]);

        static bool IsEarly(string line) => At(line) is var at && at >= new TimeOnly(9, 51) && at <= new TimeOnly(9, 52);
    }

    [Fact]
    public async Task What_was_missed_while_the_server_was_down_is_an_outage()
    {
        var storage = new TestStorage();
        await App.DisposeAsync();
        _app = await TestApp.StartAsync(storage, TestApp.Start, _ => { });
        await App.CreateAsync(
            """{"id":"late","symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":"1","quantity":3,"enabled":false}"""
        );
        await App.PostAsync(
            "schedules",
            """{"id":"begin","task_type":"strategy_start","task_data":{"strategy_id":"late"},"schedule_cron":"0 11 * * 1-5"}"""
        );
        await App.UntilAsync(At(2, 10, 30));
        await App.KillAsync();
        _app = await TestApp.StartAsync(storage, At(2, 11, 40), _ => { });
        await EndOfAsync(2);
        var told = await VerifyAsync("2026-02-02 2026-02-02");
        Causes(told).ShouldBe(["outage"]);
        told["differences"]![0]!["explanation"]!.GetValue<string>().ShouldContain("ran 2400 s late");
    }

    [Fact]
    public async Task What_a_server_that_was_down_never_did_is_an_outage()
    {
        var storage = new TestStorage();
        await App.DisposeAsync();
        _app = await TestApp.StartAsync(storage, TestApp.Start, _ => { });
        // It is there from 09:52 to 09:58 only.
        await App.CreateAsync(
            """
            {"id":"peak","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"5","quantity":1,
             "entry_type":"condition","entry_condition":"above:103"}
            """
        );
        await App.UntilAsync(At(2, 9, 45));
        await App.KillAsync();
        _app = await TestApp.StartAsync(storage, At(2, 10, 20), _ => { });
        await EndOfAsync(2);
        var told = await VerifyAsync("2026-02-02 2026-02-02");
        Causes(told).ShouldBe(["outage"], told["differences"]!.ToJsonString());
        told["differences"]![0]!["explanation"]!
            .GetValue<string>()
            .ShouldContain("no cycle of the server came to its end from 2026-02-02 14:4");
    }

    [Fact]
    public async Task An_order_that_a_schedule_places_is_compared_and_no_person_s()
    {
        (
            await App.PostAsync(
                "schedules",
                """
                {"id":"buys","task_type":"order_place","task_data":{"symbol":"ECHO","side":"buy","qty":1},"market":"open+90m"}
                """
            )
        ).ShouldBe(HttpStatusCode.Created);
        await EndOfAsync(2);
        Causes(await VerifyAsync("2026-02-02 2026-02-02")).ShouldBeEmpty();

        await ChangeAsync("ECHO", _ => true, price => price * 0.9m);
        var difference = (await VerifyAsync("2026-02-02 2026-02-02"))["differences"]!.AsArray().ShouldHaveSingleItem()!;
        difference["subject"]!.GetValue<string>().ShouldBe("buys");
        difference["cause"]!.GetValue<string>().ShouldBe("data");
    }

    [Fact]
    public async Task A_kill_switch_that_was_on_before_the_first_day_is_on_in_the_backtest_too()
    {
        await App.DisposeAsync();
        _app = await TestApp.StartAsync();
        await App.SendAsync("PUT", "engine/kill-switch", """{"on":true,"reason":"a holiday"}""");
        await App.CreateAsync("""{"id":"waits","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"5","quantity":1}""");
        await EndOfAsync(3);
        var told = await VerifyAsync("2026-02-03 2026-02-03");
        told["differences"]!.AsArray().ShouldBeEmpty(told.ToJsonString());
    }

    [Fact]
    public async Task What_nothing_explains_is_unknown_or_another_version_and_a_request_that_was_refused_explains_nothing()
    {
        await App.CreateAsync(
            """
            {"id":"dip","symbol":"ECHO","strategy_type":"trailing_stop","trailing_stop_pct":"5","quantity":1,
             "entry_type":"condition","entry_condition":"close < 1"}
            """
        );
        await App.UntilAsync(At(2, 10, 0));
        (await App.PostAsync("strategies/dip/resume")).Status.ShouldBe(HttpStatusCode.Conflict);
        await EndOfAsync(2);
        // A price that only the backtest sees.
        await ChangeAsync("ECHO", line => line.StartsWith("2026-02-02", StringComparison.Ordinal) && IsNoon(line), price => price / 100);
        var told = await VerifyAsync("2026-02-02 2026-02-02");
        told["differences"]![0]!["subject"]!.GetValue<string>().ShouldBe("dip");
        Causes(told).ShouldBe(["unknown"], told["differences"]!.ToJsonString());

        // The same from a server of another release.
        await using var newer = await Relay.StartAsync(App.Address, version: "99.1.0+0123abc");
        var other = (await RunAsync("backtest verify --live 2026-02-02 2026-02-02 --json", newer.Address)).ShouldExit(0).Json;
        Causes(other).ShouldBe(["version"], other["differences"]!.ToJsonString());
        other["differences"]![0]!["explanation"]!.GetValue<string>().ShouldStartWith("the server is 99.1.0, and this program ");
    }

    [Fact]
    public async Task A_strategy_whose_shares_were_split_is_left_out_and_said()
    {
        await ChangeAsync("BOLT", line => string.CompareOrdinal(line[..10], "2026-02-03") >= 0, price => price / 2);
        await File.WriteAllTextAsync(Path.Combine(_recorded.FullName, "splits.csv"), "symbol,date,ratio\nBOLT,2026-02-03,2:1\n");
        await App.DisposeAsync();
        _app = await TestApp.StartAsync(("AutoTrader:Market:Directory", _recorded.FullName));
        await App.CreateAsync("""{"id":"keeps","symbol":"BOLT","strategy_type":"trailing_stop","trailing_stop_pct":"30","quantity":3}""");
        await EndOfAsync(3);
        (await RunAsync("backtest verify --live 2026-02-02 2026-02-03"))
            .ShouldExit(1)
            .Error.ShouldContain("keeps is left out: BOLT was split on 2026-02-03 while it held some. Begin on a later day.");
    }

    [Fact]
    public async Task A_day_that_the_server_does_not_tell_any_more_is_refused_with_the_first_that_it_tells()
    {
        var refused = (await RunAsync("backtest verify --live 2026-01-02 2026-02-02")).ShouldExit(2);
        refused.Error.ShouldContain("--live: the server tells its events for 31 days only; the first day can be 2026-01-03 or later.");
        (await RunAsync("backtest verify --live 2026-01-03 2026-02-02")).ShouldExit(1).Error.ShouldContain("has not ended");
    }

    [Theory]
    [InlineData("--live 2026-02-03 2026-02-02", 2, "first day")]
    [InlineData("--live 2026-02-02 2026-02-02", 1, "has not ended")]
    [InlineData("--live 2026-01-31 2026-02-01", 1, "no session")]
    public async Task Days_that_make_no_sense_are_refused(string arguments, int code, string named) =>
        (await RunAsync("backtest verify " + arguments)).ShouldExit(code).Error.ShouldContain(named);

    private static string Samples => Path.Combine(Repository.Top, "samples", "market");

    private static DateTimeOffset At(int day, int hour, int minute) => new(2026, 2, day, hour + 5, minute, 0, TimeSpan.Zero);

    private static TimeOnly At(string line) => TimeOnly.ParseExact(line[11..19], "HH:mm:ss", CultureInfo.InvariantCulture);

    private static bool IsNoon(string line) => At(line) == new TimeOnly(12, 0);

    private Task EndOfAsync(int day) => App.UntilAsync(At(day, 17, 0));

    private static IEnumerable<string> Causes(JsonNode told) => told["causes"]!.AsObject().Select(it => it.Key);

    private async Task ChangeAsync(string symbol, Func<string, bool> which, Func<decimal, decimal> change)
    {
        var path = Path.Combine(_recorded.FullName, symbol + ".csv");
        var lines = await File.ReadAllLinesAsync(path);
        for (var i = 1; i < lines.Length; i++)
        {
            if (which(lines[i]))
            {
                var cells = lines[i].Split(',');
                lines[i] = string.Join(
                    ',',
                    [
                        cells[0],
                        .. cells[1..5]
                            .Select(it =>
                                Math.Round(change(decimal.Parse(it, CultureInfo.InvariantCulture)), 2)
                                    .ToString(CultureInfo.InvariantCulture)
                            ),
                        cells[5],
                    ]
                );
            }
        }

        await File.WriteAllLinesAsync(path, lines);
    }

    private async Task<JsonNode> VerifyAsync(string arguments) =>
        (await RunAsync($"backtest verify --live {arguments} --json")).ShouldExit(0).Json;

    private async Task<Outcome> RunAsync(string arguments, Uri? server = null)
    {
        using var trader = new Trader(server ?? App.Address);
        trader.Variables["HISTORICAL_DATA_DIR"] = _recorded.FullName;
        return await trader.RunAsync(arguments);
    }
}
