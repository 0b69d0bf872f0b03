using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine;

/// <summary>The engine's settings; the defaults are those of docs/trading-rules.md.</summary>
public sealed record EngineOptions
{
    /// <summary>The name under which this host takes the lease and records cycles.</summary>
    public string Holder { get; init; } = "engine";

    /// <summary>An entry is not sent later than this after it was decided.</summary>
    public TimeSpan MaxIntentAge { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>An entry is not sent once the mid has moved this far since it was decided, in percent.</summary>
    public decimal MaxIntentDriftPct { get; init; } = 0.5m;

    /// <summary>How long an entry is watched for its fill in the cycle that sent it (wall clock).</summary>
    public TimeSpan EntryWatch { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between the last attempt that may be in flight and the second not-found answer (business time).</summary>
    public TimeSpan AbsenceGap { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an abandoned id is looked up.</summary>
    public TimeSpan AbandonedWatch { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The longest a cycle may take (wall clock).</summary>
    public TimeSpan CycleDeadline { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>The time from one tick to the next: the rest of a market entry that is open for longer is canceled.</summary>
    public TimeSpan CycleInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Entries committed ahead of their submission, at most.</summary>
    public int EntriesAhead { get; init; } = 20;

    /// <summary>How far back executions and ended orders are read again.</summary>
    public TimeSpan ReadOverlap { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Good-till-canceled protection is renewed this many sessions before it ages out.</summary>
    public int RenewSessionsBefore { get; init; } = 5;

    /// <summary>An overnight price change of more than this near a simple ratio is treated as an undeclared split, in percent.</summary>
    public decimal SplitSuspicionPct { get; init; } = 20;

    /// <summary>Which quotes are believed.</summary>
    public QuoteRules Quotes { get; init; } = new();
}

/// <summary>What a cycle is asked to do.</summary>
/// <param name="Planned">The planned instant (UTC) of a tick; null for a cycle asked for at once.</param>
/// <param name="Cause">What started it: <c>timer</c>, <c>command</c>, <c>manual</c>.</param>
/// <param name="DryRun">Whether nothing may change, at the broker or in storage; the decisions are returned.</param>
public sealed record CycleRequest(DateTimeOffset? Planned, string Cause, bool DryRun = false)
{
    /// <summary>The cause of a cycle that the timer runs.</summary>
    public const string Timer = "timer";

    /// <summary>The cause of a cycle that the watchdog runs because the timer does not.</summary>
    public const string Watchdog = "watchdog";
}

/// <summary>Whether a cycle ran.</summary>
public enum CycleOutcome
{
    /// <summary>It ran to its end.</summary>
    Ran,

    /// <summary>Another host holds the engine lease; its cycle, or the next it starts, does the work.</summary>
    HeldElsewhere,

    /// <summary>This tick was run already.</summary>
    AlreadyRun,

    /// <summary>It stopped before its end: the lease was lost, time ran out, storage or broker could not be reached. The record says
    /// which.</summary>
    Stopped,
}

/// <summary>What a cycle did, or (in a dry run) would do.</summary>
/// <param name="Outcome">Whether it ran.</param>
/// <param name="Record">Its record; null when it did not run.</param>
/// <param name="Decisions">Every decision in order.</param>
public sealed record CycleResult(CycleOutcome Outcome, CycleRecord? Record, IReadOnlyList<CycleDecision> Decisions)
{
    /// <summary>The commands that it answered, by id, as committed, so that the caller need not read them back.</summary>
    public IReadOnlyDictionary<string, CommandEnvelope> CommandResults { get; init; } =
        new Dictionary<string, CommandEnvelope>(StringComparer.Ordinal);
}

/// <summary>One decision of a cycle.</summary>
/// <param name="StrategyId">Whose.</param>
/// <param name="Symbol">On what.</param>
/// <param name="Kind">For example <c>entry</c>, <c>protection</c>, <c>exit</c>, <c>cancel</c>, <c>state</c>, <c>refused</c>.</param>
/// <param name="Description">What and why, in a sentence.</param>
public sealed record CycleDecision(string StrategyId, string Symbol, string Kind, string Description);

/// <summary>Runs evaluation cycles (docs/trading-rules.md, "The evaluation cycle").</summary>
public interface IEvaluationCycle
{
    /// <summary>Takes the lease and runs one cycle. Failures of storage or broker end the cycle and are in its record; they are not
    /// thrown.</summary>
    Task<CycleResult> RunAsync(CycleRequest request, CancellationToken cancellationToken);
}
