using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>
/// Keeps schedules independent of any one orchestration: finishes runs left as started, fires overdue occurrences, replans schedules whose
/// session differs from the exchange's rules, and gives every waiting schedule one running orchestration of the current version. Doing any
/// of it twice, or concurrently with an orchestration, has an effect only once.
/// </summary>
public sealed class ScheduleSweeper(IScheduleStore store, OccurrenceDispatcher dispatcher, IScheduleEvents events, TimeProvider clock)
{
    // Those of one instant share a cycle when they are carried out together.
    private const int AtOnce = 100;

    // A healthy orchestration fires within seconds. An occurrence at a whole minute, as most are, that died with its host must be found by
    // the sweep at second 30 (the default): one sweep later it is too late to place that minute's order.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    /// <summary>All readable schedules.</summary>
    public async Task<IReadOnlyList<Row<Schedule>>> ListAsync(CancellationToken cancellationToken) =>
        await Paging.AllAsync(from => store.ListAsync(1000, from, cancellationToken));

    /// <summary>Runs one sweep.</summary>
    /// <param name="orchestrations">What runs the orchestrations.</param>
    /// <param name="schedules">All schedules, as <see cref="ListAsync"/> has just returned them.</param>
    /// <param name="calendar">The exchange's sessions with recent announcements; null when unknown: plans then stay.</param>
    /// <param name="cancellationToken">Cancels it; commits stay.</param>
    public async Task SweepAsync(
        IOrchestrationClient orchestrations,
        IReadOnlyList<Row<Schedule>> schedules,
        TradingCalendar? calendar,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(orchestrations);
        ArgumentNullException.ThrowIfNull(schedules);
        dispatcher.Expect(schedules);
        var before = clock.GetUtcNow() - Grace;
        var open = await Paging.AllAsync(from => store.ListOpenRunsAsync(1000, from, cancellationToken));
        await ForEachAsync(
            open.Where(row => row.Value.StartedAt <= before).OrderBy(row => row.Value.Planned),
            row => row.Value.ScheduleId,
            row => dispatcher.FinishAsync(row, cancellationToken)
        );

        var overdue = schedules.Where(row => row.Value.Enabled && row.Value.NextRun <= before).ToList();
        await ForEachAsync(
            overdue.OrderBy(row => row.Value.NextRun).ThenBy(row => row.Value.Task.Action.Urgency()),
            row => row.Value.Id,
            row => dispatcher.FireDueAsync(row, cancellationToken)
        );
        if (calendar is not null)
        {
            var replanned = schedules
                .Select(row => (Row: row, Next: Replanned(row.Value, calendar)))
                .Where(it => it.Next is not null)
                .ToList();
            await ForEachAsync(
                replanned,
                it => it.Row.Value.Id,
                async it =>
                {
                    await store.CommitAsync(it.Row.Value.Id, [ScheduleWrite.Of(it.Next!, it.Row.Version)], cancellationToken);
                    dispatcher.Changed(it.Row.Value.Id);
                }
            );
            var next = replanned.ToDictionary(it => it.Row.Value.Id, it => it.Next!, StringComparer.Ordinal);
            schedules = [.. schedules.Select(row => next.TryGetValue(row.Value.Id, out var changed) ? row with { Value = changed } : row)];
        }

        await RestoreAsync(
            orchestrations,
            schedules,
            overdue.Select(row => row.Value.Id).ToHashSet(StringComparer.Ordinal),
            cancellationToken
        );
    }

    // All other code plans by the rules; where the broker's calendar differs, this corrects the plan before it is due, and the change wakes
    // the orchestration below. A concurrent change replans the schedule itself, and the next sweep checks it.
    private Schedule? Replanned(Schedule schedule, TradingCalendar calendar)
    {
        var now = clock.GetUtcNow();
        return
            schedule is { Enabled: true, NextRun: { } planned }
            && planned > now
            && (schedule.Spec.Market is not null || schedule.Spec is { Cron: not null, TradingDaysOnly: true })
            // A clock that was set back, or a killed replay, finds fired occurrences ahead: they must not fire again.
            && ScheduleValidation.IsSound(schedule)
            && Occurrences.Next(schedule, schedule.LastRun > now ? schedule.LastRun.Value : now, calendar) is { } next
            && next != planned
            ? schedule with
            {
                NextRun = next,
                Revision = schedule.Revision + 1,
                UpdatedAt = now,
            }
            : null;
    }

    private async Task RestoreAsync(
        IOrchestrationClient orchestrations,
        IReadOnlyList<Row<Schedule>> schedules,
        HashSet<string> overdue,
        CancellationToken cancellationToken
    )
    {
        if (await orchestrations.ListAsync(cancellationToken) is not { } instances)
        {
            return;
        }

        var now = clock.GetUtcNow();
        foreach (var schedule in schedules.Select(row => row.Value))
        {
            var found = instances.GetValueOrDefault(schedule.Id) ?? new(schedule.Id, InstanceState.Missing, IsCurrent: true);
            if (SchedulePlanner.Of(schedule) is { } plan)
            {
                await RepairAsync(orchestrations, found, plan, isStuck: overdue.Contains(schedule.Id), now, cancellationToken);
            }
            else if (found.State == InstanceState.Running)
            {
                // It plans, finds nothing to wait for, and ends.
                await orchestrations.WakeAsync(schedule.Id, cancellationToken);
            }
        }

        // Its schedule is gone, or was created since the schedules were read: it plans, and ends or continues.
        var known = schedules.Select(row => row.Value.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var orphan in instances.Values.Where(it => it.State == InstanceState.Running && !known.Contains(it.ScheduleId)))
        {
            await orchestrations.WakeAsync(orphan.ScheduleId, cancellationToken);
        }
    }

    private static async Task RepairAsync(
        IOrchestrationClient orchestrations,
        ScheduleInstance found,
        PlannedOccurrence plan,
        bool isStuck,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (found.State == InstanceState.Suspended || (found.State == InstanceState.Running && (!found.IsCurrent || isStuck)))
        {
            await orchestrations.StopAsync(found.ScheduleId, cancellationToken);
            // If the engine needs longer to end it, the next sweep asks again.
            found = await orchestrations.FindAsync(found.ScheduleId, cancellationToken) ?? found;
        }

        if (found.State is InstanceState.Missing or InstanceState.Ended)
        {
            await orchestrations.StartAsync(found.ScheduleId, plan, cancellationToken);
        }
        else if (found.Plan is { } sleepsFor && sleepsFor != plan && sleepsFor.WakeAt > now)
        {
            // It missed the hint. One that is already awake replans by itself after it fires.
            await orchestrations.WakeAsync(found.ScheduleId, cancellationToken);
        }
    }

    // A failure does not stop the others.
    private async Task ForEachAsync<T>(IEnumerable<T> items, Func<T, string> id, Func<T, Task> act)
    {
        foreach (var group in items.Chunk(AtOnce))
        {
            await Task.WhenAll(
                group.Select(async item =>
                {
                    try
                    {
                        await act(item);
                    }
                    catch (Exception failure) when (failure is not OperationCanceledException)
                    {
                        events.SweepFailed(id(item), failure);
                    }
                })
            );
        }
    }
}
