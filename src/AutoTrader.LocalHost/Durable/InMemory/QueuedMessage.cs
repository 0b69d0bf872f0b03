using DurableTask.Core;
using DurableTask.Core.History;

namespace AutoTrader.LocalHost.Durable.InMemory;

/// <summary>A message for an orchestration, or a call of an activity, and its place in the one sequence of everything.</summary>
internal sealed class QueuedMessage(Instance instance, TaskMessage message, DateTimeOffset due, long sequence)
{
    /// <summary>By instant, then in the order in which they were sent.</summary>
    public static IComparer<QueuedMessage> Order { get; } =
        Comparer<QueuedMessage>.Create((a, b) => a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Sequence.CompareTo(b.Sequence));

    public Instance Instance => instance;

    public TaskMessage Message => message;

    public DateTimeOffset Due => due;

    public long Sequence => sequence;

    public bool IsActivity => message.Event is TaskScheduledEvent;
}
