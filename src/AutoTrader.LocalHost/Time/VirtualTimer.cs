using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Time;

/// <summary>A timer of the virtual clock.</summary>
internal sealed partial class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state, long sequence) : ITimer
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    // Task.Delay and Task.WaitAsync pass their task: somebody awaits. A cancellation source with a deadline, or a periodic timer, is not an
    // await.
    private readonly WorkItem? _work = state is Task ? RunningWork.Current : null;
    private bool _parked;

    public static IComparer<VirtualTimer> DueOrder { get; } =
        Comparer<VirtualTimer>.Create((a, b) => a.Due != b.Due ? Nullable.Compare(a.Due, b.Due) : a.Sequence.CompareTo(b.Sequence));

    /// <summary>When it fires next, if at all. Guarded, like <see cref="Period"/>, by the clock.</summary>
    internal DateTimeOffset? Due { get; set; }

    internal TimeSpan Period { get; set; }

    private long Sequence { get; } = sequence;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        clock.Schedule(this, dueTime, period);
        return true;
    }

    public void Dispose() => clock.Schedule(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Lets the work that awaits this timer count as parked or not. Guarded by the clock.</summary>
    internal void Park(bool parked)
    {
        if (_work is null || _parked == parked)
        {
            return;
        }
        _parked = parked;
        if (parked)
        {
            _work.DelayBegun();
        }
        else
        {
            _work.DelayEnded();
        }
    }

    internal void Fire(ILogger logger)
    {
        try
        {
            if (_context is null)
            {
                callback(state);
            }
            else
            {
                ExecutionContext.Run(_context, static timer => ((VirtualTimer)timer!).Invoke(), this);
            }
        }
        catch (Exception failure)
        {
            LogCallbackFailed(logger, failure);
        }
    }

    private void Invoke() => callback(state);

    [LoggerMessage(911, LogLevel.Error, "A timer callback of the virtual clock failed")]
    private static partial void LogCallbackFailed(ILogger logger, Exception failure);
}
