using System.CommandLine;
using System.Text.Json.Nodes;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Backtesting.Results;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Rendering.Backtests;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>The best values of a strategy over past prices, looked for on this machine: no server is asked.</summary>
internal static class OptimizeCommand
{
    public static CliCommand Of(TraderCli cli)
    {
        var it = new OptimizeOptions();
        return cli.Command(
            "optimize",
            "Looks for the best parameters over past prices: a backtest for each combination, on all cores. The last quarter of the "
                + "sessions is held out, and only the best is run on it. Ctrl+C keeps what is done: the same command goes on from there.",
            session => RunAsync(session, it),
            it.All,
            "trader optimize trailing-stop --symbol ACME --start 2026-02-02 --end 2026-02-13 --params trailing_pct:1,1.5,2,3 "
                + "--data-dir samples/market",
            "trader optimize bracket --symbol BOLT --start 2026-02-02 --end 2026-02-13 --params take_profit:1,2,3 --params stop_loss:1,2 "
                + "--method walk-forward --windows 2 --best-to best.yaml",
            "trader optimize trailing-stop --symbol ACME --start 2026-02-02 --end 2026-02-13 --params trailing_pct:1,2 "
                + "--entry-condition 'sma:{fast} > sma:{slow} @15Min' --params fast:3,5 --params slow:8,13"
        );
    }

    private static async Task RunAsync(Session session, OptimizeOptions it)
    {
        var settings = it.Settings(session);
        var folder = BacktestFolders.Optimizations(session.Terminal, session.Get(it.Results));
        var isKept = it.IsKept(session);
        ChartFile.CheckPlace(session.Get(it.BestTo));
        using var prices = await it.PricesAsync(
            session,
            PriceNeed.Of(settings)
        );
        settings = settings with { Backtest = settings.Backtest with { Market = prices.Market } };
        var progress = TrialLine.For(session);
        var result = await OptimizationDraft.RunAsync(
            folder.NewId(),
            settings,
            isKept ? folder.Path : null,
            progress,
            session.Cancellation
        );
        progress?.End();
        result = prices.Told(result with { Command = session.RepeatCommand() });
        if (result.Canceled)
        {
            session.Note(isKept ? "Stopped. The same command goes on from here." : "Stopped; with --no-save nothing is kept.");
        }
        else if (isKept)
        {
            session.Note($"Kept as {folder.Save(result.Id, result)}");
        }

        if (session.Get(it.BestTo) is { } file && result is { Canceled: false, BestParams: not null })
        {
            await File.WriteAllTextAsync(file, result.BestAsFile(), CancellationToken.None);
            session.Note($"The best is in {file}, disabled: trader strategy add --from {Session.Quoted(file)}");
        }

        session.Print(JsonNode.Parse(ResultFolder.Write(result))!, () =>
            OptimizationViews.Result(result, session.Get(it.ShowResults), session.Terminal.Width)
        );
    }
}

/// <summary>The options of an optimization, with the original's names and defaults.</summary>
internal sealed class OptimizeOptions : BacktestOptions
{
    private const int MostSamples = 1_000_000;
    private const int MostWindows = 100;
    private const int MostWorkers = 1024;

    private readonly Argument<string> _type = new("type") { Description = "The kind of strategy." };
    private readonly Option<string> _symbol = new("--symbol") { Description = "The symbol.", Required = true };
    private readonly Option<string[]> _params = new("--params")
    {
        Description = "Values to try, name:v1,v2; may be given again. One value is not varied. docs/backtests.md lists the names.",
        HelpName = "values",
        Required = true,
    };
    private readonly Option<string?> _entry = new("--entry-condition")
    {
        Description =
            "The condition under which it buys; a name in braces is a number to try: 'rsi:{period} < {threshold}' with "
            + "--params period:7,14 --params threshold:20,30.",
        HelpName = "condition",
    };
    private readonly Option<string> _objective = new("--objective")
    {
        Description = $"What is to be best: {string.Join(", ", Objective.All.Select(it => it.Name))}.",
        HelpName = "name",
        DefaultValueFactory = _ => "total_return_pct",
    };
    private readonly Option<string> _method = new("--method")
    {
        Description = "Which combinations are tried, and how: walk-forward chooses anew in each window and tests on what follows it.",
        DefaultValueFactory = _ => "grid",
    };
    private readonly Option<int?> _samples = WholeNumber.Optional(
        "--num-samples",
        "How many random combinations; for walk-forward default all.",
        "number",
        least: 1,
        MostSamples
    );
    private readonly Option<int> _seed = WholeNumber.Of(
        "--seed",
        "What random draws begin with: the same seed draws the same.",
        "number",
        otherwise: 1,
        least: 0,
        int.MaxValue
    );
    private readonly Option<decimal> _holdOut = new("--hold-out-pct")
    {
        Description = "The part of the sessions at the end that only the best is run on, in percent; 0 for none.",
        DefaultValueFactory = _ => 25,
    };
    private readonly Option<int> _windows = WholeNumber.Of("--windows", "Tests of a walk-forward.", "number", otherwise: 4, 1, MostWindows);
    private readonly Option<int?> _workers = WholeNumber.Optional(
        "--workers",
        "How many backtests run at a time. Default: one on each core.",
        "number",
        least: 1,
        MostWorkers
    );

    public OptimizeOptions()
    {
        _type.AcceptOnlyFromAmong(StrategyDraft.Types);
        _method.AcceptOnlyFromAmong(OptimizationDraft.Methods);
        _holdOut.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.GetValueOrDefault<decimal>() is not (>= 0 and < 100))
            {
                result.AddError("--hold-out-pct is 0 to below 100.");
            }
        });
    }

    public Option<string?> Results { get; } = BacktestFolders.OfOptimizations();

    public Option<bool> ShowResults { get; } = new("--show-results") { Description = "Show every combination, the best first." };

    public Option<string?> BestTo { get; } =
        new("--best-to") { Description = "Write the best, disabled, to this file for trader strategy add --from.", HelpName = "file" };

    /// <summary>All of them.</summary>
    public IEnumerable<Symbol> All =>
        [
            _type,
            _symbol,
            _params,
            _entry,
            _objective,
            _method,
            _samples,
            _seed,
            _holdOut,
            _windows,
            _workers,
            .. Shared,
            Results,
            ShowResults,
            BestTo,
        ];

    /// <exception cref="CommandException">What was typed makes no sense.</exception>
    public OptimizationSettings Settings(Session session)
    {
        var settings = OptimizationDraft.Settings(
            session.Get(_type)!,
            session.Get(_symbol)!,
            Settings(session, [], []),
            session.Get(_params)!.Select(OptimizationDraft.Values),
            session.Get(_objective)!,
            session.Get(_method)!,
            session.Get(_entry)
        );
        return settings with
        {
            Samples = session.Get(_samples),
            Seed = session.Get(_seed),
            HoldOutPct = session.Get(_holdOut),
            Windows = session.Get(_windows),
            Workers = session.Get(_workers) ?? settings.Workers,
        };
    }
}
