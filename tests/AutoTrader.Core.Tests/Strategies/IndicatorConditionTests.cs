using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Strategies;

/// <summary>Entry conditions on indicators: how they are written, what they come to, and what they wait for.</summary>
public sealed class IndicatorConditionTests
{
    private static readonly Strategy Waiting = Given.Trailing with { EntryType = EntryType.Condition, EntryCondition = "sma:2 > sma:3" };

    [Theory]
    [InlineData("sma:20 > sma:50", "sma:20 > sma:50", 50)]
    [InlineData("RSI:14<30", "rsi:14 < 30", 15)]
    [InlineData("close>=ema:10 @15min", "close >= ema:10 @15Min", 40)]
    [InlineData("close < bbands.bbl:20,2.5", "close < bbands.bbl:20,2.5", 20)]
    [InlineData("macd.histogram > 0 @1Hour", "macd.histogram > 0 @1Hour", 140)]
    [InlineData("-0.5 <= macd.macd:3,6,2", "-0.5 <= macd.macd:3,6,2", 32)]
    [InlineData("rsi_wilder < 25 @1Day", "rsi_wilder < 25 @1Day", 127)]
    [InlineData("close > rolling_high_low.rolling_high:5", "close > rolling_high_low.rolling_high:5", 5)]
    public void A_condition_is_read_from_its_text_and_says_how_many_bars_it_needs(string text, string written, int bars)
    {
        var condition = IndicatorCondition.Parse(text);
        condition.ToString().ShouldBe(written);
        condition.Bars.ShouldBe(bars);
        IndicatorCondition.Parse(written).ToString().ShouldBe(written);
        StrategyValidation.Validate(Waiting with { EntryCondition = text }).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("sma:20 >", "on each side")]
    [InlineData("nope:5 > 1", "There is no indicator nope. There are: sma, ema")]
    [InlineData("sma:0 > 1", "period of sma is a whole number from 1")]
    [InlineData("1 > 2", "A condition cannot compare two numbers")]
    [InlineData("bbands:20 < close", "bbands has BBL, BBM, BBU: write for example bbands.bbl")]
    [InlineData("sma.upper:20 < close", "sma has one output")]
    [InlineData("obv > 0", "obv begins with the first bar")]
    [InlineData("sma:20 > sma:50 @2Min", "'2Min' is no length of bars. There are: 1Min, 5Min")]
    [InlineData("sma:5000 > close", "looks back 5000 bars")]
    public void What_is_none_says_what_to_change(string text, string named)
    {
        Should.Throw<FormatException>(() => IndicatorCondition.Parse(text)).Message.ShouldContain(named);
        IndicatorCondition.TryParse(text).ShouldBeNull();
        var problem = StrategyValidation.Validate(Waiting with { EntryCondition = text }).ShouldHaveSingleItem();
        (problem.Field, problem.Code).ShouldBe(("entry_condition", FieldProblem.Malformed));
        problem.Message.ShouldContain(named);
    }

    // The means of 10, 11, 12 are 11.5 over two and 11 over three.
    [Theory]
    [InlineData("sma:2 > sma:3", true)]
    [InlineData("sma:2 > 11.5", false)]
    [InlineData("sma:2 >= 11.5", true)]
    [InlineData("close < 12", false)]
    [InlineData("close <= 12", true)]
    [InlineData("rsi:2 > 99", true)]
    [InlineData("rolling_high_low.rolling_low:3 < 9.95", true)]
    public void It_is_met_by_the_last_bars(string text, bool isMet)
    {
        var reading = IndicatorCondition.Parse(text).Read(Bars(10, 11, 12));
        reading.IsMet.ShouldBe(isMet);
        reading.WaitingFor.ShouldBe(isMet ? null : "its entry condition " + text);
    }

