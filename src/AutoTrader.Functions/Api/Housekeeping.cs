using AutoTrader.Core.Engine;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api;

/// <summary>Archives and deletes old records at night.</summary>
public sealed class Housekeeping(Retention retention)
{
    private const int Attempts = 600;
    private static readonly TimeSpan LeasePoll = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for the engine lease, longer than one that a dead holder left lasts, and runs once. What it did not do, the next night does.</summary>
    [Function(nameof(Housekeeping))]
    public async Task RunAsync([TimerTrigger("%AutoTrader__HousekeepingSchedule%", UseMonitor = true)] TimerInfo timer, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(timer);
        ArgumentNullException.ThrowIfNull(context);
        for (var attempt = 0; attempt < Attempts && !await retention.RunAsync(context.CancellationToken); attempt++)
        {
            await Task.Delay(LeasePoll, TimeProvider.System, context.CancellationToken);
        }
    }
}
