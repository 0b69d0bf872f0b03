using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using Spectre.Console;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Draws a kept result locally, without a server.</summary>
internal static class VisualizeCommand
{
    public static CliCommand Of(TraderCli cli)
    {
        var backtest = new Argument<string>("backtest") { Description = "Its id, or a JSON file." };
        var chart = new ChartOptions("--output");
        var folder = BacktestFolders.OfResults();
        var prices = BacktestFolders.HistoricalPrices();
        var source = new SourceOptions();
        return cli.Command(
            "visualize",
            "Draws a backtest: equity, drawdown, trades on the price and tables, in one file.",
            async session =>
            {
                if (!chart.IsAsked(session))
                {
                    throw new CommandException(ExitCode.Usage, "Give --output FILE or --show.");
                }

                chart.Check(session);
                var result = Find(session, session.Get(backtest)!, session.Get(folder));
                await chart.DrawAsync(session, result, BacktestFolders.OfPrices(session.Terminal, session.Get(prices)), source);
                session.Print(new JsonObject { ["status"] = "drawn", ["backtest_id"] = result.Id }, () =>
                    new Text($"The backtest {result.Id} is drawn.")
                );
            },
            [backtest, .. chart.All, .. source.All, folder, prices],
            "trader visualize 1a2b3c4d --output report.html"
        );
    }

    private static BacktestResult Find(Session session, string named, string? folder)
    {
        if (!named.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return BacktestCommands.Find(BacktestFolders.Kept(session.Terminal, folder), named);
        }

        try
        {
            return BacktestStore.Read(named);
        }
        catch (BacktestRefusedException unreadable)
        {
            throw new CommandException(ExitCode.Failed, unreadable.Message);
        }
    }
}
