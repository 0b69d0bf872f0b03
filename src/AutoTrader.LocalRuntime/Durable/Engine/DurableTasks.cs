using AutoTrader.LocalRuntime.Durable.Replay;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>Runs an activity: its name is the key; gets the id of the instance, the input as JSON, and returns the result as JSON.</summary>
internal delegate Task<string?> ActivityCall(string instanceId, string? input);

/// <summary>The code of a task hub, by name without case.</summary>
internal sealed class DurableTasks
{
    public Dictionary<string, Func<ReplayContext, Task<object?>>> Orchestrators { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, ActivityCall> Activities { get; } = new(StringComparer.OrdinalIgnoreCase);
}
