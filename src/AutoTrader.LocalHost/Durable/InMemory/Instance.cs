using DurableTask.Core;
using DurableTask.Core.History;

namespace AutoTrader.LocalHost.Durable.InMemory;

/// <summary>
/// One orchestration: its state, its history until it ends, and its pending work. Guarded by the service.
/// </summary>
internal sealed class Instance(string id)
{
    public string Id => id;

    /// <summary>Replaced as a whole, so that a reader may keep it.</summary>
    public required OrchestrationState State { get; set; }

    public IList<HistoryEvent> History { get; set; } = [];

    /// <summary>Messages for it and calls that it made, those being worked on included, in the order in which they were sent.</summary>
    public List<QueuedMessage> Messages { get; } = [];

    /// <summary>Whether a worker has it; new messages wait until it is done.</summary>
    public bool IsLocked { get; set; }

    public bool HasEnded => IsEnd(State.OrchestrationStatus);

    public static bool IsEnd(OrchestrationStatus status) =>
        status
            is OrchestrationStatus.Completed
                or OrchestrationStatus.Failed
                or OrchestrationStatus.Terminated
                or OrchestrationStatus.Canceled;

    /// <summary>
    /// Whether a message is for the current execution. Activity calls always count: the engine runs them even if nothing awaits them any
    /// longer.
    /// </summary>
    public bool Accepts(TaskMessage message)
    {
        var execution = message.OrchestrationInstance.ExecutionId;
        return message.Event is TaskScheduledEvent
            || (!HasEnded && (string.IsNullOrEmpty(execution) || execution == State.OrchestrationInstance.ExecutionId));
    }
}
