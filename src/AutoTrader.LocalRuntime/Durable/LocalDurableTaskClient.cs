using AutoTrader.LocalRuntime.Durable.Engine;
using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Durable.Storage;
using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace AutoTrader.LocalRuntime.Durable;

/// <summary>The client of the task hub. What it throws has the names of the real host's exceptions.</summary>
internal sealed class LocalDurableTaskClient(string name, DurableEngine engine) : DurableTaskClient(name)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private readonly JsonDataConverter _json = JsonDataConverter.Default;

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var id = string.IsNullOrEmpty(options?.InstanceId) ? Guid.NewGuid().ToString("N") : options.InstanceId;
        foreach (var status in options?.DedupeStatuses ?? [])
        {
            if (!Enum.TryParse<OrchestrationRuntimeStatus>(status, ignoreCase: true, out _))
                throw new ArgumentException($"Invalid orchestration runtime status: '{status}' for deduplication.", nameof(options));
        }

        if (!engine.Tasks.Orchestrators.ContainsKey(orchestratorName.Name))
            throw new RpcException($"Failed to start instance with ID {id}. The function '{orchestratorName.Name}' doesn't exist, is disabled, or is not an orchestrator function.");
        DurableKeys.CheckId(id);
        await StartAsync(id, orchestratorName.Name, _json.Serialize(input), cancellation);
        return id;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return SendAsync(instanceId, new HistoryEvent(EventKind.EventRaised) { Name = eventName, Data = _json.Serialize(eventPayload) }, "raise an event to", cancellation);
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, status => status != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, status => status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated, getInputsAndOutputs, cancellation);

    // As on the real host, the children of an instance go on, recursive or not.
    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new HistoryEvent(EventKind.Terminated) { Data = _json.Serialize(options?.Output) }, "terminate", cancellation);

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new HistoryEvent(EventKind.Suspended) { Data = reason }, "suspend", cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new HistoryEvent(EventKind.Resumed) { Data = reason }, "resume", cancellation);

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return await engine.Store.ReadAsync(DurableKeys.State(instanceId), cancellation) is { } row
            ? await MetadataAsync(row, state => getInputsAndOutputs ? state : state with { Input = null, Output = null, CustomStatus = null, Failure = null }, getInputsAndOutputs, cancellation)
            : null;
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) => new Pages(this, filter ?? new OrchestrationQuery());

    public override async Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        if (await engine.Store.ReadAsync(DurableKeys.State(instanceId), cancellation) is not { } row)
            return new PurgeResult(0, isComplete: true);
        try
        {
            // The state first: without it the rest does not count any more.
            await engine.Commits.CommitAsync([new RowChange(ChangeKind.Delete, row.Key)]);
        }
        catch (StoreConflictException)
        {
            return new PurgeResult(0, isComplete: true);
        }

        engine.Forget(instanceId);
        foreach (var prefix in (string[])[DurableKeys.HistoryOf(instanceId), DurableKeys.TextsOf(instanceId)])
        {
            foreach (var chunk in (await engine.Store.ReadRangeAsync(prefix, DurableKeys.After(prefix), cancellation)).Chunk(IDurableStore.GroupRows))
                await engine.Commits.CommitAsync([.. chunk.Select(one => new RowChange(ChangeKind.Delete, one.Key))]);
        }

        return new PurgeResult(1, isComplete: true);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        // Without statuses the real engines purge whatever the filter finds, what runs included.
        var isAny = filter.Statuses is null || !filter.Statuses.Any();
        var count = 0;
        await foreach (var one in GetAllInstancesAsync(new OrchestrationQuery(filter.CreatedFrom, filter.CreatedTo, filter.Statuses)).WithCancellation(cancellation))
        {
            if (isAny || one.IsCompleted)
                count += (await PurgeInstanceAsync(one.InstanceId, options, cancellation)).PurgedInstanceCount;
        }

        return new PurgeResult(count, isComplete: true);
    }

    public override async Task<string> RestartAsync(string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        var found = await GetInstancesAsync(instanceId, getInputsAndOutputs: true, cancellation) ?? throw new ArgumentException($"An orchestration with the instanceId {instanceId} was not found.", nameof(instanceId));
        if (!restartWithNewInstanceId && !found.IsCompleted)
            throw new RpcException($"The orchestration {instanceId} has not ended, so it cannot be restarted under its id.");
        var id = restartWithNewInstanceId ? Guid.NewGuid().ToString("N") : instanceId;
        await StartAsync(id, found.Name, found.SerializedInput, cancellation);
        return id;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task StartAsync(string id, string orchestrator, string? input, CancellationToken cancellation)
    {
        // Most ids are new, so the row is only read when it turns out to be there.
        for (StoredRow? row = null; ; row = await engine.Store.ReadAsync(DurableKeys.State(id), cancellation))
        {
            var before = row is null ? null : InstanceState.Read(row);
            if (before is { IsFinished: false })
                throw new OrchestrationAlreadyExistsException(id);
            if (before is { IsDamaged: true })
            {
                // What generation it is is not known, so nothing of it may stay.
                await PurgeInstanceAsync(id, cancellation: cancellation);
                continue;
            }

            var now = engine.Clock.Time.GetUtcNow();
            var commit = new PassCommit(engine.Commits);
            var generation = before is null ? 0 : before.Generation + 1;
            var executionId = Guid.NewGuid().ToString("N");
            var state = new InstanceState { InstanceId = id, Name = orchestrator, ExecutionId = executionId, Generation = generation, Created = now, Updated = now, Outbox = before?.Outbox, Input = commit.Refer(input, id, $"{generation}-start-{executionId}") };
            var message = commit.Message(id, new HistoryEvent(EventKind.Started) { Name = orchestrator, Data = input, ExecutionId = state.ExecutionId });
            var key = DurableKeys.Message(id, now);
            try
            {
                (var tag, state) = await commit.SaveAsync(state, row?.ETag, [], [(key, message)], before);
                engine.Know(id, state, tag);
            }
            catch (StoreConflictException)
            {
                continue;
            }

            await HandOverAsync(id, key, message, cancellation);
            return;
        }
    }

    private async Task SendAsync(string instanceId, HistoryEvent message, string what, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var row = await engine.Store.ReadAsync(DurableKeys.State(instanceId), cancellation) ?? throw new RpcException($"Cannot {what} the orchestration {instanceId}: there is none.");
        var state = InstanceState.Read(row);
        if (state.IsFinished)
            throw new RpcException($"Cannot {what} the orchestration {instanceId}: it has ended ({state.Status}).");
        if (message.Kind == EventKind.Resumed && state.Status != OrchestrationRuntimeStatus.Suspended)
            throw new RpcException($"Cannot {what} the orchestration {instanceId}: it is not suspended ({state.Status}).");
        var commit = new PassCommit(engine.Commits);
        var kept = commit.Message(instanceId, message);
        var key = DurableKeys.Message(instanceId, engine.Clock.Time.GetUtcNow());
        await commit.SaveMessageAsync(key, kept);
        await HandOverAsync(instanceId, key, kept, cancellation);
    }

    private async Task HandOverAsync(string instanceId, string key, HistoryEvent message, CancellationToken cancellation)
    {
        if (!engine.Deliver(instanceId, key, message))
            await engine.Store.RingAsync(key, cancellation);
    }

    private async Task<OrchestrationMetadata> WaitAsync(string instanceId, Func<OrchestrationRuntimeStatus, bool> until, bool payloads, CancellationToken cancellation)
    {
        while (true)
        {
            if (await GetInstancesAsync(instanceId, payloads, cancellation) is { } found && until(found.RuntimeStatus))
                return found;
            await Task.Delay(PollEvery, cancellation);
        }
    }

    /// <param name="found">The row of its state.</param>
    /// <param name="shown">Takes out of the state what is not to be shown.</param>
    /// <param name="isReadable">Whether the payloads can be read as objects.</param>
    /// <param name="cancellation">Ends the wait for storage.</param>
    /// <returns>Null when the instance was purged meanwhile.</returns>
    private async Task<OrchestrationMetadata?> MetadataAsync(StoredRow found, Func<InstanceState, InstanceState> shown, bool isReadable, CancellationToken cancellation)
    {
        for (var row = found; row is not null; row = await engine.Store.ReadAsync(found.Key, cancellation))
        {
            var state = shown(InstanceState.Read(row));
            var id = state.InstanceId;
            var status = await engine.ReadTextAsync(id, state.CustomStatus, cancellation);
            var input = await engine.ReadTextAsync(id, state.Input, cancellation);
            var output = await engine.ReadTextAsync(id, state.Output, cancellation);
            // A long text goes with the state that refers to it: then the state is read again.
            if (IsThere(state.CustomStatus, status) && IsThere(state.Input, input) && IsThere(state.Output, output))
                return state.ToMetadata(input, output, status, isReadable);
        }

        return null;
    }

    private static bool IsThere(TextRef? text, string? read) => text is null || read is not null;

    private sealed class Pages(LocalDurableTaskClient client, OrchestrationQuery query) : AsyncPageable<OrchestrationMetadata>
    {
        // As on the real host, a query shows no failures, and the rest but the inputs in any case. Its order is that of the ids.
        private InstanceState Shown(InstanceState state) => state with { Input = query.FetchInputsAndOutputs ? state.Input : null, Failure = null };

        public override async IAsyncEnumerable<Page<OrchestrationMetadata>> AsPages(string? continuationToken = null, int? pageSizeHint = default)
        {
            var start = continuationToken ?? query.ContinuationToken;
            var rows = (await client.Engine.ReadStatesAsync(onlyOpen: false, CancellationToken.None)).Where(Fits)
                .Select(row => (Id: DurableKeys.InstanceIdOfState(row.Key), Row: row)).OrderBy(one => one.Id, StringComparer.Ordinal).Where(one => start is null || string.CompareOrdinal(one.Id, start) > 0).ToList();
            var size = Math.Max(1, pageSizeHint ?? query.PageSize);
            for (var from = 0; from == 0 || from < rows.Count; from += size)
            {
                var page = rows.Skip(from).Take(size).ToList();
                List<OrchestrationMetadata> values = [];
                foreach (var (_, row) in page)
                {
                    if (await client.MetadataAsync(row, Shown, query.FetchInputsAndOutputs, CancellationToken.None) is { } one)
                        values.Add(one);
                }

                yield return new Page<OrchestrationMetadata>(values, from + size < rows.Count ? page[^1].Id : null);
            }
        }

        private bool Fits(StoredRow row)
        {
            var state = InstanceState.Read(row);
            return (query.TaskHubNames is not { } hubs || !hubs.Any() || hubs.Contains(client.Name, StringComparer.OrdinalIgnoreCase))
                && (query.CreatedFrom is not { } from || state.Created >= from)
                && (query.CreatedTo is not { } to || state.Created <= to)
                && (query.Statuses is not { } statuses || !statuses.Any() || statuses.Contains(state.Status))
                && (query.InstanceIdPrefix is not { } prefix || state.InstanceId.StartsWith(prefix, StringComparison.Ordinal));
        }
    }

    private DurableEngine Engine => engine;
}
