using AutoTrader.Core.Application;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Contracts;

/// <summary>A schedule.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">For people.</param>
/// <param name="TaskType">The action.</param>
/// <param name="TaskData">What that needs.</param>
/// <param name="ScheduleAt">Once, at this instant (UTC).</param>
/// <param name="ScheduleCron">By this cron expression, in the zone.</param>
/// <param name="Market">On every session: <c>open</c>, <c>close</c>, <c>open+5m</c>...</param>
/// <param name="Zone">The IANA zone.</param>
/// <param name="TradingDaysOnly">Skip days without a session.</param>
/// <param name="StartAt">No occurrence before (UTC).</param>
/// <param name="EndAt">No occurrence after (UTC).</param>
/// <param name="MaxRuns">It ends after so many.</param>
/// <param name="JitterSeconds">It is late by a constant up to this.</param>
/// <param name="Misfire">What happens to occurrences that were missed.</param>
/// <param name="MisfireWindow">How late an occurrence may be; null for the default.</param>
/// <param name="Enabled">Whether the schedule fires.</param>
/// <param name="LastRun">Its last planned instant (UTC).</param>
/// <param name="NextRun">Its next planned instant (UTC).</param>
/// <param name="RunCount">How many planned occurrences were carried out.</param>
/// <param name="Revision">Changes with every change.</param>
/// <param name="Note">Free text.</param>
/// <param name="CreatedAt">When it was created (UTC).</param>
/// <param name="UpdatedAt">When it last changed (UTC).</param>
/// <param name="Etag">Its version, for If-Match.</param>
public sealed record ScheduleResource(
    string Id,
    string? Name,
    ScheduleAction TaskType,
    TaskDataView TaskData,
    DateTimeOffset? ScheduleAt,
    string? ScheduleCron,
    string? Market,
    string Zone,
    bool TradingDaysOnly,
    DateTimeOffset? StartAt,
    DateTimeOffset? EndAt,
    int? MaxRuns,
    int JitterSeconds,
    Misfire Misfire,
    string? MisfireWindow,
    bool Enabled,
    DateTimeOffset? LastRun,
    DateTimeOffset? NextRun,
    int RunCount,
    long Revision,
    string? Note,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string Etag
);

/// <summary>What became of one occurrence.</summary>
/// <param name="ScheduleId">The schedule.</param>
/// <param name="Planned">The planned instant (UTC).</param>
/// <param name="Cause"><c>scheduled</c>, or the id of a trigger.</param>
/// <param name="Status">How far along it is.</param>
/// <param name="StartedAt">When it started (UTC).</param>
/// <param name="EndedAt">When its end was known (UTC).</param>
/// <param name="LatenessSeconds">How long after its planned instant it started.</param>
/// <param name="Code">Why it was skipped or failed, for programs.</param>
/// <param name="Outcome">What came of it, in a sentence.</param>
/// <param name="Occurrence">The key under which its effect happens once.</param>
public sealed record RunView(
    string ScheduleId,
    DateTimeOffset Planned,
    string Cause,
    RunStatus Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    decimal LatenessSeconds,
    string? Code,
    string? Outcome,
    string Occurrence
)
{
    /// <summary>A run of a schedule.</summary>
    public static RunView Of(ScheduleRun it)
    {
        ArgumentNullException.ThrowIfNull(it);
        return new(
            it.ScheduleId,
            it.Planned,
            it.Cause,
            it.Status,
            it.StartedAt,
            it.EndedAt,
            Math.Round((decimal)it.Lateness.Ticks / TimeSpan.TicksPerSecond, 3),
            it.Code,
            it.Outcome,
            it.Occurrence
        );
    }
}

/// <summary>What a schedule would do.</summary>
/// <param name="Occurrences">Its next occurrences.</param>
/// <param name="LeftOut">The days that are left out.</param>
/// <param name="Ends">Whether there are no more after these.</param>
/// <param name="Reason">Why there are no occurrences.</param>
/// <param name="Effect">What it would cancel now.</param>
public sealed record PreviewView(
    IReadOnlyList<OccurrenceView> Occurrences,
    IReadOnlyList<DayLeftOutView> LeftOut,
    bool Ends,
    string? Reason,
    string? Effect
);

/// <summary>An occurrence to come.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Local">The same in the schedule's zone, for people.</param>
/// <param name="Remark">A remark about the day.</param>
public sealed record OccurrenceView(DateTimeOffset At, string Local, string? Remark);

/// <summary>A New York day on which a schedule is not due.</summary>
/// <param name="Day">The day.</param>
/// <param name="Reason">Why.</param>
public sealed record DayLeftOutView(DateOnly Day, string Reason);

/// <summary>What an import of schedules did, or would do.</summary>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Created">How many are new.</param>
/// <param name="Updated">How many changed.</param>
/// <param name="Unchanged">How many did not.</param>
/// <param name="Refused">How many were refused.</param>
/// <param name="Schedules">One by one.</param>
/// <param name="Problems">The problem.</param>
public sealed record ScheduleImportView(
    bool DryRun,
    int Created,
    int Updated,
    int Unchanged,
    int Refused,
    IReadOnlyList<ScheduleImportStepView> Schedules,
    IReadOnlyList<ImportProblemView> Problems
);

/// <summary>What an import did with one schedule.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Action">The action taken, or planned in a dry run.</param>
/// <param name="Message">Why it was refused.</param>
public sealed record ScheduleImportStepView(string Id, ImportAction Action, string? Message);
