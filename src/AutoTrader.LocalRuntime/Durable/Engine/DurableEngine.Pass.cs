using System.Text.Json;
using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Durable.Replay;
using AutoTrader.LocalRuntime.Durable.Storage;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <content>One pass of an instance: from what is stored and what arrived to what is stored next.</content>
internal sealed partial class DurableEngine
{
    // An execution that continues as new without waiting for anything would otherwise never let go of its pass.
    private const int ExecutionsPerPass = 10;

    private async Task PassAsync(Instance instance, List<(string? Key, HistoryEvent Message)> taken)
    {
        var damage = await LoadAsync(instance);
        var (before, etag) = (instance.State, instance.ETag);
        var state = before;
        var commit = new PassCommit(_commits);
        List<(string Key, HistoryEvent Message)> sent = [];
        List<HistoryEvent> fresh = [];
        foreach (var (_, message) in taken)
        {
            if (message.Kind == EventKind.Started)
            {
                if (state is null or { IsFinished: true } || (state.Status == OrchestrationRuntimeStatus.Pending && state.ExecutionId == message.ExecutionId))
                {
                    state = Started(instance.Id, message, state);
                    instance.History = [];
                    (fresh, damage) = ([message], null);
                }
                else if (message.Parent is { } parent)
                {
                    var failure = new FailureRecord("System.InvalidOperationException", $"An Orchestration instance with the ID {instance.Id} already exists.", StackTrace: null, Inner: null);
                    Send(commit, sent, parent.InstanceId, new HistoryEvent(EventKind.ChildFailed) { TaskId = parent.TaskId, ExecutionId = parent.ExecutionId, Failure = failure });
                }
            }
            else if (state is { IsFinished: false } && (message.ExecutionId is null || message.ExecutionId == state.ExecutionId))
            {
                fresh.Add(message);
            }
        }

        fresh = await WithDataAsync(instance.Id, fresh);
        foreach (var (_, message) in taken)
            commit.Drop(instance.Id, message.DataRef);
        var consumed = taken.Where(one => one.Key is not null).Select(one => one.Key!).ToList();
        if (state is null or { IsFinished: true })
        {
            if (consumed.Count > 0 && !_abandoned)
                await commit.SaveConsumedAsync(consumed);
            return;
        }

        var history = instance.History!;
        PassResult result;
        if (damage is not null)
        {
            fresh = [new HistoryEvent(EventKind.Damaged) { Data = damage }];
            state = state with { IsUnplayed = false };
        }

        if (state.IsUnplayed)
        {
            // Under a new generation, so that what was written down stays whole until this pass is committed.
            fresh = [.. history, .. fresh];
            history = [];
            state = state with { Generation = state.Generation + 1, HistoryRows = 0, Recent = [], IsUnplayed = false };
        }

        for (var executions = 1; ; executions++)
        {
            (var events, result) = await ReplayAsync(state, history, fresh);
            history = [.. history, .. events, .. result.Actions];
            if (result.Next is not { } next)
            {
                state = commit.Append(state, [.. events, .. result.Actions]);
                SendActions(commit, sent, state, result.Actions);
                break;
            }

            // The next execution begins in the same pass, and only it is kept; to its readers the instance was created with it.
            SendActions(commit, sent, state, result.Actions);
            fresh = [new HistoryEvent(EventKind.Started) { Name = state.Name, Data = next.Input, Parent = state.Parent }, .. next.Events.Select(one => new HistoryEvent(EventKind.EventRaised) { Name = one.Name, Data = one.Data })];
            state = state with { ExecutionId = Guid.NewGuid().ToString("N"), Generation = state.Generation + 1, HistoryRows = 0, Recent = [], Created = clock.Time.GetUtcNow(), Input = null, CustomStatus = null };
            history = [];
            if (!_running)
                return;
            if (executions < ExecutionsPerPass)
                continue;

            // The rest of it in passes to come, after what else is waiting: a termination, say.
            history = fresh;
            state = commit.Append(state with { IsUnplayed = true }, fresh);
            result = new PassResult { Status = OrchestrationRuntimeStatus.Running, Actions = [], OpenActivities = [] };
            break;
        }

        var input = history.Find(one => one.Kind == EventKind.Started)?.Data;
        var now = clock.Time.GetUtcNow();
        var changed = fresh.Count > 0 || history.Count != instance.History!.Count || consumed.Count > 0;
        state = state with
        {
            Status = result.Status,
            Updated = now,
            Wake = result.Wake,
            HasOpenActivities = result.OpenActivities.Count > 0,
            Outbox = null,
            Input = state.Input ?? commit.Refer(input, state.InstanceId, $"{state.Generation}-input"),
            Output = commit.Refer(result.Output, state.InstanceId, $"{state.Generation}-{history.Count}-output"),
            CustomStatus = commit.Refer(result.CustomStatus, state.InstanceId, $"{state.Generation}-{history.Count}-status"),
            Failure = result.Failure,
        };
        if (state.IsFinished && state.Parent is { } caller)
            Send(commit, sent, caller.InstanceId, Ended(caller, state, result));
        if (_abandoned)
            return;
        if (changed)
        {
            (var tag, state) = await commit.SaveAsync(state, etag, consumed, sent, before);
            (instance.State, instance.ETag, instance.History) = (state, tag, state.IsFinished ? null : history);
            if (state.Status == OrchestrationRuntimeStatus.Failed)
                Report(state, result);
        }

        After(instance, state, result);
        if (state.Outbox is not null)
            await ReleaseAsync(instance);
        else
            sent.ForEach(one => Deliver(DurableKeys.InstanceId(one.Key), one.Key, one.Message));
        if (before is { HistoryRows: > 0 } && state.Generation != before.Generation)
            await DeleteHistoryAsync(state.InstanceId, state.Generation);
    }