    [Theory]
    [InlineData("close < sma:20")]
    [InlineData("close > sma:20")]
    [InlineData("close < ema:9")]
    [InlineData("close < bbands.bbl:20")]
    public void Where_the_price_stands_still_it_lies_neither_above_nor_below_its_average(string text)
    {
        var condition = IndicatorCondition.Parse(text);
        for (var cents = 1; cents <= 20_000; cents += 7)
        {
            var price = cents / 100m;
            var bars = Enumerable
                .Range(0, condition.Bars)
                .Select(minute => new Bar(
                    "ACME",
                    new DateTimeOffset(2026, 2, 3, 14, 30, 0, TimeSpan.Zero).AddMinutes(minute),
                    TimeSpan.FromMinutes(1),
                    price,
                    price,
                    price,
                    price,
                    100
                ))
                .ToList();
            condition.Read(bars).IsMet.ShouldBeFalse(price.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData("sma:200 > 1", 3)] // 200 of 390 minutes, twice
    [InlineData("sma:200 > 1 @1Hour", 63)]
    [InlineData("sma:200 > 1 @1Day", 401)] // a bar of a day is a session
    public void It_looks_back_twice_as_many_sessions_as_it_takes_and_one(string text, int sessions) =>
        IndicatorCondition.Parse(text).SessionsBack(TimeSpan.Zero).ShouldBe(sessions);

    [Fact]
    public void Until_there_are_enough_bars_it_warms_up_and_says_so() =>
        IndicatorCondition
            .Parse("sma:2 > sma:3")
            .Read(Bars(10, 11))
            .ShouldBe(new(false, "its entry condition sma:2 > sma:3, which needs 3 complete bars of 1Min: warming up"));

    [Theory]
    [InlineData("ema:5 > 100")]
    [InlineData("macd.histogram:3,6,2 > 0")]
    [InlineData("rsi_wilder:4 < 50")]
    [InlineData("atr:3 > atr_wilder:5")]
    [InlineData("sma:3 > sma:8")]
    public void It_comes_to_the_same_wherever_the_data_begin_and_leans_on_no_earlier_bar(string text)
    {
        var condition = IndicatorCondition.Parse(text);
        var random = new Random(7);
        Bar[] bars = [.. Bars([.. Enumerable.Range(0, 300).Select(_ => 95 + (random.Next(1000) / 100m))])];
        var met = 0;
        for (var end = condition.Bars; end <= bars.Length; end++)
        {
            var whole = condition.Read(bars[..end]);
            condition.Read(bars[(end - condition.Bars)..end]).ShouldBe(whole);
            met += whole.IsMet ? 1 : 0;
        }

        met.ShouldBeInRange(1, bars.Length - 1);
    }

    [Fact]
    public void What_leans_on_its_beginning_is_within_a_thousandth_of_the_whole_history()
    {
        var random = new Random(5);
        Bar[] bars = [.. Bars([.. Enumerable.Range(0, 2000).Select(i => 100 + (i / 100m) + (random.Next(200) / 100m))])];
        foreach (var name in new[] { "ema:20", "atr_wilder:14", "rsi_wilder:14" })
        {
            var call = IndicatorCall.Parse(name);
            var all = call.Over(bars)[0].Values[^1]!.Value;
            var last = call.Over(bars[^call.Bars!.Value..])[0].Values[^1]!.Value;
            (Math.Abs(last - all) / all).ShouldBeLessThan(0.001, name);
        }
    }

    [Fact]
    public void A_strategy_waits_says_for_what_and_buys_when_it_is_met()
    {
        Strategy waiting = Waiting.DecideIn(Given.Open with { Reading = new(false, "its entry condition x") }, Given.At(100)).Next!;
        waiting.WaitingFor.ShouldBe("its entry condition x");
        // What it waits for is written once.
        waiting.DecideIn(Given.Open with { Reading = new(false, "its entry condition x") }, Given.At(100)).IsNone.ShouldBeTrue();
        // Not read in this cycle: nothing is known.
        waiting.DecideIn(Given.Open, Given.At(100)).IsNone.ShouldBeTrue();
        var entry = waiting.DecideIn(Given.Open with { Reading = new(true, null) }, Given.At(100)).Place.ShouldHaveSingleItem();
        (entry.Terms.Type, entry.Reason).ShouldBe((OrderType.Market, "sma:2 > sma:3"));
        waiting.DecideIn(Given.Open with { Reading = new(true, null), EntriesBarred = "kill" }, Given.At(100)).IsNone.ShouldBeTrue();
    }

    [Theory]
    [InlineData("sma:20 > 150", "sma:20 > 75")]
    [InlineData("100.03 < close @5Min", "50.01 < close @5Min")]
    [InlineData("rsi:14 < 30", "rsi:14 < 30")]
    [InlineData("sma:20 > sma:50", "sma:20 > sma:50")]
    public void A_split_changes_prices_and_nothing_else(string before, string after) =>
        IndicatorCondition.Parse(IndicatorCondition.Parse(before).After(2).ToString()).ToString().ShouldBe(after);

    private static IReadOnlyList<Bar> Bars(params decimal[] closes) =>
        [
            .. closes.Select(
                (close, i) => new Bar("ACME", Start.AddMinutes(i), TimeSpan.FromMinutes(1), close, close + 0.1m, close - 0.1m, close, 100)
            ),
        ];

    private static readonly DateTimeOffset Start = DateTimeOffset.Parse("2026-02-02T14:30:00Z", CultureInfo.InvariantCulture);
}
