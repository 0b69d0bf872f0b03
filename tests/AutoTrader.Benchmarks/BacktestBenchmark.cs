using System.Diagnostics;
using System.Globalization;
using AutoTrader.Backtesting;
using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Benchmarks;

/// <summary>How many minute bars a backtest plays in a second on one core, beside what the Python AutoTrader is known to play.</summary>
internal static class BacktestBenchmark
{
    private static readonly DateOnly First = new(2020, 1, 2);
    private static readonly DateOnly Last = new(2022, 12, 30);

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
        var started = Stopwatch.GetTimestamp();
        var begun = new Begun();
        var run = await Backtest.RunAsync(Settings([strategy], folder, First, Last), begun);
        var (reading, playing) = (Stopwatch.GetElapsedTime(started, begun.At), Stopwatch.GetElapsedTime(begun.At));
        var onCore = Process.GetCurrentProcess().TotalProcessorTime - begun.OnCore;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -28} {run.Bars / playing.TotalSeconds, 10:N0} bars/s, {run.Bars / onCore.TotalSeconds, 10:N0} a second on a core, "
                    + $"{run.Bars / onCore.TotalSeconds / OriginalSpeed, 4:N0} times the Python AutoTrader; "
                    + $"{run.Cycles:N0} cycles for {run.Bars:N0} bars, {run.Fills.Count:N0} fills; reading {reading.TotalSeconds:N1} s"
            )
        );
    }

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

    /// <summary>When the first session was over: bars were read, and code was compiled.</summary>
    private sealed class Begun : IProgress<BacktestProgress>
    {
        public long At { get; private set; }

        /// <summary>The processor time until then: other work on the machine does not count in it.</summary>
        public TimeSpan OnCore { get; private set; }

        public void Report(BacktestProgress value)
        {
            if (At == 0)
            {
                (At, OnCore) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
            }
        }
    }
}
