using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using DurableTask.Core.Query;

namespace AutoTrader.LocalHost.Durable.InMemory;

/// <content>The clients' side.</content>
internal sealed partial class InMemoryOrchestrationService
{
    private static readonly OrchestrationStatus[] Open =
    [
        OrchestrationStatus.Pending,
        OrchestrationStatus.Running,
        OrchestrationStatus.Suspended,
    ];

    /// <inheritdoc/>
    public Task CreateTaskOrchestrationAsync(TaskMessage creationMessage) => CreateTaskOrchestrationAsync(creationMessage, Open);

    /// <inheritdoc/>
    public Task CreateTaskOrchestrationAsync(TaskMessage creationMessage, OrchestrationStatus[] dedupeStatuses)
    {
        ArgumentNullException.ThrowIfNull(creationMessage);
        var id = creationMessage.OrchestrationInstance.InstanceId;
        lock (_gate)
        {
            if (_instances.TryGetValue(id, out var found) && (dedupeStatuses ?? Open).Contains(found.State.OrchestrationStatus))
            {
                throw new OrchestrationAlreadyExistsException($"An Orchestration instance with the ID {id} already exists.");
            }

            var now = Now;
            var start = ((ExecutionStartedEvent)creationMessage.Event).ScheduledStartTime;
            Send(creationMessage, start is { } at && at > now.UtcDateTime ? new DateTimeOffset(at, TimeSpan.Zero) : now);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SendTaskOrchestrationMessageAsync(TaskMessage message) => SendTaskOrchestrationMessageBatchAsync(message);

    /// <inheritdoc/>
    public Task SendTaskOrchestrationMessageBatchAsync(params TaskMessage[] messages)
    {
        lock (_gate)
        {
            foreach (var message in messages)
            {
                Send(message, Now);
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ForceTerminateTaskOrchestrationAsync(string instanceId, string reason) =>
        SendTaskOrchestrationMessageAsync(
            new TaskMessage
            {
                OrchestrationInstance = new OrchestrationInstance { InstanceId = instanceId },
                Event = new ExecutionTerminatedEvent(-1, reason),
            }
        );

    /// <inheritdoc/>
    public Task<IList<OrchestrationState>> GetOrchestrationStateAsync(string instanceId, bool allExecutions)
    {
        lock (_gate)
        {
            return Task.FromResult<IList<OrchestrationState>>(_instances.TryGetValue(instanceId, out var instance) ? [instance.State] : []);
        }
    }

    /// <inheritdoc/>
    public async Task<OrchestrationState> GetOrchestrationStateAsync(string instanceId, string executionId) =>
        (await GetOrchestrationStateAsync(instanceId, allExecutions: false)).FirstOrDefault(state =>
            state.OrchestrationInstance.ExecutionId == executionId
        )!;

    /// <inheritdoc/>
    public Task<OrchestrationQueryResult> GetOrchestrationWithQueryAsync(OrchestrationQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (after, prefix) = (query.ContinuationToken ?? "", query.InstanceIdPrefix ?? "");
        lock (_gate)
        {
            List<OrchestrationState> found =
            [
                .. _instances
                    .Values.Where(one => one.Id.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(one.Id, after) > 0)
                    .Select(instance => instance.State)
                    .Where(state => Fits(state, query.CreatedTimeFrom, query.CreatedTimeTo, query.RuntimeStatus))
                    .Take(query.PageSize + 1),
            ];
            var hasMore = found.Count > query.PageSize;
            List<OrchestrationState> page = [.. found.Take(query.PageSize)];
            return Task.FromResult(new OrchestrationQueryResult(page, hasMore ? page[^1].OrchestrationInstance.InstanceId : null));
        }
    }

    /// <inheritdoc/>
    public Task<PurgeResult> PurgeInstanceStateAsync(string instanceId)
    {
        lock (_gate)
        {
            return Purge(_instances.TryGetValue(instanceId, out var instance) ? [instance] : []);
        }
    }

    /// <inheritdoc/>
    public Task<PurgeResult> PurgeInstanceStateAsync(PurgeInstanceFilter purgeInstanceFilter)
    {
        ArgumentNullException.ThrowIfNull(purgeInstanceFilter);
        var (from, to) = (purgeInstanceFilter.CreatedTimeFrom, purgeInstanceFilter.CreatedTimeTo);
        var statuses = purgeInstanceFilter.RuntimeStatus?.ToList();
        lock (_gate)
        {
            return Purge([.. _instances.Values.Where(instance => Fits(instance.State, from, to, statuses))]);
        }
    }

    /// <inheritdoc/>
    public Task<OrchestrationState> WaitForOrchestrationAsync(
        string instanceId,
        string executionId,
        TimeSpan timeout,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("The client looks at the state itself.");

    /// <inheritdoc/>
    public Task<string> GetOrchestrationHistoryAsync(string instanceId, string executionId) =>
        throw new NotSupportedException("In memory, the history of an orchestration is kept only for its replay.");

    /// <inheritdoc/>
    public Task PurgeOrchestrationHistoryAsync(DateTime thresholdDateTimeUtc, OrchestrationStateTimeRangeFilterType timeRangeFilterType) =>
        throw new NotSupportedException("Purge instances instead.");

    private static bool Fits(OrchestrationState state, DateTime? from, DateTime? to, ICollection<OrchestrationStatus>? statuses) =>
        (from is null || state.CreatedTime >= from)
        && (to is null || state.CreatedTime <= to)
        && (statuses is not { Count: > 0 } || statuses.Contains(state.OrchestrationStatus));

    private Task<PurgeResult> Purge(List<Instance> instances)
    {
        instances.ForEach(Remove);
        return Task.FromResult(new PurgeResult(instances.Count, isComplete: true));
    }
}
