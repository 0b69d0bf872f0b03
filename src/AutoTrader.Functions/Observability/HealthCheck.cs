using System.Globalization;
using AutoTrader.Core.Application;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;

namespace AutoTrader.Functions.Observability;

/// <summary>The app's problems, one sentence each.</summary>
/// <param name="Status"><c>ok</c>, <c>impaired</c> (it trades, and something needs the user's eye), <c>stale</c> (work does not run that
/// should) or <c>unavailable</c> (storage is away).</param>
/// <param name="Problems">The reasons, worst first; empty when all is well.</param>
/// <param name="Age">How long ago the last cycle ended; null before the first.</param>
public sealed record HealthReport(string Status, IReadOnlyList<string> Problems, TimeSpan? Age)
{
    /// <summary>Whether a monitor is to ring.</summary>
    public bool IsDown => Status is "stale" or "unavailable";
}

/// <summary>Whether everything that should run does run (docs/architecture.md, "Health and the watchdog"). Everything it knows comes from
/// storage: the work may run in other processes.</summary>
public sealed class HealthCheck(
    EngineService engine,
    Heartbeats heartbeats,
    CycleSchedule schedule,
    IEnumerable<IStorageGuard> guards,
    TimeProvider clock
)
{
    private const string Probe = "health";

    // After so long without it, a tick that was planned is late.
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(3);

    // A cycle ends within 50 seconds; so a tick that is not run by then was not run in time.
    private static readonly TimeSpan WatchdogLate = TimeSpan.FromMinutes(1);

    /// <summary>Checks everything, including a test write to storage: at the first check, and then every other minute.</summary>
    public async Task<HealthReport> LookAsync(CancellationToken cancellationToken)
    {
        if (guards.Select(guard => guard.Problem).FirstOrDefault(problem => problem is not null) is { } unsafeStorage)
        {
            return new("unavailable", [unsafeStorage], null);
        }

        try
        {
            // Reads alone would report a healthy app after a deployment whose identity may read but not write, because earlier heartbeats
            // are still fresh. More frequent requests, which need no key, cause no more writes.
            await heartbeats.BeatAsync(Probe, cancellationToken);
            var pulse = await engine.PulseAsync(cancellationToken);
            var problems = (await heartbeats.SilentAsync([Heartbeats.Sweep, Heartbeats.Delivery, Heartbeats.Watchdog], cancellationToken))
                .Select(Silent)
                .ToList();
            if (IsLate(pulse, Late))
            {
                problems.Insert(
                    0,
                    pulse.Age is null
                        ? "No cycle has run yet."
                        : Invariant($"The last cycle ended {pulse.Age.Value.TotalSeconds:0} seconds ago.")
                );
            }

            if (pulse.IsTimerSilent)
            {
                problems.Insert(0, "The timer EvaluateStrategies does not run; the watchdog runs its cycles.");
            }

            var isStale = problems.Count > 0;
            if (pulse.IsImpaired)
            {
                problems.Add("The last cycle failed, or the engine state cannot be read: see GET /api/attention.");
            }

            problems.AddRange(pulse.WithoutData);
            return new(
                isStale ? "stale"
                    : problems.Count > 0 ? "impaired"
                    : "ok",
                problems,
                pulse.Age
            );
        }
        catch (UnreadableRowException unreadable)
        {
            return new("impaired", [unreadable.Message], null);
        }
        catch (StorageUnavailableException)
        {
            return new("unavailable", ["Storage cannot be reached or written."], null);
        }
    }

    /// <summary>The tick that the timer should have run by now and did not; null when there is none.</summary>
    public async Task<DateTimeOffset?> MissedTickAsync(CancellationToken cancellationToken)
    {
        var pulse = await engine.PulseAsync(cancellationToken);
        return IsLate(pulse, WatchdogLate) ? schedule.Latest(clock.GetUtcNow()) : null;
    }

    private bool IsLate(EnginePulse pulse, TimeSpan tolerance) =>
        pulse.LastTick is null || (schedule.Latest(clock.GetUtcNow() - tolerance) is { } due && pulse.LastTick < due);

    private static string Silent(KeyValuePair<string, TimeSpan?> work) =>
        work.Value is { } age
            ? Invariant($"{NameOf(work.Key)} has not run for {age.TotalMinutes:0} minutes.")
            : $"{NameOf(work.Key)} has not run yet.";

    private static string NameOf(string work) =>
        work switch
        {
            Heartbeats.Sweep => "The sweep of schedules",
            Heartbeats.Delivery => "The delivery of notifications",
            _ => "The watchdog",
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
