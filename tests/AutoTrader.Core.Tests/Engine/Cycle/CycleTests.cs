using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Lease;

namespace AutoTrader.Core.Tests.Engine.Cycle;

/// <summary>docs/trading-rules.md, "The evaluation cycle": the steps of a cycle, and what ends one.</summary>
public class CycleTests
{
    /// <summary>A strategy whose dip no decimal can hold: to evaluate it throws.</summary>
    private static Strategy Throwing() =>
        TestStrategies.Trailing("bad") with
        {
            StrategyType = StrategyType.PullbackTrailing,
            PullbackPct = decimal.MaxValue,
            PullbackReferencePrice = 1_000,
        };

    [Fact]
    public async Task A_cycle_whose_lease_another_holds_touches_nothing_and_is_counted()
    {
        var lease = new MemoryEngineLease();
        var engine = new EngineHarness { Lease = lease };
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        var watch = new Watching();
        engine.Gate = watch;
        await using (await lease.TryAcquireAsync("paper", "another", CancellationToken.None))
        {
            (await engine.TickAsync()).Outcome.ShouldBe(CycleOutcome.HeldElsewhere);
        }

        watch.Calls.ShouldBe(["acquire"]);
        engine.Contended.ShouldBe(1);
        (await engine.TickAsync()).Outcome.ShouldBe(CycleOutcome.Ran);
        engine.Contended.ShouldBe(1);
    }

    [Fact]
    public async Task The_steps_of_a_cycle_come_in_their_order()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Price("IBM", 50);
        await engine.TicksAsync(2);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        var watch = new Watching();
        engine.Gate = watch;
        await engine.TicksAsync(1);

