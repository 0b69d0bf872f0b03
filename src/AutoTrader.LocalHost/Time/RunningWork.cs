namespace AutoTrader.LocalHost.Time;

/// <summary>
/// Running work in this host: invocations, queued orchestration messages, anything that must end before virtual time may move or the host
/// may stop. Work that causes other work starts it before it ends itself; otherwise time could move between the two.
/// </summary>
internal sealed class RunningWork
{
    // Signals every thread that starts or stops running in the flow of some work.
    private static readonly AsyncLocal<WorkItem?> Ambient = new(change =>
    {
        change.PreviousValue?.ThreadLeft();
        change.CurrentValue?.ThreadEntered();
    });

    private readonly Lock _gate = new();
    private readonly HashSet<WorkItem> _items = [];
    private readonly List<(Func<bool> Until, TaskCompletionSource Done)> _waiters = [];
    private int _active;

    /// <summary>The work in whose asynchronous flow the caller runs, if any.</summary>
    public static WorkItem? Current => Ambient.Value;

    /// <summary>Whether virtual delays park the work that awaits them. Only a virtual clock needs it; it costs a little at every
    /// await.</summary>
    public bool Parks { get; set; }

    /// <summary>The names of running or parked work, for messages.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _items.Select(item => item.Name)];
            }
        }
    }

    /// <summary>Whether nothing runs and nothing is parked.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _items.Count == 0;
            }
        }
    }

    /// <summary>Counts a piece of work until the returned item is disposed.</summary>
    public WorkItem Begin(string name)
    {
        var item = new WorkItem(this, name);
        lock (_gate)
        {
            _items.Add(item);
            _active++;
        }

        return item;
    }

    /// <summary>Completes when only work parked on a virtual delay remains.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default) => WhenAsync(() => _active == 0, cancellationToken);

    /// <summary>Completes when nothing runs and nothing is parked.</summary>
    public Task WhenEmptyAsync(CancellationToken cancellationToken = default) => WhenAsync(() => _items.Count == 0, cancellationToken);

    /// <summary>Runs an action unless work is running; no work can start during it.</summary>
    /// <returns>Whether it was done.</returns>
    public bool TryWhileIdle(Action action)
    {
        lock (_gate)
        {
            if (_active != 0)
            {
                return false;
            }
            action();
            return true;
        }
    }

    internal void Enter(WorkItem item)
    {
        if (Parks)
        {
            Ambient.Value = item;
        }
    }

    internal void Change(WorkItem item, int delays, int threads)
    {
        lock (_gate)
        {
            var wasParked = item.IsParked;
            item.Delays += delays;
            item.Threads += threads;
            if (item.IsParked == wasParked || !_items.Contains(item))
            {
                return;
            }
            _active += wasParked ? 1 : -1;
            CompleteWaiters();
        }
    }

    internal void End(WorkItem item)
    {
        lock (_gate)
        {
            if (!_items.Remove(item))
            {
                return;
            }
            if (!item.IsParked)
            {
                _active--;
            }
            CompleteWaiters();
        }
    }

    private Task WhenAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (condition())
            {
                return Task.CompletedTask;
            }
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((condition, done));
            return done.Task.WaitAsync(cancellationToken);
        }
    }

    private void CompleteWaiters()
    {
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            if (!_waiters[i].Until())
            {
                continue;
            }
            _waiters[i].Done.SetResult();
            _waiters.RemoveAt(i);
        }
    }
}

/// <summary>One piece of running work; disposing it (once or more) ends it.</summary>
internal sealed class WorkItem(RunningWork owner, string name) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>Whether it only waits for virtual delays: some are pending, and no thread runs in its flow.</summary>
    internal bool IsParked => Delays > 0 && Threads == 0;

    internal int Delays { get; set; }

    internal int Threads { get; set; }

    /// <summary>From here on in the caller's asynchronous flow, virtual delays belong to this work and park it.</summary>
    public void Enter() => owner.Enter(this);

    public void Dispose() => owner.End(this);

    internal void DelayBegun() => owner.Change(this, delays: 1, threads: 0);

    internal void DelayEnded() => owner.Change(this, delays: -1, threads: 0);

    internal void ThreadEntered() => owner.Change(this, delays: 0, threads: 1);

    internal void ThreadLeft() => owner.Change(this, delays: 0, threads: -1);
}
