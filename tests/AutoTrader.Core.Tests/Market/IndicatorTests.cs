using AutoTrader.Core.Market;
using AutoTrader.Core.Market.Indicators;

namespace AutoTrader.Core.Tests.Market;

/// <summary>Indicators against values that were computed by hand or published.</summary>
public sealed class IndicatorTests
{
    private static readonly Session Day = TradingCalendar.Nyse.SessionOn(new(2026, 3, 2))!;

    // The closes of a widely published worksheet of Wilder's RSI; its own values for them are 66.25, 66.48, 69.35, 66.29 and 57.92.
    private static readonly decimal[] Worksheet =
    [
        44.34m,
        44.09m,
        44.15m,
        43.61m,
        44.33m,
        44.83m,
        45.10m,
        45.42m,
        45.84m,
        46.08m,
        45.89m,
        46.03m,
        45.61m,
        46.28m,
        46.28m,
        46.00m,
        46.03m,
        46.41m,
        46.22m,
        45.64m,
    ];

    private static readonly IReadOnlyList<Bar> Five = Closing(10, 11, 13, 12, 14);

    private static IReadOnlyList<Bar> Closing(params decimal[] closes) =>
        [.. closes.Select((close, i) => Bar(i, close + 1, close - 1, close, 100 * (i + 1)))];

    private static Bar Bar(int minute, decimal high, decimal low, decimal close, long volume = 100) =>
        new("ONE", Day.Open.AddMinutes(minute), TimeSpan.FromMinutes(1), close, high, low, close, volume);

    private static IReadOnlyList<double?> Of(string indicator, IReadOnlyList<Bar> bars, int output = 0) =>
        IndicatorCall.Parse(indicator).Over(bars)[output].Values;

    private static void ShouldBe(IReadOnlyList<double?> values, params double?[] expected)
    {
        values.Count.ShouldBe(expected.Length);
        foreach (var (value, wanted) in values.Zip(expected))
        {
            (value is null).ShouldBe(wanted is null);
            (value ?? 0).ShouldBe(wanted ?? 0, 1e-9);
        }
    }

    [Fact]
    public void Moving_averages_begin_with_the_first_whole_window_or_the_first_close()
    {
        ShouldBe(Of("sma:3", Five), null, null, 34.0 / 3, 12, 13);
        ShouldBe(Of("ema:3", Five), 10, 10.5, 11.75, 11.875, 12.9375);
    }

    [Fact]
    public void Macd_is_the_distance_of_two_averages_and_its_own_average()
    {
        ShouldBe(Of("macd:2,3,2", Five), 0, 1.0 / 6, 17.0 / 36, 0.199074074074074, 0.420524691358025);
        ShouldBe(Of("macd:2,3,2", Five, 1), 0, 1.0 / 9, 0.351851851851852, 0.25, 0.363683127572017);
        Of("macd:2,3,2", Five, 2)[3]!.Value.ShouldBe(0.199074074074074 - 0.25, 1e-9);
    }

    [Fact]
    public void Bands_use_the_sample_deviation()
    {
        ShouldBe(Of("bbands:3,2", Five), null, null, (34.0 / 3) - (2 * Math.Sqrt(7.0 / 3)), 10, 11);
        ShouldBe(Of("bbands:3,0.5", Five, 2), null, null, (34.0 / 3) + (0.5 * Math.Sqrt(7.0 / 3)), 12.5, 13.5);
    }

    [Fact]
    public void Wilder_s_strength_is_that_of_the_published_worksheet_and_the_original_s_has_simple_means()
    {
        var (wilder, simple) = (Of("rsi_wilder", Closing(Worksheet)), Of("rsi", Closing(Worksheet)));
        wilder.Take(14).ShouldAllBe(it => it == null);
        wilder.Skip(15).Select(it => Math.Round(it!.Value, 2)).ShouldBe([66.25, 66.48, 69.35, 66.29, 57.92]);
        simple[14]!.Value.ShouldBe(70.464135021097, 1e-9);
        wilder[14].ShouldBe(simple[14]);
        simple[19]!.Value.ShouldBe(59.806295399516, 1e-9);
    }

    [Fact]
    public void Strength_is_100_without_a_loss_and_nothing_where_nothing_moved()
    {
        ShouldBe(Of("rsi:2", Closing(1, 2, 3)), null, null, 100);
        ShouldBe(Of("rsi:2", Closing(3, 2, 1)), null, null, 0);
        ShouldBe(Of("rsi:2", Closing(2, 2, 2)), null, null, null);
    }

