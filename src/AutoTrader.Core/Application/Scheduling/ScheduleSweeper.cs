using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Application.Scheduling;

/// <summary>
/// Sees to it that no schedule depends on one orchestration surviving: finishes runs that were left started, fires what is overdue, plans
/// anew what waits for a session that is not as the exchange's rules have it, and gives every schedule that waits for an occurrence one
/// running orchestration of the current version. Whatever it does twice, or at the same time as an orchestration, happens once.
/// </summary>
public sealed class ScheduleSweeper(IScheduleStore store, OccurrenceDispatcher dispatcher, IScheduleEvents events, TimeProvider clock)
{
    // Those of one instant share a cycle when they are carried out together.
    private const int AtOnce = 100;

    // An orchestration that sleeps well fires within seconds. What is due at the whole minute, as most is, and died with its host, must be
    // seen by the sweep at second 30 (the default): at the one after it, an order of the minute is too late to be placed.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    /// <summary>Looks at everything once.</summary>
    /// <param name="orchestrations">What runs the orchestrations.</param>
    /// <param name="calendar">The exchange's sessions, with what was announced lately; null when they are not known: what is planned
    /// stays.</param>
    /// <param name="cancellationToken">Cancels it; what was committed stays.</param>
    public async Task SweepAsync(IOrchestrationClient orchestrations, TradingCalendar? calendar, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(orchestrations);
        var schedules = await Paging.AllAsync(from => store.ListAsync(1000, from, cancellationToken));
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

        await RestoreAsync(orchestrations, schedules, overdue.Select(row => row.Value.Id).ToHashSet(StringComparer.Ordinal), cancellationToken);
    }

    // Everything else plans by the rules; where the exchange trades otherwise, this puts it right before it is due, and the change wakes
    // the orchestration below. Who changes the schedule meanwhile plans anew, and the next sweep looks at that.
    private Schedule? Replanned(Schedule schedule, TradingCalendar calendar)
    {
        var now = clock.GetUtcNow();
        return
            schedule is { Enabled: true, NextRun: { } planned }
            && planned > now
            && (schedule.Spec.Market is not null || schedule.Spec is { Cron: not null, TradingDaysOnly: true })
            // Not again what was fired: a clock that was set back, or a replay that was killed, finds it ahead.
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

        // Of a schedule that is gone, or was created since the schedules were read: it plans, and ends or goes on.
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
            // An engine that takes its time to end it is asked again by the next sweep.
            found = await orchestrations.FindAsync(found.ScheduleId, cancellationToken) ?? found;
        }

        if (found.State is InstanceState.Missing or InstanceState.Ended)
        {
            await orchestrations.StartAsync(found.ScheduleId, plan, cancellationToken);
        }
        else if (found.Plan is { } sleepsFor && sleepsFor != plan && sleepsFor.WakeAt > now)
        {
            // It missed the hint. One that is awake already plans anew by itself when it has fired.
            await orchestrations.WakeAsync(found.ScheduleId, cancellationToken);
        }
    }

    // One that fails does not stop the others.
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
