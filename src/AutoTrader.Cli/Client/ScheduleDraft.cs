using AutoTrader.Contracts;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Cli.Client;

/// <summary>Makes the schedule to create or preview from the given options.</summary>
internal static class ScheduleDraft
{
    private static readonly TaskDataView Nothing = new();

    /// <summary>A task's data; null when none was given.</summary>
    public static TaskDataView? GivenOrNull(TaskDataView data) => data == Nothing ? null : data;

    public static ScheduleRequest Of(SchedulePatch it, string? id, ScheduleAction task, bool? enabled) =>
        new(it)
        {
            Id = Optional.Of(id),
            Enabled = Optional.Of(enabled),
            TaskType = task,
        };

    public static PreviewRequest Preview(WhenRequest it, ScheduleAction? task, int count) =>
        new(it) { TaskType = Optional.Of(task), Count = count };
}
