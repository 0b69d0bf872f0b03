using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Brokers.Market;
using AutoTrader.Cli.Rendering;
using AutoTrader.Cli.Rendering.Backtests;
using AutoTrader.Core.Market;
using AutoTrader.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>Backtests from the command line, on the sample market and without a server.</summary>
public sealed class BacktestTests : IDisposable
{
    private static readonly string Prices = Path.Combine(Repository.Top, "samples", "market");

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");
    private readonly Trader _trader;

    public BacktestTests()
    {
        _trader = new();
        _trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        _trader.Variables["HISTORICAL_DATA_DIR"] = Prices;
    }

    private string Kept => Path.Combine(_data.FullName, "autotrader", "backtests");

    public void Dispose() => _data.Delete(recursive: true);

    private async Task<string> KeepAsync(string arguments = "trailing-stop ACME --trailing-pct 2")
    {
        var run = await _trader.RunAsync($"backtest run {arguments} --start 2026-02-02 --end 2026-02-04 --json");
        return run.ShouldExit(0).Json["id"]!.GetValue<string>();
    }

    [Theory]
    [InlineData("trailing-stop ACME --trailing-pct 2")]
    [InlineData("bracket BOLT --take-profit 1 --stop-loss 1")]
    [InlineData("scale-out CRUX --stop-loss 3")]
    [InlineData("grid DUNE")]
    [InlineData("pullback-trailing ECHO --pullback-pct 2.5 --trailing-pct 1.5")]
    public async Task Every_kind_of_strategy_runs_and_trades(string arguments)
    {
        var result = (await _trader.RunAsync($"backtest run {arguments} --start 2026-02-02 --end 2026-02-13 --no-save --json"))
            .ShouldExit(0)
            .Json;
        result["trades"]!.AsArray().ShouldNotBeEmpty();
        result["equity_curve"]!.AsArray().Count.ShouldBe(10);
        Directory.Exists(Kept).ShouldBeFalse();
    }

    [Theory]
    [InlineData("backtest run trailing-stop ACME --trailing-pct 2 --start 2026-02-02 --end 2026-02-04")]
    [InlineData("indicator compute ACME sma:3")]
    public async Task A_folder_that_is_not_there_is_named_with_the_option_that_names_it_and_no_setting_of_the_app(string command)
    {
        var nowhere = Path.Combine(_data.FullName, "nowhere");
        var failed = await _trader.RunAsync($"{command} --data-dir {nowhere} --json");
        failed.ShouldExit(1).Problem["detail"]!.GetValue<string>().ShouldContain($"{nowhere}, does not exist");
        failed.Problem["detail"]!.GetValue<string>().ShouldContain("--data-dir");
        failed.Problem["detail"]!.GetValue<string>().ShouldNotContain("AutoTrader__");
    }

