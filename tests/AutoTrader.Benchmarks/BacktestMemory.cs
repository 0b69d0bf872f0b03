using System.Diagnostics;
using System.Globalization;
using AutoTrader.Backtesting;

namespace AutoTrader.Benchmarks;

/// <summary>What memory a backtest takes over one year and over ten: each in a process of its own, which tells its peaks.</summary>
internal static class BacktestMemory
{
    /// <summary>The argument that makes a process the one that is measured; first and last day and the folder follow.</summary>
    public const string Measured = "backtest-memory";

    private const long Mebibyte = 1 << 20;

    public static async Task RunAsync()
    {
        foreach (var years in (int[])[1, 10])
        {
            var (first, last) = (new DateOnly(2025 - years, 1, 2), new DateOnly(2024, 12, 31));
            var folder = Directory.CreateTempSubdirectory("autotrader-bench-");
            GeneratedWalk.Write(folder.FullName, first, last);
            using var measured = Process.Start(
                Environment.ProcessPath!,
                [
                    Measured,
                    first.ToString("O", CultureInfo.InvariantCulture),
                    last.ToString("O", CultureInfo.InvariantCulture),
                    folder.FullName,
                ]
            );
            await measured.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs one backtest and tells its peaks.</summary>
    public static async Task MeasureAsync(DateOnly first, DateOnly last, string folder)
    {
        var heap = new PeakHeap();
        var run = await Backtest.RunAsync(
            BacktestBenchmark.Settings([BacktestBenchmark.Strategies().First().Strategy], folder, first, last),
            heap
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{run.Equity.Count, 5} sessions, {run.Bars, 9:N0} bars: {heap.Most / Mebibyte, 4} MiB of heap at most, "
                    + $"{Process.GetCurrentProcess().PeakWorkingSet64 / Mebibyte, 4} MiB of working set"
            )
        );
    }

    private sealed class PeakHeap : IProgress<BacktestProgress>
    {
        public long Most { get; private set; }

        public void Report(BacktestProgress value) => Most = Math.Max(Most, GC.GetTotalMemory(forceFullCollection: false));
    }
}
