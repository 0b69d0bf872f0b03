using AutoTrader.LocalHost.Time;
using DurableTask.Core;
using DurableTask.Core.History;

namespace AutoTrader.LocalHost.Durable.InMemory;

/// <content>The worker's side: fetching and completing messages.</content>
internal sealed partial class InMemoryOrchestrationService
{
    /// <inheritdoc/>
    public int TaskOrchestrationDispatcherCount => 1;

    /// <inheritdoc/>
    public int TaskActivityDispatcherCount => 1;

    /// <inheritdoc/>
    public int MaxConcurrentTaskOrchestrationWorkItems => int.MaxValue;

    // The clock decides: a released item that could not run would stop virtual time for ever.
    /// <inheritdoc/>
    public int MaxConcurrentTaskActivityWorkItems => int.MaxValue;

    /// <inheritdoc/>
    public BehaviorOnContinueAsNew EventBehaviourForContinueAsNew => BehaviorOnContinueAsNew.Carryover;

    /// <summary>Makes a worker give business time to its orchestrations, and assign virtual delays to their work.</summary>
    public void Attach(TaskHubWorker worker)
    {
        worker.AddOrchestrationDispatcherMiddleware(
            (context, next) =>
            {
                // The engine stamps them by the wall clock, and the orchestration reads its time from them.
                Stamp(context.GetProperty<OrchestrationRuntimeState>(), Now.UtcDateTime);
                return next();
            }
        );
        worker.AddActivityDispatcherMiddleware(
            async (context, next) =>
            {
                WorkOf(context.GetProperty<TaskScheduledEvent>()).Enter();
                await next();
            }
        );
    }

    /// <inheritdoc/>
    public async Task<TaskOrchestrationWorkItem> LockNextTaskOrchestrationWorkItemAsync(
        TimeSpan receiveTimeout,
        CancellationToken cancellationToken
    ) => await _orchestrations.Reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<TaskActivityWorkItem> LockNextTaskActivityWorkItem(TimeSpan receiveTimeout, CancellationToken cancellationToken) =>
        await _activities.Reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public Task CompleteTaskOrchestrationWorkItemAsync(
        TaskOrchestrationWorkItem workItem,
        OrchestrationRuntimeState newOrchestrationRuntimeState,
        IList<TaskMessage> outboundMessages,
        IList<TaskMessage> orchestratorMessages,
        IList<TaskMessage> timerMessages,
        TaskMessage continuedAsNewMessage,
        OrchestrationState orchestrationState
    )
    {
        var done = (OrchestrationWork)workItem;
        lock (_gate)
        {
            // Missing when it was purged concurrently.
            if (_isAbandoned || _instances.GetValueOrDefault(done.InstanceId) != done.Instance)
            {
                return Task.CompletedTask;
            }

            var now = Now;
            var instance = done.Instance;
            instance.Messages.RemoveAll(done.Batch.Contains);
            // No state: the messages have no recipient.
            if (orchestrationState is not null)
            {
                Update(instance, newOrchestrationRuntimeState, orchestrationState, now.UtcDateTime);
            }

            // Also the timers of an execution that has given way to the next: they would make virtual time stop at them for nothing.
            instance.Messages.RemoveAll(message => !instance.Accepts(message.Message));
            foreach (var call in outboundMessages)
            {
                Enqueue(instance, call, now);
            }

            foreach (var message in orchestratorMessages)
            {
                Send(message, now);
            }

            foreach (var timer in timerMessages.Where(instance.Accepts))
            {
                Enqueue(instance, timer, new DateTimeOffset(((TimerFiredEvent)timer.Event).FireAt, TimeSpan.Zero));
            }

            Unlock(instance);
            _changed.Add(instance.Id);
        }

        clock.Wake();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task AbandonTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        lock (_gate)
        {
            Unlock(((OrchestrationWork)workItem).Instance);
        }

        clock.Wake();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReleaseTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        ((OrchestrationWork)workItem).Running.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CompleteTaskActivityWorkItemAsync(TaskActivityWorkItem workItem, TaskMessage responseMessage)
    {
        var done = (ActivityWork)workItem;
        lock (_gate)
        {
            _running.Remove(done.TaskMessage.Event);
            if (!_isAbandoned && done.Call.Instance.Messages.Remove(done.Call))
            {
                _changed.Add(done.Call.Instance.Id);
                Send(responseMessage, Now);
            }
        }

        done.Running.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task AbandonTaskActivityWorkItemAsync(TaskActivityWorkItem workItem)
    {
        var left = (ActivityWork)workItem;
        lock (_gate)
        {
            _running.Remove(left.TaskMessage.Event);
            if (left.Call.Instance.Messages.Contains(left.Call))
            {
                _queue.Add(left.Call);
            }
        }

        clock.Wake();
        left.Running.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RenewTaskOrchestrationWorkItemLockAsync(TaskOrchestrationWorkItem workItem) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<TaskActivityWorkItem> RenewTaskActivityWorkItemLockAsync(TaskActivityWorkItem workItem) => Task.FromResult(workItem);

    /// <inheritdoc/>
    public bool IsMaxMessageCountExceeded(int currentMessageCount, OrchestrationRuntimeState runtimeState) => false;

    /// <inheritdoc/>
    public int GetDelayInSecondsAfterOnProcessException(Exception exception) => 0;

    /// <inheritdoc/>
    public int GetDelayInSecondsAfterOnFetchException(Exception exception) => 0;

    /// <inheritdoc/>
    public Task StartAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync() => StopAsync(isForced: false);

    /// <inheritdoc/>
    public Task StopAsync(bool isForced)
    {
        Stop();
        // The last released item is never fetched.
        while (_orchestrations.Reader.TryRead(out var orchestration))
        {
            ((OrchestrationWork)orchestration).Running.Dispose();
        }

        while (_activities.Reader.TryRead(out var activity))
        {
            ((ActivityWork)activity).Running.Dispose();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CreateAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task CreateAsync(bool recreateInstanceStore) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task CreateIfNotExistsAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task DeleteAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task DeleteAsync(bool deleteInstanceStore) => Task.CompletedTask;

    private static void Update(Instance instance, OrchestrationRuntimeState run, OrchestrationState state, DateTime now)
    {
        // Again, for what the pass added.
        Stamp(run, now);
        var hasEnded = Instance.IsEnd(state.OrchestrationStatus);
        state.CreatedTime = run.CreatedTime;
        state.CompletedTime = run.CompletedTime;
        state.LastUpdatedTime = now;
        instance.State = state;
        instance.History = hasEnded ? [] : run.Events;
    }

    private static void Stamp(OrchestrationRuntimeState run, DateTime now)
    {
        foreach (var one in run.NewEvents)
        {
            one.Timestamp = now;
        }
    }

    private WorkItem WorkOf(TaskScheduledEvent scheduled)
    {
        lock (_gate)
        {
            return _running[scheduled].Running;
        }
    }
}
