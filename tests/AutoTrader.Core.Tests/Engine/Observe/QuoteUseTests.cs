using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Quotes and halts": what the engine does with and without valid quotes.</summary>
public class QuoteUseTests
{
    [Fact]
    public async Task Without_a_valid_quote_nothing_is_decided_for_the_symbol_and_it_is_counted()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100, spread: 2);
        engine.Price("IBM", 50);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM" });
        var record = (await engine.TickAsync()).Record!;
        (record.Evaluated, record.WithoutQuote).ShouldBe((1, 1));
        engine.Broker.Submissions.ShouldHaveSingleItem().Terms.Symbol.ShouldBe("IBM");
    }

    [Fact]
    public async Task After_a_suspected_halt_nothing_is_bought_until_two_fresh_quotes()
    {
        var engine = new EngineHarness();
        engine.NoPrice("AAPL");
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(5);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "HALT_SUSPECTED");

        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldBeEmpty();
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem();
        (await engine.AttentionAsync()).ShouldNotContain(item => item.Code == "HALT_SUSPECTED");
    }

    [Fact]
    public async Task One_bad_print_raises_no_watermark_and_meets_no_condition()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Price("IBM", 50);
        engine.Broker.MarketPrice = symbol => symbol == "AAPL" ? 100 : 50;
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.AddAsync(
            TestStrategies.Trailing("s2") with
            {
                Symbol = "IBM",
                EntryType = EntryType.Condition,
                EntryCondition = "below:45",
            }
        );
        await engine.TicksAsync(2);
        engine.Price("AAPL", 120);
        engine.Price("IBM", 40);
        await engine.TicksAsync(1);
        engine.Price("AAPL", 100);
        engine.Price("IBM", 50);
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).HighWatermark.ShouldBe(100);
        (await engine.StrategyAsync("s2")).Phase.ShouldBe(StrategyPhase.Pending);

        engine.Price("AAPL", 120);
        engine.Price("IBM", 40);
        await engine.TicksAsync(2);
        (await engine.StrategyAsync("s1")).HighWatermark.ShouldBe(120);
        (await engine.StrategyAsync("s2")).Phase.ShouldBe(StrategyPhase.PositionOpen);
    }

    [Fact]
    public async Task A_symbol_that_opens_late_is_not_bought_on_its_first_print_though_it_was_quoted_yesterday()
    {
        var engine = new EngineHarness(EngineHarness.At(15, 50));
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { Enabled = false, AllowSharedSymbol = true });
        await engine.AddAsync(
            TestStrategies.Trailing("s2") with
            {
                EntryType = EntryType.Condition,
                EntryCondition = "above:200",
                AllowSharedSymbol = true,
            }
        );
        await engine.TicksAsync(3);
        await engine.CommandAsync(engine.NewCommand(new EnableStrategy("s1")));
        engine.NoPrice("AAPL");
        engine.GoTo(EngineHarness.At(9, 30).AddDays(1));
        await engine.TicksAsync(10);
        engine.Price("AAPL", 115);
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldBeEmpty("the first print after a halt buys nothing");
        engine.Price("AAPL", 100);
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(OrderSide.Buy, false, "HALT_SUSPECTED")]
    [InlineData(OrderSide.Buy, true, null)]
    [InlineData(OrderSide.Sell, false, null)]
    public async Task In_a_suspected_halt_a_market_buy_by_hand_is_refused_while_limits_and_sells_go(
        OrderSide side,
        bool limit,
        string? code
    )
    {
        var engine = new EngineHarness();
        engine.Broker.Positions["IBM"] = 5;
        engine.Price("IBM", 100);
        await engine.TicksAsync(1);
        engine.NoPrice("IBM");
        await engine.TicksAsync(4);
        var command = await OrderAsync(engine, "at-m-a", side, limit ? 100 : null);
        command.Code.ShouldBe(code);
        engine.Broker.Submissions.Count.ShouldBe(code is null ? 1 : 0);
    }

    [Fact]
    public async Task A_halt_that_a_buy_by_hand_met_bars_the_next_one_until_two_fresh_quotes()
    {
        var engine = new EngineHarness();
        await engine.TicksAsync(5);
        (await OrderAsync(engine, "at-m-a", OrderSide.Buy, null)).Code.ShouldBe("HALT_SUSPECTED");
        engine.Price("IBM", 115);
        (await OrderAsync(engine, "at-m-b", OrderSide.Buy, null)).Code.ShouldBe("HALT_SUSPECTED");
        engine.Price("IBM", 100);
        (await OrderAsync(engine, "at-m-c", OrderSide.Buy, null)).Code.ShouldBeNull();
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }

    private static async Task<CommandEnvelope> OrderAsync(EngineHarness engine, string id, OrderSide side, decimal? limit)
    {
        var command = engine.NewCommand(new PlaceOrder(new()
        {
            Symbol = "IBM",
            Side = side,
            Quantity = 1,
            Type = limit is null ? OrderType.Market : OrderType.Limit,
            LimitPrice = limit,
        }, id));
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        return await engine.CommandOf(command.Id);
    }
}
