using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Functions.Observability;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Scheduling;

/// <summary>Writes what schedules do to the log, one line per run with New York time, and measures how late they are.</summary>
public sealed partial class ScheduleEventLog(ILoggerFactory loggers, Telemetry telemetry) : IScheduleEvents
{
    private readonly ILogger _log = loggers.CreateLogger(EngineEventLog.Category);

    /// <inheritdoc/>
    public void RunEnded(ScheduleRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        Log(run, run.Outcome ?? run.Code ?? "");
    }

    /// <inheritdoc/>
    public void RunsPassed(ScheduleRun last, int count)
    {
        ArgumentNullException.ThrowIfNull(last);
        Log(
            last,
            count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{count} occurrences were skipped: {last.Code}") : last.Code ?? ""
        );
    }

    private void Log(ScheduleRun run, string outcome)
    {
        telemetry.ScheduleRan(run);
        var level = run.Status == RunStatus.Failed ? LogLevel.Warning : LogLevel.Information;
        if (_log.IsEnabled(level))
        {
            var local = TimeZoneInfo
                .ConvertTime(run.StartedAt, TradingCalendar.Nyse.NewYork)
                .ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            // A separate event id, so that searches for missed or failed runs do not match it.
            var status = run.Code == ScheduleRun.NoOp ? ScheduleRun.NoOp : WireNames.Of(run.Status);
            var action = WireNames.Of(run.Task.Action);
            LogRun(_log, level, local, run.ScheduleId, action, status, outcome);
        }
    }

    /// <inheritdoc/>
    public void SweepFailed(string scheduleId, Exception failure) => LogSweep(_log, failure, scheduleId);

    [LoggerMessage(EventId = 1101, Message = "{Local} NY  schedule {ScheduleId}: {Action} {Status}. {Outcome}")]
    private static partial void LogRun(
        ILogger logger,
        LogLevel level,
        string local,
        string scheduleId,
        string action,
        string status,
        string outcome
    );

    [LoggerMessage(1102, LogLevel.Error, "The sweeper failed on schedule {ScheduleId} and retries")]
    private static partial void LogSweep(ILogger logger, Exception failure, string scheduleId);
}
