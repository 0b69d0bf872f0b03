using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Replay;

/// <summary>
/// Fires the schedules of a backtest at their instants, through the dispatcher and the services that fire them live. What they tell people
/// and the audit is not kept.
/// </summary>
internal sealed class ReplaySchedules : IScheduleNotifications, IScheduleEvents, IAuditLog
{
    private readonly ReplayScheduleStore _store = new();
    private readonly OccurrenceDispatcher _dispatcher;
    private readonly ReplayClock _clock;

    /// <summary>The schedules of an engine.</summary>
    /// <param name="schedules">The schedules, valid.</param>
    /// <param name="books">The state of the engine.</param>
    /// <param name="broker">The broker of the engine.</param>
    /// <param name="cycles">The engine.</param>
    /// <param name="options">The engine's settings.</param>
    /// <param name="clock">The clock, which stands where the backtest begins.</param>
    public ReplaySchedules(
        IEnumerable<Schedule> schedules,
        ReplayBooks books,
        IBroker broker,
        IEvaluationCycle cycles,
        EngineOptions options,
        ReplayClock clock
    )
    {
        _clock = clock;
        var commands = new CommandQueue(books, broker, cycles, new() { AtMost = TimeSpan.Zero });
        var log = new ChangeLog(this, broker, clock);
        var orders = new OrderService(books, broker, commands, options, clock);
        var killSwitch = new KillSwitchService(books, broker, commands, log, clock, new());
        _dispatcher = new(_store, new(orders, killSwitch, commands, this, clock), this, this, clock);
        foreach (var schedule in schedules)
        {
            _store.Add(Planned(schedule, clock.Now));
        }
    }

    /// <summary>When the next of them is due (UTC); null when none is.</summary>
    public DateTimeOffset? NextDue => _store.Schedules.Where(row => row.Value.Enabled).Min(row => row.Value.NextRun);

    /// <summary>Every occurrence and what became of it.</summary>
    public IEnumerable<ScheduleRun> Runs => _store.Runs;

    /// <summary>A schedule as one that is made at <paramref name="now"/> (UTC).</summary>
    public static Schedule Planned(Schedule schedule, DateTimeOffset now) =>
        schedule with
        {
            NextRun = schedule.Enabled ? Occurrences.Next(schedule, now) : null,
        };

    /// <summary>Fires what is due by the clock: what reduces risk comes first.</summary>
    public async Task FireAsync()
    {
        foreach (
            var row in _store
                .Schedules.Where(row => row.Value.Enabled && row.Value.NextRun <= _clock.Now)
                .OrderBy(row => row.Value.NextRun)
                .ThenBy(row => row.Value.Task.Action.Urgency())
                .ToList()
        )
        {
            await _dispatcher.FireDueAsync(row, CancellationToken.None);
        }
    }

    /// <summary>Carries out again what was begun and not served yet.</summary>
    public async Task FinishAsync()
    {
        foreach (var run in _store.OpenRuns)
        {
            await _dispatcher.FinishAsync(run, CancellationToken.None);
        }
    }

    Task IScheduleNotifications.SendAsync(string key, DateTimeOffset at, string? message, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    Task IScheduleNotifications.PublishAsync(ScheduleRun ended, int missed, CancellationToken cancellationToken) => Task.CompletedTask;

    void IScheduleEvents.RunEnded(ScheduleRun run) { }

    void IScheduleEvents.SweepFailed(string scheduleId, Exception failure) { }

    Task IAuditLog.AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken) => Task.CompletedTask;

    Task<Page<AuditEntry>> IAuditLog.ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        Task.FromResult(new Page<AuditEntry>([], null));

    Task IAuditLog.ProjectAsync(string account, CancellationToken cancellationToken) => Task.CompletedTask;

    Task IAuditLog.PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) => Task.CompletedTask;
}
