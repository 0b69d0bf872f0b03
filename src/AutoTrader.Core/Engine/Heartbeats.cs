using System.Collections.Concurrent;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine;

/// <summary>
/// The recurring work beside the cycle, which has a heartbeat of its own in <see cref="EngineState"/>: each says that it ended, so that
/// health and the watchdog see when one falls silent, in whatever process it runs.
/// </summary>
public sealed class Heartbeats(IHeartbeatStore store, IBroker broker, TimeProvider clock)
{
    /// <summary>Looking after schedules.</summary>
    public const string Sweep = "sweep";

    /// <summary>Sending notifications.</summary>
    public const string Delivery = "delivery";

    /// <summary>The watchdog itself.</summary>
    public const string Watchdog = "watchdog";

    /// <summary>Archiving and deleting what is old, once a day.</summary>
    public const string Housekeeping = "housekeeping";

    // After so long without a heartbeat, work that runs every minute counts as silent; the watchdog looks every five.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan WatchdogSilence = TimeSpan.FromMinutes(15);

    // Work that runs every minute need not write every minute.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _written = new(StringComparer.Ordinal);

    /// <summary>Says that <paramref name="work"/> ended; of work that runs every minute, every other minute is written down.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not take it.</exception>
    public async Task BeatAsync(string work, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (_written.TryGetValue(work, out var last) && now >= last && now - last < Interval)
        {
            return;
        }

        await store.BeatAsync(broker.AccountKey, work, now, cancellationToken);
        _written[work] = now;
    }

    /// <summary>When <paramref name="work"/> last ended (UTC); null when it never did.</summary>
    public async Task<DateTimeOffset?> LastAsync(string work, CancellationToken cancellationToken) =>
        (await store.ListAsync(broker.AccountKey, cancellationToken)).TryGetValue(work, out var at) ? at : null;

    /// <summary>The work among <paramref name="expected"/> that is silent: for how long, or null when it never ran.</summary>
    public async Task<IReadOnlyDictionary<string, TimeSpan?>> SilentAsync(IEnumerable<string> expected, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var beats = await store.ListAsync(broker.AccountKey, cancellationToken);
        return expected
            .Select(work => (Work: work, Age: beats.TryGetValue(work, out var at) ? now - at : (TimeSpan?)null))
            .Where(it => it.Age is not { } age || age > (it.Work == Watchdog ? WatchdogSilence : Silence))
            .ToDictionary(it => it.Work, it => it.Age, StringComparer.Ordinal);
    }
}
