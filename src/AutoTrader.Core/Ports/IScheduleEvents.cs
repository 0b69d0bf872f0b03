using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Ports;

/// <summary>Where what happens to schedules is told: the log, the meter. Must not throw.</summary>
public interface IScheduleEvents
{
    /// <summary>Tells that a run ended: fired, skipped or failed.</summary>
    void RunEnded(ScheduleRun run);

    /// <summary>Tells that occurrences were passed over together: one event, however many they are.</summary>
    /// <param name="last">The run of the last of them.</param>
    /// <param name="count">How many, the last included.</param>
    void RunsPassed(ScheduleRun last, int count) => RunEnded(last);

    /// <summary>Tells that the sweeper could not do its work on a schedule; it tries again.</summary>
    void SweepFailed(string scheduleId, Exception failure);
}
