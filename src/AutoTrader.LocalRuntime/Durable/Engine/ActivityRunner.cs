using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Time;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>Runs activities on the pool, so many at a time; hands on what each came to.</summary>
internal sealed class ActivityRunner(int atOnce, DurableTasks tasks, RunningWork work, Func<bool> isRunning, Action<string, HistoryEvent> ended) : IDisposable
{
    // One that blocks its thread for longer does not keep the next from beginning.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _free = new(atOnce);

    /// <summary>Starts the activities of a pass: they begin in the order in which they were called, and go on side by side.</summary>
    public void Start(string instanceId, string executionId, IReadOnlyList<HistoryEvent> activities)
    {
        if (activities.Count == 0)
            return;
        // Before the pass ends, so that virtual time does not move in between.
        var started = activities.Select(activity => (activity, work.Begin($"activity {activity.Name} of {instanceId}"))).ToList();
        _ = Task.Run(() => StartAsync(instanceId, executionId, started));
    }

    public void Dispose() => _free.Dispose();

    private async Task StartAsync(string instanceId, string executionId, List<(HistoryEvent Activity, WorkItem Work)> started)
    {
        foreach (var (activity, item) in started)
        {
            await _free.WaitAsync();
            var toFirstAwait = Task.Run(() => { _ = RunAsync(instanceId, executionId, activity, item); });
            await toFirstAwait.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(string instanceId, string executionId, HistoryEvent activity, WorkItem item)
    {
        try
        {
            item.Enter();
            if (isRunning())
                ended(instanceId, await CallAsync(instanceId, activity) with { ExecutionId = executionId });
        }
        finally
        {
            _free.Release();
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
            return new HistoryEvent(EventKind.ActivityFailed) { TaskId = activity.TaskId, Failure = FailureRecord.From(failure) };
        }
    }
}
