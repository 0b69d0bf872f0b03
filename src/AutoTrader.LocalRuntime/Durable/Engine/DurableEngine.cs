using System.Collections.Concurrent;
using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Durable.Replay;
using AutoTrader.LocalRuntime.Durable.Storage;
using AutoTrader.LocalRuntime.Time;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>Runs the instances of a task hub, each by one pass at a time. Only the host that owns the hub runs it; what a former owner still does meets a changed ETag.</summary>
internal sealed partial class DurableEngine(IDurableStore store, DurableTasks tasks, IWorkClock clock, RunningWork work, ILoggerFactory loggers) : IAsyncDisposable
{
    // What a pass consumes fits in one group with what it sends.
    private const int MessagesPerPass = 40;

    private readonly ILogger _logger = loggers.CreateLogger<DurableEngine>();
    private readonly ConcurrentDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly GroupCommit _commits = new(store);
    private readonly SemaphoreSlim _passes = new(Math.Max(4, Environment.ProcessorCount * 2));
    private readonly SemaphoreSlim _activities = new(Math.Max(100, Environment.ProcessorCount * 10));
    private DurableTimers? _timers;
    private volatile bool _running;
    private volatile bool _abandoned;

    public IDurableStore Store => store;

    public GroupCommit Commits => _commits;

    public IWorkClock Clock => clock;

    public DurableTasks Tasks => tasks;

    public bool IsRunning => _running;

    /// <summary>Takes up what is stored: light rows only; a history is read when its instance wakes.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_timers is null)
        {
            _timers = new DurableTimers(Poke);
            clock.Add(_timers);
        }

        _running = true;
        foreach (var row in await ReadStatesAsync(cancellationToken))
        {
            var state = HistoryJson.Read<InstanceState>(row.Text);
            if (state.Outbox is { } outbox)
                await ReleaseAsync(outbox);
            if (state.IsFinished)
                continue;
            var instance = _instances.GetOrAdd(state.InstanceId, id => new Instance(id));
            lock (instance.Gate)
                (instance.IsLoaded, instance.State, instance.ETag) = (true, state, row.ETag);
            if (state.HasOpenActivities)
                Poke(state.InstanceId);
            else
                _timers.Set(state.InstanceId, state.Wake);
        }

