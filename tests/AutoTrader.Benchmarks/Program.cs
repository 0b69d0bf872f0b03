using AutoTrader.Benchmarks;
using BenchmarkDotNet.Running;

// "cycle" measures whole cycles against Azurite, "durable" the orchestrations of the local runtime, "schedules" those of the whole app; anything else is BenchmarkDotNet's.
if (args is ["cycle"])
{
    await new CycleBenchmark().RunAsync();
}
else if (args is ["durable"])
{
    await new DurableBenchmark().RunAsync();
}
else if (args is ["schedules"])
{
    await new ScheduleBenchmark().RunAsync();
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(CycleBenchmark).Assembly).Run(args);
}