    private async Task<List<HistoryEvent>> WithDataAsync(string instanceId, List<HistoryEvent> messages)
    {
        List<HistoryEvent> whole = [];
        foreach (var message in messages)
        {
            if (message.DataRef is not { } data)
                whole.Add(message);
            else if (await ReadTextAsync(instanceId, data, CancellationToken.None) is { } text)
                whole.Add(message with { Data = text, DataRef = null });
            else
                LogMessageLost(_logger, message.Kind, message.Name, instanceId);
        }

        return whole;
    }

    // Once, when it is committed: a pass that is done again for another reason says nothing.
    private void Report(InstanceState state, PassResult result)
    {
        var failure = result.Exception ?? new InvalidOperationException(result.Failure?.ErrorMessage);
        LogOrchestrationFailed(_logger, failure, state.Name, state.InstanceId);
        OrchestrationFailed?.Invoke(state.Name, failure);
    }

    // The processor is shared: the passes that wait for the store do not keep others from being played.
    private async Task<(IReadOnlyList<HistoryEvent> Events, PassResult Result)> ReplayAsync(InstanceState state, List<HistoryEvent> history, List<HistoryEvent> fresh)
    {
        await _replays.WaitAsync();
        try
        {
            return await PlayAsync(state, history, fresh);
        }
        catch (Exception damage) when (history.Count > 0)
        {
            // The failures of the code are results: this history is not one that was written here.
            return await PlayAsync(state, [], [new HistoryEvent(EventKind.Damaged) { Data = $"The history of the orchestration {state.InstanceId} cannot be played: {damage.Message}" }]);
        }
        finally
        {
            _replays.Release();
        }
    }

    private async Task<(IReadOnlyList<HistoryEvent> Events, PassResult Result)> PlayAsync(InstanceState state, List<HistoryEvent> history, List<HistoryEvent> fresh)
    {
        await using var executor = new OrchestrationExecutor(state.Name, state.InstanceId, state.ExecutionId, tasks.Orchestrators.GetValueOrDefault(state.Name), loggers)
        {
            LateForeign = () => Deliver(state.InstanceId, key: null, new HistoryEvent(EventKind.ForeignAwait) { ExecutionId = state.ExecutionId }),
        };
        IReadOnlyList<HistoryEvent> events = [];
        var result = executor.Run(history, timers =>
        {
            var now = clock.Time.GetUtcNow();
            var due = timers.Where(timer => timer.At <= now && !fresh.Exists(one => one.Kind == EventKind.TimerFired && one.TaskId == timer.TaskId)).OrderBy(timer => timer.At).ThenBy(timer => timer.TaskId)
                .Select(timer => new HistoryEvent(EventKind.TimerFired) { TaskId = timer.TaskId });
            List<HistoryEvent> all = [.. fresh, .. due];
            if (all.Count > 0)
                all.Insert(all[0].Kind == EventKind.Started ? 1 : 0, new HistoryEvent(EventKind.PassStarted) { At = now });
            return events = all;
        });
        return (events, result);
    }

    private void After(Instance instance, InstanceState state, PassResult result)
    {
        _timers!.Set(instance.Id, state.IsFinished ? null : result.Wake);
        clock.Wake();
        if (state.IsFinished)
            instance.Dispatched.Clear();
        _activities!.Start(state.InstanceId, state.ExecutionId, [.. result.OpenActivities.Where(activity => instance.Dispatched.Add((state.ExecutionId, activity.TaskId)))]);
        if (state.IsUnplayed)
            Poke(instance.Id);
    }

