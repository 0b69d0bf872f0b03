using AutoTrader.LocalHost.Functions;
using DurableTask.Core;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using ContinueAsNewOptions = Microsoft.DurableTask.ContinueAsNewOptions;
using TaskOrchestrationContext = Microsoft.DurableTask.TaskOrchestrationContext;

namespace AutoTrader.LocalHost.Durable;

/// <summary>
/// What an orchestrator function gets: the engine's context, with an input that can be read as any type, and as strict about threads as
/// the real worker's.
/// </summary>
internal sealed class LocalOrchestrationContext(TaskOrchestrationContext inner, Payload input)
    : TaskOrchestrationContext,
        IOrchestrationInput
{
    /// <inheritdoc/>
    public override TaskName Name => inner.Name;

    /// <inheritdoc/>
    public override string InstanceId => inner.InstanceId;

    /// <inheritdoc/>
    public override ParentOrchestrationInstance? Parent => inner.Parent;

    /// <inheritdoc/>
    public override DateTime CurrentUtcDateTime => inner.CurrentUtcDateTime;

    /// <inheritdoc/>
    public override bool IsReplaying => inner.IsReplaying;

    /// <inheritdoc/>
    public override string Version => inner.Version;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object?> Properties => inner.Properties;

    /// <inheritdoc/>
    protected override ILoggerFactory LoggerFactory => inner.ReplaySafeLoggerFactory;

    private TaskOrchestrationContext Inner
    {
        get
        {
            ThrowIfOffThread();
            return inner;
        }
    }

    /// <inheritdoc/>
    public object? InputAs(Type type) => PayloadConverter.Default.Deserialize(input.Json, type);

    /// <summary>Throws when the orchestrator awaited something that is not durable: it will never be resumed.</summary>
    public static void ThrowIfOffThread()
    {
        if (!OrchestrationContext.IsOrchestratorThread)
        {
            throw new InvalidOperationException(
                "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks in an orchestrator "
                    + "function's implementation or by middleware that invokes asynchronous code."
            );
        }
    }

    /// <inheritdoc/>
    public override T? GetInput<T>()
        where T : default => (T?)InputAs(typeof(T));

    /// <inheritdoc/>
    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) =>
        Inner.CallActivityAsync<TResult>(name, input, options);

    /// <inheritdoc/>
    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName,
        object? input = null,
        TaskOptions? options = null
    ) => Inner.CallSubOrchestratorAsync<TResult>(orchestratorName, input, options);

    /// <inheritdoc/>
    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) => Inner.CreateTimer(fireAt, cancellationToken);

    /// <inheritdoc/>
    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) =>
        Inner.WaitForExternalEvent<T>(eventName, cancellationToken);

    /// <inheritdoc/>
    public override void SendEvent(string instanceId, string eventName, object payload) => Inner.SendEvent(instanceId, eventName, payload);

    /// <inheritdoc/>
    public override void SetCustomStatus(object? customStatus) => Inner.SetCustomStatus(customStatus);

    /// <inheritdoc/>
    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        Inner.ContinueAsNew(newInput, preserveUnprocessedEvents);

    /// <inheritdoc/>
    public override void ContinueAsNew(ContinueAsNewOptions options) => Inner.ContinueAsNew(options);

    /// <inheritdoc/>
    public override Guid NewGuid() => Inner.NewGuid();
}
