using AutoTrader.Core.Doors;
using AutoTrader.Core.Engine.Ports;

namespace AutoTrader.Core.Scheduling.Running;

/// <summary>
/// Sees to it that no schedule depends on one orchestration surviving: finishes runs that were left started, fires what is overdue, and gives every
/// schedule that waits for an occurrence one running orchestration of the current version. Whatever it does twice, or at the same time as
/// an orchestration, happens once.
/// </summary>
public sealed class ScheduleSweeper(IScheduleStore store, ScheduleFirer firer, IScheduleEvents events, TimeProvider clock)
{
    // Those of one instant share a cycle when they are carried out together.
    private const int AtOnce = 100;

    // An orchestration that sleeps well fires within seconds.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(45);

    // For so long after a change its orchestration may have missed the hint.
    private static readonly TimeSpan HintMayBeLost = TimeSpan.FromMinutes(3);

    /// <summary>Looks at everything once.</summary>
    public async Task SweepAsync(IScheduleRunner runner, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(runner);
        var schedules = await Paging.AllAsync(from => store.ListAsync(1000, from, cancellationToken));
        firer.Expect(schedules);
        var before = clock.GetUtcNow() - Grace;
        var open = await Paging.AllAsync(from => store.ListOpenRunsAsync(1000, from, cancellationToken));
        await EachAsync(open.Where(row => row.Value.StartedAt <= before).OrderBy(row => row.Value.Planned), row => row.Value.ScheduleId, row => firer.FinishAsync(row, cancellationToken));

        var overdue = schedules.Where(row => row.Value.Enabled && row.Value.NextRun <= before).ToList();
        await EachAsync(overdue.OrderBy(row => row.Value.NextRun).ThenBy(row => row.Value.Task.Action.Urgency()), row => row.Value.Id, row => firer.FireDueAsync(row, cancellationToken));
        await RestoreAsync(runner, schedules, overdue.Select(row => row.Value.Id).ToHashSet(StringComparer.Ordinal), cancellationToken);
    }

    private async Task RestoreAsync(IScheduleRunner runner, IReadOnlyList<Row<Schedule>> schedules, HashSet<string> overdue, CancellationToken cancellationToken)
    {
        if (await runner.ListAsync(cancellationToken) is not { } runners)
        {
            return;
        }

        var recently = clock.GetUtcNow() - HintMayBeLost;
        foreach (var schedule in schedules.Select(row => row.Value))
        {
            var found = runners.GetValueOrDefault(schedule.Id) ?? new(schedule.Id, RunnerState.Missing, IsCurrent: true);
            if (schedule is { Enabled: true, NextRun: not null } && ScheduleValidation.IsSound(schedule))
            {
                await KeepAsync(runner, found, isStuck: overdue.Contains(schedule.Id), mayHaveMissed: schedule.UpdatedAt >= recently, cancellationToken);
            }
            else if (found.State == RunnerState.Running)
            {
                // It plans, finds nothing to wait for, and ends.
                await runner.WakeAsync(schedule.Id, cancellationToken);
            }
        }

        // Of a schedule that is gone, or was created since the schedules were read: it plans, and ends or goes on.
        var known = schedules.Select(row => row.Value.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var orphan in runners.Values.Where(it => it.State == RunnerState.Running && !known.Contains(it.ScheduleId)))
        {
            await runner.WakeAsync(orphan.ScheduleId, cancellationToken);
        }
    }

    private static async Task KeepAsync(IScheduleRunner runner, ScheduleRunner found, bool isStuck, bool mayHaveMissed, CancellationToken cancellationToken)
    {
        if (found.State == RunnerState.Suspended || (found.State == RunnerState.Running && (!found.IsCurrent || isStuck)))
        {
            await runner.StopAsync(found.ScheduleId, cancellationToken);
            // An engine that takes its time to end it is asked again by the next sweep.
            found = await runner.FindAsync(found.ScheduleId, cancellationToken) ?? found;
        }

        if (found.State is RunnerState.Missing or RunnerState.Ended)
        {
            await runner.StartAsync(found.ScheduleId, cancellationToken);
        }
        else if (mayHaveMissed)
        {
            await runner.WakeAsync(found.ScheduleId, cancellationToken);
        }
    }

    // One that fails does not stop the others.
    private async Task EachAsync<T>(IEnumerable<T> items, Func<T, string> id, Func<T, Task> act)
    {
        foreach (var group in items.Chunk(AtOnce))
        {
            await Task.WhenAll(group.Select(async item =>
            {
                try
                {
                    await act(item);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    events.SweepFailed(id(item), failure);
                }
            }));
        }
    }
}