    private InstanceState Started(string instanceId, HistoryEvent message, InstanceState? before) => new()
    {
        InstanceId = instanceId,
        Name = message.Name!,
        ExecutionId = message.ExecutionId!,
        Generation = before is null ? 0 : before.Generation + 1,
        Created = before is { Status: OrchestrationRuntimeStatus.Pending } ? before.Created : clock.Time.GetUtcNow(),
        Parent = message.Parent,
    };

    private static HistoryEvent Ended(ParentLink parent, InstanceState state, PassResult result) => state.Status == OrchestrationRuntimeStatus.Completed
        ? new HistoryEvent(EventKind.ChildCompleted) { TaskId = parent.TaskId, ExecutionId = parent.ExecutionId, Data = result.Output }
        : new HistoryEvent(EventKind.ChildFailed) { TaskId = parent.TaskId, ExecutionId = parent.ExecutionId, Failure = result.Failure };

    private void SendActions(PassCommit commit, List<(string Key, HistoryEvent Message)> sent, InstanceState state, IReadOnlyList<HistoryEvent> actions)
    {
        foreach (var action in actions)
        {
            if (action.Kind == EventKind.EventSent)
                Send(commit, sent, action.Target!, new HistoryEvent(EventKind.EventRaised) { Name = action.Name, Data = action.Data });
            else if (action.Kind == EventKind.ChildCreated)
                Send(commit, sent, action.Target!, new HistoryEvent(EventKind.Started) { Name = action.Name, Data = action.Data, ExecutionId = Guid.NewGuid().ToString("N"), Parent = new ParentLink(state.Name, state.InstanceId, state.ExecutionId, action.TaskId) });
        }
    }

    private void Send(PassCommit commit, List<(string Key, HistoryEvent Message)> sent, string target, HistoryEvent message) =>
        sent.Add((DurableKeys.Message(target, clock.Time.GetUtcNow()), commit.Message(target, message)));

    /// <returns>What is wrong with what is stored of its history; null for nothing.</returns>
    private async Task<string?> LoadAsync(Instance instance)
    {
        if (!instance.IsLoaded)
        {
            var row = await store.ReadAsync(DurableKeys.State(instance.Id), CancellationToken.None);
            (instance.State, instance.ETag) = (row is null ? null : InstanceState.Read(row), row?.ETag);
            instance.IsLoaded = true;
            if (instance.State is { IsDamaged: true })
                LogDamaged(_logger, instance.State.Failure!.ErrorMessage);
        }

        await ReleaseAsync(instance);
        if (instance.History is not null || instance.State is not { IsFinished: false } state)
            return null;
        var rows = state.HistoryRows == 0
            ? []
            : await store.ReadRangeAsync(DurableKeys.History(state.InstanceId, state.Generation, 0), DurableKeys.History(state.InstanceId, state.Generation, state.HistoryRows), CancellationToken.None);
        try
        {
            if (rows.Count != state.HistoryRows)
                throw new JsonException($"{rows.Count} of its {state.HistoryRows} rows are there.");
            instance.History = [.. HistoryJson.ReadLines(string.Concat(rows.Select(row => row.Text))), .. state.Recent];
            return null;
        }
        catch (JsonException unreadable)
        {
            instance.History = [];
            return $"The history of the orchestration {state.InstanceId} cannot be read: {unreadable.Message}";
        }
    }

    // What a commit staged and its pass did not get to send.
    private async Task ReleaseAsync(Instance instance)
    {
        if (instance.State?.Outbox is not { } outbox)
            return;
        var staged = await store.ReadRangeAsync($"o|{outbox}|", $"o|{outbox}}}", CancellationToken.None);
        foreach (var (key, message) in await PassCommit.ReleaseAsync(_commits, staged))
            Deliver(DurableKeys.InstanceId(key), key, message);
        instance.State = instance.State with { Outbox = null };
    }

    private async Task DeleteHistoryAsync(string instanceId, int before)
    {
        var rows = await store.ReadRangeAsync(DurableKeys.HistoryOf(instanceId), DurableKeys.History(instanceId, before, 0), CancellationToken.None);
        foreach (var chunk in rows.Chunk(IDurableStore.GroupRows))
            await _commits.CommitAsync([.. chunk.Select(row => new RowChange(ChangeKind.Delete, row.Key))]);
    }

    [LoggerMessage(962, LogLevel.Error, "The orchestration {Orchestration} failed (instance {InstanceId})")]
    private static partial void LogOrchestrationFailed(ILogger logger, Exception failure, string orchestration, string instanceId);

    [LoggerMessage(964, LogLevel.Error, "{Damage} Purge it or start it anew")]
    private static partial void LogDamaged(ILogger logger, string damage);

    [LoggerMessage(963, LogLevel.Error, "{Kind} '{Name}' for the orchestration {InstanceId} is dropped: its payload was purged")]
    private static partial void LogMessageLost(ILogger logger, EventKind kind, string? name, string instanceId);
}
