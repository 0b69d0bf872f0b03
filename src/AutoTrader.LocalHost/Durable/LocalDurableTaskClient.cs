using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Query;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OrchestrationQuery = Microsoft.DurableTask.Client.OrchestrationQuery;
using PurgeResult = Microsoft.DurableTask.Client.PurgeResult;

namespace AutoTrader.LocalHost.Durable;

/// <summary>
/// The client of a task hub, straight on the provider. It checks, and throws, what client and host of the real thing do between them.
/// </summary>
/// <param name="name">The task hub.</param>
/// <param name="service">Creates, messages and reads instances.</param>
/// <param name="queries">Lists them.</param>
/// <param name="purges">Deletes them.</param>
/// <param name="isOrchestrator">Whether the app has an orchestrator of a name.</param>
internal sealed class LocalDurableTaskClient(
    string name,
    IOrchestrationServiceClient service,
    IOrchestrationServiceQueryClient queries,
    IOrchestrationServicePurgeClient purges,
    Func<string, bool> isOrchestrator
) : DurableTaskClient(name)
{
    private const int LongestId = 256;

    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(2);

    // What a new instance never takes the place of.
    private static readonly OrchestrationStatus[] Open =
    [
        OrchestrationStatus.Pending,
        OrchestrationStatus.Running,
        OrchestrationStatus.Suspended,
    ];

    // A table knows no dates before 1601.
    private static readonly DateTime LongAgo = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>A client over a provider that is all in one.</summary>
    public static LocalDurableTaskClient Over<T>(string name, T service, Func<string, bool> isOrchestrator)
        where T : IOrchestrationServiceClient, IOrchestrationServiceQueryClient, IOrchestrationServicePurgeClient =>
        new(name, service, service, service, isOrchestrator);

    /// <inheritdoc/>
    /// <exception cref="DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException">An instance with the id has not ended.</exception>
    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        var id = options?.InstanceId is { Length: > 0 } given ? given : Guid.NewGuid().ToString("N");
        OrchestrationStatus[] dedupe = [.. Open.Union((options?.DedupeStatuses ?? []).Select(StatusNamed))];
        await StartAsync(id, orchestratorName.Name, PayloadConverter.Default.Serialize(input), options, dedupe);
        return id;
    }

    /// <inheritdoc/>
    public override Task RaiseEventAsync(
        string instanceId,
        string eventName,
        object? eventPayload = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return SendAsync(
            instanceId,
            "raise an event to",
            () => Message(instanceId, new EventRaisedEvent(-1, PayloadConverter.Default.Serialize(eventPayload)) { Name = eventName }),
            cancellation
        );
    }

    /// <inheritdoc/>
    public override Task TerminateInstanceAsync(
        string instanceId,
        TerminateInstanceOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        ThrowIfRecursive(options is { Recursive: true });
        return SendAsync(
            instanceId,
            "terminate",
            () => service.ForceTerminateTaskOrchestrationAsync(instanceId, PayloadConverter.Default.Serialize(options?.Output)),
            cancellation
        );
    }

    /// <inheritdoc/>
    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, "suspend", () => Message(instanceId, new ExecutionSuspendedEvent(-1, reason)), cancellation);

    /// <inheritdoc/>
    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, "resume", () => Message(instanceId, new ExecutionResumedEvent(-1, reason)), cancellation);

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    ) => WaitAsync(instanceId, getInputsAndOutputs, found => found.RuntimeStatus != OrchestrationRuntimeStatus.Pending, cancellation);

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    ) => WaitAsync(instanceId, getInputsAndOutputs, found => found.IsCompleted, cancellation);

    /// <inheritdoc/>
    public override async Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        return await FindAsync(instanceId) is { } state ? InstanceStatus.Of(state, getInputsAndOutputs) : null;
    }

    /// <inheritdoc/>
    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        var query = filter ?? new OrchestrationQuery();
        return Pageable.Create(
            async (continuation, pageSize, cancellation) =>
            {
                var found = await queries.GetOrchestrationWithQueryAsync(
                    new DurableTask.Core.Query.OrchestrationQuery
                    {
                        RuntimeStatus = query.Statuses?.Select(InstanceStatus.Of).ToList(),
                        CreatedTimeFrom = query.CreatedFrom?.UtcDateTime,
                        CreatedTimeTo = query.CreatedTo?.UtcDateTime,
                        TaskHubNames = query.TaskHubNames?.ToList(),
                        InstanceIdPrefix = query.InstanceIdPrefix,
                        PageSize = pageSize ?? query.PageSize,
                        ContinuationToken = continuation ?? query.ContinuationToken,
                        FetchInputsAndOutputs = query.FetchInputsAndOutputs,
                    },
                    cancellation
                );
                return new Page<OrchestrationMetadata>(
                    [.. found.OrchestrationState.Select(state => InstanceStatus.Of(state, query.FetchInputsAndOutputs))],
                    string.IsNullOrEmpty(found.ContinuationToken) ? null : found.ContinuationToken
                );
            }
        );
    }

    /// <inheritdoc/>
    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId,
        PurgeInstanceOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ThrowIfRecursive(options is { Recursive: true });
        cancellation.ThrowIfCancellationRequested();
        return InstanceStatus.Of(await purges.PurgeInstanceStateAsync(instanceId));
    }

    /// <inheritdoc/>
    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter,
        PurgeInstanceOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        ThrowIfRecursive(options is { Recursive: true });
        cancellation.ThrowIfCancellationRequested();
        return InstanceStatus.Of(
            await purges.PurgeInstanceStateAsync(
                new PurgeInstanceFilter(
                    filter.CreatedFrom?.UtcDateTime ?? LongAgo,
                    filter.CreatedTo?.UtcDateTime,
                    filter.Statuses?.Select(InstanceStatus.Of).ToList()
                )
            )
        );
    }

    /// <inheritdoc/>
    public override async Task<string> RestartAsync(
        string instanceId,
        bool restartWithNewInstanceId = false,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        var found = await FindAsync(instanceId)
            ?? throw new ArgumentException($"An orchestration with the instanceId {instanceId} was not found.", nameof(instanceId));
        if (!restartWithNewInstanceId && Open.Contains(found.OrchestrationStatus))
        {
            throw new InvalidOperationException($"The orchestration {instanceId} cannot be restarted: it has not ended.");
        }

        var id = restartWithNewInstanceId ? Guid.NewGuid().ToString("N") : instanceId;
        await StartAsync(id, found.Name, found.Input, options: null, Open);
        return id;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static OrchestrationStatus StatusNamed(string text) =>
        Enum.TryParse<OrchestrationStatus>(text, ignoreCase: true, out var status)
            ? status
            : throw new ArgumentException($"Invalid orchestration runtime status: '{text}' for deduplication.", nameof(text));

    private static void ThrowIfRecursive(bool isRecursive)
    {
        if (isRecursive)
        {
            throw new NotSupportedException("What is done to an orchestration is not done to its children: name them by their ids.");
        }
    }

    private static RpcException Refused(StatusCode code, string reason) => new(new Status(code, reason));

    private async Task StartAsync(
        string id,
        string orchestrator,
        string? input,
        StartOrchestrationOptions? options,
        OrchestrationStatus[] dedupe
    )
    {
        if (Fault(id, orchestrator) is { } fault)
        {
            throw Refused(StatusCode.Internal, $"Failed to start instance with ID {id}. {fault}");
        }

        var instance = new OrchestrationInstance { InstanceId = id, ExecutionId = Guid.NewGuid().ToString("N") };
        await service.CreateTaskOrchestrationAsync(
            new TaskMessage
            {
                OrchestrationInstance = instance,
                Event = new ExecutionStartedEvent(-1, input)
                {
                    Name = orchestrator,
                    Version = options?.Version?.Version ?? "",
                    OrchestrationInstance = instance,
                    ScheduledStartTime = options?.StartAt?.UtcDateTime,
                    Tags = options?.Tags is { Count: > 0 } tags ? new Dictionary<string, string>(tags, StringComparer.Ordinal) : null,
                },
            },
            dedupe
        );
    }

    private string? Fault(string id, string orchestrator) =>
        id switch
        {
            _ when !isOrchestrator(orchestrator) =>
                $"The function '{orchestrator}' doesn't exist, is disabled, or is not an orchestrator function.",
            ['@', ..] => "Orchestration instance ids must not start with @.",
            { Length: > LongestId } => "Instance ID lengths must not exceed 256 characters.",
            _ when id.Any(one => one is '/' or '\\' or '#' or '?' || char.IsControl(one)) =>
                "Orchestration instance ids must not contain /, \\, #, ?, or control characters.",
            _ => null,
        };

    private async Task SendAsync(string instanceId, string what, Func<Task> send, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        switch ((await FindAsync(instanceId))?.OrchestrationStatus)
        {
            case null:
                throw Refused(StatusCode.NotFound, $"Cannot {what} the orchestration {instanceId}: there is none.");
            case { } status when !Open.Contains(status):
                throw Refused(StatusCode.FailedPrecondition, $"Cannot {what} the orchestration {instanceId}: it has ended ({status}).");
            default:
                await send();
                break;
        }
    }

    private Task Message(string instanceId, HistoryEvent message) =>
        service.SendTaskOrchestrationMessageAsync(
            new TaskMessage
            {
                OrchestrationInstance = new OrchestrationInstance { InstanceId = instanceId },
                Event = message,
            }
        );

    private async Task<OrchestrationState?> FindAsync(string instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return (await service.GetOrchestrationStateAsync(instanceId, allExecutions: false)).FirstOrDefault();
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId,
        bool getInputsAndOutputs,
        Func<OrchestrationMetadata, bool> until,
        CancellationToken cancellation
    )
    {
        for (var pause = FirstLook; ; pause = pause < LastLook ? 1.5 * pause : LastLook)
        {
            if (await GetInstancesAsync(instanceId, getInputsAndOutputs, cancellation) is { } found && until(found))
            {
                return found;
            }

            await Task.Delay(pause, cancellation);
        }
    }
}