    [Fact]
    public void The_true_range_reaches_to_the_close_before()
    {
        // 2; up to 15 from 10: 5; from 14 down to 9: 6; 1.
        Bar[] bars = [Bar(0, 11, 9, 10), Bar(1, 15, 13, 14), Bar(2, 12, 8, 9), Bar(3, 9.5m, 8.5m, 9)];
        ShouldBe(Of("atr:2", bars), null, 3.5, 5.5, 3.5);
        ShouldBe(Of("atr_wilder:2", bars), null, 3.5, 4.75, 2.875);
    }

    [Fact]
    public void Volume_is_balanced_and_weighs_prices_from_the_first_bar_on()
    {
        ShouldBe(Of("obv", Five), 0, 200, 500, 100, 600);
        // High and low lie evenly around the close.
        ShouldBe(Of("vwap", Five), 10, 32.0 / 3, 71.0 / 6, 119.0 / 10, 189.0 / 15);
        ShouldBe(Of("vwap", [Bar(0, 11, 9, 10, 0)]), (double?)null);
        ShouldBe(Of("rolling_high_low:2", Five), null, 12, 14, 14, 15);
        ShouldBe(Of("rolling_high_low:2", Five, 1), null, 9, 10, 11, 11);
    }

    [Fact]
    public void No_value_looks_at_a_later_bar()
    {
        var random = new Random(5);
        List<Bar> bars =
        [
            .. Enumerable.Range(0, 80).Select(i => Bar(i, 101 + random.Next(5), 95 + random.Next(5), 100 + random.Next(-1, 2), 50)),
        ];
        foreach (var indicator in StandardIndicators.All)
        {
            var whole = IndicatorCall.Parse(indicator.Name).Over(bars);
            foreach (var count in new[] { 1, 14, 15, 20, 40, 79 })
            {
                var cut = IndicatorCall.Parse(indicator.Name).Over(bars[..count]);
                cut.Zip(whole).ShouldAllBe(it => it.First.Values.SequenceEqual(it.Second.Values.Take(count)));
            }

            IndicatorCall.Parse(indicator.Name).Over([]).ShouldAllBe(it => it.Values.Count == 0);
        }
    }

    [Fact]
    public void Outputs_are_named_with_their_numbers()
    {
        IndicatorCall.Parse("SMA:50").Over(Five)[0].Name.ShouldBe("sma_50");
        IndicatorCall.Parse("bbands").Over(Five).Select(it => it.Name).ShouldBe(["BBL", "BBM", "BBU"]);
    }

    [Theory]
    [InlineData("moon", "no indicator moon")]
    [InlineData("sma:0", "from 1 to")]
    [InlineData("sma:1.5", "whole number")]
    [InlineData("sma:x", "not 'x'")]
    [InlineData("sma:5,6", "takes period")]
    [InlineData("obv:5", "takes no number")]
    [InlineData("bbands:1", "from 2 to")]
    public void What_is_no_indicator_says_what_to_change(string text, string told) =>
        Should.Throw<FormatException>(() => IndicatorCall.Parse(text)).Message.ShouldContain(told);

    [Fact]
    public void Longer_bars_begin_at_the_open_and_end_with_the_session()
    {
        var half = TradingCalendar.Nyse.SessionOn(new(2026, 11, 27))!;
        List<Bar> bars =
        [
            .. new[] { Day, half }.SelectMany(session =>
                Enumerable
                    .Range(0, (int)(session.Close - session.Open).TotalMinutes)
                    .Select(i => new Bar("ONE", session.Open.AddMinutes(i), TimeSpan.FromMinutes(1), i, i + 2, i - 2, i + 1, 10))
            ),
        ];
        var hours = Timeframe.Of(bars, TimeSpan.FromHours(1));
        hours.Count.ShouldBe(7 + 4);
        hours[0].ShouldBe(new("ONE", Day.Open, TimeSpan.FromHours(1), 0, 61, -2, 60, 600));
        (hours[6].Length, hours[6].End, hours[6].Volume).ShouldBe((TimeSpan.FromMinutes(30), Day.Close, 300));
        hours[10].End.ShouldBe(half.Close);
        Timeframe
            .Of(bars, TimeSpan.FromDays(1))
            .Select(bar => (bar.Start, bar.End))
            .ShouldBe([(Day.Open, Day.Close), (half.Open, half.Close)]);
        Timeframe.Of(hours, TimeSpan.FromMinutes(5)).ShouldBeSameAs(hours);
    }
}
