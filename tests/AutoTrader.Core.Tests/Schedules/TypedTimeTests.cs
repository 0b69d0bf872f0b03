using AutoTrader.Core.Market;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Tests.Schedules;

/// <summary>Times as people type them, in New York, on Wednesday 2026-02-11 at 12:00.</summary>
public class TypedTimeTests
{
    private static readonly TimeZoneInfo Zone = TradingCalendar.Nyse.NewYork;
    private static readonly DateTimeOffset Now = new(2026, 2, 11, 17, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-02-13 09:30:00", "2026-02-13T14:30:00Z")]
    [InlineData("2026-02-13 09:30", "2026-02-13T14:30:00Z")]
    [InlineData("2026-02-13T09:30:00", "2026-02-13T14:30:00Z")]
    [InlineData("2026-02-13t09:30", "2026-02-13T14:30:00Z")]
    [InlineData("2026-02-13T09:30:00Z", "2026-02-13T09:30:00Z")]
    [InlineData("2026-02-13 09:30z", "2026-02-13T09:30:00Z")]
    [InlineData("2026-02-13T09:30:00+01:00", "2026-02-13T08:30:00Z")]
    [InlineData("2026-02-13 09:30 -05:00", "2026-02-13T14:30:00Z")]
    [InlineData("2026-02-13", "2026-02-13T14:30:00Z")]
    [InlineData("today 15:00", "2026-02-11T20:00:00Z")]
    [InlineData("tomorrow 09:30", "2026-02-12T14:30:00Z")]
    [InlineData("Tomorrow", "2026-02-12T14:30:00Z")]
    [InlineData("monday 09:30", "2026-02-16T14:30:00Z")]
    [InlineData("wednesday 11:00", "2026-02-18T16:00:00Z")]
    [InlineData("wednesday 13:00", "2026-02-11T18:00:00Z")]
    [InlineData("+2h", "2026-02-11T19:00:00Z")]
    [InlineData("+15m", "2026-02-11T17:15:00Z")]
    [InlineData("+1d", "2026-02-12T17:00:00Z")]
    [InlineData("open+5m", "2026-02-12T14:35:00Z")]
    [InlineData("close-10m", "2026-02-11T20:50:00Z")]
    [InlineData(" next  open ", "2026-02-12T14:30:00Z")]
    [InlineData("next close", "2026-02-11T21:00:00Z")]
    public void A_time_is_understood(string text, string instant)
    {
        var read = TypedTime.Read(text, Zone, Now);
        read.At.ShouldBe(DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture), read.Message);
        read.Message.ShouldContain("Understood as");
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("2026-02-30 09:30")]
    [InlineData("2026-02-13 25:00")]
    [InlineData("+-1h")]
    [InlineData("-1h")]
    [InlineData("+1y")]
    [InlineData("3 09:30")]
    [InlineData("monday 9")]
    [InlineData("noon+5m")]
    [InlineData("open+")]
    public void What_is_no_time_is_refused_with_examples(string text)
    {
        var read = TypedTime.Read(text, Zone, Now);
        (read.At, read.Code).ShouldBe((null, TypedTime.Malformed));
        read.Message.ShouldContain("tomorrow 09:30");
    }

    [Theory]
    [InlineData("2026-02-11 09:30", "Wed 2026-02-11 09:30:00")]
    [InlineData("2001-01-01", "2001-01-01 09:30:00")]
    [InlineData("today 12:00", "Wed 2026-02-11 12:00:00")]
    [InlineData("2026-03-08 02:30", "2026-03-08 03:00:00")]
    [InlineData("2026-11-01 01:30", "2026-11-01T01:30:00-04:00")]
    [InlineData("open+7h", "6 hours")]
    public void What_is_past_or_ambiguous_is_refused_and_says_what_was_understood(string text, string understood)
    {
        var read = TypedTime.Read(text, Zone, Now);
        (read.At, read.Code).ShouldBe((null, TypedTime.Unusable));
        read.Message.ShouldContain(understood);
    }

    [Theory]
    [InlineData("0001-01-01 00:00", "Asia/Tokyo")]
    [InlineData("0001-01-01T00:00:00Z", "America/New_York")]
    [InlineData("1969-12-31 12:00", "America/New_York")]
    [InlineData("2201-01-01", "America/New_York")]
    [InlineData("9999-12-31 23:59:59", "America/New_York")]
    [InlineData("9999-12-31T23:59:59Z", "Pacific/Kiritimati")]
    [InlineData("+99999d", "America/New_York")]
    public void Years_that_nobody_means_are_refused_however_they_are_written(string text, string zone)
    {
        var read = TypedTime.Read(text, LocalTimes.FindZone(zone)!, Now);
        (read.At, read.Code).ShouldBe((null, TypedTime.Unusable));
        read.Message.ShouldContain("2200");
    }

    [Theory]
    [InlineData("localtime")]
    [InlineData("Factory")]
    [InlineData("posixrules")]
    [InlineData("posix/Europe/Berlin")]
    [InlineData("right/Europe/Berlin")]
    [InlineData("../etc/localtime")]
    [InlineData("Nowhere/Land")]
    public void A_zone_that_is_not_the_same_on_every_machine_is_none(string name) => LocalTimes.FindZone(name).ShouldBeNull();

    [Fact]
    public void A_local_time_of_a_gap_is_the_first_instant_after_it_and_one_of_an_overlap_the_first_of_both()
    {
        LocalTimes.Resolve(new(2026, 3, 8, 2, 30, 0, DateTimeKind.Unspecified), Zone).ShouldBe(new(2026, 3, 8, 7, 0, 0, TimeSpan.Zero));
        LocalTimes.Resolve(new(2026, 11, 1, 1, 30, 0, DateTimeKind.Unspecified), Zone).ShouldBe(new(2026, 11, 1, 5, 30, 0, TimeSpan.Zero));
        var lordHowe = LocalTimes.FindZone("Australia/Lord_Howe")!;
        LocalTimes
            .Resolve(new(2025, 10, 5, 2, 15, 0, DateTimeKind.Unspecified), lordHowe)
            .ShouldBe(new(2025, 10, 4, 15, 30, 0, TimeSpan.Zero));
    }
}
