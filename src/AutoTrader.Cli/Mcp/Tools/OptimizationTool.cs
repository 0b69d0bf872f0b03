using System.ComponentModel;
using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Cli.Client.Backtests;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Optimizations, which run on this machine and are kept where those of the command line are: no server is asked.</summary>
internal static class OptimizationTool
{
    // An assistant reads no more; the kept file has them all.
    private const int MostTrials = 100;

    public static TraderTool Of(ToolHost host) =>
        TraderTool.Of<OptimizationArguments, OptimizationResult>(
            host,
            "run_optimization",
            Access.Manage,
            Hints.Adds,
            "Looks for the best parameters over past prices: a backtest for each combination. The last part of the sessions is held "
                + "out, and only the best is run on it. Tell the user warnings, num_combinations and hold_out before any best_params; "
                + "all_results has the best 100.",
            RunAsync,
            host.OptimizationLimit,
            "what was tried is kept when save is true, and the same call goes on from there."
        );

    private static async Task<OptimizationResult> RunAsync(ToolCall call, OptimizationArguments it)
    {
        if (it.HoldOutPct is not (>= 0 and < 100) || it.Windows < 1 || it.NumSamples < 1)
        {
            throw new ToolException(
                ToolException.Validation,
                "hold_out_pct is 0 to below 100, and windows and num_samples are 1 or more. Nothing was done."
            );
        }

        var settings = OptimizationDraft.Settings(
            it.StrategyType,
            it.Symbol,
            new()
            {
                Strategies = [],
                Start = BacktestDraft.Day("start", it.Start),
                End = BacktestDraft.Day("end", it.End),
                Market = new() { Directory = call.Host.Prices },
                AcceptData = it.AcceptData,
                Paper = new() { InitialCash = it.InitialCapital, Fill = AlpacaFees.Model },
            },
            it.Params,
            it.Objective,
            it.Method,
            it.EntryCondition
        ) with
        {
            Samples = it.NumSamples,
            Seed = it.Seed,
            HoldOutPct = it.HoldOutPct,
            Windows = it.Windows,
        };
        if (settings.Backtest.Paper.Problem() is { } problem)
        {
            throw new ToolException(ToolException.Validation, problem);
        }

        using var prices = await call.PricesAsync(
            it.DataSource,
            it.Timeframe,
            PriceNeed.Of(settings)
        );
        settings = settings with { Backtest = settings.Backtest with { Market = prices.Market } };
        var (folder, progress) = (call.Host.Optimizations, new Reports(call));
        var result = await OptimizationDraft.RunAsync(folder.NewId(), settings, it.Save ? folder.Path : null, progress, call.Cancellation);
        // Nobody waits any more: what was done until then is no answer to what was asked.
        call.Cancellation.ThrowIfCancellationRequested();
        await progress.Told;
        result = prices.Told(result);
        if (it.Save)
        {
            folder.Save(result.Id, result);
        }

        return result with
        {
            AllResults = [.. result.AllResults.OrderByDescending(trial => trial.Score ?? decimal.MinValue).Take(MostTrials)],
        };
    }

    /// <summary>Tells a client that asked for it how many trials are done, once a second.</summary>
    private sealed class Reports(ToolCall call) : IProgress<OptimizationProgress>
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

        private long _last = TimeProvider.System.GetTimestamp();

        /// <summary>Ends when the client has been told.</summary>
        public Task Told { get; private set; } = Task.CompletedTask;

        public void Report(OptimizationProgress value)
        {
            if (TimeProvider.System.GetElapsedTime(_last) >= Pause || value.Done == value.All)
            {
                _last = TimeProvider.System.GetTimestamp();
                var message = string.Create(CultureInfo.InvariantCulture, $"{value.Done} of {value.All} backtests");
                Told = Task.WhenAll(Told, call.TellAsync(value.Done, message));
            }
        }
    }

    private sealed record OptimizationArguments(
        [Description("trailing-stop, bracket, scale-out, grid or pullback-trailing.")] string StrategyType,
        [Description(Texts.Symbol)] string Symbol,
        [Description("The first day, YYYY-MM-DD.")] string Start,
        [Description("The last day, YYYY-MM-DD; it belongs to what is held out.")] string End,
        [Description("Values to try by parameter, in percent numbers (2 is 2 %); one value is not varied.")]
            IReadOnlyDictionary<string, IReadOnlyList<decimal>> Params,
        [Description(
            "The condition under which it buys; a name in braces is a number to try: sma:{fast} > sma:{slow} with fast and slow in params."
        )]
            string? EntryCondition = null,
        [Description("What is to be best, such as total_return_pct, sharpe_ratio, profit_factor, max_drawdown_pct.")]
            string Objective = "total_return_pct",
        [Description("Which combinations are tried, and how: grid, random or walk-forward.")] string Method = "grid",
        [Description("How many random combinations.")] int? NumSamples = null,
        [Description(Texts.Source)] string DataSource = PriceSource.Csv,
        [Description("The cash to begin with, in dollars.")] decimal InitialCapital = 100_000,
        [Description("Keep the result.")] bool Save = true,
        [Description("What random draws begin with.")] int Seed = 1,
        [Description("The part of the sessions at the end that only the best is run on, in percent; 0 for none.")] decimal HoldOutPct = 25,
        [Description("Tests of a walk-forward.")] int Windows = 4,
        [Description(Texts.Timeframe)] string? Timeframe = null,
        [Description(Texts.AcceptData)] bool AcceptData = false
    );
}
