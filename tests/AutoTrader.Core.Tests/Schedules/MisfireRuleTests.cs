using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Tests.Schedules;

/// <summary>How late each action may be (docs/architecture.md, "Misfires").</summary>
public class MisfireRuleTests
{
    // A Tuesday, 10:00 in New York; the session closes at 16:00.
    private static readonly DateTimeOffset Planned = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Years = TimeSpan.FromDays(1000);

    public static TheoryData<ScheduleAction, TimeSpan> Windows =>
        new()
        {
            { ScheduleAction.StrategyStop, Years },
            { ScheduleAction.StrategyPause, Years },
            { ScheduleAction.StrategyClose, Years },
            { ScheduleAction.OrdersCancel, Years },
            { ScheduleAction.KillSwitchOn, Years },
            { ScheduleAction.StrategyStart, TimeSpan.FromHours(6) },
            { ScheduleAction.StrategyResume, TimeSpan.FromMinutes(5) },
            { ScheduleAction.KillSwitchOff, TimeSpan.FromMinutes(5) },
            { ScheduleAction.OrderPlace, TimeSpan.FromMinutes(1) },
            { ScheduleAction.Notify, TimeSpan.FromHours(1) },
        };

    private static Schedule Of(ScheduleAction action, TimeInForce time = TimeInForce.Day) =>
        new()
        {
            Id = "it",
            Spec = new() { At = Planned },
            Task = new(action)
            {
                Order =
                    action == ScheduleAction.OrderPlace
                        ? new()
                        {
                            Symbol = "A",
                            Side = OrderSide.Buy,
                            Quantity = 1,
                            Type = OrderType.Market,
                            TimeInForce = time,
                        }
                        : null,
            },
        };

    [Theory]
    [MemberData(nameof(Windows))]
    public void An_action_is_carried_out_within_its_window_and_skipped_after_it(ScheduleAction action, TimeSpan window)
    {
        MisfireRules.SkipReason(Of(action), Planned, isLatest: true, Planned + window).ShouldBeNull();
        if (window != Years)
        {
            MisfireRules.SkipReason(Of(action), Planned, isLatest: true, Planned + window + TimeSpan.FromTicks(1)).ShouldBe("too_late");
        }
    }

    [Fact]
    public void A_start_outside_the_session_may_be_as_late_as_the_next_close() =>
        MisfireRules.LatestOf(Of(ScheduleAction.StrategyStart), Planned.AddHours(10)).ShouldBe(Planned.AddDays(1).AddHours(6));

    [Fact]
    public void Auction_orders_may_be_as_late_as_their_cutoff()
    {
        var session = TradingCalendar.Nyse.CurrentOrNext(Planned);
        MisfireRules.LatestOf(Of(ScheduleAction.OrderPlace, TimeInForce.Cls), Planned).ShouldBe(session.Close.AddMinutes(-10));
        MisfireRules
            .LatestOf(Of(ScheduleAction.OrderPlace, TimeInForce.Opg), session.Open.AddHours(-1))
            .ShouldBe(session.Open.AddMinutes(-2));
        MisfireRules
            .LatestOf(Of(ScheduleAction.OrderPlace, TimeInForce.Opg), session.Open)
            .ShouldBe(TradingCalendar.Nyse.NextSession(session.Open).Open.AddMinutes(-2));
    }

    [Fact]
    public void Of_those_that_were_missed_the_policy_says_which_are_carried_out()
    {
        var stop = Of(ScheduleAction.StrategyStop);
        var late = Planned.AddHours(3);
        MisfireRules.SkipReason(stop, Planned, isLatest: false, late).ShouldBe("missed");
        MisfireRules.SkipReason(stop, Planned, isLatest: true, late).ShouldBeNull();
        MisfireRules.SkipReason(stop with { Misfire = Misfire.CatchUp }, Planned, isLatest: false, late).ShouldBeNull();
        MisfireRules.SkipReason(stop with { Misfire = Misfire.Skip }, Planned, isLatest: true, late).ShouldBe("too_late");
        MisfireRules.SkipReason(stop with { MisfireWindow = TimeSpan.FromHours(1) }, Planned, isLatest: true, late).ShouldBe("too_late");
        MisfireRules
            .SkipReason(Of(ScheduleAction.Notify) with { MisfireWindow = Timeout.InfiniteTimeSpan }, Planned, isLatest: true, late)
            .ShouldBeNull();
    }

    [Fact]
    public void What_reduces_risk_goes_first()
    {
        ScheduleAction[] reducing =
        [
            ScheduleAction.KillSwitchOn,
            ScheduleAction.StrategyClose,
            ScheduleAction.StrategyStop,
            ScheduleAction.StrategyPause,
            ScheduleAction.OrdersCancel,
        ];
        ScheduleAction[] taking =
        [
            ScheduleAction.KillSwitchOff,
            ScheduleAction.StrategyResume,
            ScheduleAction.StrategyStart,
            ScheduleAction.OrderPlace,
        ];
        reducing.Max(action => action.Urgency()).ShouldBeLessThan(taking.Min(action => action.Urgency()));
        Enum.GetValues<ScheduleAction>().Select(action => action.Urgency()).ShouldBeUnique();
    }
}
