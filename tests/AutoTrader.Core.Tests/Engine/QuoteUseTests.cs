using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine;

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
}
