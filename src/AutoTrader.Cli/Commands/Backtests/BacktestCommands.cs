using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering;
using AutoTrader.Cli.Rendering.Backtests;
using Spectre.Console;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>Strategies over past prices, on this machine: a server is asked only to publish a result or to verify the past.</summary>
internal static class BacktestCommands
{
    public static CliCommand Of(TraderCli cli) =>
        TraderCli.Group(
            "backtest",
            "Runs strategies over past prices, through the engine and the paper broker of the app itself.",
            Run(cli),
            Files(cli),
            VerifyCommand.Of(cli),
            List(cli),
            Show(cli),
            Compare(cli),
            Delete(cli),
            BacktestPublishing.Publish(cli),
            BacktestPublishing.Published(cli),
            BacktestPublishing.Unpublish(cli)
        );

    private static CliCommand Run(TraderCli cli)
    {
        var it = new BacktestRunOptions();
        return cli.Command(
            "run",
            "Runs a strategy over past prices. It arms itself anew when it has sold. Ctrl+C keeps what is done.",
            session => RunAsync(session, it),
            it.All,
            "trader backtest run trailing-stop ACME --start 2026-02-02 --end 2026-02-13 --trailing-pct 2 --data-dir samples/market",
            "trader backtest run bracket BOLT --start 2026-02-02 --end 2026-02-13 --take-profit 3 --stop-loss 2 --slippage-pct 0.02"
        );
    }

    private static async Task RunAsync(Session session, BacktestRunOptions it)
    {
        it.Output.Check(session);
        var settings = it.Settings(session);
        using var prices = await it.PricesAsync(session, PriceNeed.Of(settings));
        var result = await RunAsync(session, it, settings with { Market = prices.Market }, prices.Remarks);
        await it.Output.WriteAsync(session, result, prices.Market);
    }

    private static CliCommand Files(TraderCli cli)
    {
        var (it, output) = (new BacktestOptions(), new ResultFiles());
        var strategies = new Argument<string>("strategies") { Description = "The file of the strategies, such as strategies.yaml." };
        var schedules = new Option<string?>("--schedules") { Description = "The file of the schedules.", HelpName = "file" };
        return cli.Command(
            "files",
            "Runs the strategies and schedules of files over past prices, together and by the clock as they would live.",
            async session =>
            {
                output.Check(session);
                BacktestFiles files;
                try
                {
                    files = BacktestFiles.Read(session.Get(strategies)!, session.Get(schedules), it.Start(session));
                }
                catch (BacktestRefusedException refused)
                {
                    throw new CommandException(ExitCode.Failed, refused.Message);
                }

                var settings = it.Settings(session, files.Strategies, files.Schedules);
                using var prices = await it.PricesAsync(session, PriceNeed.Of(settings));
                var result = await RunAsync(session, it, settings with { Market = prices.Market }, [.. files.Remarks, .. prices.Remarks]);
                await output.WriteAsync(session, result, prices.Market);
            },
            [strategies, schedules, .. it.Shared, .. output.All],
            "trader backtest files samples/strategies.yaml --schedules samples/schedules.yaml --start 2026-02-02 --end 2026-02-13 "
                + "--data-dir samples/market"
        );
    }

    private static async Task<BacktestResult> RunAsync(
        Session session,
        BacktestOptions it,
        BacktestSettings settings,
        IReadOnlyList<string> remarks
    )
    {
        var store = BacktestFolders.Kept(session.Terminal, null);
        var progress = ProgressLine.For(session);
        var (run, targetFirst) = await BacktestDraft.PlayAsync(settings, progress, session.Cancellation);
        progress?.End();
        var result = BacktestResult.Of(store.NewId(), TimeProvider.System.GetUtcNow(), settings, run, targetFirst);
        result = result with { Command = session.RepeatCommand(), DataReport = [.. remarks, .. result.DataReport] };
        if (it.IsKept(session))
        {
            session.Note($"Kept as {store.Save(result)}");
        }

        Answer(session, result);
        return result;
    }

