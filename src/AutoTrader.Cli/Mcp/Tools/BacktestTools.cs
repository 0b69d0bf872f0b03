using System.ComponentModel;
using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Backtests, which run on this machine and are kept where those of the command line are: no server is asked.</summary>
internal static class BacktestTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<RunArguments, BacktestResult>(
                host,
                "run_backtest",
                Access.Manage,
                Hints.Adds,
                "Runs a strategy over past prices, through the engine and the paper broker of the app itself; it arms itself anew when it "
                    + "has sold. Tell the user warnings and data_report before any figure; ambiguous is what the same run comes to with "
                    + "the other order of target and stop in one bar.",
                RunAsync,
                host.BacktestLimit
            ),
            TraderTool.Of<NoArguments, IReadOnlyList<BacktestSummary>>(
                host,
                "list_backtests",
                Access.Read,
                Hints.Looks,
                "Kept backtests, newest first.",
                (_, _) => Task.FromResult<IReadOnlyList<BacktestSummary>>([.. host.Backtests.List().Results.Select(BacktestSummary.Of)])
            ),
            TraderTool.Of<OneArguments, BacktestResult>(host, "show_backtest", Access.Read, Hints.Looks, "A kept backtest.", (_, it) =>
                Task.FromResult(Find(host.Backtests, it.Id) ?? throw NotFound(it.Id))
            ),
            TraderTool.Of<SeveralArguments, IReadOnlyList<BacktestResult>>(
                host,
                "compare_backtests",
                Access.Read,
                Hints.Looks,
                "Several kept backtests. Ids that are not known are left out.",
                (_, it) =>
                    Task.FromResult<IReadOnlyList<BacktestResult>>([
                        .. it.Ids.Select(id => Find(host.Backtests, id)).OfType<BacktestResult>(),
                    ])
            ),
            TraderTool.Of<OneArguments, Deleted>(host, "delete_backtest", Access.Manage, Hints.Ends, "Deletes a kept backtest.", (_, it) =>
                host.Backtests.Delete(it.Id) ? Task.FromResult(new Deleted("deleted", it.Id)) : throw NotFound(it.Id)
            ),
        ];

    private static async Task<BacktestResult> RunAsync(ToolCall call, RunArguments it)
    {
        var settings = new BacktestSettings
        {
            Strategies =
            [
                BacktestDraft.Strategy(
                    it.StrategyType,
                    it.Symbol,
                    it is { Qty: BacktestDraft.Quantity, StrategyType: "grid" } ? null : it.Qty,
                    it.TrailingPct,
                    pullbackPct: null,
                    it.TakeProfit,
                    it.StopLoss,
                    limit: null
                ),
            ],
            Start = BacktestDraft.Day("start", it.Start),
            End = BacktestDraft.Day("end", it.End),
            Market = new() { Directory = call.Host.Prices },
            AcceptData = it.AcceptData,
            Paper = new() { InitialCash = it.InitialCapital, Fill = AlpacaFees.Model },
        };
        if (settings.Paper.Problem() is { } problem)
        {
            throw new ToolException(ToolException.Validation, problem);
        }

        using var prices = await call.PricesAsync(it.DataSource, it.Timeframe, PriceNeed.Of(settings));
        settings = settings with { Market = prices.Market };
        var progress = new SessionReports(call);
        var (run, targetFirst) = await BacktestDraft.PlayAsync(settings, progress, call.Cancellation);
        // Nobody waits any more: what was done until then is no answer to what was asked.
        call.Cancellation.ThrowIfCancellationRequested();
        await progress.Told;
        var result = BacktestResult.Of(call.Host.Backtests.NewId(), TimeProvider.System.GetUtcNow(), settings, run, targetFirst) with
        {
            Command = Command(it, call.Host.Prices),
        };
        result = result with { DataReport = [.. prices.Remarks, .. result.DataReport] };
        if (it.Save)
        {
            call.Host.Backtests.Save(result);
        }

        return result;
    }

    private static string Command(RunArguments it, string prices)
    {
        (string Name, IFormattable? Value)[] numbers =
        [
            ("--qty", it.Qty),
            ("--trailing-pct", it.TrailingPct),
            ("--take-profit", it.TakeProfit),
            ("--stop-loss", it.StopLoss),
            ("--initial-capital", it.InitialCapital),
        ];
        string[] words =
        [
            "trader",
            "backtest",
            "run",
            it.StrategyType,
            it.Symbol,
            "--start",
            it.Start,
            "--end",
            it.End,
            .. numbers
                .Where(number => number.Value is not null)
                .SelectMany(number => new[] { number.Name, number.Value!.ToString(null, CultureInfo.InvariantCulture) }),
            .. it.DataSource == PriceSource.Csv ? (string[])["--data-dir", prices] : ["--data-source", it.DataSource],
            .. it.Timeframe is { } timeframe ? (string[])["--timeframe", timeframe] : [],
            .. it.AcceptData ? (string[])["--accept-data"] : [],
        ];
        return string.Join(' ', words.Select(Session.Quoted));
    }

    private static BacktestResult? Find(BacktestStore store, string id)
    {
        try
        {
            return store.Find(id);
        }
        catch (BacktestRefusedException unreadable)
        {
            throw new CommandException(ExitCode.Failed, unreadable.Message);
        }
    }

    private static ToolException NotFound(string id) =>
        new("BACKTEST_NOT_FOUND", $"There is no backtest {id}. list_backtests has them all.");

    private sealed record OneArguments([Description("Its id.")] string Id);

    private sealed record SeveralArguments([Description("Their ids.")] IReadOnlyList<string> Ids);

    private sealed record Deleted(string Status, string BacktestId);

    private sealed record BacktestSummary(
        string Id,
        string StrategyType,
        string Symbol,
        string StartDate,
        string EndDate,
        decimal? TotalReturnPct,
        decimal? WinRate,
        int TotalTrades,
        decimal MaxDrawdownPct,
        string CreatedAt
    )
    {
        public static BacktestSummary Of(BacktestResult it) =>
            new(
                it.Id,
                it.StrategyType,
                it.Symbol,
                it.StartDate,
                it.EndDate,
                it.TotalReturnPct,
                it.WinRate,
                it.TotalTrades,
                it.MaxDrawdownPct,
                it.CreatedAt
            );
    }

    private sealed record RunArguments(
        [Description("trailing-stop, bracket, scale-out, grid or pullback-trailing.")] string StrategyType,
        [Description(Texts.Symbol)] string Symbol,
        [Description("The first day, YYYY-MM-DD.")] string Start,
        [Description("The last day, YYYY-MM-DD; it is played, too.")] string End,
        [Description("Shares; a grid has them in its levels.")] int Qty = BacktestDraft.Quantity,
        [Description("Distance of the trailing stop in percent.")] decimal? TrailingPct = null,
        [Description("Profit at which it sells, in percent.")] decimal? TakeProfit = null,
        [Description("Loss at which it sells, in percent.")] decimal? StopLoss = null,
        [Description(Texts.Source)] string DataSource = PriceSource.Csv,
        [Description("The cash to begin with, in dollars.")] decimal InitialCapital = 100_000,
        [Description("Keep the result.")] bool Save = true,
        [Description(Texts.Timeframe)] string? Timeframe = null,
        [Description(Texts.AcceptData)] bool AcceptData = false
    );
}
