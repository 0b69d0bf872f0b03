using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>docs/trading-rules.md, "Refused protection" and "Entries": what the broker refuses, protection and entries.</summary>
public class RefusalTests
{
    private static readonly Func<OrderTerms, bool> Protection = terms => terms is { Side: OrderSide.Sell } and not { Type: OrderType.Market };

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
        var engine = await RefusingAsync(RefusalKind.Other, terms => Protection(terms) && ++refusals > 0, TestStrategies.Bracket() with { OnUnprotected = OnUnprotected.Retry });
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
