using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.Results;
using AutoTrader.Backtesting.Verification;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering;
using AutoTrader.Cli.Rendering.Backtests;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>The past of a server beside the backtest of the same days.</summary>
internal static class VerifyCommand
{
    public static CliCommand Of(TraderCli cli)
    {
        var live = new Option<string[]>("--live")
        {
            Description = "The first and the last day, YYYY-MM-DD, of the last 31; both are compared.",
            HelpName = "from to",
            Required = true,
            Arity = new(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var (prices, source) = (BacktestFolders.Prices(), new SourceOptions());
        var fill = new FillOptions();
        return cli.Command(
            "verify",
            "Holds what the server did on past days against the backtest of the same days, with the cause of each difference. Nothing on "
                + "the server changes.",
            async session =>
            {
                var settings = new VerificationSettings
                {
                    From = BacktestDraft.Day("--live", session.Get(live)![0]),
                    To = BacktestDraft.Day("--live", session.Get(live)![1]),
                    Fill = fill.Model(session),
                };
                var progress = ProgressLine.For(session);
                VerificationResult result;
                try
                {
                    result = await ServerReplay.VerifyAsync(
                        session,
                        settings,
                        need => source.OpenAsync(session, BacktestFolders.OfPrices(session.Terminal, session.Get(prices)), need),
                        fill.AreGiven(session),
                        "--live",
                        progress
                    );
                }
                finally
                {
                    progress?.End();
                }

                session.Print(JsonNode.Parse(ResultFolder.Write(result))!, () => VerificationViews.Result(result));
            },
            [live, .. source.All, prices, .. fill.All],
            "trader backtest verify --live 2026-02-02 2026-02-13 --data-dir samples/market",
            "trader backtest verify --live 2026-11-02 2026-11-06 --data-source alpaca"
        );
    }
}
