using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Tests.Engine.Observe;

/// <summary>docs/trading-rules.md, "Data that cannot be used": what is wrong with market data is told, and is no halt.</summary>
public class FeedTests
{
    private const string Problem = "AAPL.csv, line 1, close: the column is missing";

    [Fact]
    public async Task Data_that_cannot_be_used_is_told_in_the_words_of_the_source_and_is_no_halt()
    {
        var engine = new EngineHarness();
        engine.NoPrice("AAPL");
        engine.Feeds["AAPL"] = new(Problem);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(6);
        var item = (await engine.AttentionAsync()).ShouldHaveSingleItem();
        (item.Code, item.Key).ShouldBe(("NO_MARKET_DATA", "AAPL"));
        item.Message.ShouldBe($"There are no prices of AAPL to trade on: {Problem}. s1 waits. It is looked at again every minute.");

        // Mended: nothing is remembered but that two quotes are needed.
        engine.Feeds.Clear();
        engine.Price("AAPL", 100);
        await engine.TicksAsync(2);
        (await engine.AttentionAsync()).ShouldBeEmpty();
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task It_is_told_while_the_market_is_closed_too()
    {
        var engine = new EngineHarness(EngineHarness.At(18, 0));
        engine.Feeds["AAPL"] = new(Problem);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldHaveSingleItem().Code.ShouldBe("NO_MARKET_DATA");
    }

    [Fact]
    public async Task A_disabled_strategy_that_holds_nothing_raises_nothing()
    {
        var engine = new EngineHarness();
        engine.NoPrice("AAPL");
        engine.NoPrice("IBM");
        engine.Feeds["AAPL"] = new(Problem, "AAPL.csv: 1 of 2 rows are left out");
        await engine.AddAsync(TestStrategies.Trailing() with { Enabled = false });
        await engine.AddAsync(TestStrategies.Trailing("s2") with { Symbol = "IBM", Enabled = false });
        await engine.TicksAsync(6);
        (await engine.AttentionAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_held_raises_it_whether_the_strategy_is_enabled_or_not()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(3);
        await engine.CommandAsync(engine.NewCommand(new DisableStrategy("s1")));
        engine.Feeds["AAPL"] = new(Problem);
        engine.NoPrice("AAPL");
        await engine.TicksAsync(1);
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "NO_MARKET_DATA");
    }

    [Fact]
    public async Task Enabling_on_data_that_cannot_be_used_is_refused_with_its_reason()
    {
        var engine = new EngineHarness();
        engine.Feeds["AAPL"] = new(Problem);
        await engine.AddAsync(TestStrategies.Trailing() with { Enabled = false });
        var command = engine.NewCommand(new EnableStrategy("s1"));
        await engine.CommandAsync(command);
        var result = await engine.TickAsync();
        var answer = result.CommandResults[command.Id];
        (answer.Status, answer.Code).ShouldBe((CommandStatus.Refused, "SYMBOL_NOT_TRADABLE"));
        answer.Outcome.ShouldNotBeNull().ShouldContain(Problem);
    }

    [Fact]
    public async Task Rows_that_were_left_out_are_told_and_trading_goes_on()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Feeds["AAPL"] = new(LeftOut: "AAPL.csv: 1 of 780 rows are left out: line 5, low: 'x' is not a price");
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        var item = (await engine.AttentionAsync()).ShouldHaveSingleItem();
        (item.Code, item.Key).ShouldBe(("ROWS_LEFT_OUT", "AAPL"));
        item.Message.ShouldContain("line 5, low: 'x' is not a price");
        engine.Broker.Submissions.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_halt_because_the_data_has_ended_says_so()
    {
        var engine = new EngineHarness();
        engine.NoPrice("AAPL");
        engine.Feeds["AAPL"] = new(Ended: "AAPL.csv ends on 2026-02-02");
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(6);
        var item = (await engine.AttentionAsync()).ShouldHaveSingleItem();
        item.Code.ShouldBe("HALT_SUSPECTED");
        item.Message.ShouldContain("no quote; AAPL.csv ends on 2026-02-02");
    }

    [Theory]
    [InlineData(0, 60, 180)]
    [InlineData(60, 60, 180)]
    [InlineData(300, 300, 900)]
    [InlineData(3600, 3600, 10800)]
    public void Quotes_of_longer_bars_count_until_the_next_is_due_and_a_halt_is_three_that_did_not_come(int interval, int age, int halt)
    {
        var rules = new QuoteRules().For(new(Interval: TimeSpan.FromSeconds(interval)));
        (rules.MaxQuoteAge, rules.SuspectHaltAfter).ShouldBe((TimeSpan.FromSeconds(age), TimeSpan.FromSeconds(halt)));
    }
}
