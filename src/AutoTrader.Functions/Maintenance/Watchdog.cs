using AutoTrader.Core.Engine;
using AutoTrader.Functions.Observability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Maintenance;

/// <summary>
/// An eternal orchestration that checks whether the timers run, and does their work when they do not: after a deployment, all timers of an
/// app have been seen to stop for good while HTTP and orchestrations continued. Its work is safe to run twice: a cycle takes the engine
/// lease, maintenance repeats nothing.
/// </summary>
public sealed partial class Watchdog(
    HealthCheck health,
    Heartbeats heartbeats,
    IEvaluationCycle cycles,
    Maintain maintenance,
    ILogger<Watchdog> log
)
{
    /// <summary>The orchestration's name, with its version.</summary>
    public const string Name = "WatchdogV1";

    // Each look costs the engine some 30 requests.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Sleeps, checks, and starts over.</summary>
    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await context.CreateTimer(Interval, CancellationToken.None);
        await context.CallActivityAsync(nameof(WatchTimers));
        context.ContinueAsNew();
    }

    /// <summary>Runs the timers' missed work. Never fails: the orchestration must continue.</summary>
    [Function(nameof(WatchTimers))]
    public async Task WatchTimers([ActivityTrigger] string? input, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var cancellation = context.CancellationToken;
        await TryAsync("the cycle", async () =>
        {
            if (await health.MissedTickAsync(cancellation) is { } missed)
            {
                LogSilent(log, "EvaluateStrategies");
                await cycles.RunAsync(new(missed, CycleRequest.Watchdog), cancellation);
            }
        });
        await TryAsync("maintenance", async () =>
        {
            if ((await heartbeats.SilentAsync([Heartbeats.Sweep, Heartbeats.Delivery], cancellation)).Count > 0)
            {
                LogSilent(log, nameof(Maintain));
                await maintenance.RunAsync(client, cancellation);
            }
        });
        await TryAsync("the heartbeat", () => heartbeats.BeatAsync(Heartbeats.Watchdog, cancellation));
    }

    // Also when the host stops: nothing of the orchestration may fail.
    private Task TryAsync(string what, Func<Task> work) =>
        MaintenanceStep.RunAsync(work, failure => LogFailed(log, failure, what, failure.Message), CancellationToken.None);

    [LoggerMessage(2110, LogLevel.Warning, "The timer {Function} does not run; the watchdog runs its work")]
    private static partial void LogSilent(ILogger logger, string function);

    [LoggerMessage(2111, LogLevel.Warning, "The watchdog failed at {What} and retries in five minutes: {Reason}")]
    private static partial void LogFailed(ILogger logger, Exception failure, string what, string reason);
}
