using System.Diagnostics;
using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Benchmarks;

/// <summary>How many minute bars a backtest plays in a second on one core, beside what the Python AutoTrader is known to play.</summary>
internal static class BacktestBenchmark
{
    private static readonly DateOnly First = new(2020, 1, 2);
    private static readonly DateOnly Last = new(2022, 12, 30);

    // Code is compiled anew, and better, while it runs: the best run counts.
    private const int Runs = 8;

    // Bars a second of the Python AutoTrader, as its own documentation has it.
    private const double OriginalSpeed = 4_750;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-bench-");
        GeneratedWalk.Write(folder.FullName, First, Last);
        foreach (var (name, strategy) in Strategies())
        {
            await MeasureAsync(name, strategy, folder.FullName);
        }

        await OptimizationBenchmark.RunAsync(folder.FullName, First, Last);
        folder.Delete(recursive: true);
        await BacktestMemory.RunAsync();
    }

    /// <summary>A backtest of some strategies over bars of a folder.</summary>
    public static BacktestSettings Settings(IReadOnlyList<Strategy> strategies, string folder, DateOnly first, DateOnly last) =>
        new()
        {
            Strategies = strategies,
            Start = first,
            End = last,
            Market = new() { Directory = folder },
            Limits = new()
            {
                MaxDailyTrades = 10_000,
                MaxPositionValue = 100_000,
                MaxPositionSize = 10_000,
            },
        };

    private static async Task MeasureAsync(string name, Strategy strategy, string folder)
    {
        var settings = Settings([strategy], folder, First, Last);
        var data = new BacktestData(settings.Market);
        var before = OnCore();
        await data.PeriodAsync([GeneratedWalk.Symbol], First, Last);
        var reading = OnCore() - before;
        var (best, run) = (double.MaxValue, (BacktestRun?)null);
        for (var i = 0; i < Runs; i++)
        {
            before = OnCore();
            run = await Backtest.RunAsync(settings, progress: null, data);
            best = Math.Min(best, (OnCore() - before).TotalSeconds);
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-28} {run!.Bars / best,10:N0} bars a second on a core, {run.Bars / best / OriginalSpeed,4:N0} times the Python "
                    + $"AutoTrader; {run.Cycles:N0} cycles for {run.Bars:N0} bars, {run.Fills.Count:N0} fills; reading "
                    + $"{run.Bars / reading.TotalSeconds,9:N0} bars a second"
            )
        );
    }

    // Other work on the machine does not count in it.
    private static TimeSpan OnCore() => Process.GetCurrentProcess().TotalProcessorTime;

    /// <summary>What is measured.</summary>
    public static IEnumerable<(string Name, Strategy Strategy)> Strategies()
    {
        var wait = new Strategy
        {
            Id = "bench",
            Symbol = "WALK",
            StrategyType = StrategyType.TrailingStop,
            Quantity = 10,
            TrailingStopPct = 5,
            Arm = "aaaaaaaa",
        };
        yield return ("limit that never fills", wait with { EntryType = EntryType.Limit, EntryPrice = 1 });
        yield return ("condition never met", wait with { EntryType = EntryType.Condition, EntryCondition = "below:1" });
        yield return ("trailing stop 5 %, repeats", wait with { Repeat = true });
        yield return (
            "bracket 5 %/5 %, repeats",
            wait with
            {
                StrategyType = StrategyType.Bracket,
                TrailingStopPct = null,
                TakeProfitPct = 5,
                StopLossPct = 5,
                Repeat = true,
            }
        );
        yield return ("pullback 5 %, repeats", wait with { StrategyType = StrategyType.PullbackTrailing, PullbackPct = 5, Repeat = true });
        yield return (
            "grid of ten levels",
            wait with
            {
                StrategyType = StrategyType.Grid,
                TrailingStopPct = null,
                Quantity = 1,
                GridConfig = new(80, 125, 10, 5),
            }
        );
    }
}
