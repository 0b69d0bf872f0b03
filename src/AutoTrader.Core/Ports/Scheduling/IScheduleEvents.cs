using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Ports.Scheduling;

/// <summary>Receives schedule events for the log and the meter. Must not throw.</summary>
public interface IScheduleEvents
{
    /// <summary>Called when a run ended: fired, skipped or failed.</summary>
    void RunEnded(ScheduleRun run);

    /// <summary>Called when occurrences were skipped together: one event for all.</summary>
    /// <param name="last">The run of the last of them.</param>
    /// <param name="count">How many, the last included.</param>
    void RunsPassed(ScheduleRun last, int count) => RunEnded(last);

    /// <summary>Called when the sweeper failed on a schedule; it retries.</summary>
    void SweepFailed(string scheduleId, Exception failure);
}
