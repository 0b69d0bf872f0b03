using System.Threading.Channels;
using AutoTrader.LocalHost.Storage;
using AutoTrader.LocalHost.Time;
using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Query;

namespace AutoTrader.LocalHost.Durable.InMemory;

/// <summary>
/// A provider of the durable engine that keeps everything in memory and hands out the next piece of work only when a clock releases it:
/// one sequence for messages, timers and activities, so that the same input gives the same run.
/// </summary>
/// <remarks>This part is the sequence: waiting and due messages, and their recipients. The worker's and client's sides are separate
/// parts.</remarks>
internal sealed partial class InMemoryOrchestrationService(IWorkClock clock, RunningWork work)
    : IOrchestrationService,
        IOrchestrationServiceClient,
        IOrchestrationServiceQueryClient,
        IOrchestrationServicePurgeClient,
        IDueWork
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly SortedSet<QueuedMessage> _queue = new(QueuedMessage.Order);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly Channel<TaskOrchestrationWorkItem> _orchestrations = Channel.CreateUnbounded<TaskOrchestrationWorkItem>();
    private readonly Channel<TaskActivityWorkItem> _activities = Channel.CreateUnbounded<TaskActivityWorkItem>();
    private readonly Dictionary<HistoryEvent, ActivityWork> _running = new(ReferenceEqualityComparer.Instance);
    private long _sequence;
    private bool _isHandingOut = true;
    private bool _isAbandoned;

    /// <inheritdoc/>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
            {
                return _isHandingOut ? _queue.Min?.Due : null;
            }
        }
    }

    private DateTimeOffset Now => clock.Time.GetUtcNow();

    /// <inheritdoc/>
    public void ReleaseNext(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_isHandingOut || _queue.Min is not { } next || next.Due > now)
            {
                return;
            }

            if (next.IsActivity)
            {
                ReleaseActivity(next);
            }
            else
            {
                ReleaseOrchestration(next.Instance, now);
            }
        }
    }

    /// <summary>Hands out nothing more; what runs still commits.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isHandingOut = false;
        }
    }

    /// <summary>As if the process had been killed: hands out nothing more, and running work commits nothing more.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isHandingOut = false;
            _isAbandoned = true;
        }
    }

    /// <summary>
    /// The changes since the last call, as JSON by instance id; null for an instance that is gone. A caller that cannot store them must
    /// stop: they are not returned again.
    /// </summary>
    public IReadOnlyList<InstanceChange> TakeChanges()
    {
        lock (_gate)
        {
            List<InstanceChange> changes = [.. _changed.Order(StringComparer.Ordinal).Select(ChangeOf)];
            _changed.Clear();
            return changes;
        }
    }

    /// <summary>Continues from another service's <see cref="TakeChanges"/>. Call it first.</summary>
    public void Load(IEnumerable<InstanceChange> snapshots)
    {
        lock (_gate)
        {
            foreach (var (id, json) in snapshots)
            {
                var instance = InstanceSnapshot.Read(id, json!);
                _instances.Add(id, instance);
                foreach (var message in instance.Messages)
                {
                    _queue.Add(message);
                    _sequence = Math.Max(_sequence, message.Sequence);
                }
            }
        }

        clock.Wake();
    }

    private InstanceChange ChangeOf(string id) =>
        new(id, _instances.TryGetValue(id, out var instance) ? InstanceSnapshot.Write(instance) : null);

    private void ReleaseActivity(QueuedMessage call)
    {
        _queue.Remove(call);
        var scheduled = (TaskScheduledEvent)call.Message.Event;
        var running = new ActivityWork(call, work.Begin($"activity {scheduled.Name} of {call.Instance.Id}"));
        _running[scheduled] = running;
        _activities.Writer.TryWrite(running);
    }

    private void ReleaseOrchestration(Instance instance, DateTimeOffset now)
    {
        List<QueuedMessage> batch = [];
        foreach (var message in instance.Messages)
        {
            // While it is locked, none of its messages is in the queue.
            if (!message.IsActivity && _queue.Remove(message) && message.Due <= now)
            {
                batch.Add(message);
            }
        }

        batch.Sort(QueuedMessage.Order);
        instance.IsLocked = true;
        _orchestrations.Writer.TryWrite(new OrchestrationWork(instance, batch, work.Begin($"orchestration {instance.Id}")));
    }

    private void Unlock(Instance instance)
    {
        instance.IsLocked = false;
        foreach (var message in instance.Messages)
        {
            if (!message.IsActivity)
            {
                _queue.Add(message);
            }
        }
    }

    // Messages without a recipient are dropped, as the real engine does on reading them.
    private void Send(TaskMessage message, DateTimeOffset due)
    {
        var id = message.OrchestrationInstance.InstanceId;
        var target = _instances.GetValueOrDefault(id);
        if (message.Event is ExecutionStartedEvent started)
        {
            if (target is { HasEnded: false })
            {
                return;
            }

            target = Begin(id, target, message, started);
        }

        if (target is not null && target.Accepts(message))
        {
            Enqueue(target, message, due);
        }
    }

    private void Enqueue(Instance target, TaskMessage message, DateTimeOffset due)
    {
        var queued = new QueuedMessage(target, message, due, ++_sequence);
        target.Messages.Add(queued);
        if (queued.IsActivity || !target.IsLocked)
        {
            _queue.Add(queued);
        }

        _changed.Add(target.Id);
        clock.Wake();
    }

    private Instance Begin(string id, Instance? ended, TaskMessage message, ExecutionStartedEvent started)
    {
        var now = Now.UtcDateTime;
        started.Timestamp = now;
        var state = new OrchestrationState
        {
            OrchestrationInstance = message.OrchestrationInstance,
            ParentInstance = started.ParentInstance,
            Name = started.Name,
            Version = started.Version,
            Tags = started.Tags,
            Input = started.Input,
            OrchestrationStatus = OrchestrationStatus.Pending,
            ScheduledStartTime = started.ScheduledStartTime,
            CreatedTime = now,
            LastUpdatedTime = now,
        };
        if (ended is not null)
        {
            ended.State = state;
            return ended;
        }

        return _instances[id] = new Instance(id) { State = state };
    }

    private void Remove(Instance instance)
    {
        _instances.Remove(instance.Id);
        _queue.ExceptWith(instance.Messages);
        instance.Messages.Clear();
        _changed.Add(instance.Id);
    }

    private sealed class OrchestrationWork : TaskOrchestrationWorkItem
    {
        public OrchestrationWork(Instance instance, IReadOnlyList<QueuedMessage> batch, WorkItem running)
        {
            (Instance, Batch, Running) = (instance, batch, running);
            InstanceId = instance.Id;
            OrchestrationRuntimeState = new OrchestrationRuntimeState(instance.History);
            NewMessages = [.. batch.Select(one => one.Message)];
            LockedUntilUtc = DateTime.MaxValue;
        }

        public Instance Instance { get; }

        public IReadOnlyList<QueuedMessage> Batch { get; }

        public WorkItem Running { get; }
    }

    private sealed class ActivityWork : TaskActivityWorkItem
    {
        public ActivityWork(QueuedMessage call, WorkItem running)
        {
            (Call, Running) = (call, running);
            Id = $"{call.Sequence}";
            TaskMessage = call.Message;
            LockedUntilUtc = DateTime.MaxValue;
        }

        public QueuedMessage Call { get; }

        public WorkItem Running { get; }
    }
}
