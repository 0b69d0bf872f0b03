using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>A kept backtest on the page of the app: its figures as the file has them, and the account's own curve beside it.</summary>
public sealed class BacktestPublishingTests(RunningApp running) : IClassFixture<RunningApp>, IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-publish-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_kept_backtest_is_published_once_with_its_figures_and_taken_off_again()
    {
        using var trader = running.Trader;
        trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        trader.Variables["HISTORICAL_DATA_DIR"] = Path.Combine(Repository.Top, "samples", "market");
        var kept = (
            await trader.RunAsync("backtest run bracket BOLT --start 2026-02-02 --end 2026-02-13 --take-profit 1 --stop-loss 1 --json")
        )
            .ShouldExit(0)
            .Json;
        var id = kept["id"]!.GetValue<string>();
        (await trader.RunAsync($"backtest publish {id}")).ShouldExit(0).Out.ShouldContain($"The backtest {id} is on the page.");

        var sent = (await running.App.GetAsync("backtests/" + id)).ShouldBe(HttpStatusCode.OK).Json;
        foreach (var field in new[] { "strategy_type", "symbol", "start_date", "end_date", "created_at", "command" })
        {
            sent[field]!.GetValue<string>().ShouldBe(kept[field]!.GetValue<string>(), field);
        }

        foreach (var field in new[] { "initial_capital", "total_return", "total_return_pct", "win_rate", "max_drawdown_pct", "fees" })
        {
            Number(sent[field]!).ShouldBe(Math.Round(Number(kept[field]!), 4), field);
        }

        sent["total_trades"]!.GetValue<int>().ShouldBe(kept["total_trades"]!.GetValue<int>());
        sent["equity_curve"]!
            .AsArray()
            .Select(point => Number(point!["equity"]!))
            .ShouldBe(kept["equity_curve"]!.AsArray().Select(point => Number(point![1]!)));
        (await trader.RunAsync($"backtest publish {id} --json")).ShouldExit(5).Problem["code"]!
            .GetValue<string>()
            .ShouldBe("BACKTEST_EXISTS");
        (await trader.RunAsync("backtest published")).ShouldExit(0).Out.ShouldContain(id);

        (await trader.RunAsync($"backtest unpublish {id} --yes")).ShouldExit(0);
        (await running.App.GetAsync("backtests/" + id)).ShouldBe(HttpStatusCode.NotFound, "BACKTEST_NOT_FOUND");
        (await trader.RunAsync($"backtest show {id}")).ShouldExit(0);
    }

    [Fact]
    public async Task The_equity_curve_is_that_of_the_account()
    {
        using var trader = running.Trader;
        await running.App.MinutesAsync(6);
        var curve = (await trader.RunAsync("equity --days 1 --samples --json")).ShouldExit(0).Json["items"]!.AsArray();
        JsonNode.DeepEquals(curve, (await running.App.GetAsync("portfolio/history?days=1&interval=sample")).Json["items"]).ShouldBeTrue();
        curve.ShouldNotBeEmpty();
        (await trader.RunAsync("equity")).ShouldExit(0).Out.ShouldContain("2026-02-02");
    }

    private static decimal Number(JsonNode node) =>
        decimal.Parse(
            node.GetValueKind() == System.Text.Json.JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString(),
            NumberStyles.Float,
            CultureInfo.InvariantCulture
        );
}
