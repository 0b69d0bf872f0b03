using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>Entry conditions on indicators in the cycle: read on complete bars, also of an entry that works.</summary>
public class IndicatorReadingTests
{
    [Fact]
    public async Task An_entry_is_taken_back_when_its_condition_has_ended()
    {
        var engine = await EnteredAsync();
        Bar(engine, 31, 99);
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldBeEmpty();
    }

    [Fact]
    public async Task Market_data_that_do_not_answer_take_no_entry_back()
    {
        var engine = await EnteredAsync();
        engine.BarsFail = true;
        await engine.TicksAsync(2);
        engine.Broker.Open.ShouldHaveSingleItem();
    }

    // The broker takes the order and does not fill it.
    private static async Task<EngineHarness> EnteredAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 101);
        Bar(engine, 30, 101);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Condition, EntryCondition = "close > 100" });
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Side.ShouldBe(OrderSide.Buy);
        return engine;
    }

    private static void Bar(EngineHarness engine, int minute, decimal close) =>
        engine.Bars.Add(new("AAPL", EngineHarness.At(9, minute), TimeSpan.FromMinutes(1), close, close, close, close, 1000));
}
