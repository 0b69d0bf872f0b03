using System.ComponentModel;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Rehearsals;
using AutoTrader.Backtesting.Verification;
using AutoTrader.Cli.Client.Backtests;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Replays on this machine of what the server has stored, and of what it did. They only look; nothing is kept.</summary>
internal static class ReplayTools
{
    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<RehearsalArguments, RehearsalResult>(
                host,
                "run_rehearsal",
                Access.Read,
                Hints.Looks,
                "Plays the strategies and schedules of the server, as they are stored, on the prices of a recorded day as if it were the "
                    + "next session. Nothing on the server changes. Tell the user remarks and unprotected before any figure.",
                RehearseAsync,
                host.BacktestLimit
            ),
            TraderTool.Of<VerificationArguments, VerificationResult>(
                host,
                "run_verification",
                Access.Read,
                Hints.Looks,
                "Holds what the server did on past days against the backtest of the same days, with the cause of each difference. Nothing "
                    + "on the server changes. Tell the user summary and remarks first; a difference that follows has the cause of an "
                    + "earlier one.",
                VerifyAsync,
                host.BacktestLimit
            ),
        ];

    private static async Task<RehearsalResult> RehearseAsync(ToolCall call, RehearsalArguments it)
    {
        var progress = new SessionReports(call);
        var result = await ServerReplay.RehearseAsync(
            call,
            new()
            {
                Day = BacktestDraft.Day("day", it.Day),
                AtPresentPrices = it.AtPresentPrices,
                Cash = it.InitialCapital,
                Fill = AlpacaFees.Model,
            },
            need => call.PricesAsync(it.DataSource, it.Timeframe, need),
            progress
        );
        await progress.Told;
        return result;
    }

    private static async Task<VerificationResult> VerifyAsync(ToolCall call, VerificationArguments it)
    {
        var progress = new SessionReports(call);
        var result = await ServerReplay.VerifyAsync(
            call,
            new()
            {
                From = BacktestDraft.Day("start", it.Start),
                To = BacktestDraft.Day("end", it.End),
                Fill = AlpacaFees.Model,
            },
            need => call.PricesAsync(it.DataSource, it.Timeframe, need),
            isGiven: false,
            "start",
            progress
        );
        await progress.Told;
        return result;
    }

    private sealed record RehearsalArguments(
        [Description("The recorded day, YYYY-MM-DD.")] string Day,
        [Description("Multiply the day's prices so that it begins at the present price of each symbol: for strategies that name prices.")]
            bool AtPresentPrices = false,
        [Description("The cash to begin with, in dollars; the server's unless given.")] decimal? InitialCapital = null,
        [Description(Texts.Source)] string DataSource = PriceSource.Csv,
        [Description(Texts.Timeframe)] string? Timeframe = null
    );

    private sealed record VerificationArguments(
        [Description("The first day, YYYY-MM-DD, of the last 31.")] string Start,
        [Description("The last day, YYYY-MM-DD; it is compared, too.")] string End,
        [Description(Texts.Source)] string DataSource = PriceSource.Csv,
        [Description(Texts.Timeframe)] string? Timeframe = null
    );
}
