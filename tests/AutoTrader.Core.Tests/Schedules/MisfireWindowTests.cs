using AutoTrader.Core.Schedules;
using CsCheck;

namespace AutoTrader.Core.Tests.Schedules;

public sealed class MisfireWindowTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("5m", 300)]
    [InlineData("1h", 3600)]
    [InlineData("2d", 172_800)]
    [InlineData("0s", 0)]
    [InlineData(" 5 M ", 300)]
    [InlineData("9999999d", 9_999_999L * 86_400)]
    public void A_number_and_a_unit_are_a_window(string text, long seconds)
    {
        MisfireWindow.TryParse(text, out var window).ShouldBeTrue();
        window.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None ")]
    public void None_is_however_late(string text)
    {
        MisfireWindow.TryParse(text, out var window).ShouldBeTrue();
        window.ShouldBe(Timeout.InfiniteTimeSpan);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("90")]
    [InlineData("-5m")]
    [InlineData("1.5h")]
    [InlineData("5 weeks")]
    [InlineData("1h30m")]
    [InlineData("99999999d")]
    [InlineData("٣m")]
    [InlineData("5m\nnone")]
    public void Anything_else_is_none_and_does_not_throw(string? text) => MisfireWindow.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(90, "90s")]
    [InlineData(300, "5m")]
    [InlineData(5400, "90m")]
    [InlineData(7200, "2h")]
    [InlineData(172_800, "2d")]
    public void It_is_written_in_the_largest_unit_that_measures_it(int seconds, string text) =>
        MisfireWindow.Format(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    [Fact]
    public void Parts_of_a_second_are_rounded_up() => MisfireWindow.Format(TimeSpan.FromMilliseconds(1)).ShouldBe("1s");

    [Fact]
    public void What_is_written_is_read_the_same() =>
        Gen.OneOf(Gen.Int[0, 9_999_999].Select(it => TimeSpan.FromSeconds(it)), Gen.Const(Timeout.InfiniteTimeSpan))
            .Sample(window =>
            {
                MisfireWindow.TryParse(MisfireWindow.Format(window), out var read).ShouldBeTrue();
                read.ShouldBe(window);
            });
}
