using System.Diagnostics;
using System.Globalization;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Benchmarks;

/// <summary>How an optimization scales with cores: its efficiency is the time on one core over that on all, for each of them. Beside other
/// work on the machine, the processor time that a trial takes tells more than the clock.</summary>
internal static class OptimizationBenchmark
{
    public static async Task RunAsync(string folder, DateOnly first, DateOnly last)
    {
        var alone = await MeasureAsync(folder, first, last, 1);
        var together = await MeasureAsync(folder, first, last, Environment.ProcessorCount);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"optimization on {Environment.ProcessorCount} cores: {together.Bars / together.Clock.TotalSeconds:N0} bars/s, efficiency "
                    + $"{alone.Clock / together.Clock / Environment.ProcessorCount:0.00} by the clock, "
                    + $"{alone.OnCore / together.OnCore:0.00} by processor time"
            )
        );
    }

    private static async Task<(long Bars, TimeSpan Clock, TimeSpan OnCore)> MeasureAsync(
        string folder,
        DateOnly first,
        DateOnly last,
        int workers
    )
    {
        var trials = new Trials();
        await Optimizer.RunAsync(
            "00000000",
            new()
            {
                Space = ParameterSpace.Of(
                    StrategyType.Bracket,
                    [new("take_profit", [2, 3, 4, 5, 6, 7, 8, 9]), new("stop_loss", [3, 5, 7, 9])]
                ),
                Symbol = GeneratedWalk.Symbol,
                Backtest = BacktestBenchmark.Settings([], folder, first, last),
                HoldOutPct = 0,
                Workers = workers,
            },
            progress: trials
        );
        return (trials.Last.Bars - trials.First.Bars, trials.Last.Clock - trials.First.Clock, trials.Last.OnCore - trials.First.OnCore);
    }

    // From one trial to another: files are read, and code is compiled, before the first.
    private sealed class Trials : IProgress<OptimizationProgress>
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public (long Bars, TimeSpan Clock, TimeSpan OnCore) First { get; private set; }

        public (long Bars, TimeSpan Clock, TimeSpan OnCore) Last { get; private set; }

        public void Report(OptimizationProgress value)
        {
            Last = (value.Bars, Stopwatch.GetElapsedTime(_started), Process.GetCurrentProcess().TotalProcessorTime);
            First = value.Done <= 4 ? Last : First;
        }
    }
}
