using AutoTrader.Benchmarks;
using BenchmarkDotNet.Running;

// "cycle" measures whole cycles against Azurite, "durable" the orchestrations of the local runtime; anything else is BenchmarkDotNet's.
if (args is ["cycle"])
{
    await new CycleBenchmark().RunAsync();
}
else if (args is ["durable"])
{
    await new DurableBenchmark().RunAsync();
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
