using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Stores;

namespace AutoTrader.Simulation.Exploration;

/// <summary>The schedules of a run, and the orchestrations that sleep for them: what these were told to fire outlives the process and is
/// tried until it succeeds.</summary>
internal sealed class Schedules(Outside outside)
{
    private readonly MemoryScheduleStore _store = new(outside.Tables);
    private readonly Dictionary<string, IReadOnlyList<DateTimeOffset>> _due = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset Planned, long Revision)> _firing = new(StringComparer.Ordinal);

    public bool IsEmpty => _due.Count == 0;

    /// <summary>Adds a schedule as if its owner had created it before the run.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="task">What it does.</param>
    /// <param name="cron">When, by the New York clock.</param>
    /// <param name="due">When that is (UTC), within the story.</param>
    public async Task AddAsync(string id, ScheduleTask task, string cron, params IReadOnlyList<DateTimeOffset> due)
    {
        var schedule = new Schedule
        {
            Id = id,
            Task = task,
            Spec = new() { Cron = cron },
            Revision = 1,
            NextRun = due[0],
        };
        (await _store.CommitAsync(id, [ScheduleWrite.Of(schedule, null)], CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>();
        _due[id] = due;
    }

    /// <summary>Fires what is due, then sweeps.</summary>
    public async Task RunAsync(Host host)
    {
        foreach (var id in _due.Keys)
        {
            if (
                !_firing.ContainsKey(id)
                && await host.Planner.PlanAsync(id, CancellationToken.None) is { } plan
                && plan.Planned <= outside.Clock.GetUtcNow()
            )
            {
                _firing[id] = (plan.Planned, plan.Revision);
            }

            if (_firing.TryGetValue(id, out var firing))
            {
                await host.Dispatcher.DispatchAsync(id, firing.Planned, firing.Revision, CancellationToken.None);
                _firing.Remove(id);
            }
        }

        var schedules = await host.Sweeper.ListAsync(CancellationToken.None);
        await host.Sweeper.SweepAsync(NoRunner.Instance, schedules, TradingCalendar.Nyse, CancellationToken.None);
    }

    /// <summary>Invariant 9, against what is stored and what the broker has: every occurrence has one run, which has ended, and its order
    /// exists once if it was carried out, else never.</summary>
    public async Task CheckAsync(BrokerTruth truth)
    {
        foreach (var (id, due) in _due)
        {
            IReadOnlyList<ScheduleRun> runs =
            [
                .. (await _store.ListRunsAsync(id, 1000, null, CancellationToken.None))
                    .Items.Select(row => row.Value)
                    .OrderBy(run => run.Planned),
            ];
            if (!runs.Select(run => run.Planned).SequenceEqual(due))
            {
                outside.Invariants.Violate(
                    9,
                    $"{id} was due {string.Join(", ", due.Select(at => at.ToString("HH:mm", null)))} and has runs of "
                        + $"{string.Join(", ", runs.Select(run => run.Planned.ToString("HH:mm", null)))}"
                );
            }

            foreach (var run in runs)
            {
                if (run.Status == RunStatus.Started)
                {
                    outside.Invariants.Violate(9, $"{run.Occurrence} is never finished");
                }

                var orders = truth.Orders.Count(order => order.ClientOrderId == ClientOrderIds.ForManual("schedule:" + id, run.Occurrence));
                if (run.Task.Action == ScheduleAction.OrderPlace && orders != (run.Status == RunStatus.Fired ? 1 : 0))
                {
                    outside.Invariants.Violate(9, $"{run.Occurrence} is {run.Status} and the broker has {orders} orders of it");
                }
            }
        }
    }

    /// <summary>The orchestrations are those of this class; the sweeper cannot see them.</summary>
    private sealed class NoRunner : IOrchestrationClient
    {
        public static NoRunner Instance { get; } = new();

        public Task StartAsync(string scheduleId, PlannedOccurrence? plan, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task WakeAsync(string scheduleId, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(string scheduleId, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<ScheduleInstance?> FindAsync(string scheduleId, CancellationToken cancellationToken) =>
            Task.FromResult<ScheduleInstance?>(null);

        public Task<IReadOnlyDictionary<string, ScheduleInstance>?> ListAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, ScheduleInstance>?>(null);

        public Task PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
