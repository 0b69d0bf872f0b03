using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Observe;

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

    [Fact]
    public async Task What_sells_is_sent_before_bars_are_read()
    {
        var engine = await EngineHarness.HoldingAsync(TestStrategies.Trailing());
        engine.Price("MSFT", 101);
        await engine.AddAsync(Waiting("waits") with { Symbol = "MSFT" });
        var held = new List<decimal>();
        engine.BarsAsked = _ => held.Add(engine.Broker.Positions["AAPL"]);

        await engine.CommandAsync(engine.NewCommand(new CloseStrategy(TestStrategies.Trailing().Id)));
        await engine.TicksAsync(1);

        held.ShouldNotBeEmpty();
        held.ShouldAllBe(shares => shares == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bars_are_read_for_those_that_may_buy(bool mayBuy)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 101);
        await engine.AddAsync(Waiting("waits"));
        await engine.TicksAsync(1);
        var asked = 0;
        engine.BarsAsked = _ => asked++;
        await engine.SetAccountAsync(account =>
            account with
            {
                KillSwitch = mayBuy ? null : new("test", engine.Clock.GetUtcNow(), "test"),
            }
        );
        await engine.TicksAsync(1);
        (asked > 0).ShouldBe(mayBuy);
    }

    [Fact]
    public async Task A_condition_that_looks_back_beyond_the_calendar_waits_and_stops_nothing()
    {
        var engine = new EngineHarness(new DateTimeOffset(2003, 6, 3, 13, 31, 0, TimeSpan.Zero));
        engine.Price("AAPL", 101);
        await engine.AddAsync(Waiting("waits") with { EntryCondition = "close > ema:200 @1Day" });
        await engine.TicksAsync(1);
        (await engine.StrategyAsync("waits")).WaitingFor.ShouldNotBeNull().ShouldContain("warming up");
    }

    [Theory]
    [InlineData(400, "sma:5 < 101 @1Day")]
    [InlineData(100, "sma:5 > 99 @1Day")]
    public async Task Bars_before_a_split_count_in_shares_of_today_unless_their_prices_are_adjusted_already(
        decimal before,
        string condition
    )
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 101);
        var split = new Split("AAPL", new(2026, 1, 21), 4, 1);
        engine.Splits.Add(split);
        foreach (var day in new[] { 16, 20, 21, 22, 23 })
        {
            var close = day < split.ExDate.Day ? before : 100m;
            var open = new DateTimeOffset(2026, 1, day, 9, 30, 0, TimeSpan.FromHours(-5));
            engine.Bars.Add(new("AAPL", open, TimeSpan.FromMinutes(1), close, close, close, close, 1000));
        }

        await engine.AddAsync(Waiting("waits") with { EntryCondition = condition });
        await engine.TicksAsync(1);
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }

    // The broker takes the order and does not fill it.
    private static async Task<EngineHarness> EnteredAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 101);
        Bar(engine, 30, 101);
        await engine.AddAsync(Waiting(TestStrategies.Trailing().Id));
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem().Terms.Side.ShouldBe(OrderSide.Buy);
        return engine;
    }

    private static Strategy Waiting(string id) =>
        TestStrategies.Trailing(id) with
        {
            EntryType = EntryType.Condition,
            EntryCondition = "close > 100",
        };

    private static void Bar(EngineHarness engine, int minute, decimal close) =>
        engine.Bars.Add(new("AAPL", EngineHarness.At(9, minute), TimeSpan.FromMinutes(1), close, close, close, close, 1000));
}
