using AutoTrader.Functions.Observability;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Maintenance;

/// <summary>
/// Reports the app's health to external monitors: the log, which alerts read, and a dead man's switch, which alerts when reports stop.
/// </summary>
public sealed partial class HealthReporter(
    HealthCheck health,
    DeadMansSwitch deadMansSwitch,
    HealthAudience audience,
    ILogger<HealthReporter> log
)
{
    private bool _isRefused;

    /// <summary>
    /// Checks the app's health, logs problems, and reports to the dead man's switch. Does nothing when there is no switch, or when it was
    /// reported within the minute.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!audience.IsThere || !deadMansSwitch.IsDue)
        {
            return;
        }

        var report = await health.LookAsync(cancellation);
        if (report.Status != "ok")
        {
            LogHealth(log, report.Status, string.Join(' ', report.Problems));
        }

        // Once until it works again: what does not answer may not for days.
        var refusal = await deadMansSwitch.ReportAsync(report, cancellation);
        if (refusal is not null && !_isRefused)
        {
            LogRefused(log, refusal);
        }

        _isRefused = refusal is not null;
    }

    [LoggerMessage(2120, LogLevel.Warning, "Health is {Status}: {Problems}")]
    private static partial void LogHealth(ILogger logger, string status, string problems);

    [LoggerMessage(
        2121,
        LogLevel.Warning,
        "The dead man's switch of AutoTrader__HeartbeatUrl could not be reached; retrying every minute: {Reason}"
    )]
    private static partial void LogRefused(ILogger logger, string reason);
}

/// <summary>Whether somebody watches from outside: each look costs a few storage requests.</summary>
/// <param name="IsThere">Whether there is a dead man's switch, or logs go to Azure Monitor.</param>
public sealed record HealthAudience(bool IsThere);
