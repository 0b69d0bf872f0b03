using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Tests.Engine;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Application.Scheduling;

/// <summary>Schedules over a real engine on in-memory stores; a process that can die at any call and is started again from the stores
/// alone.</summary>
internal sealed class ScheduleHarness : IScheduleEvents, IScheduleNotifications, IOrchestrationClient
{
    private readonly CrashPoint _crash = new();
    private readonly MemoryAuditLog _audit = new();

    public ScheduleHarness(DateTimeOffset? start = null)
    {
        Engine = new(start ?? EngineHarness.At(9, 59, 30));
        Engine.Price("AAPL", 100);
        Store = new(_crash);
        Restart();
    }

    public EngineHarness Engine { get; }

    public TestScheduleStore Store { get; }

    public int Calls => _crash.Calls;

    /// <summary>Called while the message of a notify schedule is sent.</summary>
    public Func<Task>? Sending { get; set; }

    /// <summary>The turns of the process.</summary>
    public RecordQueue Records { get; private set; } = null!;

    public HashSet<string> Messages { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ScheduleInstance> Runners { get; } = new(StringComparer.Ordinal);

    public List<string> Logged { get; } = [];

    /// <summary>How many occurrences each notification of a passed-over run stood for; by its key, since the same key again is the same
    /// notification.</summary>
    public Dictionary<string, int> Passed { get; } = new(StringComparer.Ordinal);

    /// <summary>The schedules whose orchestrations were told to plan anew.</summary>
    public List<string> Woken { get; } = [];

    public OccurrenceDispatcher Dispatcher { get; private set; } = null!;

    public ScheduleSweeper Sweeper { get; private set; } = null!;

    public ScheduleService Service { get; private set; } = null!;

    public SchedulePlanner Planner { get; private set; } = null!;

    public DateTimeOffset Now => Engine.Clock.GetUtcNow();

    public static Schedule New(ScheduleAction action, ScheduleSpec when, string id = "sched", string? target = "s1") =>
        new()
        {
            Id = id,
            Spec = when,
            Task = new(action) { Target = target },
        };

    public static ScheduleTask TaskOf(ScheduleAction action) =>
        action switch
        {
            ScheduleAction.OrderPlace => new(action)
            {
                Order = new()
                {
                    Symbol = "IBM",
                    Side = OrderSide.Buy,
                    Quantity = 3,
                    Type = OrderType.Limit,
                    LimitPrice = 10,
                },
            },
            ScheduleAction.OrdersCancel => new(action),
            ScheduleAction.KillSwitchOn or ScheduleAction.KillSwitchOff => new(action) { Reason = "a schedule" },
            ScheduleAction.Notify => new(action) { Message = "hello" },
            _ => new(action) { Target = "s1" },
        };

    public void Advance(TimeSpan time) => Engine.Clock.Advance(time);

    /// <summary>What the orchestration of a schedule does once its timer is due.</summary>
    public async Task WakeAsync(string id)
    {
        if (await Planner.PlanAsync(id, CancellationToken.None) is { } plan && plan.Planned <= Now)
        {
            await Dispatcher.DispatchAsync(id, plan.Planned, plan.Revision, CancellationToken.None);
        }
    }

    /// <summary>Does something in a process that dies at a call, then lets a new process sweep until nothing is open.</summary>
    public async Task DieAtAsync(int call, Func<Task> act)
    {
        _crash.DieAt = _crash.Calls + call;
        try
        {
            await act();
        }
        catch (ProcessDiedException) { }

        _crash.Restart();
        Restart();
        Advance(TimeSpan.FromMinutes(1));
        await SweepAsync();
        for (var minute = 0; minute < 4; minute++)
        {
            await Engine.TickAsync();
            await SweepAsync();
        }
    }

    /// <summary>The exchange's sessions as sweeps know them.</summary>
    public TradingCalendar? Calendar { get; set; } = TradingCalendar.Nyse;

    public async Task SweepAsync() =>
        await Sweeper.SweepAsync(this, await Sweeper.ListAsync(CancellationToken.None), Calendar, CancellationToken.None);

    public void Restart()
    {
        var (store, clock) = (new GatedTradingStore(Engine.Store, _crash), Engine.Clock);
        var broker = new GatedBroker(Engine.Broker, _crash);
        IEvaluationCycle cycles = new EvaluationCycle(
            new(store, new GatedEngineStore(Engine.EngineStore, _crash), broker, Engine, new MemoryEngineLease(), Engine, clock),
            Engine.Options
        );
        var commands = new CommandQueue(store, broker, cycles, new() { AtMost = TimeSpan.Zero });
        var log = new ChangeLog(_audit, broker, clock);
        var records = Records = new RecordQueue();
        var orders = new OrderService(store, broker, commands, Engine.Options, clock);
        var killSwitch = new KillSwitchService(store, broker, commands, log, clock, records);
        Dispatcher = new(Store, new(orders, killSwitch, commands, this, clock), this, this, clock);
        Sweeper = new(Store, Dispatcher, this, clock);
        Service = new(Store, Dispatcher, log, clock, records);
        Planner = new(Store);
    }

    void IScheduleEvents.RunEnded(ScheduleRun run) => Logged.Add($"{run.Occurrence} {run.Status}");

    void IScheduleEvents.SweepFailed(string scheduleId, Exception failure) => Logged.Add($"{scheduleId} {failure}");

    Task IScheduleNotifications.SendAsync(string key, DateTimeOffset at, string? message, CancellationToken cancellationToken) =>
        _crash.CallAsync(new(Port.Notifications, nameof(IScheduleNotifications.SendAsync), IsWrite: true), async () =>
        {
            await (Sending?.Invoke() ?? Task.CompletedTask);
            return Messages.Add(key);
        });

    Task IScheduleNotifications.PublishAsync(ScheduleRun ended, int missed, CancellationToken cancellationToken) =>
        _crash.CallAsync(new(Port.Notifications, nameof(IScheduleNotifications.PublishAsync), IsWrite: true), () =>
            Task.FromResult(missed == 0 || Passed.TryAdd(ended.Occurrence, missed))
        );

    Task IOrchestrationClient.StartAsync(string scheduleId, PlannedOccurrence? plan, CancellationToken cancellationToken) =>
        Set(scheduleId, InstanceState.Running, plan);

    Task IOrchestrationClient.WakeAsync(string scheduleId, CancellationToken cancellationToken)
    {
        Woken.Add(scheduleId);
        return Task.CompletedTask;
    }

    Task IOrchestrationClient.StopAsync(string scheduleId, CancellationToken cancellationToken) =>
        Set(scheduleId, InstanceState.Ended, plan: null);

    Task<ScheduleInstance?> IOrchestrationClient.FindAsync(string scheduleId, CancellationToken cancellationToken) =>
        Task.FromResult(Runners.GetValueOrDefault(scheduleId));

    Task<IReadOnlyDictionary<string, ScheduleInstance>?> IOrchestrationClient.ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, ScheduleInstance>?>(Runners.ToDictionary(StringComparer.Ordinal));

    Task IOrchestrationClient.PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) => Task.CompletedTask;

    private Task Set(string id, InstanceState state, PlannedOccurrence? plan)
    {
        Runners[id] = new(id, state, IsCurrent: true, plan);
        return Task.CompletedTask;
    }
}
