using System.Collections.Concurrent;
using System.Text.Json;
using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Durable.Storage;
using AutoTrader.LocalRuntime.Time;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>Runs the instances of a task hub, each by one pass at a time. Only the host that owns the hub runs it; what a former owner still does meets a changed ETag.</summary>
internal sealed partial class DurableEngine(IDurableStore store, DurableTasks tasks, IWorkClock clock, RunningWork work, ILoggerFactory loggers) : IAsyncDisposable
{
    // What a pass consumes fits in one group with what it sends.
    private const int MessagesPerPass = 40;

    // Twice what fits in the groups that are under way: as many passes as can be committed together.
    private const int PassesAtOnce = 4 * IDurableStore.GroupRows;

    // From here on, one query over all messages costs less than a read of each.
    private const int WorthScanning = 20;

    private readonly ILogger _logger = loggers.CreateLogger<DurableEngine>();
    private readonly ConcurrentDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly GroupCommit _commits = new(store);
    private readonly SemaphoreSlim _passes = new(PassesAtOnce);
    private readonly SemaphoreSlim _replays = new(Math.Max(4, Environment.ProcessorCount * 2));
    private ActivityRunner? _activities;
    private DurableTimers? _timers;
    private volatile bool _running;
    private volatile bool _abandoned;

    public IDurableStore Store => store;

    public GroupCommit Commits => _commits;

    public IWorkClock Clock => clock;

    public DurableTasks Tasks => tasks;

    public bool IsRunning => _running;

    /// <summary>How many activities run at once.</summary>
    public int ActivitiesAtOnce { get; init; } = 100;

    /// <summary>Called once with every orchestration that failed, by the name of its orchestrator.</summary>
    public Action<string, Exception>? OrchestrationFailed { get; set; }

    /// <summary>Takes up what is stored: light rows only; a history is read when its instance wakes.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_timers is null)
        {
            _activities = new ActivityRunner(ActivitiesAtOnce, tasks, work, () => _running, (instanceId, result) => Deliver(instanceId, key: null, result));
            _timers = new DurableTimers(Poke);
            clock.Add(_timers);
        }

        _running = true;
        foreach (var row in await ReadStatesAsync(onlyOpen: true, cancellationToken))
        {
            var state = InstanceState.Read(row);
            if (state.IsDamaged)
            {
                LogDamaged(_logger, state.Failure!.ErrorMessage);
                continue;
            }

            var instance = _instances.GetOrAdd(state.InstanceId, id => new Instance(id));
            lock (instance.Gate)
                (instance.IsLoaded, instance.State, instance.ETag) = (true, state, row.ETag);
            if (state.HasOpenActivities || state.IsUnplayed || state.Outbox is not null)
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
                instance.Dispatched.Clear();
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
        foreach (var row in await store.ReadRangeAsync(DurableKeys.AllMessages, DurableKeys.After(DurableKeys.AllMessages), cancellationToken))
            Deliver(row);
    }

    /// <summary>One look at the bell.</summary>
    public async Task PollAsync(CancellationToken cancellationToken)
    {
        var keys = await store.ReadBellAsync(cancellationToken);
        if (keys.Count == 0)
            return;
        if (keys.Count > WorthScanning)
            await ScanMessagesAsync(cancellationToken);
        else
        {
            foreach (var row in await Task.WhenAll(keys.Order(StringComparer.Ordinal).Select(key => store.ReadAsync(key, cancellationToken))))
            {
                if (row is not null)
                    Deliver(row);
            }
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
            if (key is null || !(instance.Queue.Exists(one => one.Key == key) || instance.Taken.Exists(one => one.Key == key)))
                instance.Queue.Add((key, message));
            Begin(instance);
        }

        return true;
    }

    /// <summary>Has an instance know the row that a client has just written.</summary>
    public void Know(string instanceId, InstanceState state, string etag)
    {
        if (!_running)
            return;
        var instance = _instances.GetOrAdd(instanceId, id => new Instance(id));
        lock (instance.Gate)
        {
            // A pass that is under way meets the changed rows by itself.
            if (instance.Work is null)
                (instance.IsLoaded, instance.State, instance.ETag, instance.History) = (true, state, etag, null);
        }
    }

