using System.Globalization;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests;

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

        (await _trader.RunAsync($"backtest delete {first}")).ShouldExit(0);
        (await _trader.RunAsync($"backtest show {first}")).ShouldExit(3).Error.ShouldContain("BACKTEST_NOT_FOUND");
        (await _trader.RunAsync($"backtest delete {first}")).ShouldExit(3);
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
    [InlineData("trailing-stop ACME --start 2026-02-02 --end 2026-02-04 --trailing-pct 2 --data-source alpaca", 1, "csv")]
    public async Task What_cannot_be_run_is_refused_with_what_to_change(string arguments, int code, string named)
    {
        (await _trader.RunAsync("backtest run " + arguments)).ShouldExit(code).Error.ShouldContain(named);
        Directory.Exists(Kept).ShouldBeFalse();
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
}
