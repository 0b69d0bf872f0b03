using AutoTrader.Core.Portfolio;

namespace AutoTrader.Core.Tests.Portfolio;

/// <summary>When the account is sampled (docs/architecture.md, "Storage").</summary>
public sealed class EquityDayTests
{
    private static readonly DateOnly Monday = new(2026, 2, 2);
    private static readonly DateTimeOffset Open = new(2026, 2, 2, 14, 30, 0, TimeSpan.Zero);

    [Fact]
    public void An_open_market_is_sampled_every_five_minutes_though_nothing_moves()
    {
        EquityDay? day = null;
        for (var minute = 0; minute < 390; minute++)
        {
            day = EquityDay.Sampled(day, Monday, At(minute, 100_000), isOpen: true) ?? day;
        }

        day!.Samples.Count.ShouldBe(78);
        day.Samples.Zip(day.Samples.Skip(1), (one, next) => next.At - one.At).ShouldAllBe(gap => gap == EquityDay.Every);
    }

    [Fact]
    public void A_closed_market_is_sampled_when_something_moved_and_the_last_sample_is_what_the_day_ended_with()
    {
        var day = EquityDay.Sampled(null, Monday, At(389, 100_000), isOpen: true);
        EquityDay.Sampled(day, Monday, At(391, 100_500), isOpen: false).ShouldBeNull();
        day = EquityDay.Sampled(day, Monday, At(394, 100_500), isOpen: false).ShouldNotBeNull();
        day.Samples[^1].Equity.ShouldBe(100_500);
        EquityDay.Sampled(day, Monday, At(420, 100_500), isOpen: false).ShouldBeNull();
        EquityDay.Sampled(day, Monday, At(420, 100_500) with { Cash = 7 }, isOpen: false).ShouldNotBeNull().Samples.Count.ShouldBe(3);
    }

    [Fact]
    public void A_day_without_a_session_has_no_sample_and_the_next_session_begins_a_day_of_its_own()
    {
        var friday = EquityDay.Sampled(null, Monday.AddDays(-3), At(0, 100_000) with { At = Open.AddDays(-3) }, isOpen: true);
        EquityDay.Sampled(friday, Monday.AddDays(-2), At(0, 100_000) with { At = Open.AddDays(-2) }, isOpen: false).ShouldBeNull();
        var monday = EquityDay.Sampled(friday, Monday, At(0, 100_000), isOpen: true).ShouldNotBeNull();
        (monday.Day, monday.Samples.Count).ShouldBe((Monday, 1));
    }

    [Fact]
    public void A_clock_that_went_back_adds_nothing_before_what_is_there()
    {
        var day = EquityDay.Sampled(null, Monday, At(30, 100_000), isOpen: true);
        EquityDay.Sampled(day, Monday, At(10, 99_000), isOpen: true).ShouldBeNull();
    }

    private static EquitySample At(int minute, decimal equity) => new(Open.AddMinutes(minute), equity, 50_000);
}