    private static CliCommand List(TraderCli cli)
    {
        var folder = BacktestFolders.OfResults();
        return cli.Command(
            "list",
            "Lists kept backtests, newest first.",
            session =>
            {
                var (results, problems) = BacktestFolders.Kept(session.Terminal, session.Get(folder)).List();
                foreach (var problem in problems)
                {
                    session.Note(problem);
                }

                session.Print(new JsonArray([.. results.Select(result => (JsonNode)BacktestViews.Summary(result))]), () =>
                    BacktestViews.List(results, session.Terminal.Width)
                );
                return Task.CompletedTask;
            },
            [folder],
            "trader backtest list"
        );
    }

    private static CliCommand Show(TraderCli cli)
    {
        var (id, folder) = (Id(), BacktestFolders.OfResults());
        var (prices, source, output) = (BacktestFolders.HistoricalPrices(), new SourceOptions(), new ResultFiles());
        return cli.Command(
            "show",
            "Shows a kept backtest.",
            async session =>
            {
                output.Check(session);
                var result = Find(BacktestFolders.Kept(session.Terminal, session.Get(folder)), session.Get(id)!);
                await output.WriteAsync(session, result, BacktestFolders.OfPrices(session.Terminal, session.Get(prices)), source);
                Answer(session, result);
            },
            [id, folder, prices, .. source.All, .. output.All],
            "trader backtest show 1a2b3c4d",
            "trader backtest show 1a2b3c4d --chart report.html",
            "trader backtest show 1a2b3c4d --csv trades.csv"
        );
    }

    private static CliCommand Compare(TraderCli cli)
    {
        var ids = new Argument<string[]>("ids") { Description = "Their ids.", Arity = ArgumentArity.OneOrMore };
        var folder = BacktestFolders.OfResults();
        return cli.Command(
            "compare",
            "Shows kept backtests beside each other.",
            session =>
            {
                var store = BacktestFolders.Kept(session.Terminal, session.Get(folder));
                List<BacktestResult> results = [.. session.Get(ids)!.Select(id => Find(store, id))];
                session.Print(new JsonArray([.. results.Select(result => JsonNode.Parse(BacktestStore.Write(result)))]), () =>
                    BacktestViews.List(results, session.Terminal.Width)
                );
                return Task.CompletedTask;
            },
            [ids, folder],
            "trader backtest compare 1a2b3c4d 5e6f7a8b"
        );
    }

    private static CliCommand Delete(TraderCli cli)
    {
        var (id, folder) = (Id(), BacktestFolders.OfResults());
        return cli.Command(
            "delete",
            "Deletes a kept backtest.",
            session =>
            {
                var name = session.Get(id)!;
                session.Confirm($"Delete the backtest {name}?");
                if (!BacktestFolders.Kept(session.Terminal, session.Get(folder)).Delete(name))
                {
                    throw NotFound(name);
                }

                session.Print(new JsonObject { ["status"] = "deleted", ["backtest_id"] = name }, () =>
                    new Text($"The backtest {name} is deleted.")
                );
                return Task.CompletedTask;
            },
            [id, folder, cli.Yes],
            "trader backtest delete 1a2b3c4d --yes"
        );
    }

    private static void Answer(Session session, BacktestResult result) =>
        session.Print(JsonNode.Parse(BacktestStore.Write(result))!, () => BacktestViews.Result(result, session.Terminal.Width));

    /// <exception cref="CommandException">There is none, or it cannot be read.</exception>
    public static BacktestResult Find(BacktestStore store, string id)
    {
        try
        {
            return store.Find(id) ?? throw NotFound(id);
        }
        catch (BacktestRefusedException unreadable)
        {
            throw new CommandException(ExitCode.Failed, unreadable.Message);
        }
    }

    private static CommandException NotFound(string id) =>
        new(ExitCode.NotFound, $"There is no backtest {id}. See: trader backtest list") { ProblemCode = "BACKTEST_NOT_FOUND" };

    public static Argument<string> Id() => new("id") { Description = "Its id." };
}
