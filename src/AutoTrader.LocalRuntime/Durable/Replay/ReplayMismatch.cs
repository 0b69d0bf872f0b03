using System.Globalization;
using AutoTrader.LocalRuntime.Durable.History;
using DurableTask.Core.Exceptions;

namespace AutoTrader.LocalRuntime.Durable.Replay;

/// <summary>Says how a replay differs from its history, in the words of the real engine.</summary>
internal static class ReplayMismatch
{
    /// <summary>Compares what the history has under a number with what the code asked for under it.</summary>
    /// <returns>Null when it is the same.</returns>
    public static NonDeterministicOrchestrationException? Find(HistoryEvent recorded, HistoryEvent? asked)
    {
        if (asked is null)
            return Of(recorded, NotAsked(recorded));
        if (asked.Kind != recorded.Kind)
            return Of(recorded, OtherKind(recorded, asked));
        return string.Equals(asked.Name, recorded.Name, StringComparison.OrdinalIgnoreCase) ? null : Of(recorded, OtherName(recorded, asked));
    }

    private static NonDeterministicOrchestrationException Of(HistoryEvent recorded, string difference)
    {
        var what = recorded.Kind switch
        {
            EventKind.ActivityScheduled => "an activity task",
            EventKind.TimerCreated => "a timer task",
            EventKind.ChildCreated => "a sub-orchestration task",
            _ => "a send event task",
        };
        return new NonDeterministicOrchestrationException($"A previous execution of this orchestration scheduled {what} with sequence {difference}");
    }

    private static string NotAsked(HistoryEvent recorded)
    {
        var label = recorded.Kind switch
        {
            EventKind.ActivityScheduled => $"ID {Id(recorded)} and name '{recorded.Name}' (version ''),",
            EventKind.TimerCreated => $"number {Id(recorded)}",
            EventKind.ChildCreated => Child(recorded),
            _ => $"ID {Id(recorded)}, type 'EventSent' name '{recorded.Name}', instance ID '{recorded.Target}',",
        };
        return $"{label} but the current replay execution hasn't (yet?) scheduled this task.";
    }

    private static string OtherKind(HistoryEvent recorded, HistoryEvent asked) => recorded.Kind switch
    {
        EventKind.ActivityScheduled => $"number {Id(recorded)} named '{recorded.Name}', but the current orchestration replay instead produced a {Action(asked)} action with this sequence number.",
        EventKind.TimerCreated => $"number {Id(recorded)} named but the current orchestration replay instead produced a {Action(asked)} action with this sequence number.",
        EventKind.ChildCreated => $"{Child(recorded)} but the current orchestration replay instead produced a {Action(asked)} action at this sequence number.",
        _ => $"ID {Id(recorded)}, type 'EventSent', name '{recorded.Name}', instance ID '{recorded.Target}', but the current orchestration replay instead scheduled a {Action(asked)} task at this sequence number.",
    };

    private static string OtherName(HistoryEvent recorded, HistoryEvent asked) => recorded.Kind switch
    {
        EventKind.ActivityScheduled => $"number {Id(recorded)} named '{recorded.Name}', but the current orchestration replay instead scheduled an activity task named '{asked.Name}' with this sequence number. ",
        EventKind.ChildCreated => $"{Child(recorded)} but the current orchestration replay instead scheduled a sub-orchestration task with name {asked.Name} at this sequence number.",
        _ => $"ID {Id(recorded)}, type 'EventSent', name '{recorded.Name}', instance ID '{recorded.Target}'), but the current orchestration replay instead scheduled a send event task with name {asked.Name}at this sequence number.",
    };

    private static string Id(HistoryEvent recorded) => recorded.TaskId.ToString(CultureInfo.InvariantCulture);

    private static string Child(HistoryEvent recorded) => $"ID {Id(recorded)} and name '{recorded.Name}' (version '', instance ID '{recorded.Target}'),";

    private static string Action(HistoryEvent asked) => asked.Kind switch
    {
        EventKind.ActivityScheduled => "ScheduleTaskOrchestratorAction",
        EventKind.TimerCreated => "CreateTimerOrchestratorAction",
        EventKind.ChildCreated => "CreateSubOrchestrationAction",
        _ => "SendEventOrchestratorAction",
    };
}
