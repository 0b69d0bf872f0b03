using AutoTrader.Core.Engine;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Repair": what becomes of an intent whose answer is not known.</summary>
public class RepairTests
{
    private const string Entry = "at-s1-abcdefgh-1";

    private static async Task<EngineHarness> LostAsync(Strategy strategy, TimeSpan inFlight = default)
    {
        var engine = new EngineHarness();
        engine.Broker.InFlight = inFlight;
        engine.Price("AAPL", 100);
        await engine.AddAsync(strategy);
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        return engine;
    }

    [Fact]
    public async Task No_answer_leaves_the_order_unknown()
    {
        var engine = await LostAsync(TestStrategies.Trailing());
        (await engine.OrdersAsync()).ShouldHaveSingleItem().Status.ShouldBe(OrderStatus.Unknown);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "NO_ANSWER");
    }

    [Fact]
    public async Task The_id_is_looked_up_before_the_order_is_sent_again()
    {
        var engine = await LostAsync(TestStrategies.Trailing());
        var watch = new Watching();
        engine.Gate = watch;
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem().ClientOrderId.ShouldBe(Entry);
        watch.Calls.Count(call => call == "find").ShouldBe(2);
        watch.Calls.LastIndexOf("find").ShouldBeLessThan(watch.Calls.IndexOf("submit"));
    }

    [Fact]
    public async Task What_is_found_is_adopted_and_protected_in_the_same_cycle()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TickWithoutAnswersAsync();
        await engine.TicksAsync(1);
        engine.Broker.Submissions.Select(sent => sent.Terms.Side).ShouldBe([OrderSide.Buy, OrderSide.Sell]);
    }

    [Fact]
    public async Task A_duplicate_that_the_broker_refuses_is_the_order_itself_when_its_terms_match()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TickWithoutAnswersAsync();

        // The broker's index of our ids lags: its first two answers are that there is no such order.
        var looks = 0;
        engine.Gate = new Watching { Hides = call => call.Name == "find" && ++looks <= 2 };
        engine.Broker.Change(Entry, order => order with { ClientOrderId = "hidden" });
        engine.Broker.BeforeSubmit = (_, _) => engine.Broker.Change("hidden", order => order with { ClientOrderId = Entry });
        await engine.TicksAsync(1);

        engine.Broker.Submissions.ShouldHaveSingleItem();
        (await engine.OrdersAsync()).ShouldHaveSingleItem().Status.ShouldBe(OrderStatus.Accepted);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.EntryActive);
    }

    [Theory]
    [InlineData(89, false)]
    [InlineData(90, true)]
    public async Task It_is_absent_with_a_second_not_found_thirty_seconds_after_the_attempt_could_still_be_in_flight(
        int seconds,
        bool isSent
    )
    {
        var engine = new EngineHarness();
        engine.Options = engine.Options with { MaxIntentAge = TimeSpan.FromMinutes(10) };
        engine.Broker.InFlight = TimeSpan.FromSeconds(10);
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await RunAsync();
        engine.Broker.BeforeSubmit = null;
        engine.Clock.Advance(TimeSpan.FromSeconds(60));
        await RunAsync();
        engine.Broker.Submissions.ShouldBeEmpty("the first not-found answer");

        // The attempt may be as late as the cycle's 50 s and in flight for the broker's 10 s; then the 30 s of the rule.
        engine.Clock.SetUtcNow(EngineHarness.At(9, 31).AddSeconds(seconds));
        await RunAsync();
        engine.Broker.Submissions.Count.ShouldBe(isSent ? 1 : 0);

        async Task RunAsync() =>
            (await engine.Engine().RunAsync(new(null, "command"), CancellationToken.None)).Outcome.ShouldBe(CycleOutcome.Ran);
    }

    [Fact]
    public async Task One_not_found_answer_is_never_enough_however_late_it_comes()
    {
        var engine = new EngineHarness();
        engine.Options = engine.Options with { MaxIntentAge = TimeSpan.FromMinutes(10) };
        engine.Broker.InFlight = TimeSpan.FromSeconds(10);
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        engine.Clock.Advance(TimeSpan.FromMinutes(3));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldBeEmpty();
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_answer_other_than_not_found_leaves_it_unknown_however_often_it_comes()
    {
        var engine = await LostAsync(TestStrategies.Trailing());
        engine.Gate = new Watching(call =>
        {
            if (call.Name == "find")
            {
                throw new TimeoutException("no answer");
            }
        });
        await engine.TicksAsync(4);
        (await engine.OrdersAsync()).ShouldHaveSingleItem().Status.ShouldBe(OrderStatus.Unknown);
        engine.Broker.Submissions.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_order_of_other_terms_under_our_id_stays_what_it_is_and_nothing_is_sent()
    {
        var engine = await LostAsync(TestStrategies.Trailing());
        engine.Broker.Put(Entry, Given.Buy(99));
        await engine.TicksAsync(3);
        engine.Broker.Submissions.ShouldBeEmpty();
        engine.Broker.Cancels.ShouldBeEmpty();
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Failed);
    }

    [Theory]
    [InlineData(90, true)]
    [InlineData(91, false)]
    public async Task An_entry_is_sent_at_most_ninety_seconds_after_it_was_decided(int seconds, bool isSent)
    {
        var engine = await LostAsync(TestStrategies.Trailing());
        engine.Clock.SetUtcNow(EngineHarness.At(9, 31).AddSeconds(seconds));
        await engine.TicksAsync(1);
        engine.Broker.Submissions.Any(sent => sent.ClientOrderId == Entry).ShouldBe(isSent);
        (await engine.OrdersAsync()).Any(order => order is { ClientOrderId: Entry, Status: OrderStatus.Abandoned }).ShouldBe(!isSent);
    }

    [Fact]
    public async Task An_entry_is_sent_only_in_the_session_it_was_decided_in_however_long_an_intent_may_wait()
    {
        var engine = new EngineHarness(EngineHarness.At(15, 59));
        engine.Options = engine.Options with { MaxIntentAge = TimeSpan.FromDays(7) };
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        engine.Broker.BeforeSubmit = (_, _) => throw new TimeoutException("no answer");
        await engine.TicksAsync(1);
        engine.Broker.BeforeSubmit = null;
        engine.Clock.SetUtcNow(EngineHarness.At(9, 31).AddDays(1));
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldNotContain(sent => sent.ClientOrderId == Entry);
        (await engine.OrdersAsync()).ShouldContain(order => order.ClientOrderId == Entry && order.Status == OrderStatus.Abandoned);
    }

    [Fact]
    public async Task What_an_abandoned_order_filled_after_all_is_adopted_and_protected()
    {
        var engine = await LostAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 90 });
        engine.Price("AAPL", 102);
        await engine.TicksAsync(1);
        var lost = (await engine.OrdersAsync()).Single(order => order.Status == OrderStatus.Abandoned);
        engine.Broker.Put(lost.ClientOrderId, lost.Terms);
        engine.Broker.Fill(lost.ClientOrderId, 4, 90);
        await engine.TicksAsync(2);
        engine.Broker.ByClientId(lost.ClientOrderId).Status.ShouldBe("canceled");
        (await engine.StrategyAsync("s1")).Holding.Quantity.ShouldBe(4);
        engine.Broker.Open.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.Terms.Quantity).ShouldBe(4);
    }

    [Fact]
    public async Task A_protective_order_that_never_arrived_is_priced_anew_and_sent_however_late_and_far_the_price()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        engine.Broker.BeforeSubmit = (_, terms) =>
        {
            if (terms.Side == OrderSide.Sell)
            {
                throw new TimeoutException("no answer");
            }
        };
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        (await engine.OrdersAsync()).ShouldContain(order =>
            order.Role == OrderRole.Protection && order.Terms.Type == OrderType.TrailingStop && order.Status == OrderStatus.Unknown
        );

        // A stop of before was at 97: what is placed again must not be lower.
        var row = (await engine.Store.LoadAsync("paper", CancellationToken.None)).Strategies.Single();
        (
            await engine.Store.CommitAsync(
                "paper",
                [new(TradingKey.Strategy("s1"), row.Value with { EffectiveStop = 97, HighWatermark = 102 }, row.Version)],
                CancellationToken.None
            )
        ).ShouldBeOfType<Core.Ports.CommitResult.Committed>();
        engine.Broker.BeforeSubmit = null;
        engine.Price("AAPL", 98);
        engine.Clock.Advance(TimeSpan.FromMinutes(30));
        await engine.TicksAsync(1);

        var sent = engine.Broker.Open.ShouldHaveSingleItem();
        (sent.ClientOrderId, sent.Terms.Type, sent.Terms.StopPrice).ShouldBe(("at-s1-abcdefgh-2", OrderType.Stop, 97m));
    }
}
