namespace AutoTrader.LocalHost.Time;

/// <summary>
/// Business time together with what falls due in it. The same sources (function timers, durable timers) serve both clocks:
/// <see cref="SystemWorkClock"/> follows the wall clock, <see cref="VirtualClock"/> jumps from one due instant to the next.
/// </summary>
internal interface IWorkClock
{
    /// <summary>The clock that the app gets by injection.</summary>
    TimeProvider Time { get; }

    /// <summary>Adds a source. Of two sources due at one instant, the one added first goes first.</summary>
    void Add(IDueWork source);

    /// <summary>
    /// Says that some source's <see cref="IDueWork.NextDue"/> has changed. Cheap; may be called from anywhere. Work that makes something
    /// due earlier calls it before it ends, or virtual time could pass it by.
    /// </summary>
    void Wake();
}

/// <summary>Work that falls due at instants of business time.</summary>
internal interface IDueWork
{
    /// <summary>The instant (UTC) of the earliest work that can be started, which may be past; null when there is none. Called often and
    /// from any thread: no I/O.</summary>
    DateTimeOffset? NextDue { get; }

    /// <summary>
    /// Starts exactly one piece of work that is due. It must not block: it calls <see cref="RunningWork.Begin"/> before it returns, does
    /// the rest asynchronously, and from its return on <see cref="NextDue"/> no longer speaks of this piece.
    /// </summary>
    /// <param name="now">The present business instant, not earlier than <see cref="NextDue"/>.</param>
    void ReleaseNext(DateTimeOffset now);
}
