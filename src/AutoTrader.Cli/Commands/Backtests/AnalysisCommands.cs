using System.CommandLine;
using AutoTrader.Cli.Rendering;
using Spectre.Console;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Trades and their results.</summary>
internal static class AnalysisCommands
{
    private const int Always = 36_500;

    public static IEnumerable<Command> Of(TraderCli cli) => [History(cli), Analyze(cli), Export(cli)];

    private static CliCommand History(TraderCli cli)
    {
        var symbol = Symbol();
        var limit = WholeNumber.Of("--limit", "The most rows to show, newest first.", "number", otherwise: 20, least: 1, most: 10_000);
        return cli.Command(
            "history",
            "Executions, newest first.",
            async session =>
            {
                var trades = await session.WaitAsync(
                    session.Api.GetTradesAsync(
                        session.Get(symbol),
                        days: Always,
                        limit: session.Get(limit),
                        cancellationToken: session.Cancellation
                    )
                );
                session.Print(() => TradeViews.History(trades.Fills, session.Terminal.Width));
            },
            [symbol, limit],
            "trader history --symbol AAPL --limit 50"
        );
    }

    private static CliCommand Analyze(TraderCli cli)
    {
        var symbol = Symbol();
        var days = Days();
        var limit = WholeNumber.Of(
            "--limit",
            "The most closed trades to show, newest first.",
            "number",
            otherwise: 1000,
            least: 1,
            most: 10_000
        );
        return cli.Command(
            "analyze",
            "The results of closed trades, first in, first out: per symbol and in total.",
            async session =>
            {
                var trades = await session.WaitAsync(
                    session.Api.GetTradesAsync(
                        session.Get(symbol),
                        days: session.Get(days),
                        limit: session.Get(limit),
                        cancellationToken: session.Cancellation
                    )
                );
                session.Print(() => TradeViews.Analysis(trades, session.Terminal.Width));
            },
            [symbol, days, limit],
            "trader analyze --days 90"
        );
    }

    private static CliCommand Export(TraderCli cli)
    {
        var output = new Argument<string>("output") { Description = "The CSV file; - for the standard output." };
        var days = Days();
        return cli.Command(
            "export",
            "Writes executions as CSV, oldest first.",
            async session =>
            {
                var path = session.Get(output)!;
                if (path != "-" && File.Exists(path))
                {
                    session.Confirm($"{path} exists. Replace it?");
                }

                var csv = await session.WaitAsync(
                    session.Api.ExportTradesAsync("csv", days: session.Get(days), cancellationToken: session.Cancellation)
                );
                if (path == "-")
                {
                    session.Print(csv);
                    return;
                }

                await File.WriteAllTextAsync(path, csv, session.Cancellation);
                var rows = csv.AsSpan().Count('\n') - 1;
                session.Print(new System.Text.Json.Nodes.JsonObject { ["file"] = path, ["rows"] = rows }, () =>
                    new Text(FormattableString.Invariant($"{rows} executions were written to {path}."))
                );
            },
            [output, days, cli.Yes],
            "trader export trades.csv --days 365"
        );
    }

    private static Option<string?> Symbol() => new("--symbol") { Description = "Only for this symbol." };

    private static Option<int> Days() => WholeNumber.Of("--days", "The last so many days.", "days", otherwise: 30, least: 1, Always);
}
