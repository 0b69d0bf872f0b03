using System.Globalization;
using AutoTrader.Benchmarks;
using BenchmarkDotNet.Running;

// "cycle" measures whole cycles against Azurite, "schedules" those of the whole app in real time, "replay" how fast virtual time can pass,
// "backtest" how fast bars are played and in what memory; anything else is BenchmarkDotNet's.
if (args is ["cycle"])
{
    await new CycleBenchmark().RunAsync();
}
else if (args is ["schedules"])
{
    await new ScheduleBenchmark().RunAsync();
}
else if (args is ["replay"])
{
    await ReplayBenchmark.RunAsync();
}
else if (args is ["backtest"])
{
    await BacktestBenchmark.RunAsync();
}
else if (args is [BacktestMemory.Measured, var first, var last, var folder])
{
    await BacktestMemory.MeasureAsync(
        DateOnly.Parse(first, CultureInfo.InvariantCulture),
        DateOnly.Parse(last, CultureInfo.InvariantCulture),
        folder
    );
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(CycleBenchmark).Assembly).Run(args);
}
