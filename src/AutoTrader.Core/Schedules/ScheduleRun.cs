using System.Globalization;

namespace AutoTrader.Core.Schedules;

/// <summary>How far along a run is.</summary>
public enum RunStatus
{
    /// <summary>Committed, and not known to be done.</summary>
    Started,

    /// <summary>Done.</summary>
    Fired,

    /// <summary>Passed over; code and outcome say why.</summary>
    Skipped,

    /// <summary>It could not be done; code and outcome say why.</summary>
    Failed,
}

/// <summary>What became of one occurrence of a schedule.</summary>
public sealed record ScheduleRun
{
    /// <summary>What a schedule calls as: this, and its id.</summary>
    public const string CallerPrefix = "schedule:";

    /// <summary>The cause of an occurrence that the rule named; that of a trigger is its own id.</summary>
    public const string Scheduled = "scheduled";

    /// <summary>The code of a run that was skipped since there was nothing to do: a switch that is off already, a strategy that is not
    /// paused. Nothing was missed.</summary>
    public const string NoOp = "no_op";

    /// <summary>The schedule.</summary>
    public required string ScheduleId { get; init; }

    /// <summary>The planned instant (UTC).</summary>
    public required DateTimeOffset Planned { get; init; }

    /// <summary><see cref="Scheduled"/>, or the id of a trigger.</summary>
    public required string Cause { get; init; }

    /// <summary>The task, fixed at the start.</summary>
    public required ScheduleTask Task { get; init; }

    /// <summary>How far along it is.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>It may be carried out until then (UTC); null for however late.</summary>
    public DateTimeOffset? Latest { get; init; }

    /// <summary>When it was committed (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When its end was known (UTC).</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it was skipped or failed, for programs.</summary>
    public string? Code { get; init; }

    /// <summary>What came of it, in a sentence.</summary>
    public string? Outcome { get; init; }

    /// <summary>How long after its planned instant it was started.</summary>
    public TimeSpan Lateness => StartedAt - Planned;

    /// <summary>The occurrence's id, the key under which its effect happens once. Ids sort by the planned instant.</summary>
    public string Occurrence =>
        string.Create(CultureInfo.InvariantCulture, $"{Planned.UtcDateTime:yyyyMMdd'T'HHmmssfffffff}.{ScheduleId}.{Cause}");
}
