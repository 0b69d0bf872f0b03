using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Time;

/// <summary>
/// Business time that jumps from one due instant to the next, and only while nothing runs but work that waits for a virtual delay.
/// Everything due is released one piece at a time, each after the one before has finished, so that the same input gives the same run.
/// </summary>
/// <remarks>
/// Work is parked while a <c>Task.Delay(..., clock)</c> that was created in its flow is pending and no thread runs in its flow. It does no
/// I/O during such a delay, because that would look like waiting. A <see cref="CancellationTokenSource"/> with a virtual deadline parks
/// nothing. </remarks>
internal sealed partial class VirtualClock : TimeProvider, IWorkClock
{
    private readonly RunningWork _work;
    private readonly ILogger _logger;
    private readonly DueWork _due = new();
    private readonly WakeSignal _wake = new();
    private readonly Lock _gate = new();
    private readonly SortedSet<VirtualTimer> _timers = new(VirtualTimer.DueOrder);
    private long _ticks;
    private long _sequence;
    private long _changes;
    private long _lastMove = Stopwatch.GetTimestamp();
    private DateTimeOffset _completed;

    public VirtualClock(DateTimeOffset start, RunningWork work, ILogger logger)
    {
        _ticks = start.UtcTicks;
        _completed = start;
        _work = work;
        work.Parks = true;
        _logger = logger;
    }

    /// <summary>Virtual seconds per second of wall clock at most; 0 for as fast as the work allows.</summary>
    public double Speed { get; init; }

    /// <summary>The instants (UTC) that pass as fast as the work allows, whatever <see cref="Speed"/> is.</summary>
    public Func<DateTimeOffset, bool> Skips { get; init; } = _ => false;

    /// <summary>
    /// Called when everything up to an instant has ended, nothing running and nothing parked, at most once per instant: a run that restarts
    /// there repeats only interrupted work.
    /// </summary>
    public Func<DateTimeOffset, Task>? InstantCompleted { get; set; }

    public TimeProvider Time => this;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state, Interlocked.Increment(ref _sequence));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Add(IDueWork source) => _due.Add(source);

    public void Wake()
    {
        Interlocked.Increment(ref _changes);
        _wake.Set();
    }

    /// <summary>Sets the clock to the position of an earlier run, before its first use.</summary>
    public void Resume(DateTimeOffset position)
    {
        Interlocked.Exchange(ref _ticks, position.UtcTicks);
        _completed = position;
    }

    /// <summary>
    /// Runs everything that is due up to and including an instant, then stays at that instant with nothing running.
    /// </summary>
    /// <param name="until">The instant to reach; <see cref="DateTimeOffset.MaxValue"/> to run until canceled.</param>
    /// <param name="cancellationToken">Stops between two pieces of work; the clock can be run again.</param>
    public async Task RunUntilAsync(DateTimeOffset until, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _work.WhenIdleAsync(cancellationToken);
            await CompleteInstantAsync();
            var changes = Interlocked.Read(ref _changes);
            var source = _due.Earliest();
            var timer = EarliestTimer();
            // Delays of work that began earlier go before new work of the same instant.
            var next = Min(timer, source?.At);
            if (next is null && until == DateTimeOffset.MaxValue)
            {
                await _wake.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
                continue;
            }

            var target = next is { } due && due <= until ? due : until;
            var pause = PauseBefore(target);
            if (pause > TimeSpan.Zero)
            {
                await _wake.WaitAsync(pause, cancellationToken);
                continue;
            }

            if (next is null || next > until)
            {
                if (TryMoveTo(until, changes))
                {
                    await CompleteInstantAsync();
                    return;
                }
            }
            else if (TryMoveTo(target, changes))
            {
                if (timer is { } at && at <= target)
                {
                    FireNextTimer();
                }
                else
                {
                    source!.Value.Source.ReleaseNext(GetUtcNow());
                }
            }
        }
    }

    /// <summary>Starts no new work, but lets what runs come to its end, virtual delays passing at once.</summary>
    /// <returns>False when the time (of the wall clock) ran out first.</returns>
    public async Task<bool> DrainAsync(CancellationToken timeout)
    {
        try
        {
            while (true)
            {
                await _work.WhenIdleAsync(timeout);
                await CompleteInstantAsync();
                if (_work.IsEmpty)
                {
                    return true;
                }
                var changes = Interlocked.Read(ref _changes);
                if (EarliestTimer() is not { } due)
                {
                    return false;
                }
                if (TryMoveTo(due, changes))
                {
                    FireNextTimer();
                }
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return false;
        }
    }

    internal void Schedule(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            timer.Due = dueTime == Timeout.InfiniteTimeSpan ? null : GetUtcNow() + (dueTime > TimeSpan.Zero ? dueTime : TimeSpan.Zero);
            timer.Period = period;
            if (timer.Due is not null)
            {
                _timers.Add(timer);
            }
            // In one with the entry: work that is parked without a timer would let time pass it by.
            timer.Park(timer.Due is not null);
        }

        Wake();
    }

    private static DateTimeOffset? Min(DateTimeOffset? a, DateTimeOffset? b) =>
        a is null ? b
        : b is null || a <= b ? a
        : b;

    private async Task CompleteInstantAsync()
    {
        var now = GetUtcNow();
        if (InstantCompleted is null || now <= _completed || !_work.IsEmpty || _due.Earliest()?.At <= now)
        {
            return;
        }
        await InstantCompleted(now);
        _completed = now;
    }

    private DateTimeOffset? EarliestTimer()
    {
        lock (_gate)
        {
            return _timers.Min?.Due;
        }
    }

    private void FireNextTimer()
    {
        VirtualTimer? timer;
        WorkItem firing;
        lock (_gate)
        {
            timer = _timers.Min;
            if (timer is null || timer.Due > GetUtcNow())
            {
                return;
            }
            _timers.Remove(timer);
            timer.Due = timer.Period == Timeout.InfiniteTimeSpan || timer.Period == TimeSpan.Zero ? null : timer.Due + timer.Period;
            if (timer.Due is not null)
            {
                _timers.Add(timer);
            }
            // Begun before the parked work counts as running again, so that there is no instant between.
            firing = _work.Begin("virtual delay");
            timer.Park(parked: false);
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            state =>
            {
                using (state.firing)
                {
                    state.timer.Fire(_logger);
                }
            },
            (timer, firing),
            preferLocal: false
        );
    }

    private TimeSpan PauseBefore(DateTimeOffset target)
    {
        if (Speed <= 0 || target <= GetUtcNow() || Skips(target))
        {
            return TimeSpan.Zero;
        }
        var wanted = TimeSpan.FromSeconds(Math.Min((target - GetUtcNow()).TotalSeconds / Speed, TimeSpan.FromDays(1).TotalSeconds));
        return wanted - Stopwatch.GetElapsedTime(_lastMove);
    }

    // Not when work began, or something else fell due, since the instant was chosen.
    private bool TryMoveTo(DateTimeOffset instant, long changes)
    {
        var moved = false;
        _work.TryWhileIdle(() =>
        {
            if (Interlocked.Read(ref _changes) != changes)
            {
                return;
            }
            moved = true;
            if (instant <= GetUtcNow())
            {
                return;
            }
            Interlocked.Exchange(ref _ticks, instant.UtcTicks);
            _lastMove = Stopwatch.GetTimestamp();
        });
        return moved;
    }
}
