using System.Diagnostics;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Mcp;

/// <summary>Backtests of assistants: no server is asked, and what they keep the command line finds.</summary>
public sealed class McpBacktestTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");
    private readonly Trader _trader = new(new("http://127.0.0.1:9"));

    public McpBacktestTests()
    {
        _trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        _trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");
    }

    public void Dispose() => _data.Delete(recursive: true);

    private static Dictionary<string, object?> Asked(string symbol = "ACME") =>
        new(StringComparer.Ordinal)
        {
            ["strategy_type"] = "trailing-stop",
            ["symbol"] = symbol,
            ["start"] = "2026-02-02",
            ["end"] = "2026-02-04",
            ["trailing_pct"] = 2,
        };

    [Fact]
    public async Task A_backtest_is_run_told_of_kept_and_repeated_by_its_command()
    {
        await using var served = await Served.StartAsync(_trader, "--access", "manage");
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (isError, result) = await served.CallAsync("run_backtest", Asked(), OnProgress, until: told.Task);
        isError.ShouldBeFalse(result.ToJsonString());
        result["trades"]!.AsArray().ShouldNotBeEmpty();

        var id = result["id"]!.GetValue<string>();
        (await served.CallAsync("list_backtests")).Text.AsArray().Select(it => it!["id"]!.GetValue<string>()).ShouldBe([id]);
        (await _trader.RunAsync($"backtest show {id} --json")).ShouldExit(0).Json["total_return"]!
            .GetValue<string>()
            .ShouldBe(result["total_return"]!.GetValue<string>());

        var command = result["command"]!.GetValue<string>();
        command.ShouldStartWith("trader backtest run trailing-stop ACME");
        var again = (await _trader.RunAsync(command["trader ".Length..] + " --no-save --json")).ShouldExit(0).Json;
        foreach (var field in new[] { "data_hash", "total_return", "trades", "equity_curve", "strategy_config" })
        {
            again[field]!.ToJsonString().ShouldBe(result[field]!.ToJsonString(), field);
        }

        void OnProgress(string message)
        {
            if (message.StartsWith("3 of 3 sessions", StringComparison.Ordinal))
            {
                told.TrySetResult();
            }
        }
    }

    [Fact]
    public async Task What_cannot_be_run_is_refused_by_code()
    {
        await using var served = await Served.StartAsync(_trader, "--access", "manage");
        (await CodeAsync(served, "symbol", "NONE")).ShouldBe("BACKTEST_FAILED");
        (await CodeAsync(served, "start", "02/02/2026")).ShouldBe("INVALID_DATE_FORMAT");
        (await CodeAsync(served, "stop_loss", 3)).ShouldBe("INVALID_STRATEGY_PARAMS");
        (await CodeAsync(served, "strategy_type", "rocket")).ShouldBe("INVALID_STRATEGY_TYPE");
        (await CodeAsync(served, "data_source", "yahoo")).ShouldBe("VALIDATION_ERROR");
        (await CodeAsync(served, "data_source", "alpaca")).ShouldBe("DATA_NOT_FOUND");
        (await CodeAsync(served, "timeframe", "1Min")).ShouldBe("VALIDATION_ERROR");
        (await CodeAsync(served, "initial_capital", -1)).ShouldBe("VALIDATION_ERROR");
        (await served.CallAsync("list_backtests")).Text.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_optimization_is_run_told_of_and_kept()
    {
        await using var served = await Served.StartAsync(_trader, "--access", "manage");
        var asked = Asked();
        asked.Remove("trailing_pct");
        asked["params"] = new Dictionary<string, decimal[]>(StringComparer.Ordinal) { ["trailing_pct"] = [1, 2, 3] };
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (isError, result) = await served.CallAsync("run_optimization", asked, OnProgress, until: told.Task);
        isError.ShouldBeFalse(result.ToJsonString());
        result["all_results"]!.AsArray().Count.ShouldBe(3);
        result["hold_out"]!["start_date"]!.GetValue<string>().ShouldBe("2026-02-04");
        var id = result["id"]!.GetValue<string>();
        File.Exists(Path.Combine(_data.FullName, "autotrader", "optimizations", id + ".json")).ShouldBeTrue();

        asked["method"] = "random";
        (await served.CallAsync("run_optimization", asked)).Text["error"]!.GetValue<string>().ShouldBe("OPTIMIZATION_FAILED");
        asked["params"] = new Dictionary<string, decimal[]>(StringComparer.Ordinal) { ["rocket"] = [1] };
        (await served.CallAsync("run_optimization", asked)).Text["error"]!.GetValue<string>().ShouldBe("INVALID_STRATEGY_PARAMS");

        void OnProgress(string message)
        {
            if (message == "3 of 3 backtests")
            {
                told.TrySetResult();
            }
        }
    }

    [Fact]
    public async Task One_that_takes_longer_than_it_may_is_stopped_and_not_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A pipe with a name stands for a file that never comes to its end.");
        var pipe = Path.Combine(_data.FullName, "ACME.csv");
        using (var make = Process.Start("mkfifo", [pipe]))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        _trader.Variables["HISTORICAL_DATA_DIR"] = _data.FullName;
        _trader.Variables["MCP_BACKTEST_TIMEOUT_SECONDS"] = "1";
        await using var served = await Served.StartAsync(_trader, "--access", "manage");
        var refused = await served.RefusedAsync("run_backtest", Asked());
        refused["error"]!.GetValue<string>().ShouldBe("TASK_TIMEOUT");

        // What waits for the file is let go. Opened to write alone, a pipe waits for who reads it, and none may have begun to.
        await using (var end = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await end.WriteAsync("timestamp,open,high,low,close,volume\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Directory.Exists(Path.Combine(_data.FullName, "autotrader")).ShouldBeFalse();
    }

    private static async Task<string> CodeAsync(Served served, string field, object value)
    {
        var asked = Asked();
        asked[field] = value;
        return (await served.RefusedAsync("run_backtest", asked))["error"]!.GetValue<string>();
    }
}