    /// <summary>Has an instance forget what it knows of its rows, as when a client purged them.</summary>
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
        _replays.Dispose();
        _activities?.Dispose();
    }

    /// <summary>A text that a state or a message refers to; null when there is none, or when it has been replaced or purged meanwhile.</summary>
    public async Task<string?> ReadTextAsync(string instanceId, TextRef? text, CancellationToken cancellationToken)
    {
        if (text?.Key is not { } key)
            return text?.Inline;
        var rows = await store.ReadRangeAsync(DurableKeys.Text(instanceId, $"{key}-"), DurableKeys.Text(instanceId, $"{key}."), cancellationToken);
        return rows.Count < text.Rows ? null : string.Concat(rows.Take(text.Rows).Select(row => row.Text));
    }

    /// <summary>All states, or those that a restart takes up, in parallel ranges.</summary>
    public async Task<IReadOnlyList<StoredRow>> ReadStatesAsync(bool onlyOpen, CancellationToken cancellationToken)
    {
        var ranges = await Task.WhenAll(DurableKeys.StateRanges.Select(range => store.ReadRangeAsync(range.From, range.To, cancellationToken, onlyOpen)));
        return [.. ranges.SelectMany(rows => rows)];
    }

    // A message that cannot be read fails its instance, which would otherwise wait for it for ever; it stops no other one.
    private void Deliver(StoredRow row)
    {
        HistoryEvent message;
        try
        {
            message = HistoryJson.Read<HistoryEvent>(row.Text);
        }
        catch (JsonException unreadable)
        {
            message = new HistoryEvent(EventKind.Damaged) { Data = $"The message {row.Key} cannot be read: {unreadable.Message}" };
        }

        try
        {
            Deliver(DurableKeys.InstanceId(row.Key), row.Key, message);
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException)
        {
            LogDamaged(_logger, $"The message {row.Key} is for no orchestration: {failure.Message}");
        }
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
            var isConflict = false;
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
                instance.Taken = taken;
            }

            await _passes.WaitAsync();
            try
            {
                await PassAsync(instance, taken);
                lock (instance.Gate)
                    instance.Taken = [];
                continue;
            }
            catch (StoreConflictException)
            {
                isConflict = true;
            }
            catch (Exception failure)
            {
                LogPassFailed(_logger, failure, instance.Id);
            }
            finally
            {
                _passes.Release();
            }

            await RecoverAsync(instance, taken, delay, isConflict);
            delay = TimeSpan.FromMilliseconds(Math.Min(delay.TotalMilliseconds * 2, 2000));
        }
    }

    // Somebody else has changed the rows, or storage failed: what is there now counts.
    private async Task RecoverAsync(Instance instance, List<(string? Key, HistoryEvent Message)> taken, TimeSpan delay, bool isConflict)
    {
        if (!_running)
            return;
        try
        {
            await Task.Delay(delay);
            // A commit whose answer was lost may have sent messages to others, which nobody has told them.
            var prefix = isConflict ? DurableKeys.Messages(instance.Id) : DurableKeys.AllMessages;
            var rows = await store.ReadRangeAsync(prefix, DurableKeys.After(prefix), CancellationToken.None);
            var present = rows.Select(row => row.Key).ToHashSet(StringComparer.Ordinal);
            lock (instance.Gate)
            {
                instance.Forget();
                instance.Taken = [];
                instance.Queue.InsertRange(0, taken.Where(one => one.Key is null || present.Contains(one.Key)));
                instance.Queue.RemoveAll(one => one.Key is not null && !present.Contains(one.Key));
                instance.Poked = true;
            }

            foreach (var row in rows)
                Deliver(row);
        }
        catch (Exception failure)
        {
            LogPassFailed(_logger, failure, instance.Id);
            lock (instance.Gate)
            {
                instance.Forget();
                instance.Taken = [];
                instance.Queue.InsertRange(0, taken);
                instance.Poked = true;
            }
        }
    }

    [LoggerMessage(960, LogLevel.Error, "A pass of the orchestration {InstanceId} failed; it is tried again")]
    private static partial void LogPassFailed(ILogger logger, Exception failure, string instanceId);
}
