using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>docs/trading-rules.md, "Exactly once": every order exactly once.</summary>
public class ExactlyOnceTests
{
    [Fact]
    public async Task A_market_entry_is_committed_sent_and_protected_in_the_cycle_that_fills_it()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());

        await engine.TicksAsync(1);

        engine
            .Broker.Submissions.Select(sent => (sent.Terms.Side, sent.Terms.Type))
            .ShouldBe([(OrderSide.Buy, OrderType.Market), (OrderSide.Sell, OrderType.TrailingStop)]);
        engine.Broker.Submissions[0].ClientOrderId.ShouldBe("at-s1-abcdefgh-1");
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.PositionOpen);
    }

    [Fact]
    public async Task An_entry_whose_answer_was_lost_is_found_and_never_sent_twice()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TickWithoutAnswersAsync();
        (await engine.OrdersAsync()).ShouldHaveSingleItem().Status.ShouldBe(OrderStatus.Unknown);

        engine.Broker.Fill("at-s1-abcdefgh-1", 10, 100);
        await engine.TicksAsync(2);

        engine.Broker.Submissions.Count(sent => sent.Terms.Side == OrderSide.Buy).ShouldBe(1);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
    }

    [Fact]
    public async Task A_lost_entry_that_never_arrived_is_sent_again_only_after_two_not_found_answers()
    {
        var engine = new EngineHarness();
        engine.Broker.InFlight = TimeSpan.FromSeconds(10);
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;

        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldBeEmpty();
        await engine.TicksAsync(1);

        // By then the intent is older than 90 s: it is given up, and a new decision gets a new id.
        (await engine.OrdersAsync()).ShouldContain(order => order.Status == OrderStatus.Abandoned && order.Sequence == 1);
        engine.Broker.Submissions.ShouldAllBe(sent => sent.ClientOrderId == "at-s1-abcdefgh-2");
    }

    [Theory]
    [InlineData("100.49", true)]
    [InlineData("100.50", false)]
    [InlineData("99.51", true)]
    [InlineData("99.50", false)]
    public async Task An_entry_that_never_arrived_is_sent_while_the_mid_has_moved_less_than_half_a_percent(string mid, bool isSent)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        engine.Price("AAPL", decimal.Parse(mid, System.Globalization.CultureInfo.InvariantCulture));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.Any(sent => sent.ClientOrderId == "at-s1-abcdefgh-1").ShouldBe(isSent);
        (await engine.OrdersAsync()).Any(order => order is { Sequence: 1, Status: OrderStatus.Abandoned }).ShouldBe(!isSent);
    }

    [Fact]
    public async Task An_entry_that_never_arrived_is_not_sent_in_the_next_session()
    {
        var engine = new EngineHarness(EngineHarness.At(15, 59));
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        engine.Clock.Advance(EngineHarness.At(9, 31).AddDays(1) - engine.Clock.GetUtcNow());
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldNotContain(sent => sent.ClientOrderId == "at-s1-abcdefgh-1");
    }

    [Fact]
    public async Task An_abandoned_order_is_looked_up_for_a_day_and_then_leaves_the_working_set()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 90 });
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        engine.Price("AAPL", 102);
        await engine.TicksAsync(1);

        engine.Clock.Advance(EngineHarness.At(9, 30).AddDays(1) - engine.Clock.GetUtcNow());
        await engine.TicksAsync(1);
        (await engine.OrdersAsync()).Select(order => (order.Sequence, order.Status)).ShouldContain((1, OrderStatus.Abandoned));
        await engine.TicksAsync(1);
        (await engine.OrdersAsync()).ShouldNotContain(order => order.Sequence == 1);
    }

    [Fact]
    public async Task An_abandoned_order_that_appears_after_all_is_canceled()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 90 });
        OrderTerms? lost = null;
        engine.Broker.BeforeSubmit = (_, terms) =>
        {
            lost = terms;
            throw new TimeoutException("no answer");
        };
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        engine.Price("AAPL", 102);
        await engine.TicksAsync(1);
        (await engine.OrdersAsync()).ShouldContain(order => order.Status == OrderStatus.Abandoned);

        engine.Broker.Put("at-s1-abcdefgh-1", lost!);
        await engine.TicksAsync(2);

        engine.Broker.ByClientId("at-s1-abcdefgh-1").Status.ShouldBe("canceled");
    }

    [Fact]
    public async Task An_order_of_other_terms_under_our_id_is_not_adopted()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.Put(
            "at-s1-abcdefgh-1",
            new()
            {
                Symbol = "AAPL",
                Side = OrderSide.Buy,
                Quantity = 99,
                Type = OrderType.Market,
            }
        );

        await engine.TicksAsync(1);

        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Failed);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "FOREIGN_ORDER");
    }

    [Fact]
    public async Task A_tick_is_run_once()
    {
        var engine = new EngineHarness();
        var tick = engine.Clock.GetUtcNow();
        (await engine.Engine().RunAsync(new(tick, "timer"), CancellationToken.None)).Outcome.ShouldBe(CycleOutcome.Ran);
        (await engine.Engine().RunAsync(new(tick, "timer"), CancellationToken.None)).Outcome.ShouldBe(CycleOutcome.AlreadyRun);
    }

    [Fact]
    public async Task Executions_read_twice_are_applied_once()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(3);
        (await engine.FillsAsync()).ShouldHaveSingleItem().Quantity.ShouldBe(10);
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(10);
    }

    [Fact]
    public async Task Nothing_is_sent_without_a_committed_intent()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (id, _) =>
            engine.OrdersAsync().GetAwaiter().GetResult().ShouldContain(order => order.ClientOrderId == id);
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }
}
