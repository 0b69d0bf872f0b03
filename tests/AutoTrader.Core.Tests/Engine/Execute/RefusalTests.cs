using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;
using AutoTrader.Core.Tests.Engine.Commands;

namespace AutoTrader.Core.Tests.Engine.Execute;

/// <summary>docs/trading-rules.md, "Refused protection" and "Entries": what the broker refuses, protection and entries.</summary>
public class RefusalTests
{
    private static readonly Func<OrderTerms, bool> Protection = terms =>
        terms is { Side: OrderSide.Sell } and not { Type: OrderType.Market };

    // The broker refuses some orders; others fill at once, or rest.
    private static async Task<EngineHarness> RefusingAsync(RefusalKind kind, Func<OrderTerms, bool> refuses, Strategy strategy)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        engine.Broker.BeforeSubmit = (_, terms) =>
        {
            if (refuses(terms))
            {
                throw new BrokerRefusedException(kind, "the broker's words");
            }
        };
        await engine.AddAsync(strategy);
        return engine;
    }

    [Fact]
    public async Task A_stop_that_the_broker_refuses_as_beyond_the_market_sells_the_shares_now()
    {
        var engine = await RefusingAsync(RefusalKind.StopPriceBeyondMarket, Protection, TestStrategies.Bracket());
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Completed);
    }

    [Fact]
    public async Task A_stop_that_the_broker_finds_too_close_for_an_OCO_rests_alone_in_the_same_cycle_and_nothing_is_sold()
    {
        var engine = await RefusingAsync(
            RefusalKind.StopPriceTooClose,
            terms => terms.Class == OrderClass.Oco,
            TestStrategies.Bracket() with
            {
                OnUnprotected = OnUnprotected.Exit,
            }
        );
        await engine.TicksAsync(5);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.ShouldBe(Given.Sell().Stop(95));
        engine.Broker.Submissions.Count.ShouldBe(2, "the entry and its stop");
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_failed_protective_placement_raises_attention_at_once_with_the_brokers_words()
    {
        var engine = await RefusingAsync(RefusalKind.Other, Protection, TestStrategies.Bracket());
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "UNPROTECTED" && item.Message.Contains("the broker's words"));
    }

    [Fact]
    public async Task Refused_protection_is_retried_once_a_cycle_and_after_the_third_definitive_refusal_the_position_is_sold()
    {
        var refusals = 0;
        var engine = await RefusingAsync(RefusalKind.Other, terms => Protection(terms) && ++refusals > 0, TestStrategies.Bracket());
        for (var cycle = 1; cycle <= 2; cycle++)
        {
            await engine.TicksAsync(1);
            (refusals, engine.Broker.Positions["AAPL"]).ShouldBe((cycle, 10m));
        }

        await engine.TicksAsync(1);
        (refusals, engine.Broker.Positions["AAPL"]).ShouldBe((3, 0m));
    }

    [Fact]
    public async Task Orders_of_one_position_that_are_refused_together_count_once()
    {
        var engine = await RefusingAsync(RefusalKind.Other, Protection, TestStrategies.ScaleOut());
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task A_part_whose_protection_stands_does_not_let_the_refusals_of_the_rest_be_forgotten()
    {
        var engine = await RefusingAsync(RefusalKind.Other, terms => terms.LimitPrice == 110, TestStrategies.ScaleOut());
        await engine.TicksAsync(2);
        engine.Broker.Open.Sum(order => order.Terms.Quantity).ShouldBe(7);
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(0);
    }

    [Fact]
    public async Task Refused_protection_is_retried_for_ever_when_the_strategy_says_so()
    {
        var refusals = 0;
        var engine = await RefusingAsync(
            RefusalKind.Other,
            terms => Protection(terms) && ++refusals > 0,
            TestStrategies.Bracket() with
            {
                OnUnprotected = OnUnprotected.Retry,
            }
        );
        await engine.TicksAsync(5);
        (refusals, engine.Broker.Positions["AAPL"]).ShouldBe((5, 10m));
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "UNPROTECTED");
    }

    [Theory]
    [InlineData(RefusalKind.WashTrade)]
    [InlineData(RefusalKind.InsufficientShares)]
    public async Task A_refusal_of_protection_that_asks_to_wait_is_not_definitive_and_sells_nothing(RefusalKind kind)
    {
        var engine = await RefusingAsync(kind, Protection, TestStrategies.Bracket());
        await engine.TicksAsync(5);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Class.ShouldBe(OrderClass.Oco);
    }

    [Theory]
    [InlineData(RefusalKind.WashTrade)]
    [InlineData(RefusalKind.InsufficientShares)]
    public async Task An_entry_refused_for_a_wash_trade_or_held_shares_waits_and_is_tried_again(RefusalKind kind)
    {
        var engine = await RefusingAsync(kind, terms => terms.Side == OrderSide.Buy, TestStrategies.Bracket());
        await engine.TicksAsync(1);
        var waiting = await engine.StrategyAsync("s1");
        (waiting.IsTerminal, waiting.WaitingFor).ShouldBe((false, "the broker's words"));
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(1);
        engine.Broker.Positions["AAPL"].ShouldBe(10);
    }

    [Theory]
    [InlineData(RefusalKind.WashTrade, false)]
    [InlineData(RefusalKind.WashTrade, true)]
    [InlineData(RefusalKind.InsufficientBuyingPower, true)]
    public async Task An_entry_that_is_refused_is_asked_for_ever_more_rarely_and_leaves_one_order(RefusalKind kind, bool grid)
    {
        var asked = new List<DateTimeOffset>();
        EngineHarness? engine = null;
        engine = await RefusingAsync(
            kind,
            terms => Note(terms.Side == OrderSide.Buy),
            grid ? TestStrategies.Grid() : TestStrategies.Bracket()
        );
        var start = engine.Clock.GetUtcNow();
        await engine.TicksAsync(100);

        var each = grid ? 2 : 1; // two levels lie below the price
        asked
            .Select(at => (int)(at - start).TotalMinutes)
            .ShouldBe(new[] { 0, 1, 3, 7, 15, 31, 61, 91 }.SelectMany(minute => Enumerable.Repeat(minute, each)));
        (await engine.DoneAsync()).Count.ShouldBe(each);
        (await engine.OrdersAsync()).ShouldBeEmpty();
        (await engine.StrategyAsync("s1")).WaitingFor.ShouldBe("the broker's words");

        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(30);
        var taken = await engine.StrategyAsync("s1");
        (taken.WaitingFor, taken.EntryRefusals, taken.RetryEntryAt).ShouldBe((null, 0, null));
        (await engine.OrdersAsync()).ShouldNotBeEmpty();

        bool Note(bool refused)
        {
            asked.AddRange(refused ? [engine!.Clock.GetUtcNow()] : []);
            return refused;
        }
    }

    [Fact]
    public async Task A_refused_entry_is_tried_at_once_and_counted_anew_when_its_strategy_is_armed_anew()
    {
        var kind = RefusalKind.WashTrade;
        var asked = new List<DateTimeOffset>();
        EngineHarness? engine = null;
        engine = await RefusingAsync(
            RefusalKind.Other,
            terms =>
            {
                asked.Add(engine!.Clock.GetUtcNow());
                throw new BrokerRefusedException(kind, "the broker's words");
            },
            TestStrategies.Bracket()
        );
        await engine.TicksAsync(20);
        asked.Count.ShouldBe(5);
        kind = RefusalKind.Other;
        await engine.TicksAsync(20);
        (await engine.StrategyAsync("s1")).Phase.ShouldBe(StrategyPhase.Failed);

        kind = RefusalKind.WashTrade;
        asked.Clear();
        var start = engine.Clock.GetUtcNow();
        await engine.CommandAsync(engine.NewCommand(new EnableStrategy("s1")));
        await engine.TicksAsync(4);
        asked.Select(at => (int)(at - start).TotalMinutes).ShouldBe([0, 1, 3]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_changed_definition_ends_the_count_of_refusals_and_is_tried_at_once(bool byFile)
    {
        var asked = new List<DateTimeOffset>();
        EngineHarness? engine = null;
        engine = await RefusingAsync(
            RefusalKind.WashTrade,
            terms =>
            {
                asked.Add(engine!.Clock.GetUtcNow());
                return true;
            },
            TestStrategies.Bracket()
        );
        await engine.TicksAsync(20);
        asked.Clear();
        var start = engine.Clock.GetUtcNow();
        if (byFile)
        {
            // As an import writes it.
            var row = (await engine.Store.ReadAsync<Strategy>("paper", TradingKey.Strategy("s1"), CancellationToken.None))!;
            await engine.Store.CommitAsync(
                "paper",
                [new(TradingKey.Strategy("s1"), StrategyRules.Normalize(row.Value, row.Value with { Quantity = 9 }), row.Version)],
                CancellationToken.None
            );
        }
        else
        {
            await OpenPositionTests
                .Service(engine)
                .ChangeAsync("s1", strategy => strategy with { Quantity = 9 }, null, "test", CancellationToken.None);
        }

        await engine.TicksAsync(4);
        asked.Select(at => (int)(at - start).TotalMinutes).ShouldBe([0, 1, 3]);
    }

    [Theory]
    [InlineData(true, RefusalKind.WashTrade)]
    [InlineData(true, RefusalKind.InsufficientShares)]
    [InlineData(false, RefusalKind.WashTrade)]
    [InlineData(false, RefusalKind.Other)]
    public async Task Refusals_of_several_tranches_leave_one_order_each_whatever_the_broker_says(bool hasStop, RefusalKind kind)
    {
        var asked = 0;
        var engine = await RefusingAsync(
            RefusalKind.Other,
            terms =>
                terms.Type == OrderType.Limit
                    ? throw new BrokerRefusedException(kind, FormattableString.Invariant($"{terms.LimitPrice} at request {++asked}"))
                    : false,
            TestStrategies.ScaleOut() with
            {
                StopLossPct = hasStop ? 5 : null,
            }
        );
        await engine.TicksAsync(6);
        asked.ShouldBeGreaterThanOrEqualTo(16);
        (await engine.DoneAsync())
            .Where(order => order.Status == OrderStatus.Rejected)
            .Select(order => order.Slot)
            .ShouldBe([0, 1, 2], ignoreOrder: true);
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(10);
        (await engine.StrategyAsync("s1")).RefusedExits.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(RefusalKind.WashTrade)]
    [InlineData(RefusalKind.Other)]
    public async Task A_resting_target_that_is_refused_is_asked_for_once_a_cycle_and_leaves_one_order(RefusalKind kind)
    {
        var asked = 0;
        var strategy = TestStrategies.ScaleOut() with { StopLossPct = null, ScaleTargets = [new(100, 5)] };
        var engine = await RefusingAsync(kind, terms => terms.Type == OrderType.Limit && ++asked > 0, strategy);
        await engine.TicksAsync(5);
        asked.ShouldBe(5);
        (await engine.DoneAsync()).Count(order => order.Status == OrderStatus.Rejected).ShouldBe(1);
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(1);
        engine.Covered.ShouldBe(10);
        (await engine.StrategyAsync("s1")).WaitingFor.ShouldBeNull();
    }

    [Fact]
    public async Task A_stop_that_the_broker_does_not_let_be_raised_is_asked_for_once_a_cycle_and_covers_meanwhile()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        engine.Broker.Change(engine.Broker.Open.Single().ClientOrderId, order => order with { StopPrice = 104.5m, HighWatermark = 110 });
        await engine.TicksAsync(1);
        engine.Price("AAPL", 106);
        engine.Broker.End(engine.Broker.Open.Single().ClientOrderId, "canceled");
        await engine.TicksAsync(1);
        var resting = engine.Broker.Open.ShouldHaveSingleItem().ClientOrderId;

        var asked = 0;
        engine.Broker.BeforeSubmit = (_, terms) =>
            throw new BrokerRefusedException(RefusalKind.Other, FormattableString.Invariant($"not now, {++asked}"));
        engine.Price("AAPL", 120);
        var done = (await engine.DoneAsync()).Count;
        await engine.TicksAsync(4);
        asked.ShouldBe(3, "two quotes confirm the high, then once a cycle");
        engine.Broker.Open.ShouldHaveSingleItem().ClientOrderId.ShouldBe(resting);
        (await engine.DoneAsync()).Count.ShouldBe(done);
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.StopPrice.ShouldBe(114);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_entry_that_an_own_order_on_the_other_side_bars_is_not_sent_until_that_has_ended(bool refuses)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        (engine.Broker.MarketPrice, engine.Broker.SupportsOco, engine.Broker.RefusesWashTrades) = (_ => 100, false, refuses);
        await engine.AddAsync(TestStrategies.Bracket() with { AllowSharedSymbol = true });
        await engine.TicksAsync(2);
        await engine.AddAsync(TestStrategies.Trailing("s2") with { AllowSharedSymbol = true });
        await engine.TicksAsync(10);
        engine.Broker.Submissions.Count(sent => sent.Terms.Side == OrderSide.Buy).ShouldBe(refuses ? 1 : 2);
        if (refuses)
        {
            (await engine.StrategyAsync("s2")).WaitingFor.ShouldNotBeNull().ShouldContain("at-s1-abcdefgh-2");
            (await engine.DoneAsync()).ShouldNotContain(order => order.StrategyId == "s2");
            engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 10, 95);
            await engine.TicksAsync(1);
            (await engine.StrategyAsync("s2")).WaitingFor.ShouldBeNull();
            engine.Broker.Positions["AAPL"].ShouldBe(10);
        }
    }

    [Fact]
    public async Task What_filled_is_protected_before_the_next_entries_are_sent()
    {
        var engine = new EngineHarness();
        engine.Options = engine.Options with { EntriesAhead = 1 };
        engine.Broker.MarketPrice = _ => 100;
        foreach (var (id, symbol) in new[] { ("s1", "AAPL"), ("s2", "IBM"), ("s3", "XOM") })
        {
            engine.Price(symbol, 100);
            await engine.AddAsync(TestStrategies.Trailing(id) with { Symbol = symbol });
        }

        await engine.TicksAsync(1);
        engine
            .Broker.Submissions.Select(sent => sent.Terms.Side)
            .ShouldBe([OrderSide.Buy, OrderSide.Sell, OrderSide.Buy, OrderSide.Sell, OrderSide.Buy, OrderSide.Sell]);
    }

    [Fact]
    public async Task An_order_of_a_person_that_the_broker_refuses_has_failed_and_waits_for_nothing()
    {
        var engine = await RefusingAsync(
            RefusalKind.WashTrade,
            terms => terms.Side == OrderSide.Buy,
            TestStrategies.Trailing() with
            {
                Enabled = false,
            }
        );
        await engine.CommandAsync(engine.NewCommand(new PlaceOrder(Given.Buy(), "at-m-abc")));
        await engine.TicksAsync(1);
        (await engine.DoneAsync()).ShouldHaveSingleItem().EndReason.ShouldBe(EndReason.Refused);
    }

    [Fact]
    public async Task An_entry_refused_for_any_other_reason_fails_with_the_reason()
    {
        var engine = await RefusingAsync(RefusalKind.Other, terms => terms.Side == OrderSide.Buy, TestStrategies.Bracket());
        await engine.TicksAsync(1);
        var failed = await engine.StrategyAsync("s1");
        failed.Phase.ShouldBe(StrategyPhase.Failed);
        failed.Notes!.ShouldContain("the broker's words");
        engine.Broker.BeforeSubmit = null;
        await engine.TicksAsync(2);
        engine.Broker.Submissions.ShouldBeEmpty();
    }
}
