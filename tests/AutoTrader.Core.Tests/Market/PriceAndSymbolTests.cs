using AutoTrader.Core.Market;
using CsCheck;

namespace AutoTrader.Core.Tests.Market;

public sealed class TickSizeTests
{
    private static readonly Gen<decimal> AnyPrice =
        from units in Gen.Long[1, 1_000_000_000_000]
        from scale in Gen.Int[0, 9]
        select units / Power(scale);

    [Theory]
    [InlineData("150.126", "150.12", "150.13")]
    [InlineData("150.12", "150.12", "150.12")]
    [InlineData("1", "1", "1")]
    [InlineData("1.0001", "1.00", "1.01")]
    [InlineData("0.99999", "0.9999", "1")]
    [InlineData("0.12345", "0.1234", "0.1235")]
    [InlineData("36.707", "36.70", "36.71")]
    [InlineData("31.7015", "31.70", "31.71")]
    public void Prices_round_to_the_tick(string price, string down, string up)
    {
        TickSize.RoundDown(Number(price)).ShouldBe(Number(down));
        TickSize.RoundUp(Number(price)).ShouldBe(Number(up));
    }

    [Fact]
    public void The_tick_is_a_cent_from_one_dollar_on()
    {
        TickSize.Of(1m).ShouldBe(0.01m);
        TickSize.Of(0.9999m).ShouldBe(0.0001m);
    }

    [Fact]
    public void Rounding_moves_by_less_than_a_tick_and_lands_on_one() =>
        AnyPrice.Sample(price =>
        {
            var (down, up) = (TickSize.RoundDown(price), TickSize.RoundUp(price));
            (down <= price && price - down < TickSize.Of(price)).ShouldBeTrue();
            (up >= price && up - price < TickSize.Of(price)).ShouldBeTrue();
            (down % TickSize.Of(price)).ShouldBe(0);
            (up % TickSize.Of(price)).ShouldBe(0);
            TickSize.RoundDown(down).ShouldBe(down);
            TickSize.RoundUp(up).ShouldBe(up);
        });

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static decimal Power(int scale) => scale == 0 ? 1 : 10 * Power(scale - 1);
}

public sealed class SymbolTests
{
    [Theory]
    [InlineData("A")]
    [InlineData("SPY")]
    [InlineData("BRK.B")]
    [InlineData("BF-A")]
    [InlineData("ABCDEFGHIJ")]
    [InlineData("X1")]
    public void Symbols_are_valid(string symbol) => Symbol.IsValid(symbol).ShouldBeTrue();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("spy")]
    [InlineData("1A")]
    [InlineData(".A")]
    [InlineData("-A")]
    [InlineData("ABCDEFGHIJK")]
    [InlineData("SP Y")]
    [InlineData("SPY\n")]
    [InlineData("SPÄ")]
    [InlineData("A/B")]
    [InlineData("A|B")]
    public void Other_text_is_not_a_symbol(string? symbol) => Symbol.IsValid(symbol).ShouldBeFalse();

    [Theory]
    [InlineData(" spy ", "SPY")]
    [InlineData("brk.b", "BRK.B")]
    public void Symbols_are_kept_trimmed_and_in_upper_case(string typed, string kept) => Symbol.Normalize(typed).ShouldBe(kept);
}

public sealed class BarAndSplitTests
{
    [Fact]
    public void A_bar_ends_a_length_after_its_start()
    {
        var start = new DateTimeOffset(2024, 6, 12, 13, 30, 0, TimeSpan.Zero);
        new Bar("SPY", start, TimeSpan.FromMinutes(1), 1, 1, 1, 1, 1).End.ShouldBe(start.AddMinutes(1));
    }

    [Theory]
    [InlineData(7, 1, 7)]
    [InlineData(3, 2, 1.5)]
    [InlineData(1, 10, 0.1)]
    public void The_ratio_of_a_split_is_new_shares_per_old_share(int numerator, int denominator, double ratio) =>
        new Split("AAPL", new(2014, 6, 9), numerator, denominator).Ratio.ShouldBe((decimal)ratio);
}
