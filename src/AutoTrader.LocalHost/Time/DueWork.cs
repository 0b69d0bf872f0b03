using System.Collections.Immutable;
using System.Threading.Channels;

namespace AutoTrader.LocalHost.Time;

/// <summary>The sources of a clock in the order in which they were added, which is the order at one instant.</summary>
internal sealed class DueWork
{
    private ImmutableArray<IDueWork> _sources = [];

    public void Add(IDueWork source) => ImmutableInterlocked.Update(ref _sources, sources => sources.Add(source));

    /// <summary>The earliest due work; of those at the same instant, of the first source.</summary>
    public (DateTimeOffset At, IDueWork Source)? Earliest()
    {
        (DateTimeOffset At, IDueWork Source)? earliest = null;
        foreach (var source in _sources)
        {
            if (source.NextDue is { } due && (earliest is null || due < earliest.Value.At))
            {
                earliest = (due, source);
            }
        }

        return earliest;
    }
}

/// <summary>Wakes one waiter; a signal without a waiter is kept, several are one.</summary>
internal sealed class WakeSignal
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Set() => _signal.Writer.TryWrite(item: true);

    /// <summary>Waits for a signal, the end of the time (wall clock), or the cancellation, without saying which.</summary>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            // Rounded up: a wait that ends before its instant would spin until it comes.
            end.CancelAfter((int)Math.Ceiling(Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue)));
        }

        var signal = _signal.Reader.WaitToReadAsync(end.Token).AsTask();
        await ((Task)signal).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _signal.Reader.TryRead(out _);
    }
}
