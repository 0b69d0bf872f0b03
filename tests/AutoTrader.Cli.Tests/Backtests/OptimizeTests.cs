using System.Text.Json.Nodes;
using AutoTrader.Cli.Rendering.Backtests;
using AutoTrader.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>Optimizations from the command line, on the sample market and without a server.</summary>
public sealed class OptimizeTests : IDisposable
{
    private const string Days = "--start 2026-02-02 --end 2026-02-06";
    private const string Brackets = $"optimize bracket --symbol BOLT {Days} --params take_profit:1,2 --params stop_loss:1,2";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");
    private readonly Trader _trader;

    public OptimizeTests()
    {
        _trader = new();
        _trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        _trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");
    }

    private string Kept => Path.Combine(_data.FullName, "autotrader", "optimizations");

    public void Dispose()
    {
        _trader.Dispose();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task The_best_is_answered_kept_and_written_as_a_file_that_backtests_and_imports_take()
    {
        var file = Path.Combine(_data.FullName, "best.yaml");
        var run = await _trader.RunAsync($"{Brackets} --json --best-to {file}");
        var json = run.ShouldExit(0).Json;
        json["num_combinations"]!.GetValue<int>().ShouldBe(4);
        json["all_results"]!.AsArray().Count.ShouldBe(4);
        json["best_backtest"]!["end_date"]!.GetValue<string>().ShouldBe("2026-02-04");
        json["hold_out"]!["start_date"]!.GetValue<string>().ShouldBe("2026-02-05");
        var kept = JsonNode.Parse(await File.ReadAllTextAsync(Directory.GetFiles(Kept).ShouldHaveSingleItem()))!;
        kept["best_params"]!.ToJsonString().ShouldBe(json["best_params"]!.ToJsonString());

        var best = json["best_params"]!;
        var text = await File.ReadAllTextAsync(file);
        text.ShouldContain($"take_profit_pct: '{best["take_profit_pct"]!.GetValue<string>()}'");
        text.ShouldContain("enabled: false");
        // Enabled, it comes to what the optimizer says.
        await File.WriteAllTextAsync(file, text.Replace("enabled: false\n  entry", "enabled: true\n  entry", StringComparison.Ordinal));
        var again = await _trader.RunAsync($"backtest files {file} --start 2026-02-02 --end 2026-02-04 --no-save --json");
        again.ShouldExit(0).Json["total_return"]!.GetValue<string>().ShouldBe(json["best_backtest"]!["total_return"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_entry_conditions_numbers_are_tried_and_the_best_is_a_strategy_that_waits_for_it()
    {
        var file = Path.Combine(_data.FullName, "best.yaml");
        string[] typed =
        [
            .. $"optimize trailing-stop --symbol ACME {Days} --params trailing_pct:1 --params bars:3,5 --json --best-to {file}".Split(' '),
            "--entry-condition",
            "close > sma:{bars} @5Min",
        ];
        var json = (await _trader.RunAsync(typed)).ShouldExit(0).Json;
        json["entry_condition"]!.GetValue<string>().ShouldBe("close > sma:{bars} @5Min");
        json["all_results"]!.AsArray().Select(it => it!["params"]!["bars"]!.GetValue<string>()).ShouldBe(["3", "5"]);
        json["command"]!.GetValue<string>().ShouldContain("--entry-condition 'close > sma:{bars} @5Min'");
        var condition = $"close > sma:{json["best_params"]!["bars"]!.GetValue<string>()} @5Min";
        json["best_backtest"]!["strategy_config"]!["entry_condition"]!.GetValue<string>().ShouldBe(condition);
        (await File.ReadAllTextAsync(file)).ShouldContain(condition);

        (await _trader.RunAsync("optimize --help")).ShouldExit(0).Out.ShouldContain("rsi:{period} < {threshold}");
    }

    [Fact]
    public async Task What_could_fool_the_reader_comes_first_and_every_combination_is_shown_where_that_is_asked_for()
    {
        var shown = (await _trader.RunAsync(Brackets + " --no-save --show-results")).ShouldExit(0).Out;
        shown.ShouldStartWith("! It is the best of 4 trials");
        shown.ShouldContain("held out");
        shown.ShouldContain("take_profit_pct=2 stop_loss_pct=1");
        Directory.Exists(Kept).ShouldBeFalse();
        var walk = (await _trader.RunAsync(Brackets + " --no-save --method walk-forward --windows 1 --hold-out-pct 0")).ShouldExit(0).Out;
        walk.ShouldContain("2026-02-06");
        walk.ShouldContain("Nothing was held out");
    }

    [Fact]
    public async Task Kept_results_are_listed_and_shown_also_those_of_the_original()
    {
        (await _trader.RunAsync("optimization list")).ShouldExit(0).Out.ShouldContain("trader optimize --help");
        var id = (await _trader.RunAsync($"{Brackets} --json")).ShouldExit(0).Json["id"]!.GetValue<string>();
        await File.WriteAllTextAsync(Path.Combine(Kept, "index.json"), "[]");
        await File.WriteAllTextAsync(Path.Combine(Kept, "broken.json"), "{");
        await File.WriteAllTextAsync(
            Path.Combine(Kept, "0a1b2c3d.json"),
            """
            {
              "id": "0a1b2c3d", "strategy_type": "trailing-stop", "symbol": "AAPL", "start_date": "2024-01-02T00:00:00",
              "end_date": "2024-03-01T00:00:00", "created_at": "2025-05-06T07:08:09.123456", "objective": "total_return_pct",
              "method": "grid", "best_params": {"trailing_stop_pct": "2.5", "quantity": 10}, "best_score": "0.25",
              "best_backtest": {
                "id": "9f8e7d6c", "strategy_type": "trailing-stop", "symbol": "AAPL", "start_date": "2024-01-02T00:00:00",
                "end_date": "2024-03-01T00:00:00", "created_at": "2025-05-06T07:08:09.123456",
                "strategy_config": {"symbol": "AAPL", "quantity": 10, "trailing_stop_pct": "2.5"}, "initial_capital": "100000",
                "total_return": "250", "total_return_pct": "0.25", "total_trades": 4, "winning_trades": 3, "losing_trades": 1,
                "win_rate": "75", "profit_factor": "3.5", "avg_win": "116.67", "avg_loss": "-100", "largest_win": "200",
                "largest_loss": "-100", "max_drawdown": "100", "max_drawdown_pct": "0.1", "sharpe_ratio": null,
                "equity_curve": [["2024-01-02T09:30:00-05:00", "100000"]], "trades": []
              },
              "all_results": [
                {"params": {"trailing_stop_pct": "2.5", "quantity": 10}, "score": "0.25", "backtest_id": "9f8e7d6c"},
                {"params": {"trailing_stop_pct": 5.0, "quantity": 10}, "score": -0.5, "backtest_id": "12345678"}
              ],
              "num_combinations": 2, "runtime_seconds": 12.5
            }
            """
        );
        var list = (await _trader.RunAsync("optimization list")).ShouldExit(0);
        list.Out.ShouldContain(id);
        list.Out.ShouldContain("0a1b2c3d");
        list.Error.ShouldContain("broken.json cannot be read");
        var shown = (await _trader.RunAsync("optimization show 0a1b2c3d --show-results")).ShouldExit(0).Out;
        shown.ShouldContain("trailing_stop_pct=2.5 quantity=10");
        shown.ShouldContain("trailing_stop_pct=5 quantity=10");
        shown.ShouldContain("+250.00");
        var json = (await _trader.RunAsync("optimization show 0a1b2c3d --json")).ShouldExit(0).Json;
        json["best_score"]!.GetValue<string>().ShouldBe("0.25");
        json["hold_out"].ShouldBeNull();
        (await _trader.RunAsync($"optimization show {id}")).ShouldExit(0).Out.ShouldContain("held out");
        (await _trader.RunAsync("optimization show ../secret")).ShouldExit(3).Error.ShouldContain("OPTIMIZATION_NOT_FOUND");
        (await _trader.RunAsync("optimization show broken")).ShouldExit(1).Error.ShouldContain("cannot be read");
    }

    [Fact]
    public async Task Stopped_before_the_first_trial_it_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        (await _trader.RunAsync(Brackets.Split(' '), cancellationToken: stop.Token)).ShouldExit(1);
        Directory.Exists(Kept).ShouldBeFalse();
    }

    [Theory]
    [InlineData("bracket --symbol BOLT --params take_profit:1", 1, "stop_loss_pct")]
    [InlineData("bracket --symbol BOLT --params rocket:1", 2, "no parameter rocket")]
    [InlineData("bracket --symbol BOLT --params take_profit=1", 2, "name and its values")]
    [InlineData("bracket --symbol BOLT --params take_profit:x", 2, "name and its values")]
    [InlineData("grid --symbol DUNE --params levels:3 --objective luck", 2, "no objective luck")]
    [InlineData("scale-out --symbol BOLT --params bars:1 --entry-condition sma:{bars}<smaa:2", 1, "indicator smaa")]
    [InlineData("grid --symbol DUNE --params levels:3 --method random --data-source alpaca", 1, "number of samples")]
    [InlineData("grid --symbol DUNE --params levels:3 --method random", 1, "number of samples")]
    [InlineData("grid --symbol DUNE --params levels:3 --hold-out-pct 100", 2, "--hold-out-pct")]
    [InlineData("grid --symbol NONE --params levels:3", 1, "NONE.csv")]
    [InlineData("grid --symbol DUNE --params levels:3 --data-source alpaca", 1, "ALPACA_API_KEY")]
    [InlineData("grid --params levels:3", 2, "--symbol")]
    [InlineData("grid --symbol NONE --params levels:3 --best-to no-such-folder/best.yaml", 2, "no-such-folder")]
    [InlineData("grid --symbol DUNE --params spacing:7000000000000000000000000000", 1, "spacing_pct")]
    [InlineData(
        "grid --symbol DUNE --params low:1,7000000000000000000000000000 --params high:79228162514264337593543950335",
        1,
        "A price is"
    )]
    [InlineData("bracket --symbol BOLT --params take_profit:79228162514264337593543950335 --params stop_loss:1", 1, "take_profit_pct")]
    [InlineData("trailing-stop --symbol BOLT --params trailing_pct:-1", 1, "No combination makes sense")]
    [InlineData("trailing-stop --symbol BOLT --params trailing_pct:", 2, "name and its values")]
    [InlineData("trailing-stop --symbol BOLT --params trailing_pct:1,,2", 2, "name and its values")]
    [InlineData("trailing-stop --symbol BOLT --params trailing_pct:1 --params entry_below:79228162514264337593543950335", 1, "A price is")]
    [InlineData("scale-out --symbol BOLT --params scale_share_1:79228162514264337593543950335", 1, "0.01 to 100")]
    public async Task What_cannot_be_run_is_refused_with_what_to_change(string arguments, int code, string named) =>
        (await _trader.RunAsync($"optimize {arguments} {Days}")).ShouldExit(code).Error.ShouldContain(named);

    [Fact]
    public async Task A_word_that_is_none_of_the_choices_is_answered_with_them()
    {
        var error = (await _trader.RunAsync($"optimize rocket --symbol BOLT --params levels:3 {Days}")).ShouldExit(2).Error;
        error.ShouldContain("'trailing-stop'");
        error.ShouldNotContain("?'");
    }

    [Fact]
    public async Task Days_the_wrong_way_round_are_named() =>
        (await _trader.RunAsync("optimize grid --symbol DUNE --params levels:3 --start 2026-02-06 --end 2026-02-02"))
            .ShouldExit(1)
            .Error.ShouldContain("2026-02-06, is after the last, 2026-02-02");

    [Fact]
    public void The_line_of_progress_tells_rate_and_remaining_time_of_what_takes_over_a_second()
    {
        using var screen = new StringWriter();
        var clock = new FakeTimeProvider();
        var line = new TrialLine(screen, clock);
        clock.Advance(TimeSpan.FromSeconds(0.5));
        line.Report(new(11, 10, 20, 5_000));
        screen.ToString().ShouldBeEmpty();
        clock.Advance(TimeSpan.FromSeconds(1.5));
        // Two of ten in two seconds: those of an earlier run took no time.
        line.Report(new(12, 10, 20, 10_000));
        screen.ToString().ShouldBe("\r12 of 20 backtests  60 %  5,000 bars/s  8 s left    ");
        line.End();
    }
}
