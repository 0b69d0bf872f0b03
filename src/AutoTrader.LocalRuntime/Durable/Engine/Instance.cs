using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Time;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>An instance in memory: its queue, and what is known of its rows.</summary>
internal sealed class Instance(string id)
{
    public string Id { get; } = id;

    public Lock Gate { get; } = new();

    /// <summary>What arrived, with the key of its row; null for what is in memory only.</summary>
    public List<(string? Key, HistoryEvent Message)> Queue { get; } = [];

    /// <summary>What the present pass works on.</summary>
    public List<(string? Key, HistoryEvent Message)> Taken { get; set; } = [];

    /// <summary>The work item of the present run over the queue; null when it is at rest.</summary>
    public WorkItem? Work { get; set; }

    public bool Poked { get; set; }

    public bool IsLoaded { get; set; }

    public InstanceState? State { get; set; }

    public string? ETag { get; set; }

    public List<HistoryEvent>? History { get; set; }

    /// <summary>The activities that this host has started.</summary>
    public HashSet<(string ExecutionId, int TaskId)> Dispatched { get; } = [];

    public void Forget()
    {
        (IsLoaded, State, ETag, History) = (false, null, null, null);
    }
}
