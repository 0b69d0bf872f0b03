using System.Collections.Concurrent;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>
/// Fires schedules (docs/architecture.md, "Firing"). Every occurrence gets exactly one run: it is committed as started in one entity group
/// with the schedule's next occurrence, under the schedule's version; then it is carried out with its id as the key; then it is closed. Who
/// finds a started run carries it out again.
/// </summary>
public sealed class OccurrenceDispatcher(
    IScheduleStore store,
    ScheduleActionExecutor work,
    IScheduleNotifications notifications,
    IScheduleEvents events,
    TimeProvider clock
)
{
    // Held in memory together: two months of every minute.
    private const int MostAtOnce = 100_000;

    // Later than this, another schedule may be due that makes a start pointless.
    private static readonly TimeSpan OnTime = TimeSpan.FromMinutes(1);

    // From one sweep to the next, with room for a missed sweep.
    private static readonly TimeSpan Expected = TimeSpan.FromMinutes(3);

    // After a downtime every missed start needs it.
    private readonly CoalescingRunner<List<Row<Schedule>>> _all = new(() =>
        Paging.AllAsync(from => store.ListAsync(1000, from, CancellationToken.None))
    );

    // By schedule: ends the wait for its instant.
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _waits = new(StringComparer.Ordinal);

    // As the sweeper saw them last.
    private volatile Dictionary<string, Row<Schedule>> _expected = [];

    /// <summary>
    /// Caches those of <paramref name="schedules"/> that are due soon, so that many due at one instant need no reads. One that changed
    /// since fails on its version and is read again.
    /// </summary>
    /// <param name="schedules">All schedules as read just now.</param>
    public void Expect(IEnumerable<Row<Schedule>> schedules)
    {
        var soon = clock.GetUtcNow() + Expected;
        _expected = schedules
            .Where(row => row.Value.Enabled && row.Value.NextRun <= soon)
            .ToDictionary(row => row.Value.Id, StringComparer.Ordinal);
    }

    /// <summary>Signals that a schedule changed: a firing that waits for its instant reads it again. A hint, within this process.</summary>
    public void Changed(string id)
    {
        if (_waits.TryGetValue(id, out var wait))
        {
            wait.Cancel();
        }
    }

    /// <summary>Fires an occurrence that was planned, together with those that were missed before now; waits if it is a little
    /// early.</summary>
    /// <param name="id">The schedule.</param>
    /// <param name="planned">The occurrence (UTC).</param>
    /// <param name="revision">The revision that it was planned for; with another one nothing is fired.</param>
    /// <param name="cancellationToken">Cancels it; the sweeper finishes committed runs.</param>
    /// <returns>The next occurrence; null if there is none.</returns>
    public async Task<PlannedOccurrence?> DispatchAsync(
        string id,
        DateTimeOffset planned,
        long revision,
        CancellationToken cancellationToken
    )
    {
        if (_expected.GetValueOrDefault(id) is { } expected && IsPlanned(expected.Value) && await FireAsync(expected) is { } asExpected)
        {
            return SchedulePlanner.Of(asExpected);
        }

        Schedule? schedule = null;
        while (await store.ReadAsync(id, cancellationToken) is { } row && IsPlanned(schedule = row.Value))
        {
            if (await FireAsync(row) is { } fired)
            {
                return SchedulePlanner.Of(fired);
            }

            schedule = null;
        }

        if (await store.ReadRunAsync(id, planned, ScheduleRun.Scheduled, cancellationToken) is { Value.Status: RunStatus.Started } open)
        {
            await FinishAsync(open, cancellationToken);
        }

        return schedule is null ? null : SchedulePlanner.Of(schedule);

        bool IsPlanned(Schedule read) => read.Enabled && read.Revision == revision && read.NextRun == planned;

        async Task<Schedule?> FireAsync(Row<Schedule> due)
        {
            return await WaitAsync(id, planned, cancellationToken) ? await FireDueAsync(due, cancellationToken) : null;
        }
    }

    /// <summary>Fires everything that a schedule is due for, in order. It stops when the schedule changes concurrently: the writer of the
    /// change plans again.</summary>
    /// <param name="row">The schedule as read.</param>
    /// <param name="cancellationToken">Cancels it; the sweeper finishes committed runs.</param>
    /// <returns>The current schedule; null when it changed before everything fired.</returns>
    public async Task<Schedule?> FireDueAsync(Row<Schedule> row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (!ScheduleValidation.IsSound(row.Value))
        {
            return row.Value;
        }

        while (row.Value is { Enabled: true, NextRun: { } next } && next <= clock.GetUtcNow())
        {
            var steps = await TakeAsync(row.Value, cancellationToken);
            var (passed, last) = (
                steps.Count(step => step.Run.Status == RunStatus.Skipped),
                steps.LastOrDefault(step => step.Run.Status == RunStatus.Skipped)?.Run
            );
            if (last is not null)
            {
                // For all of them together, in however many groups; after a crash, for the remaining ones.
                await notifications.PublishAsync(last, passed, cancellationToken);
            }

            Row<ScheduleRun>? begun = null;
            // Each with the copy that a store keeps by the instant of the end.
            foreach (var group in steps.Chunk(GroupLimits.Pairs))
            {
                var (committed, runs) = await CommitAsync(row, group[^1].Schedule, [.. group.Select(step => step.Run)], cancellationToken);
                if (committed is null)
                {
                    return null;
                }

                row = new(group[^1].Schedule, committed.Versions[0]!);
                begun = runs is [.., { Status: RunStatus.Started } started] ? new(started, committed.Versions[^1]!) : null;
            }

            if (last is not null)
            {
                events.RunsPassed(last, passed);
            }

            if (begun is not null)
            {
                await FinishAsync(begun, cancellationToken);
            }
        }

        return row.Value;
    }

    // A run that already exists accounts for its occurrence, whoever wrote it: the schedule moves past it.
    private async Task<(CommitResult.Committed? Committed, List<ScheduleRun> Runs)> CommitAsync(
        Row<Schedule> row,
        Schedule next,
        List<ScheduleRun> runs,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            ScheduleWrite[] group = [ScheduleWrite.Of(next, row.Version), .. runs.Select(run => ScheduleWrite.Of(run, null))];
            switch (await store.CommitAsync(row.Value.Id, group, cancellationToken))
            {
                case CommitResult.Committed committed:
                    return (committed, runs);
                case CommitResult.Conflict conflict
                    when runs.RemoveAll(run => ScheduleKey.Run(run.ScheduleId, run.Planned, run.Cause) == conflict.RowKey) > 0:
                    continue;
                default:
                    return (null, runs);
            }
        }
    }

    /// <summary>Carries out a run that is started, and closes it when its end is known.</summary>
    /// <param name="row">The run as read.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>The current run.</returns>
    public async Task<ScheduleRun> FinishAsync(Row<ScheduleRun> row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        var run = row.Value;
        var result = await work.CarryOutAsync(run, run.Latest, cancellationToken);
        if (result.Status == RunStatus.Started)
        {
            return run;
        }

        var ended = run with { Status = result.Status, Outcome = result.Outcome, Code = result.Code, EndedAt = clock.GetUtcNow() };
        await notifications.PublishAsync(ended, ended.Status == RunStatus.Skipped ? 1 : 0, cancellationToken);
        if (await store.CommitAsync(run.ScheduleId, [ScheduleWrite.Of(ended, row.Version)], cancellationToken) is CommitResult.Committed)
        {
            events.RunEnded(ended);
        }

        return ended;
    }

    /// <summary>Commits a run now, in addition to the schedule's plan, with <paramref name="cause"/>; the caller finishes it, or else the
    /// sweeper does.</summary>
    /// <param name="row">The schedule as read.</param>
    /// <param name="cause">The trigger's id.</param>
    /// <param name="audit">The audit entry of its author, committed with it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The run, started; null when the schedule changed since it was read.</returns>
    public async Task<Row<ScheduleRun>?> StartAsync(
        Row<Schedule> row,
        string cause,
        Func<ScheduleRun, ScheduleWrite> audit,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(row);
        var (schedule, now) = (row.Value, clock.GetUtcNow());
        var run = RunOf(schedule, now, cause, now);
        // It is not a planned occurrence: run_count, and so max_runs, stay unchanged.
        ScheduleWrite[] group = [ScheduleWrite.Of(schedule with { LastRun = now }, row.Version), ScheduleWrite.Of(run, null), audit(run)];
        return await store.CommitAsync(schedule.Id, group, cancellationToken) is CommitResult.Committed committed
            ? new(run, committed.Versions[1]!)
            : null;
    }

    // Whether the instant came; false when the schedule was changed before.
    private async Task<bool> WaitAsync(string id, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (until <= clock.GetUtcNow())
        {
            return true;
        }

        // It has no timer, so there is nothing to dispose, and any holder may cancel it at any time.
        var wait = new CancellationTokenSource();
        _waits[id] = wait;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(wait.Token, cancellationToken);
        try
        {
            // A delay is truncated to whole milliseconds: waking a fraction too early would find nothing due and plan again.
            while (until - clock.GetUtcNow() is { Ticks: > 0 } early)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(early.TotalMilliseconds)), clock, both.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            _waits.TryRemove(new(id, wait));
        }
    }

    // A run fixes its task and deadline: later edits of the schedule do not change a started run.
    private static ScheduleRun RunOf(Schedule schedule, DateTimeOffset planned, string cause, DateTimeOffset now) =>
        new()
        {
            ScheduleId = schedule.Id,
            Planned = planned,
            Cause = cause,
            Task = schedule.Task,
            Latest = MisfireRules.LatestOf(schedule, planned),
            Status = RunStatus.Started,
            StartedAt = now,
        };

    // Takes occurrences that are due, in order, up to the first that is to be carried out.
    private async Task<List<Step>> TakeAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var isSuperseded = schedule.NextRun < now - OnTime && await IsSupersededAsync(schedule, now, cancellationToken);
        var steps = new List<Step>();
        while (schedule.NextRun is { } planned && planned <= now && steps.Count < MostAtOnce)
        {
            var run = RunOf(schedule, planned, ScheduleRun.Scheduled, now);
            var following = Occurrences.Next(schedule, planned);
            var reason = MisfireRules.SkipReason(schedule, planned, isLatest: following is null || following > now, now)
                ?? (isSuperseded ? "superseded" : null);
            schedule = schedule with { LastRun = planned, RunCount = schedule.RunCount + (reason is null ? 1 : 0) };
            schedule = schedule with { NextRun = Occurrences.Next(schedule, planned) };
            steps.Add(new(reason is null ? run : run with { Status = RunStatus.Skipped, Code = reason, EndedAt = now }, schedule));
            if (reason is null)
            {
                break;
            }
        }

        return steps;
    }

    // A start that was missed is pointless when its strategy was to be stopped, or closed, since.
    private async Task<bool> IsSupersededAsync(Schedule start, DateTimeOffset now, CancellationToken cancellationToken) =>
        start.Task.Action == ScheduleAction.StrategyStart
        && (await _all.RunAsync(cancellationToken)).Exists(row =>
            row.Value is { Enabled: true, Task.Action: ScheduleAction.StrategyStop or ScheduleAction.StrategyClose } stop
            && stop.Task.Target == start.Task.Target
            && ((stop.NextRun > start.NextRun && stop.NextRun <= now) || (stop.LastRun > start.NextRun && stop.LastRun <= now))
        );

    // A run, and the schedule after it.
    private sealed record Step(ScheduleRun Run, Schedule Schedule);
}
