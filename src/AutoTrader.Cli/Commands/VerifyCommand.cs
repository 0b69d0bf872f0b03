using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Results;
using AutoTrader.Backtesting.Stored;
using AutoTrader.Backtesting.Verification;
using AutoTrader.Brokers.Paper;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;

namespace AutoTrader.Cli.Commands;

/// <summary>The past of a server beside the backtest of the same days.</summary>
internal static class VerifyCommand
{
    private const string Paper = "paper";

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
        var prices = BacktestFolders.Prices();
        var fill = new FillOptions();
        return cli.Command(
            "verify",
            "Holds what the server did on past days against the backtest of the same days, with the cause of each difference. Nothing on "
                + "the server changes.",
            async session =>
            {
                var (from, to) = (BacktestDraft.Day("--live", session.Get(live)![0]), BacktestDraft.Day("--live", session.Get(live)![1]));
                if (to < from)
                {
                    throw new CommandException(ExitCode.Usage, "--live is the first day, then the last.");
                }

                HistoryOnServer.RequireLogged(live, from, (await session.EngineAsync()).Now);
                var stored = await StoredOnServer.ReadAsync(session);
                var history = await HistoryOnServer.ReadAsync(session, stored, from);
                var settings = new VerificationSettings
                {
                    From = from,
                    To = to,
                    Market = new() { Directory = BacktestFolders.OfPrices(session.Terminal, session.Get(prices)) },
                    // The paper broker of a server costs nothing unless it is set so; what it is set to, its API does not tell.
                    Fill = stored.Account == Paper && !fill.AreGiven(session) ? new() : fill.Model(session),
                };
                if (new PaperOptions { Fill = settings.Fill }.Problem() is { } problem)
                {
                    throw new CommandException(ExitCode.Usage, problem);
                }

                var result = await RunAsync(session, stored, history, settings);
                session.Print(JsonNode.Parse(ResultFolder.Write(result))!, () => VerificationViews.Result(result));
            },
            [live, prices, .. fill.All],
            "trader backtest verify --live 2026-02-02 2026-02-13 --data-dir samples/market"
        );
    }

    private static async Task<VerificationResult> RunAsync(
        Session session,
        StoredTrading stored,
        LiveHistory history,
        VerificationSettings settings
    )
    {
        var progress = ProgressLine.For(session);
        try
        {
            return await Task.Run(
                () => LiveVerification.RunAsync(stored, history, settings, progress, session.Cancellation),
                CancellationToken.None
            );
        }
        catch (BacktestRefusedException refused)
        {
            throw new CommandException(ExitCode.Failed, refused.Message) { ProblemCode = "VERIFICATION_FAILED" };
        }
        finally
        {
            progress?.End();
        }
    }
}
