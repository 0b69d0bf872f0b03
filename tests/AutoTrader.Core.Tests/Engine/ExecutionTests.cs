using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Engine;

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
        new EvaluationCycle(new(new GatedTradingStore(engine.Store, gate), engine.EngineStore, new GatedBroker(engine.Broker, gate), engine, engine.Lease, engine, engine.Clock), engine.Options)
            .RunAsync(new(null, "command"), CancellationToken.None);

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
        (await engine.FillsAsync()).OrderBy(fill => fill.At).Select(fill => (fill.Side, fill.RealizedPnl)).ShouldBe([(OrderSide.Buy, 0m), (OrderSide.Sell, 3m)]);
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