    [Fact]
    public async Task A_backtest_enters_on_a_condition_of_indicators()
    {
        string[] run = ["backtest", "run", "trailing-stop", "ACME", "--start", "2026-02-03", "--end", "2026-02-13", "--trailing-pct", "2"];
        var result = (await _trader.RunAsync([.. run, "--no-save", "--json", "--entry-condition", "sma:20 > sma:50 @15Min"]))
            .ShouldExit(0)
            .Json;
        result["strategy_config"]!["entry_condition"]!.GetValue<string>().ShouldBe("sma:20 > sma:50 @15Min");
        // Two days of quarters of an hour are needed first.
        string.CompareOrdinal(result["trades"]![0]!["timestamp"]!.GetValue<string>(), "2026-02-03T20").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Strategies_and_schedules_of_files_run_together_by_the_clock()
    {
        var samples = Path.Combine(Repository.Top, "samples");
        string[] files =
        [
            "backtest",
            "files",
            Path.Combine(samples, "strategies.yaml"),
            "--schedules",
            Path.Combine(samples, "schedules.yaml"),
            "--start",
            "2026-02-02",
            "--end",
            "2026-02-13",
            "--no-save",
        ];
        var result = (await _trader.RunAsync([.. files, "--json"])).ShouldExit(0).Json;
        result["strategies"]!.AsArray().Count.ShouldBe(5);
        result["occurrences"]!["fired"]!.GetValue<int>().ShouldBeGreaterThan(20);
        // Armed anew at ten on the second morning, as the schedule says.
        result["trades"]!
            .AsArray()
            .Select(it => (At: it!["timestamp"]!.GetValue<string>(), Id: it["id"]!.GetValue<string>()))
            .ShouldContain(it => it.Id.StartsWith("at-acme-trail", StringComparison.Ordinal) && it.At == "2026-02-03T15:01:00Z");
        (await _trader.RunAsync(files)).ShouldExit(0).Out.ShouldContain("acme-trail");
    }

    [Fact]
    public async Task A_file_with_a_record_that_cannot_be_used_is_refused_whole()
    {
        var file = Path.Combine(_data.FullName, "strategies.yaml");
        await File.WriteAllTextAsync(file, "strategies:\n- id: a\n  symbol: ACME\n  strategy_type: none\n  quantity: 1\n");
        (await _trader.RunAsync(["backtest", "files", file, "--start", "2026-02-02", "--end", "2026-02-03"]))
            .ShouldExit(1)
            .Error.ShouldContain("strategies.yaml, line 4");
    }

    [Fact]
    public async Task A_kept_backtest_is_listed_shown_compared_and_deleted()
    {
        var (first, second) = (await KeepAsync(), await KeepAsync("bracket BOLT --take-profit 1 --stop-loss 1"));
        var list = (await _trader.RunAsync("backtest list --json")).ShouldExit(0).Json.AsArray();
        list.Select(it => it!["id"]!.GetValue<string>()).ShouldBe([first, second], ignoreOrder: true);
        (await _trader.RunAsync("backtest list")).ShouldExit(0).Out.ShouldContain(first);

        var shown = (await _trader.RunAsync($"backtest show {first} --json")).ShouldExit(0).Json;
        shown["symbol"]!.GetValue<string>().ShouldBe("ACME");
        var initial = decimal.Parse(shown["initial_capital"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var final = decimal.Parse(shown["equity_curve"]![2]![1]!.GetValue<string>(), CultureInfo.InvariantCulture);
        decimal.Parse(shown["total_return"]!.GetValue<string>(), CultureInfo.InvariantCulture).ShouldBe(final - initial);
        (await _trader.RunAsync($"backtest show {first}")).ShouldExit(0).Out.ShouldContain("total return");
        (await _trader.RunAsync($"backtest compare {first} {second} --json")).ShouldExit(0).Json.AsArray().Count.ShouldBe(2);

        (await _trader.RunAsync($"backtest delete {first}")).ShouldExit(2).Error.ShouldContain("--yes");
        string[] delete = ["backtest", "delete", first];
        (await _trader.RunAsync(delete, typed: "n\n", isTerminal: true)).ShouldExit(1).Error.ShouldContain($"Delete the backtest {first}?");
        (await _trader.RunAsync($"backtest show {first}")).ShouldExit(0);
        (await _trader.RunAsync($"backtest delete {first} --yes")).ShouldExit(0);
        (await _trader.RunAsync($"backtest show {first}")).ShouldExit(3).Error.ShouldContain("BACKTEST_NOT_FOUND");
        (await _trader.RunAsync($"backtest delete {first} --yes")).ShouldExit(3);
        (await _trader.RunAsync("backtest show ../secret")).ShouldExit(3);
    }

    [Fact]
    public async Task A_result_of_the_original_is_read_and_a_broken_one_does_not_hide_the_others()
    {
        Directory.CreateDirectory(Kept);
        await File.WriteAllTextAsync(Path.Combine(Kept, "index.json"), "[]");
        await File.WriteAllTextAsync(Path.Combine(Kept, "broken.json"), "{");
        await File.WriteAllTextAsync(
            Path.Combine(Kept, "0a1b2c3d.json"),
            """
            {
              "id": "0a1b2c3d", "strategy_type": "bracket", "symbol": "AAPL", "start_date": "2024-01-02T00:00:00",
              "end_date": "2024-03-01T00:00:00", "created_at": "2025-05-06T07:08:09.123456",
              "strategy_config": {"symbol": "AAPL", "quantity": 10, "take_profit_pct": "5"},
              "initial_capital": "100000", "total_return": "123.45", "total_return_pct": "0.12345", "total_trades": 2,
              "winning_trades": 2, "losing_trades": 0, "win_rate": "100", "profit_factor": "0", "avg_win": "61.725", "avg_loss": "0",
              "largest_win": "100", "largest_loss": "0", "max_drawdown": "10.5", "max_drawdown_pct": 0.0105, "sharpe_ratio": null,
              "equity_curve": [["2024-01-02T09:30:00-05:00", "100000"]],
              "trades": [{"id": "x", "timestamp": "2024-01-02T09:30:00-05:00", "symbol": "AAPL", "side": "buy", "qty": "10",
                          "price": "185.2", "total": "1852"}]
            }
            """
        );
        var list = await _trader.RunAsync("backtest list");
        list.ShouldExit(0).Out.ShouldContain("0a1b2c3d");
        list.Error.ShouldContain("broken.json cannot be read");
        var shown = await _trader.RunAsync("backtest show 0a1b2c3d");
        shown.ShouldExit(0).Out.ShouldContain("+123.45");
        (await _trader.RunAsync("backtest show broken")).ShouldExit(1).Error.ShouldContain("cannot be read");
    }

    [Theory]
    [InlineData("bracket ACME --start 2026-02-02 --end 2026-02-04 --take-profit 5", 2, "stop_loss_pct")]
    [InlineData("trailing-stop ACME --start 2026-02-30 --end 2026-02-04 --trailing-pct 2", 2, "--start")]
    [InlineData("trailing-stop ACME --start 2026-02-02 --end 2026-02-04 --trailing-pct 2 --stop-loss 3", 2, "stop_loss_pct")]
    [InlineData("trailing-stop NONE --start 2026-02-02 --end 2026-02-04 --trailing-pct 2", 1, "NONE.csv")]
    [InlineData("trailing-stop ACME --start 2020-02-03 --end 2020-02-04 --trailing-pct 2", 1, "no bar")]
    [InlineData("trailing-stop ACME --start 2026-02-07 --end 2026-02-08 --trailing-pct 2", 1, "no session")]
    [InlineData("trailing-stop ACME --start 2026-02-02 --end 2026-02-04 --trailing-pct 2 --slippage-pct -1", 2, "SlippagePct")]
    [InlineData("trailing-stop ACME --start 2026-02-02 --end 2026-02-04 --trailing-pct 2 --data-source alpaca", 1, "ALPACA_API_KEY")]
    [InlineData("trailing-stop ACME --start 2026-02-02 --end 2026-02-04 --trailing-pct 2 --entry-condition near:5", 2, "sma:20 > sma:50")]
    public async Task What_cannot_be_run_is_refused_with_what_to_change(string arguments, int code, string named)
    {
        (await _trader.RunAsync("backtest run " + arguments)).ShouldExit(code).Error.ShouldContain(named);
        Directory.Exists(Kept).ShouldBeFalse();
    }

    [Fact]
    public async Task A_result_says_by_which_command_it_is_repeated()
    {
        var first = (
            await _trader.RunAsync("backtest run bracket BOLT --start 2026-02-02 --end 2026-02-04 --take-profit 1 --stop-loss 1 --json")
        )
            .ShouldExit(0)
            .Json;
        var command = first["command"]!.GetValue<string>();
        // Also where the folder of prices was not typed.
        command.ShouldContain("--data-dir");
        _trader.Variables.Remove("HISTORICAL_DATA_DIR");
        var again = (await _trader.RunAsync(command["trader ".Length..])).ShouldExit(0).Json;
        again["data_hash"]!.GetValue<string>().ShouldBe(first["data_hash"]!.GetValue<string>());
        again["trades"]!.ToJsonString().ShouldBe(first["trades"]!.ToJsonString());
    }

    [Fact]
    public void The_line_of_progress_tells_rate_and_remaining_time_of_what_takes_over_a_second()
    {
        using var screen = new StringWriter();
        var clock = new FakeTimeProvider();
        var line = new ProgressLine(screen, clock);
        // From the first session on: files were read before.
        clock.Advance(TimeSpan.FromSeconds(30));
        Report(1, 8);
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Report(2, 8);
        screen.ToString().ShouldBeEmpty();
        clock.Advance(TimeSpan.FromSeconds(1.5));
        Report(3, 8);
        screen.ToString().ShouldBe("\r2026-02-04  37 %  10,000 bars/s  5 s left    ");
        Report(4, 8);
        screen.ToString().Split('\r').Length.ShouldBe(2);

        // The second run counts from its own beginning, on a line of its own.
        Report(1, 8, targetFirst: true);
        clock.Advance(TimeSpan.FromSeconds(1));
        Report(2, 8, targetFirst: true);
        line.End();
        screen
            .ToString()
            .ShouldEndWith(
                $"{Environment.NewLine}\r2026-02-03  25 %  10,000 bars/s  6 s left, with the target first    {Environment.NewLine}"
            );

        void Report(int sessions, int all, bool targetFirst = false) =>
            line.Report(new(new DateOnly(2026, 2, 1).AddDays(sessions), sessions, all, sessions * 10_000, targetFirst));
    }

    [Fact]
    public void Files_that_take_over_a_second_to_read_have_lines_of_their_own_and_are_no_time_of_the_backtest()
    {
        using var screen = new StringWriter();
        var clock = new FakeTimeProvider();
        var line = new TrialLine(screen, clock);
        line.Report(new FileProgress("LONG.csv", 4_096, 0.1));
        clock.Advance(TimeSpan.FromSeconds(2));
        line.Report(new FileProgress("LONG.csv", 8_192, 0.25));
        screen.ToString().ShouldBe("\rLONG.csv  25 %  4,096 rows/s  6 s left    ");
        line.Report(new FileProgress("LONG.csv", 32_768, 1));
        line.Report(new FileProgress("SHORT.csv", 100, 1));
        clock.Advance(TimeSpan.FromSeconds(2));
        line.Report(new OptimizationProgress(1, 0, 4, 100));
        screen.ToString().ShouldEndWith($"left    {Environment.NewLine}\r1 of 4 backtests  25 %  50 bars/s  6 s left    ");
    }

    [Fact]
    public async Task Stopped_while_a_file_is_read_it_says_so_and_keeps_nothing()
    {
        await WriteLongAsync(Path.Combine(_data.FullName, "LONG.csv"));
        using var stop = new CancellationTokenSource();
        var reading = new StopReading(stop);
        var data = new BacktestData(new() { Directory = _data.FullName }, new(reading, stop.Token));
        await Should.ThrowAsync<OperationCanceledException>(() => data.PeriodAsync(["LONG"], new(2024, 1, 2), new(2025, 12, 31)));
        reading.Count.ShouldBe(1);
        using var before = new CancellationTokenSource();
        await before.CancelAsync();
        var words = $"backtest run trailing-stop LONG --trailing-pct 1 --start 2024-01-02 --end 2025-12-31 --data-dir {_data.FullName}";
        (await _trader.RunAsync(words.Split(' '), cancellationToken: before.Token)).ShouldExit(1).Error.ShouldContain("Canceled");
        Directory.Exists(Kept).ShouldBeFalse();
    }

    [Fact]
    public async Task Ctrl_C_keeps_what_is_done()
    {
        const string Script = "/usr/bin/script";
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "script(1) is the terminal that Ctrl+C is typed at.");
        var prices = Path.Combine(_data.FullName, "LONG.csv");
        await WriteLongAsync(prices);
        string[] words =
        [
            // A shell between the terminal and the program is ended by Ctrl+C as well, and dash then answers 130 for it. Where the tests
            // run in the background, the signal is ignored, and that is inherited.
            "exec env --default-signal=INT dotnet",
            Trader.Program,
            "backtest run trailing-stop LONG --trailing-pct 0.1 --start 2024-01-02 --end 2025-12-31 --data-dir",
            _data.FullName,
        ];
        var start = new ProcessStartInfo(Script, ["-qec", string.Join(' ', words), "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["XDG_DATA_HOME"] = _data.FullName;
        start.Environment["COLUMNS"] = "200";
        start.Environment["SHELL"] = "/bin/sh";
        using var process = Process.Start(start)!;
        var seen = new StringBuilder();
        var buffer = new char[256];
        while (!seen.ToString().Contains("bars/s", StringComparison.Ordinal))
        {
            var count = await process.StandardOutput.ReadAsync(buffer, TestContext.Current.CancellationToken);
            count.ShouldBeGreaterThan(0, seen.ToString());
            seen.Append(buffer, 0, count);
        }

        await process.StandardInput.WriteAsync('\u0003');
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        seen.Append(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, seen.ToString());
        seen.ToString().ShouldContain("It was stopped before its last day");
        var kept = JsonNode.Parse(await File.ReadAllTextAsync(Directory.GetFiles(Kept).ShouldHaveSingleItem()))!;
        kept["canceled"]!.GetValue<bool>().ShouldBeTrue();
        kept["equity_curve"]!.AsArray().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_command_returns_its_task_before_it_works_so_that_Ctrl_C_has_something_to_wait_for()
    {
        using var trader = new Trader();
        using var returned = new ManualResetEventSlim();
        var returnedFirst = false;
        var running = trader.RunAsync(["backtest", "list", "--data-dir", _data.FullName, "--json"], onOutput: () =>
            returnedFirst = returned.Wait(TimeSpan.FromSeconds(30))
        );
        returned.Set();
        (await running).ShouldExit(0);
        returnedFirst.ShouldBeTrue();
    }

    // Two years of minutes of a price that swings, so that a near stop sells every few minutes.
    private static async Task WriteLongAsync(string path)
    {
        await using var file = new StreamWriter(path);
        await file.WriteLineAsync("timestamp,open,high,low,close,volume");
        foreach (var session in TradingCalendar.Nyse.Sessions(new(2024, 1, 2), new(2025, 12, 31)))
        {
            var price = 100m;
            for (var (at, minute) = (session.Open, 0); at < session.Close; at = at.AddMinutes(1), minute++)
            {
                var open = price;
                price += minute / 5 % 2 == 0 ? 0.1m : -0.1m;
                await file.WriteLineAsync(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{at:yyyy-MM-ddTHH:mm:ssZ},{open},{Math.Max(open, price)},{Math.Min(open, price)},{price},1000"
                    )
                );
            }
        }
    }

    [Fact]
    public async Task What_could_fool_the_reader_comes_first()
    {
        var shown = (
            await _trader.RunAsync("backtest run trailing-stop ACME --start 2026-02-02 --end 2026-02-13 --trailing-pct 2 --qty 2000")
        )
            .ShouldExit(0)
            .Out;
        shown.ShouldStartWith("!");
        shown.ShouldContain("waits at the end");
        shown.ShouldContain("too few");
    }

    private sealed class StopReading(CancellationTokenSource stop) : IProgress<FileProgress>
    {
        public int Count { get; private set; }

        public void Report(FileProgress value)
        {
            Count++;
            stop.Cancel();
        }
    }
}