        string[] steps = ["acquire", "load", "find", "executions", "positions", "quotes", "commit", "submit", "save", "release"];
        watch.Calls.Where(steps.Contains).Distinct(StringComparer.Ordinal).ShouldBe(steps);
        watch.Calls.IndexOf("orders").ShouldBeLessThan(watch.Calls.IndexOf("positions"));
    }

    [Fact]
    public async Task Orders_executions_positions_and_quotes_are_fetched_in_bulk()
    {
        var engine = new EngineHarness();
        engine.Broker.MarketPrice = _ => 50;
        foreach (var symbol in (string[])["AAPL", "IBM", "BAC"])
        {
            engine.Price(symbol, 50);
            await engine.AddAsync(TestStrategies.Trailing("s-" + symbol) with { Symbol = symbol });
        }

        await engine.TicksAsync(2);
        var watch = new Watching();
        engine.Gate = watch;
        await engine.TicksAsync(1);
        string[] bulk = ["orders", "executions", "positions", "quotes"];
        watch.Calls.Where(bulk.Contains).ShouldBe(bulk);
        watch.Calls.ShouldNotContain("order");
    }

    [Fact]
    public async Task While_the_market_is_closed_a_cycle_asks_for_no_quotes_buys_nothing_and_is_recorded()
    {
        var engine = new EngineHarness(EngineHarness.At(17, 0));
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing("s1"));
        await engine.AddAsync(
            TestStrategies.Trailing("s2") with
            {
                EntryType = EntryType.Limit,
                EntryPrice = 90,
                AllowSharedSymbol = true,
            }
        );
        var watch = new Watching();
        engine.Gate = watch;
        await engine.TicksAsync(1);
        watch.Calls.ShouldNotContain("quotes");
        engine.Broker.Submissions.ShouldBeEmpty();
        var record = (await engine.EngineStore.ListCyclesAsync("paper", 10, CancellationToken.None)).Cycles.ShouldHaveSingleItem();
        (record.Planned, record.MarketOpen, record.Evaluated, record.Error).ShouldBe((EngineHarness.At(17, 0), false, 0, null));
    }

    [Fact]
    public async Task A_cycle_is_recorded_with_what_it_did()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        var records = (await engine.EngineStore.ListCyclesAsync("paper", 10, CancellationToken.None)).Cycles;
        records.Select(record => record.Planned).ShouldBe([EngineHarness.At(9, 32), EngineHarness.At(9, 31)]);
        (records[1].Evaluated, records[1].Submitted, records[1].MarketOpen, records[1].Holder, records[1].Cause).ShouldBe(
            (1, 2, true, "test", "timer")
        );
        records.Sum(record => record.Fills).ShouldBe(1);
    }

    [Fact]
    public async Task Orders_go_out_as_exits_protection_cancels_entries()
    {
        var engine = new EngineHarness();
        foreach (var (id, symbol) in (ReadOnlySpan<(string, string)>)[("a", "AAA"), ("b", "BBB"), ("c", "CCC"), ("d", "DDD")])
        {
            engine.Price(symbol, 50);
        }

        engine.Broker.MarketPrice = _ => 50;
        await engine.AddAsync(TestStrategies.Trailing("b-protects") with { Symbol = "BBB" });
        await engine.AddAsync(TestStrategies.Trailing("c-exits") with { Symbol = "CCC" });
        await engine.AddAsync(TestStrategies.Trailing("d-cancels") with { Symbol = "DDD", EntryType = EntryType.Limit, EntryPrice = 45 });
        await engine.TicksAsync(2);
        engine.Broker.End(engine.Broker.Open.Single(order => order.Terms is { Symbol: "BBB" }).ClientOrderId, "canceled");
        engine.Broker.End(engine.Broker.Open.Single(order => order.Terms is { Symbol: "CCC" }).ClientOrderId, "canceled");
        await engine.AddAsync(TestStrategies.Trailing("a-enters") with { Symbol = "AAA" });
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("c-exits")));
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("d-cancels")));
        var told = engine.Events.Count;
        await engine.TicksAsync(1);

        engine
            .Events.Skip(told)
            .Where(it => it.Kind is EngineEventKind.OrderSubmitted or EngineEventKind.CancelRequested)
            .Select(it => it.StrategyId)
            .Take(4)
            .ShouldBe(["c-exits", "b-protects", "d-cancels", "a-enters"]);
    }

    [Fact]
    public async Task A_strategy_that_throws_is_reported_and_skipped()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Price("IBM", 50);
        await engine.AddAsync(Throwing());
        await engine.AddAsync(TestStrategies.Trailing("good") with { Symbol = "IBM" });
        await engine.TicksAsync(1);
        var result = await engine.TickAsync();
        (result.Outcome, result.Record!.Skipped, result.Record.Error).ShouldBe((CycleOutcome.Ran, 1, null));
        engine.Broker.Submissions.ShouldHaveSingleItem().Terms.Symbol.ShouldBe("IBM");
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "STRATEGY_ERROR" && item.Key == TradingKey.Strategy("bad"));
        engine.Faults.ShouldNotBeEmpty();
        engine.Faults.ShouldAllBe(fault => fault.StackTrace != null);
    }

    [Fact]
    public async Task A_failed_read_of_positions_is_never_taken_for_flat()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Bracket());
        engine.Gate = new Watching(call =>
        {
            if (call.Name == "positions")
            {
                throw new TimeoutException("no answer");
            }
        });
        for (var i = 0; i < 3; i++)
        {
            (await engine.TickAsync()).Outcome.ShouldBe(CycleOutcome.Stopped);
        }

        engine.Gate = null;
        engine.Broker.Open.ShouldHaveSingleItem();
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        engine.Broker.Open.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    public async Task While_quantities_disagree_an_exit_is_clamped_to_what_the_broker_has(int theirs)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 40);
        engine.Broker.MarketPrice = _ => 40;
        await engine.AddAsync(TestStrategies.Bracket() with { Quantity = 100 });
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"] = theirs;
        await engine.TicksAsync(2);
        await engine.CommandAsync(engine.NewCommand(new CloseStrategy("s1")));
        await engine.TicksAsync(2);
        engine
            .Broker.Submissions.Where(sent => sent.Terms is { Side: OrderSide.Sell, Type: OrderType.Market })
            .Sum(sent => sent.Terms.Quantity)
            .ShouldBe(theirs);
    }

    [Fact]
    public async Task A_cycle_ends_at_its_deadline_of_wall_clock_time_though_business_time_stands()
    {
        new EngineOptions().CycleDeadline.ShouldBe(TimeSpan.FromSeconds(50));
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Options = engine.Options with { CycleDeadline = TimeSpan.FromMilliseconds(20) };
        var market = new SlowMarket(engine);
        var result = await new EvaluationCycle(
            new(engine.Store, engine.EngineStore, engine.Broker, market, engine.Lease, engine, engine.Clock),
            engine.Options
        ).RunAsync(new(null, "manual"), CancellationToken.None);
        result.Outcome.ShouldBe(CycleOutcome.Stopped);
        market.WasGivenUp.ShouldBeTrue();
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe(Attention.CycleStopped);
        var kept = await engine.EngineStore.ListCyclesAsync("paper", 1, CancellationToken.None);
        kept.Cycles.ShouldHaveSingleItem().Error.ShouldBe("The cycle's time is over, or the engine lease was lost.");
        engine.Faults.ShouldBeEmpty();
        engine.Broker.Submissions.ShouldBeEmpty();
        engine.Clock.GetUtcNow().ShouldBe(EngineHarness.At(9, 31));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_needs_no_lease()
    {
        var lease = new MemoryEngineLease();
        var engine = new EngineHarness { Lease = lease };
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.CommandAsync(engine.NewCommand(new PauseStrategy("s1")));
        var watch = new Watching(call => call.IsWrite.ShouldBeFalse(call.Name));
        engine.Gate = watch;
        await using var other = await lease.TryAcquireAsync("paper", "another", CancellationToken.None);
        var result = await engine.Engine().RunAsync(new(null, "manual", DryRun: true), CancellationToken.None);
        (result.Outcome, result.Decisions.ShouldHaveSingleItem().Kind).ShouldBe((CycleOutcome.Ran, "entry"));
        watch.Calls.ShouldNotContain("acquire");
    }

    /// <summary>Market data that does not answer until it is given up.</summary>
    private sealed class SlowMarket(IMarketData inner) : IMarketData
    {
        public bool WasGivenUp { get; private set; }

        public Task<IReadOnlyDictionary<string, Core.Market.SymbolFeed>> GetFeedsAsync(
            IReadOnlyCollection<string> symbols,
            CancellationToken cancellationToken
        ) => inner.GetFeedsAsync(symbols, cancellationToken);

        public async Task<IReadOnlyDictionary<string, Core.Market.Quote>> GetQuotesAsync(
            IReadOnlyCollection<string> symbols,
            CancellationToken cancellationToken
        )
        {
            var never = new TaskCompletionSource();
            await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            try
            {
                await never.Task;
            }
            finally
            {
                WasGivenUp = true;
            }

            return new Dictionary<string, Core.Market.Quote>(StringComparer.Ordinal);
        }

        public Task<IReadOnlyList<Core.Market.Bar>> GetBarsAsync(
            string symbol,
            DateTimeOffset from,
            DateTimeOffset to,
            CancellationToken cancellationToken
        ) => inner.GetBarsAsync(symbol, from, to, cancellationToken);

        public Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
            IReadOnlyCollection<string> symbols,
            DateOnly session,
            CancellationToken cancellationToken
        ) => inner.GetClosesAsync(symbols, session, cancellationToken);

        public Task<IReadOnlyList<Core.Market.Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
            inner.GetSplitsAsync(from, to, cancellationToken);
    }
}
