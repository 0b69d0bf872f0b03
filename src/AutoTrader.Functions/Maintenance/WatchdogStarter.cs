using AutoTrader.Core.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Maintenance;

/// <summary>Starts the watchdog if it does not run: both the sweep and the health check call this, in case no timer ever ran.</summary>
public sealed partial class WatchdogStarter(Heartbeats heartbeats, TimeProvider clock, ILogger<WatchdogStarter> log)
{
    private const string InstanceId = "watchdog";

    // A request to the engine each minute, for what hardly ever happens, would be too much.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private DateTimeOffset _looked = DateTimeOffset.MinValue;

    /// <summary>Starts it unless it runs or this process checked recently. A failure is logged; the next caller retries.</summary>
    /// <param name="client">The engine, as the function that runs was given it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task EnsureAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        var now = clock.GetUtcNow();
        if (now >= _looked && now - _looked < Interval)
        {
            return;
        }

        try
        {
            if (await client.GetInstanceAsync(InstanceId, cancellationToken) is not { IsRunning: true })
            {
                await client.ScheduleNewOrchestrationInstanceAsync(
                    Watchdog.Name,
                    null,
                    new StartOrchestrationOptions(InstanceId),
                    cancellationToken
                );
                await heartbeats.BeatAsync(Heartbeats.Watchdog, cancellationToken);
            }

            _looked = now;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogNotStarted(log, failure.Message);
        }
    }

    [LoggerMessage(2112, LogLevel.Information, "The watchdog could not be started yet: {Reason}")]
    private static partial void LogNotStarted(ILogger logger, string reason);
}
