using AutoTrader.Brokers.Tests.Alpaca.Server;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;

namespace AutoTrader.Brokers.Tests.Alpaca;

/// <summary>The engine trades over HTTP from entry through protection to exit, once, whatever goes wrong on the way.</summary>
public sealed class EngineRules : WorldTest, IAsyncLifetime, IEngineEvents
{
    private readonly MemoryTradingStore _store = new();
    private readonly MemoryEngineStore _memory = new();
    private readonly MemoryEngineLease _lease = new();
    private AlpacaSetup _alpaca = null!;

    public async ValueTask InitializeAsync()
    {
        _alpaca = await AlpacaSetup.StartAsync(_world);
        for (var minute = 0; minute < 60; minute++)
        {
            // Steady, then up to 106, then down through the stops.
            var price =
                minute < 20 ? 100
                : minute < 30 ? 100 + ((minute - 19) * 0.6m)
                : minute < 40 ? 106
                : 106 - ((minute - 39) * 0.8m);
            _world.Flat(minute, price);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _alpaca.DisposeAsync();
        Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(FaultKind.LoseAnswer)]
    [InlineData(FaultKind.HalfAnswer)]
    [InlineData(FaultKind.Malformed)]
    [InlineData(FaultKind.Break)]
    internal async Task A_trailing_stop_trades_from_entry_to_exit_once(FaultKind? fault)
    {
        await AddAsync(
            new()
            {
                Id = "s1",
                Symbol = "AAA",
                StrategyType = StrategyType.TrailingStop,
                Quantity = 10,
                TrailingStopPct = 5,
                Arm = "abcdefgh",
            }
        );
        await RunAsync(fault);
        await EndedOnceAsync(OrderType.TrailingStop);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(FaultKind.LoseAnswer)]
    [InlineData(FaultKind.HalfAnswer)]
    [InlineData(FaultKind.Break)]
    internal async Task A_bracket_trades_from_entry_to_exit_once(FaultKind? fault)
    {
        await AddAsync(
            new()
            {
                Id = "s1",
                Symbol = "AAA",
                StrategyType = StrategyType.Bracket,
                Quantity = 10,
                TakeProfitPct = 5,
                StopLossPct = 5,
                Arm = "abcdefgh",
            }
        );
        await RunAsync(fault);
        await EndedOnceAsync(OrderType.Limit);
    }

    void IEngineEvents.Publish(EngineEvent happened) { }

    void IEngineEvents.CycleEnded(CycleRecord record) { }

    void IEngineEvents.LeaseContended() { }

    private async Task AddAsync(Strategy strategy) =>
        (
            await _store.CommitAsync(
                _alpaca.Broker.AccountKey,
                [new(TradingKey.Strategy(strategy.Id), strategy with { CreatedAt = _world.Clock.GetUtcNow() }, null)],
                default
            )
        ).ShouldBeOfType<CommitResult.Committed>();

    // A cycle a minute; with a fault, the first entry and the first protection meet it, and now and then so does a read.
    private async Task RunAsync(FaultKind? fault)
    {
        if (fault is { } kind)
        {
            _alpaca.Server.Inject(new("POST", "/v2/orders", kind));
        }

        for (var minute = 1; minute < 59; minute++)
        {
            _world.At(minute);
            if (fault is { } again && minute % 7 == 3)
            {
                _alpaca.Server.Inject(new("POST", "/v2/orders", again));
                _alpaca.Server.Inject(
                    new("GET", "/v2/account/activities", again == FaultKind.Malformed ? FaultKind.Malformed : FaultKind.HalfAnswer)
                );
                _alpaca.Server.Inject(Fault.TooMany("GET", "/v2/orders"));
            }

            var ports = new EnginePorts(_store, _memory, _alpaca.Broker, _alpaca.Market, _lease, this, _world.Clock);
            await new EvaluationCycle(ports, new() { Holder = "test", EntryWatch = TimeSpan.Zero }).RunAsync(
                new(_world.Clock.GetUtcNow(), "timer"),
                default
            );
            // Never more on sale than held, and never more held than asked for.
            var held = _alpaca.Server.Exchange.Positions.GetValueOrDefault("AAA")?.Quantity ?? 0;
            held.ShouldBeInRange(0, 10);
            _alpaca.Server.Exchange.Held("AAA").ShouldBeLessThanOrEqualTo(held);
        }
    }

    private async Task EndedOnceAsync(OrderType protection)
    {
        var exchange = _alpaca.Server.Exchange;
        var key = _alpaca.Broker.AccountKey;
        (await _store.ReadAsync<Strategy>(key, TradingKey.Strategy("s1"), default))!.Value.Phase.ShouldBe(StrategyPhase.Completed);
        exchange.Orders.Where(order => order.Side == "buy" && order.Filled > 0).ShouldHaveSingleItem().Filled.ShouldBe(10);
        exchange.Positions.ShouldBeEmpty();
        var fills = (await _store.ListAsync<Fill>(key, TradingKey.FillPrefix, 100, null, default)).Items.Select(row => row.Value).ToList();
        fills.Select(fill => fill.ExecutionId).ShouldBe(exchange.Fills.Select(fill => fill.Id), ignoreOrder: true);
        exchange.Cash.ShouldBe(
            100_000 + fills.Sum(fill => fill.Side == OrderSide.Buy ? -fill.Quantity * fill.Price : fill.Quantity * fill.Price)
        );
        exchange
            .Orders.Where(order => order.IsSell && order.Parent is null)
            .ShouldContain(order => order.Type == (protection == OrderType.Limit ? "limit" : "trailing_stop"));
    }
}
