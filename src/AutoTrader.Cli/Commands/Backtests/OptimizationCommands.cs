using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering.Backtests;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Kept optimizations, also those of the original; they are files on this machine.</summary>
internal static class OptimizationCommands
{
    public static CliCommand Of(TraderCli cli) => TraderCli.Group("optimization", "Shows kept optimizations.", List(cli), Show(cli));

    private static CliCommand List(TraderCli cli)
    {
        var folder = BacktestFolders.OfOptimizations();
        return cli.Command(
            "list",
            "Lists kept optimizations, newest first.",
            session =>
            {
                var (results, problems) = BacktestFolders.Optimizations(session.Terminal, session.Get(folder)).List<OptimizationResult>();
                foreach (var problem in problems)
                {
                    session.Note(problem);
                }

                List<OptimizationResult> newest = [.. results.OrderByDescending(it => it.CreatedAt, StringComparer.Ordinal)];
                session.Print(new JsonArray([.. newest.Select(Summary)]), () => OptimizationViews.List(newest, session.Terminal.Width));
                return Task.CompletedTask;
            },
            [folder],
            "trader optimization list"
        );
    }

    private static CliCommand Show(TraderCli cli)
    {
        var (id, folder) = (BacktestCommands.Id(), BacktestFolders.OfOptimizations());
        var results = new Option<bool>("--show-results") { Description = "Show every combination, the best first." };
        return cli.Command(
            "show",
            "Shows a kept optimization.",
            session =>
            {
                var result = Find(BacktestFolders.Optimizations(session.Terminal, session.Get(folder)), session.Get(id)!);
                session.Print(JsonNode.Parse(ResultFolder.Write(result))!, () =>
                    OptimizationViews.Result(result, session.Get(results), session.Terminal.Width)
                );
                return Task.CompletedTask;
            },
            [id, folder, results],
            "trader optimization show 1a2b3c4d --show-results"
        );
    }

    private static OptimizationResult Find(ResultFolder folder, string id)
    {
        try
        {
            return folder.Find<OptimizationResult>(id)
                ?? throw new CommandException(ExitCode.NotFound, $"There is no optimization {id}. See: trader optimization list")
                {
                    ProblemCode = "OPTIMIZATION_NOT_FOUND",
                };
        }
        catch (BacktestRefusedException unreadable)
        {
            throw new CommandException(ExitCode.Failed, unreadable.Message);
        }
    }

    private static JsonNode Summary(OptimizationResult it) =>
        JsonNode.Parse(ResultFolder.Write(it with { AllResults = [], BestBacktest = null, HoldOut = null }))!;
}