        await ScanMessagesAsync(cancellationToken);
        clock.Wake();
    }

    /// <summary>Starts no more passes and activities.</summary>
    public void Stop()
    {
        _running = false;
        _timers?.Stop();
    }

    /// <summary>Gives the hub up to another host: what is not yet consumed is for that one to find.</summary>
    public void StandDown()
    {
        _running = false;
        foreach (var (id, instance) in _instances)
        {
            _timers?.Set(id, due: null);
            lock (instance.Gate)
            {
                instance.Queue.Clear();
                instance.Forget();
            }
        }
    }

    /// <summary>As if killed: nothing more is written.</summary>
    public void Abandon()
    {
        _abandoned = true;
        Stop();
    }

    /// <summary>Takes up messages that other hosts left, or that an interrupted call left behind.</summary>
    public async Task ScanMessagesAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await store.ReadRangeAsync("m|", "m}", cancellationToken))
            Deliver(DurableKeys.InstanceId(row.Key), row.Key, HistoryJson.Read<HistoryEvent>(row.Text));
    }

    /// <summary>One look at the bell.</summary>
    public async Task PollAsync(CancellationToken cancellationToken)
    {
        var keys = await store.ReadBellAsync(cancellationToken);
        if (keys.Count == 0)
            return;
        foreach (var key in keys.Order(StringComparer.Ordinal))
        {
            if (await store.ReadAsync(key, cancellationToken) is { } row)
                Deliver(DurableKeys.InstanceId(key), key, HistoryJson.Read<HistoryEvent>(row.Text));
        }

        await store.ClearBellAsync(keys, cancellationToken);
    }

    /// <summary>Hands a message to an instance of this host.</summary>
    /// <returns>False when this host does not run instances.</returns>
    public bool Deliver(string instanceId, string? key, HistoryEvent message)
    {
        if (!_running)
            return false;
        var instance = _instances.GetOrAdd(instanceId, id => new Instance(id));
        lock (instance.Gate)
        {
            if (key is null || !instance.Queue.Exists(one => one.Key == key))
                instance.Queue.Add((key, message));
            Begin(instance);
        }

        return true;
    }

    /// <summary>Has an instance forget what it knows of its rows, as when a client replaced or purged them.</summary>
    public void Forget(string instanceId)
    {
        if (!_instances.TryGetValue(instanceId, out var instance))
            return;
        lock (instance.Gate)
        {
            // A pass that is under way meets the changed rows by itself.
            if (instance.Work is null)
                instance.Forget();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _commits.DisposeAsync();
        _passes.Dispose();
        _activities.Dispose();
    }

    public async Task<string?> ReadTextAsync(string instanceId, TextRef? text, CancellationToken cancellationToken)
    {
        if (text?.Key is not { } key)
            return text?.Inline;
        var rows = await store.ReadRangeAsync(DurableKeys.Text(instanceId, $"{key}-"), DurableKeys.Text(instanceId, $"{key}."), cancellationToken);
        return string.Concat(rows.Take(text.Rows).Select(row => row.Text));
    }

    /// <summary>All states, in parallel ranges.</summary>
    public async Task<IReadOnlyList<StoredRow>> ReadStatesAsync(CancellationToken cancellationToken)
    {
        string[] bounds = ["i|", "i|1", "i|2", "i|3", "i|4", "i|5", "i|6", "i|7", "i|8", "i|9", "i|A", "i|a", "i|b", "i|c", "i|d", "i|e", "i|f", "i|i", "i|n", "i|s", "i|t", "i}"];
        var ranges = await Task.WhenAll(bounds.Zip(bounds.Skip(1), (from, to) => store.ReadRangeAsync(from, to, cancellationToken)));
        return [.. ranges.SelectMany(rows => rows)];
    }

    private void Poke(string instanceId)
    {
        if (!_running)
            return;
        var instance = _instances.GetOrAdd(instanceId, id => new Instance(id));
        lock (instance.Gate)
        {
            instance.Poked = true;
            Begin(instance);
        }
    }

    // Under the gate of the instance.
    private void Begin(Instance instance)
    {
        if (instance.Work is not null)
            return;
        instance.Work = work.Begin($"orchestration {instance.Id}");
        _ = Task.Run(() => RunAsync(instance));
    }

    private async Task RunAsync(Instance instance)
    {
        var delay = TimeSpan.FromMilliseconds(20);
        while (true)
        {
            List<(string? Key, HistoryEvent Message)> taken;
            lock (instance.Gate)
            {
                if (!_running || (instance.Queue.Count == 0 && !instance.Poked))
                {
                    if (instance.Queue.Count == 0 && instance.State is null or { IsFinished: true })
                        _instances.TryRemove(new KeyValuePair<string, Instance>(instance.Id, instance));
                    instance.Work!.Dispose();
                    instance.Work = null;
                    return;
                }

                taken = [.. instance.Queue.Take(MessagesPerPass)];
                instance.Queue.RemoveRange(0, taken.Count);
                instance.Poked = false;
            }

            await _passes.WaitAsync();
            try
            {
                await PassAsync(instance, taken);
                continue;
            }
            catch (Exception failure)
            {
                if (failure is not StoreConflictException)
                    LogPassFailed(_logger, failure, instance.Id);
            }
            finally
            {
                _passes.Release();
            }

            await RecoverAsync(instance, taken, delay);
            delay = TimeSpan.FromMilliseconds(Math.Min(delay.TotalMilliseconds * 2, 2000));
        }
    }

    // Somebody else has changed the rows, or storage failed: what is there now counts.
    private async Task RecoverAsync(Instance instance, List<(string? Key, HistoryEvent Message)> taken, TimeSpan delay)
    {
        if (!_running)
            return;
        try
        {
            await Task.Delay(delay);
            var present = (await store.ReadRangeAsync(DurableKeys.Messages(instance.Id), DurableKeys.After(DurableKeys.Messages(instance.Id)), CancellationToken.None)).Select(row => row.Key).ToHashSet(StringComparer.Ordinal);
            lock (instance.Gate)
            {
                instance.Forget();
                instance.Queue.InsertRange(0, taken.Where(one => one.Key is null || present.Contains(one.Key)));
                instance.Queue.RemoveAll(one => one.Key is not null && !present.Contains(one.Key));
                instance.Poked = true;
            }
        }
        catch (Exception failure)
        {
            LogPassFailed(_logger, failure, instance.Id);
            lock (instance.Gate)
            {
                instance.Forget();
                instance.Queue.InsertRange(0, taken);
                instance.Poked = true;
            }
        }
    }

    private async Task PassAsync(Instance instance, List<(string? Key, HistoryEvent Message)> taken)
    {
        await LoadAsync(instance);
        var (state, etag) = (instance.State, instance.ETag);
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
                    instance.Dispatched.Clear();
                    fresh = [message];
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

        for (var i = 0; i < fresh.Count; i++)
        {
            if (fresh[i].DataRef is { } data)
                fresh[i] = fresh[i] with { Data = await ReadTextAsync(instance.Id, data, CancellationToken.None), DataRef = null };
        }

        var consumed = taken.Where(one => one.Key is not null).Select(one => one.Key!).ToList();
        if (state is null or { IsFinished: true })
        {
            if (consumed.Count > 0)
                await _commits.CommitAsync([.. consumed.Select(key => new RowChange(ChangeKind.Delete, key))]);
            return;
        }

        var firstGeneration = state.Generation;
        var history = instance.History!;
        PassResult result;
        var rows = state.HistoryRows;
        while (true)
        {
            (var events, result) = Replay(state, history, fresh);
            history = [.. history, .. events, .. result.Actions];
            if (result.Next is not { } next)
            {
                rows = events.Count + result.Actions.Count == 0 ? rows : commit.Append(state, rows, [.. events, .. result.Actions]);
                SendActions(commit, sent, state, result.Actions);
                break;
            }

            // The next execution begins in the same pass, and only it is kept.
            SendActions(commit, sent, state, result.Actions);
            fresh = [new HistoryEvent(EventKind.Started) { Name = state.Name, Data = next.Input, Parent = state.Parent }, .. next.Events.Select(one => new HistoryEvent(EventKind.EventRaised) { Name = one.Name, Data = one.Data })];
            state = state with { ExecutionId = Guid.NewGuid().ToString("N"), Generation = state.Generation + 1, Input = null, CustomStatus = null };
            (history, rows) = ([], 0);
            instance.Dispatched.Clear();
            if (!_running)
                return;
        }

        var input = history.Find(one => one.Kind == EventKind.Started)?.Data;
        var now = clock.Time.GetUtcNow();
        var changed = fresh.Count > 0 || rows != state.HistoryRows || consumed.Count > 0;
        state = state with
        {
            Status = result.Status,
            HistoryRows = rows,
            Updated = now,
            Wake = result.Wake,
            HasOpenActivities = result.OpenActivities.Count > 0,
            Outbox = null,
            Input = state.Input ?? commit.Refer(input, state.InstanceId, $"{state.Generation}-input"),
            Output = commit.Refer(result.Output, state.InstanceId, $"{state.Generation}-{rows}-output"),
            CustomStatus = commit.Refer(result.CustomStatus, state.InstanceId, $"{state.Generation}-{rows}-status"),
            Failure = result.Failure,
        };
        if (state.IsFinished && state.Parent is { } caller)
            Send(commit, sent, caller.InstanceId, Ended(caller, state, result));
        if (_abandoned)
            return;
        if (changed)
        {
            (var tag, state) = await commit.SaveAsync(state, etag, consumed, sent);
            (instance.State, instance.ETag, instance.History) = (state, tag, state.IsFinished ? null : history);
        }

        After(instance, state, result);
        if (state.Outbox is { } outbox)
            await ReleaseAsync(outbox);
        else
            sent.ForEach(one => Deliver(DurableKeys.InstanceId(one.Key), one.Key, one.Message));
        if (state.Generation != firstGeneration)
            await DeleteHistoryAsync(state.InstanceId, state.Generation);
    }

    private (IReadOnlyList<HistoryEvent> Events, PassResult Result) Replay(InstanceState state, List<HistoryEvent> history, List<HistoryEvent> fresh)
    {
        var executor = new OrchestrationExecutor(state.Name, state.InstanceId, state.ExecutionId, tasks.Orchestrators.GetValueOrDefault(state.Name), loggers)
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
        _timers!.Set(instance.Id, state.IsFinished || result.Status == OrchestrationRuntimeStatus.Suspended && result.Wake <= clock.Time.GetUtcNow() ? null : result.Wake);
        clock.Wake();
        if (state.IsFinished)
            instance.Dispatched.Clear();
        var started = result.OpenActivities.Where(activity => instance.Dispatched.Add(activity.TaskId)).Select(activity => (activity, work.Begin($"activity {activity.Name} of {state.InstanceId}"))).ToList();
        if (started.Count > 0)
            _ = Task.Run(() => DispatchAsync(state.InstanceId, state.ExecutionId, started));
    }

    // They begin in the order in which they were called, and go on side by side.
    private async Task DispatchAsync(string instanceId, string executionId, List<(HistoryEvent Activity, WorkItem Work)> started)
    {
        foreach (var (activity, item) in started)
        {
            await _activities.WaitAsync();
            _ = RunActivityAsync(instanceId, executionId, activity, item);
        }
    }

    private async Task RunActivityAsync(string instanceId, string executionId, HistoryEvent activity, WorkItem item)
    {
        try
        {
            item.Enter();
            if (!_running)
                return;
            var result = await CallAsync(instanceId, activity);
            if (!_abandoned)
                Deliver(instanceId, key: null, result with { ExecutionId = executionId });
        }
        finally
        {
            _activities.Release();
            item.Dispose();
        }
    }

    private async Task<HistoryEvent> CallAsync(string instanceId, HistoryEvent activity)
    {
        if (!tasks.Activities.TryGetValue(activity.Name!, out var call))
        {
            return new HistoryEvent(EventKind.ActivityFailed)
            {
                TaskId = activity.TaskId,
                Failure = new FailureRecord("ActivityTaskNotFound", $"No activity task named '{activity.Name}' was found.", StackTrace: null, Inner: null),
            };
        }

        try
        {
            return new HistoryEvent(EventKind.ActivityCompleted) { TaskId = activity.TaskId, Data = await call(instanceId, activity.Data) };
        }
        catch (Exception failure)
        {
            return new HistoryEvent(EventKind.ActivityFailed) { TaskId = activity.TaskId, Failure = FailureRecord.From(TaskFailureDetails.FromException(failure)) };
        }
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

    private async Task LoadAsync(Instance instance)
    {
        if (!instance.IsLoaded)
        {
            var row = await store.ReadAsync(DurableKeys.State(instance.Id), CancellationToken.None);
            (instance.State, instance.ETag) = (row is null ? null : HistoryJson.Read<InstanceState>(row.Text), row?.ETag);
            instance.IsLoaded = true;
        }

        if (instance.History is not null || instance.State is not { IsFinished: false } state)
            return;
        instance.Dispatched.Clear();
        var rows = state.HistoryRows == 0
            ? []
            : await store.ReadRangeAsync(DurableKeys.History(state.InstanceId, state.Generation, 0), DurableKeys.History(state.InstanceId, state.Generation, state.HistoryRows), CancellationToken.None);
        instance.History = HistoryJson.ReadLines(string.Concat(rows.Select(row => row.Text)));
    }

    private async Task ReleaseAsync(string outbox)
    {
        var staged = await store.ReadRangeAsync($"o|{outbox}|", $"o|{outbox}}}", CancellationToken.None);
        foreach (var (key, message) in await PassCommit.ReleaseAsync(_commits, staged))
            Deliver(DurableKeys.InstanceId(key), key, message);
    }

    private async Task DeleteHistoryAsync(string instanceId, int before)
    {
        var rows = await store.ReadRangeAsync(DurableKeys.HistoryOf(instanceId), DurableKeys.History(instanceId, before, 0), CancellationToken.None);
        foreach (var chunk in rows.Chunk(IDurableStore.GroupRows))
            await _commits.CommitAsync([.. chunk.Select(row => new RowChange(ChangeKind.Delete, row.Key))]);
    }

    [LoggerMessage(960, LogLevel.Error, "A pass of the orchestration {InstanceId} failed; it is tried again")]
    private static partial void LogPassFailed(ILogger logger, Exception failure, string instanceId);
}
