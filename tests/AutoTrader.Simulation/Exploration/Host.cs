using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Stores;
using AutoTrader.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace AutoTrader.Simulation.Exploration;

/// <summary>A process of the app: engine and services. Everything that they reach outside goes through one gate.</summary>
internal sealed class Host : IEngineEvents, IScheduleEvents, IScheduleNotifications, IDisposable
{
    private readonly Outside _outside;
    private readonly string _name;
    private readonly PaperBroker? _paper;

    public Host(Outside outside, string name, IGate gate, BrokenVariant? broken)
    {
        (_outside, _name) = (outside, name);
        var market = new GatedMarketData(outside.Market, gate);
        _paper = outside.Exchange is null
            ? new(
                new GatedPaperStore(new MemoryPaperStore(outside.Tables), gate),
                market,
                outside.Clock,
                outside.Paper,
                NullLogger<PaperBroker>.Instance
            )
            : null;
        IBroker broker = _paper is not null ? _paper : new GatedBroker(outside.Exchange!, gate);
        ITradingStore trading = new GatedTradingStore(
            new ObservedTradingStore(new MemoryTradingStore(outside.Tables), outside.Invariants),
            gate
        );
        IEngineStore engine = new GatedEngineStore(new MemoryEngineStore(outside.Tables), gate);
        IEngineLease lease = new GatedLease(outside.Lease, gate);
        IScheduleStore schedules = new GatedScheduleStore(new MemoryScheduleStore(outside.Tables), gate);
        if (broken is not null)
        {
            schedules = broken.Schedules(schedules);
            broker = broken.Broker(broker);
            trading = broken.Trading(trading);
            engine = broken.Engine(engine);
            lease = broken.Lease(lease);
        }

        broker = new ObservedBroker(broker, outside.Invariants, () => gate is FaultInjector { IsDead: true });
        var options = new EngineOptions { Holder = name };
        Engine = new(new(trading, engine, broker, market, lease, this, outside.Clock), options);
        var log = new ChangeLog(new GatedAuditLog(new MemoryAuditLog(outside.Tables), gate), broker, outside.Clock);
        Commands = new(trading, broker, Engine, new() { AtMost = TimeSpan.Zero });
        Orders = new(trading, broker, Commands, options, outside.Clock);
        KillSwitch = new(trading, broker, Commands, log, outside.Clock, new());
        Strategies = new(trading, broker, market, Commands, log, outside.Clock, new());
        Planner = new(schedules);
        Dispatcher = new(schedules, new(Orders, KillSwitch, Commands, this, outside.Clock), this, this, outside.Clock);
        Sweeper = new(schedules, Dispatcher, this, outside.Clock);
    }

    public EvaluationCycle Engine { get; }

    public CommandQueue Commands { get; }

    public OrderService Orders { get; }

    public KillSwitchService KillSwitch { get; }

    public StrategyService Strategies { get; }

    public SchedulePlanner Planner { get; }

    public OccurrenceDispatcher Dispatcher { get; }

    public ScheduleSweeper Sweeper { get; }

    public void Dispose() => _paper?.Dispose();

    void IEngineEvents.Publish(EngineEvent happened) => _outside.Record($"{_name}: {happened.Message}");

    void IEngineEvents.CycleEnded(CycleRecord record) =>
        _outside.Record(
            $"{_name}: cycle, {record.Submitted} sent, {record.Fills} fills{(record.Error is { } error ? ": " + error : string.Empty)}"
        );

    void IEngineEvents.LeaseContended() { }

    void IScheduleEvents.RunEnded(ScheduleRun run) => _outside.Record($"{_name}: {run.Occurrence} {run.Status}, {run.Outcome ?? run.Code}");

    void IScheduleEvents.SweepFailed(string scheduleId, Exception failure) =>
        _outside.Record($"{_name}: sweeping {scheduleId}: {failure.Message}");

    Task IScheduleNotifications.SendAsync(string key, DateTimeOffset at, string? message, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    Task IScheduleNotifications.PublishAsync(ScheduleRun ended, int missed, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Tells the invariants what was committed, in the moment in which it was.</summary>
internal sealed class ObservedTradingStore(ITradingStore inner, Invariants invariants) : DelegatingTradingStore(inner)
{
    public override async Task<CommitResult> CommitAsync(
        string account,
        IReadOnlyList<TradingWrite> group,
        CancellationToken cancellationToken
    )
    {
        var result = await Inner.CommitAsync(account, group, cancellationToken);
        if (result is CommitResult.Committed)
        {
            invariants.AfterCommit(group);
        }

        return result;
    }
}

/// <summary>Tells the invariants what the process is about to send, in the moment in which it does.</summary>
internal sealed class ObservedBroker(IBroker inner, Invariants invariants, Func<bool> isDead) : BrokerDecorator(inner)
{
    public override Task<BrokerOrder> SubmitAsync(string clientOrderId, OrderTerms terms, CancellationToken cancellationToken)
    {
        Look(clientOrderId, terms);
        return base.SubmitAsync(clientOrderId, terms, cancellationToken);
    }

    public override Task<BrokerOrder> ReplaceAsync(
        string brokerOrderId,
        string clientOrderId,
        OrderTerms terms,
        CancellationToken cancellationToken
    )
    {
        Look(clientOrderId, terms);
        return base.ReplaceAsync(brokerOrderId, clientOrderId, terms, cancellationToken);
    }

    public override Task<BrokerOrder> AmendAsync(string brokerOrderId, OcoPrices prices, CancellationToken cancellationToken)
    {
        if (!isDead())
        {
            invariants.BeforeAmend(brokerOrderId, prices);
        }

        return base.AmendAsync(brokerOrderId, prices, cancellationToken);
    }

    private void Look(string clientOrderId, OrderTerms terms)
    {
        if (!isDead())
        {
            invariants.BeforeSend(clientOrderId, terms);
        }
    }
}
