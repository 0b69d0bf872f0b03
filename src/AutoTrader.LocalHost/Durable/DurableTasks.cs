using Microsoft.DurableTask;

namespace AutoTrader.LocalHost.Durable;

/// <summary>The orchestrators and activities of an app by name; names ignore case, as those of functions do.</summary>
internal sealed class DurableTasks
{
    /// <summary>What runs an orchestration from its start, again for every pass of its replay.</summary>
    public Dictionary<string, Func<LocalOrchestrationContext, Task<object?>>> Orchestrators { get; } =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What runs one attempt of an activity.</summary>
    public Dictionary<string, DurableActivity> Activities { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>An activity.</summary>
/// <param name="InputType">What its input is read as.</param>
/// <param name="RunAsync">Runs it on its input, read.</param>
internal sealed record DurableActivity(Type InputType, Func<TaskActivityContext, object?, Task<object?>> RunAsync);
