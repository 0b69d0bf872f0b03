using AutoTrader.Benchmarks;
using BenchmarkDotNet.Running;

// "cycle" measures whole cycles against Azurite; anything else is BenchmarkDotNet's.
if (args is ["cycle"])
{
    await new CycleBenchmark().RunAsync();
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
