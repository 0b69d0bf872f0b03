using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>Which schedules are listed; null means all.</summary>
/// <param name="Action">Of this action.</param>
/// <param name="Target">On this strategy.</param>
/// <param name="Enabled">Enabled ones, or paused ones.</param>
/// <param name="DueBefore">Whose next occurrence is at or before this instant (UTC).</param>
public sealed record ScheduleFilter(
    ScheduleAction? Action = null,
    string? Target = null,
    bool? Enabled = null,
    DateTimeOffset? DueBefore = null
)
{
    /// <summary>Whether <paramref name="schedule"/> is listed.</summary>
    public bool Takes(Schedule schedule) =>
        (Action is null || schedule.Task.Action == Action)
        && (Target is null || schedule.Task.Target == Target)
        && (Enabled is null || schedule.Enabled == Enabled)
        && (DueBefore is null || schedule.NextRun <= DueBefore);
}

/// <summary>
/// Operations on schedules for the API, schedules and imports. A change is effective from its commit: it has a new revision, so an
/// orchestration that sleeps on the old plan fires nothing. An occurrence that was due before a change fires first, under the old plan.
/// </summary>
public sealed class ScheduleService(
    IScheduleStore store,
    OccurrenceDispatcher dispatcher,
    ChangeLog log,
    TimeProvider clock,
    RecordQueue records
)
{
    /// <summary>Schedules, shard by shard in the order of their ids.</summary>
    public Task<Page<Row<Schedule>>> ListAsync(
        ScheduleFilter filter,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    ) =>
        Paging.FilterAsync(
            (size, from) => store.ListAsync(size, from, cancellationToken),
            row => filter.Takes(row.Value),
            pageSize,
            continuation
        );

    /// <summary>Schedules that buy, or let a strategy buy, in the order in which they are due.</summary>
    /// <param name="most">The most items to return.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<IReadOnlyList<Schedule>> ListBuyingAsync(int most, CancellationToken cancellationToken)
    {
        var enabled = await Paging.AllAsync(from => ListAsync(new(Enabled: true), 1000, from, cancellationToken));
        return
        [
            .. enabled
                .Select(row => row.Value)
                .Where(schedule => schedule is { NextRun: not null, Task.MayBuy: true })
                .OrderBy(schedule => schedule.NextRun)
                .ThenBy(schedule => schedule.Id, StringComparer.Ordinal)
                .Take(most),
        ];
    }

    /// <summary>One schedule.</summary>
    /// <exception cref="RefusedException">The id does not exist.</exception>
    public async Task<Row<Schedule>> GetAsync(string id, CancellationToken cancellationToken) =>
        (ScheduleValidation.IsValidId(id) ? await store.ReadAsync(id, cancellationToken) : null) ?? throw NotFound(id);

    /// <summary>What a rule would do from now on; nothing is saved.</summary>
    /// <exception cref="RefusedException">The rule or the task is unsound.</exception>
    public SchedulePreview Preview(ScheduleSpec when, ScheduleTask task, int count)
    {
        var schedule = new Schedule
        {
            Id = "preview",
            Task = task,
            Spec = when,
        };
        ScheduleRules.Require(schedule);
        return SchedulePreview.Of(schedule, clock.GetUtcNow(), count);
    }

    /// <summary>Creates a schedule; its occurrences begin after now.</summary>
    /// <param name="draft">The definition; an empty id gets a new one.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">The definition is unsound, has no occurrence, or the id exists.</exception>
    public async Task<Row<Schedule>> CreateAsync(Schedule draft, string caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(draft);
        var now = clock.GetUtcNow();
        var schedule = draft with
        {
            Id = draft.Id.Length == 0 ? ScheduleRules.NewId() : draft.Id,
            Revision = 1,
            CreatedAt = now,
            UpdatedAt = now,
        };
        ScheduleRules.Require(schedule);
        schedule = ScheduleRules.Planned(schedule, now);
        var entry = log.Schedule(caller, "create_schedule", schedule.Id, ScheduleRules.Definition(schedule));
        if (
            await store.CommitAsync(schedule.Id, [ScheduleWrite.Of(schedule, null), entry], cancellationToken)
            is not CommitResult.Committed { Versions: [{ } version, ..] }
        )
        {
            throw new RefusedException(
                Refusal.Conflict,
                "SCHEDULE_EXISTS",
                $"Schedule {schedule.Id} already exists. Choose another id, or change that schedule."
            );
        }

        return new(schedule, version);
    }

    /// <summary>Changes a definition; where its occurrences change, they begin after now.</summary>
    /// <param name="id">Which.</param>
    /// <param name="change">The new definition from the present one.</param>
    /// <param name="precondition">The versions that the change was made for; null for any.</param>
    /// <param name="action">The action, for the audit.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">It does not exist, is invalid, or has another version.</exception>
    public Task<Row<Schedule>> ChangeAsync(
        string id,
        Func<Schedule, Schedule> change,
        Precondition? precondition,
        string action,
        string caller,
        CancellationToken cancellationToken
    ) => ChangeAsync(id, change, precondition, action, new CommandRequest(caller), cancellationToken);

    /// <summary>The same, with the reason that the caller gives.</summary>
    /// <exception cref="RefusedException">It does not exist, is invalid, or has another version.</exception>
    public async Task<Row<Schedule>> ChangeAsync(
        string id,
        Func<Schedule, Schedule> change,
        Precondition? precondition,
        string action,
        CommandRequest request,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(request);
        while (true)
        {
            var fired = await FireIfDueAsync(id, precondition, cancellationToken);
            using var turn = await records.EnterAsync(RecordQueue.Schedule(id), cancellationToken);
            while (await ReadIfNotDueAsync(id, precondition, fired, cancellationToken) is { } row)
            {
                var now = clock.GetUtcNow();
                var next = change(row.Value);
                if (next == row.Value)
                {
                    return row;
                }

                ScheduleRules.Require(next);
                next = ScheduleRules.Replanned(row.Value, next, now) with { Revision = row.Value.Revision + 1, UpdatedAt = now };
                var details = ScheduleRules.Definition(next);
                if (request.Reason is { } reason)
                {
                    details["reason"] = reason;
                }

                ScheduleWrite[] group = [ScheduleWrite.Of(next, row.Version), log.Schedule(request.Caller, action, id, details)];
                if (await store.CommitAsync(id, group, cancellationToken) is CommitResult.Committed { Versions: [{ } version, ..] })
                {
                    return new(next, version);
                }

                await turn.OvertakenAsync(cancellationToken);
            }
        }
    }

    /// <summary>Deletes a schedule; its runs stay until they expire, and a started run is finished.</summary>
    /// <exception cref="RefusedException">It does not exist, or has another version.</exception>
    public async Task DeleteAsync(string id, Precondition? precondition, string caller, CancellationToken cancellationToken)
    {
        while (true)
        {
            var fired = await FireIfDueAsync(id, precondition, cancellationToken);
            using var turn = await records.EnterAsync(RecordQueue.Schedule(id), cancellationToken);
            while (await ReadIfNotDueAsync(id, precondition, fired, cancellationToken) is { } row)
            {
                ScheduleWrite[] group = [ScheduleWrite.Delete(id, row.Version), log.Schedule(caller, "delete_schedule", id, null)];
                if (await store.CommitAsync(id, group, cancellationToken) is CommitResult.Committed)
                {
                    return;
                }

                await turn.OvertakenAsync(cancellationToken);
            }
        }
    }

    /// <summary>Fires a schedule now; its plan stays unchanged.</summary>
    /// <param name="id">Which.</param>
    /// <param name="request">Who asks. The same caller and key give one run, however often they are sent.</param>
    /// <param name="precondition">The expected versions; null for any.</param>
    /// <param name="cancellationToken">Cancels the waiting; the run is finished.</param>
    /// <returns>The run, started or ended.</returns>
    /// <exception cref="RefusedException">It does not exist, or has another version.</exception>
    public async Task<ScheduleRun> TriggerAsync(
        string id,
        CommandRequest request,
        Precondition? precondition,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var cause = "trigger-" + request.IdFor(CommandKind.PlaceOrder, id);
        var (started, isNew) = await StartAsync(id, cause, request, precondition, cancellationToken);
        return isNew ? await dispatcher.FinishAsync(started, cancellationToken) : started.Value;
    }

    /// <summary>The runs of a schedule, newest occurrence first, even if it was deleted.</summary>
    public async Task<Page<ScheduleRun>> RunsAsync(
        string id,
        RunStatus? status,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
    {
        if (!ScheduleValidation.IsValidId(id))
        {
            throw NotFound(id);
        }

        var page = await Paging.FilterAsync(
            (size, from) => store.ListRunsAsync(id, size, from, cancellationToken),
            row => status is null || row.Value.Status == status,
            pageSize,
            continuation
        );
        return page.Items.Count > 0 || continuation is not null || await store.ReadAsync(id, cancellationToken) is not null
            ? new([.. page.Items.Select(row => row.Value)], page.Continuation)
            : throw NotFound(id);
    }

    /// <summary>Rows of schedules that cannot be read, and schedules that make no sense and are never fired.</summary>
    public async Task<IReadOnlyList<Attention>> AttentionAsync(CancellationToken cancellationToken) =>
        await AttentionAsync(
            await Paging.AllAsync(continuation => store.ListAsync(1000, continuation, cancellationToken)),
            cancellationToken
        );

    /// <summary>The same, from a list already read.</summary>
    internal async Task<IReadOnlyList<Attention>> AttentionAsync(
        IReadOnlyList<Row<Schedule>> schedules,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        var unreadable = await store.ListUnreadableAsync(cancellationToken);
        var unsound =
            from row in schedules
            let problems = ScheduleValidation.Validate(row.Value)
            where problems.Count > 0
            select new Attention(
                "INVALID_SCHEDULE",
                ScheduleKey.Schedule(row.Value.Id),
                $"It did not fire. {string.Join(" ", problems.Select(problem => problem.Message))} Change or delete schedule "
                    + $"{row.Value.Id}.",
                now
            );
        return [.. unreadable.Select(row => new Attention(EngineService.UnreadableCode, row.RowKey, row.Problem, now)), .. unsound];
    }

    /// <summary>Deletes an unreadable row; its content is lost.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DeleteUnreadableAsync(string rowKey, string caller, CancellationToken cancellationToken) =>
        await store.DeleteUnreadableAsync(rowKey, row => log.ScheduleDeleted(caller, row), cancellationToken) is not null;

    // The turn ends with the commit: the run may take seconds, and other triggers need not wait for it.
    private async Task<(Row<ScheduleRun> Run, bool IsNew)> StartAsync(
        string id,
        string cause,
        CommandRequest request,
        Precondition? precondition,
        CancellationToken cancellationToken
    )
    {
        using var turn = await records.EnterAsync(RecordQueue.Schedule(id), cancellationToken);
        while (true)
        {
            var row = await GetAsync(id, cancellationToken);
            if (request.Key is not null && await store.FindTriggeredAsync(id, cause, cancellationToken) is { } earlier)
            {
                return (earlier, false);
            }

            Precondition.Check(precondition, VersionTag.Of(row.Version));
            if (ScheduleValidation.Validate(row.Value) is { Count: > 0 } problems)
            {
                throw new RefusedException(
                    Refusal.Conflict,
                    "INVALID_SCHEDULE",
                    $"Schedule {id} is invalid: {string.Join(" ", problems.Select(problem => problem.Message))} Fix it first."
                )
                {
                    Fields = problems,
                };
            }

            var started = await dispatcher.StartAsync(
                row,
                cause,
                run =>
                    log.Schedule(
                        request.Caller,
                        "trigger_schedule",
                        id,
                        new Dictionary<string, string?>(StringComparer.Ordinal) { ["occurrence"] = run.Occurrence }
                    ),
                cancellationToken
            );
            if (started is { } run)
            {
                return (run, true);
            }

            await turn.OvertakenAsync(cancellationToken);
        }
    }

    private static RefusedException NotFound(string id) =>
        new(
            Refusal.NotFound,
            "SCHEDULE_NOT_FOUND",
            ScheduleValidation.IsValidId(id)
                ? $"There is no schedule {id}. GET /api/schedules lists them."
                : "There is no such schedule. GET /api/schedules lists them."
        );

    // Occurrences due under the old definition fire before the definition changes. That may take seconds, so no turn is held during it. The
    // version after firing has the same definition, so the precondition is still met.
    private async Task<long?> FireIfDueAsync(string id, Precondition? precondition, CancellationToken cancellationToken)
    {
        var row = await GetAsync(id, cancellationToken);
        Precondition.Check(precondition, VersionTag.Of(row.Version));
        if (!IsDue(row.Value))
        {
            return null;
        }

        await dispatcher.FireDueAsync(row, cancellationToken);
        return row.Value.Revision;
    }

    // Null when it has become due since: then it fires before the change.
    private async Task<Row<Schedule>?> ReadIfNotDueAsync(
        string id,
        Precondition? precondition,
        long? fired,
        CancellationToken cancellationToken
    )
    {
        var row = await GetAsync(id, cancellationToken);
        if (IsDue(row.Value))
        {
            return null;
        }

        if (row.Value.Revision != fired)
        {
            Precondition.Check(precondition, VersionTag.Of(row.Version));
        }

        return row;
    }

    private bool IsDue(Schedule schedule) =>
        schedule is { Enabled: true, NextRun: { } due } && due <= clock.GetUtcNow() && ScheduleValidation.IsSound(schedule);
}
