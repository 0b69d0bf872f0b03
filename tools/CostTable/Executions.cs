using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace AutoTrader.CostTable;

/// <summary>Counts what runs, and for how long.</summary>
internal sealed class Executions
{
    private const double ChargedAtLeast = 1;

    private readonly ConcurrentQueue<double> _seconds = [];

    public int Count => _seconds.Count;

    /// <summary>Stands before every function.</summary>
    public void CountIn(IFunctionsWorkerApplicationBuilder worker) => worker.Use(next => context => RunAsync(next, context));

    /// <summary>Seconds that are charged from the execution with an index on.</summary>
    public double From(int index) => _seconds.Skip(index).Sum(seconds => Math.Max(ChargedAtLeast, seconds));

    private async Task RunAsync(FunctionExecutionDelegate next, FunctionContext context)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            _seconds.Enqueue(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }
}
