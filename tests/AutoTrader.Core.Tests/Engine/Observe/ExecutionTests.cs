using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Fills": every execution is applied once, whatever fails and however often it is reported.</summary>
public class ExecutionTests
{
    private static async Task<EngineHarness> WithFilledEntryAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        engine.Broker.Fill("at-s1-abcdefgh-1", 10, 100);
        return engine;
    }

    private static Task<CycleResult> TickAsync(EngineHarness engine, IGate gate) =>
        new EvaluationCycle(
            new(
                new GatedTradingStore(engine.Store, gate),
                engine.EngineStore,
                new GatedBroker(engine.Broker, gate),
                engine,
                engine.Lease,
                engine,
                engine.Clock
            ),
            engine.Options
        ).RunAsync(new(null, "command"), CancellationToken.None);

    [Fact]
    public async Task An_execution_whose_commit_failed_is_applied_by_the_next_cycle()
    {
        var engine = await WithFilledEntryAsync();
        (await TickAsync(engine, new Failing("commit"))).Record!.Error.ShouldNotBeNull();
        (await engine.FillsAsync()).ShouldBeEmpty();

        await engine.TicksAsync(1);

        (await engine.FillsAsync()).ShouldHaveSingleItem().Quantity.ShouldBe(10);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
    }

    [Theory]
    [InlineData("y1", "y2")]
    [InlineData("y2", "y1")]
    public async Task Of_executions_of_one_instant_the_order_that_was_decided_first_comes_first_whatever_their_ids(
        string first,
        string second
    )
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100.5m);
        await engine.AddAsync(
            TestStrategies.ScaleOut() with
            {
                StopLossPct = null,
                ScaleTargets = [new(50, 5), new(50, 10)],
                EntryType = EntryType.Limit,
                EntryPrice = 100,
            }
        );
        await engine.TicksAsync(1);
        engine.Broker.Fill("at-s1-abcdefgh-1", 5, 100);
        engine.Broker.Fill("at-s1-abcdefgh-1", 5, 90);
        await engine.TicksAsync(1);
        foreach (var (order, id) in engine.Broker.Open.OrderBy(order => order.Terms.LimitPrice).ToList().Zip([first, second]))
        {
            engine.Broker.Fill(order.ClientOrderId, 5, order.Terms.LimitPrice!.Value, withExecution: false);
            engine.Broker.Execute(order.Id, "AAPL", OrderSide.Sell, 5, order.Terms.LimitPrice!.Value, id);
        }

        await engine.TicksAsync(1);
        (await engine.FillsAsync())
            .Where(fill => fill.Side == OrderSide.Sell)
            .OrderBy(fill => fill.Price)
            .Select(fill => (fill.Price, fill.RealizedPnl))
            .ShouldBe([(99.75m, -1.25m), (104.5m, 72.5m)], "the first sale takes the oldest lot");
    }

    [Fact]
    public async Task An_execution_that_is_listed_twice_in_one_answer_is_applied_once()
    {
        var engine = await WithFilledEntryAsync();

        (await TickAsync(engine, new Doubling())).Record!.Error.ShouldBeNull();

        (await engine.FillsAsync()).ShouldHaveSingleItem().Quantity.ShouldBe(10);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_execution_that_is_listed_late_is_found_in_the_overlap()
    {
        var engine = new EngineHarness();
        engine.Price("IBM", 50);
        await engine.TicksAsync(3);
        engine.Broker.Execute("elsewhere", "IBM", OrderSide.Buy, 3, 50, at: engine.Clock.GetUtcNow().AddMinutes(-9));
        engine.Broker.Positions["IBM"] = 3;
        engine.Broker.Cash -= 150;
        await engine.TicksAsync(3);
        (await engine.FillsAsync()).ShouldHaveSingleItem().Quantity.ShouldBe(3);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Executions_are_applied_in_the_order_of_their_instants_and_never_of_their_ids()
    {
        var engine = new EngineHarness();
        engine.Price("IBM", 50);
        await engine.TicksAsync(1);
        engine.Broker.Execute("elsewhere", "IBM", OrderSide.Buy, 3, 50, "zz", engine.Clock.GetUtcNow().AddSeconds(-20));
        engine.Broker.Execute("elsewhere", "IBM", OrderSide.Sell, 3, 51, "aa", engine.Clock.GetUtcNow().AddSeconds(-10));
        await engine.TicksAsync(1);
        (await engine.FillsAsync())
            .OrderBy(fill => fill.At)
            .Select(fill => (fill.Side, fill.RealizedPnl))
            .ShouldBe([(OrderSide.Buy, 0m), (OrderSide.Sell, 3m)]);
    }

    private sealed class Failing(string name) : IGate
    {
        public Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null) =>
            at.Name == name ? throw new StorageUnavailableException("not now") : call();
    }

    private sealed class Doubling : IGate
    {
        public async Task<T> CallAsync<T>(PortCall at, Func<Task<T>> call, Func<T, T>? twice = null) =>
            await call() is var answer && twice is not null ? twice(answer) : answer;
    }
}
