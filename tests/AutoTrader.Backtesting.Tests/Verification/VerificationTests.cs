using AutoTrader.Backtesting.Stored;
using AutoTrader.Backtesting.Verification;
using AutoTrader.Contracts;
using AutoTrader.Core;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Tests.Verification;

/// <summary>Causes of differences by what a server logged, and cash before the first day: what the whole app does not come to
/// easily.</summary>
public sealed class VerificationTests
{
    private static readonly DateTimeOffset At = new(2026, 2, 2, 17, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, DifferenceCause.Unknown)]
    [InlineData("", DifferenceCause.Unknown)]
    [InlineData("+0123abc", DifferenceCause.Unknown)]
    [InlineData(".1+0123abc", DifferenceCause.Version)]
    public void Only_another_release_is_another_version_whatever_commit_it_was_built_from(string? behind, DifferenceCause expected)
    {
        var finder = Finder(behind is null ? null : AppVersion.Current + behind);
        finder.Of(null, Run()).Cause.ShouldBe(expected);
        var (cause, explanation, _) = finder.Of(null, Order("one", "ACME"), null);
        cause.ShouldBe(expected);
        if (expected == DifferenceCause.Version)
        {
            explanation.ShouldBe($"the server is {AppVersion.Current}.1, and this program {AppVersion.Current}");
        }
    }

    [Theory]
    [InlineData("ACME", "release_hold", null, DifferenceCause.Manual)]
    [InlineData("BOLT", "release_hold", null, DifferenceCause.Unknown)]
    [InlineData("kill_switch", "kill_switch_on", null, DifferenceCause.Manual)]
    [InlineData("kill_switch", "kill_switch_off", null, DifferenceCause.Unknown)]
    [InlineData("one", "disable_strategy", null, DifferenceCause.Manual)]
    [InlineData("one", "create_strategy", null, DifferenceCause.Unknown)]
    [InlineData("one", "disable_strategy", "CONFLICT", DifferenceCause.Unknown)]
    [InlineData("ACME", "release_hold", "NOT_HELD", DifferenceCause.Unknown)]
    [InlineData("kill_switch", "kill_switch_on", "RATE_LIMIT_EXCEEDED", DifferenceCause.Unknown)]
    [InlineData("two", "disable_strategy", null, DifferenceCause.Unknown)]
    public void A_change_explains_what_it_is_about_unless_it_was_refused(
        string subject,
        string action,
        string? error,
        DifferenceCause expected
    ) => Finder(null, Change(subject, action, error)).Of(null, Order("one", "ACME"), null).Cause.ShouldBe(expected);

    [Theory]
    [InlineData(null, DifferenceCause.Manual)]
    [InlineData("CONFLICT", DifferenceCause.Unknown)]
    public void So_does_one_of_a_schedule(string? error, DifferenceCause expected) =>
        Finder(null, Change("begin", "pause_schedule", error)).Of(null, Run()).Cause.ShouldBe(expected);

    [Fact]
    public void No_sentence_is_read_back_as_a_signal()
    {
        var made = new EventView(At.AddMinutes(-10), "c", EventKind.Change, "one", "one: refused, create_", "a person", null, "edit", null);
        Finder(null, made).Of(null, Order("one", "ACME"), null).Cause.ShouldBe(DifferenceCause.Manual);
        var other = made with { Subject = "two", Action = "disable_strategy", Message = "kill_switch_on release_hold one" };
        Finder(null, other).Of(null, Order("one", "ACME"), null).Cause.ShouldBe(DifferenceCause.Unknown);
    }

    [Theory]
    [InlineData(DifferenceCause.Manual, -60, "on")]
    [InlineData(DifferenceCause.Manual, -1500, "on")]
    [InlineData(DifferenceCause.Unknown, 10, "on")]
    [InlineData(DifferenceCause.Unknown, -90, "on", -60, "off")]
    [InlineData(DifferenceCause.Manual, -90, "on", -3, "off")] // buys are placed anew
    [InlineData(DifferenceCause.Manual, -90, "on", -60, "off", -30, "on")]
    [InlineData(DifferenceCause.Manual, 60, "off")] // on from before the first day
    [InlineData(DifferenceCause.Unknown, -60, "off")]
    [InlineData(DifferenceCause.Manual, -90, "schedule on", -60, "off")] // which the backtest does not know of
    [InlineData(DifferenceCause.Unknown, -90, "schedule on", -60, "off", -30, "schedule on")]
    [InlineData(DifferenceCause.Unknown, -90, "schedule on", -60, "schedule off")]
    public void A_kill_switch_explains_what_differs_while_it_is_on_and_no_longer(DifferenceCause expected, params object[] switches) =>
        Finder(
                null,
                [
                    .. switches
                        .Chunk(2)
                        .Select(it => (Minutes: (int)it[0], Words: ((string)it[1]).Split(' ')))
                        .Select(it =>
                            Change("kill_switch", $"kill_switch_{it.Words[^1]}", null) with
                            {
                                At = At.AddMinutes(it.Minutes),
                                By = it.Words.Length > 1 ? "schedule:lunch" : "a person",
                            }
                        ),
                ]
            )
            .Of(null, Order("one", "ACME"), null)
            .Cause.ShouldBe(expected);

    [Theory]
    [InlineData(-60, OrderSide.Buy, true, DifferenceCause.Unknown)] // the same limits in both
    [InlineData(60, OrderSide.Buy, true, DifferenceCause.Manual)]
    [InlineData(60, OrderSide.Buy, false, DifferenceCause.Fill)]
    [InlineData(60, OrderSide.Sell, true, DifferenceCause.Unknown)]
    public void Limits_explain_a_buy_of_before_they_became_what_they_are(int minutes, OrderSide side, bool isLone, DifferenceCause expected)
    {
        var order = Order("one", "ACME", side: side);
        Finder(null, Change("risk", "set_risk_limits", null) with { At = At.AddMinutes(minutes) })
            .Of(isLone ? null : order with { FilledAt = null }, order, null)
            .Cause.ShouldBe(expected);
    }

    [Fact]
    public void What_a_fill_shows_goes_before_what_somebody_changed()
    {
        var live = Order("one", "ACME");
        live = live with { FilledAt = At, Order = live.Order with { FilledAvgPrice = 10 } };
        Finder(null, Change("one", "pause_strategy", null)).Of(live, null, null).Cause.ShouldBe(DifferenceCause.Data);
    }

    [Theory]
    [InlineData(false, 8, DifferenceCause.Timing)] // quiet, and not away
    [InlineData(true, 8, DifferenceCause.Outage)]
    [InlineData(true, null, DifferenceCause.Outage)] // never made
    [InlineData(false, null, DifferenceCause.Unknown)]
    [InlineData(null, 8, DifferenceCause.Timing)] // the server does not tell
    public void An_outage_is_a_time_in_which_no_cycle_ran(bool? isAway, int? minutesLate, DifferenceCause expected)
    {
        var tested = Order("one", "ACME");
        var live = minutesLate is { } late ? tested with { Order = tested.Order with { CreatedAt = At.AddMinutes(late) } } : null;
        var history = History() with
        {
            Samples = isAway is { } away
                ?
                [
                    .. Enumerable
                        .Range(-12, 24)
                        .Select(it => At.AddMinutes(5 * it))
                        .Where(at => !away || at < At.AddMinutes(-5) || at > At.AddMinutes(7)),
                ]
                : [],
        };
        var (cause, explanation, _) = Finder(history).Of(live, tested, null);
        cause.ShouldBe(expected, explanation);
        if (expected == DifferenceCause.Outage)
        {
            explanation.ShouldContain("no cycle of the server came to its end from 2026-02-02 16:50:00 UTC to 2026-02-02 17:10:00 UTC");
        }
    }

    [Fact]
    public void A_night_without_cycles_is_no_outage()
    {
        var open = new DateTimeOffset(2026, 2, 3, 14, 30, 0, TimeSpan.Zero);
        var order = Order("one", "ACME");
        order = order with { Order = order.Order with { CreatedAt = open.AddHours(-2) } };
        var night = History() with { Samples = [open.AddHours(-17.6), open, open.AddMinutes(5)] };
        Finder(night).Of(null, order, null).Cause.ShouldBe(DifferenceCause.Unknown);
    }

    [Theory]
    [InlineData(ScheduleRun.Scheduled, DifferenceCause.Unknown, "begin")]
    [InlineData("by-hand", DifferenceCause.Manual, "begin")]
    [InlineData(null, DifferenceCause.Manual, "manual")]
    public void An_order_of_a_schedule_is_no_person_s(string? cause, DifferenceCause expected, string subject)
    {
        var run = Run() with { Cause = cause ?? ScheduleRun.Scheduled };
        var order = Order("manual", "ACME", ClientOrderIds.ForManual(cause is null ? "a person" : "schedule:begin", run.Occurrence));
        var finder = Finder(History() with { Runs = [run] });
        finder.Of(order, null, null).Cause.ShouldBe(expected);
        finder.SubjectOf(order.Order).ShouldBe(subject);
    }

    [Fact]
    public void Whose_schedule_is_gone_says_so()
    {
        var order = Order("manual", "ACME", "at-m-any");
        var placed = Change("at-m-any", "place_order", null) with { By = "schedule:gone" };
        Finder(null, placed).Of(order, null, null).Explanation.ShouldBe("the schedule gone, which is not there any more, placed it");
    }

    [Fact]
    public void Cash_before_the_first_day_is_without_what_fills_and_cash_activities_moved_since()
    {
        var stored = new StoredTrading
        {
            Now = At.AddDays(1),
            Account = "paper",
            StrategiesYaml = "",
            SchedulesYaml = "",
            Strategies = [],
            Cash = 1_000,
            Limits = new(),
        };
        var history = new LiveHistory
        {
            Orders = [],
            Runs = [],
            Events = [],
            Fills =
            [
                Fill(FillKind.Trade, OrderSide.Buy, 10, 20, 1),
                Fill(FillKind.Trade, OrderSide.Sell, 4, 25, 2),
                // Busted: one of those that were bought.
                Fill(FillKind.Correction, OrderSide.Buy, -1, 20, 0),
                Fill(FillKind.Split, OrderSide.Sell, 5, 0, 0),
                // Paid as a cash activity, below.
                Fill(FillKind.Correction, OrderSide.Sell, 0.5m, 40, 0),
            ],
            CashActivities =
            [
                Activity(CashActivityKind.Other, 20, 2),
                Activity(CashActivityKind.Transfer, 500, 2),
                Activity(CashActivityKind.Fee, -3, 2),
                Activity(CashActivityKind.Transfer, 10_000, 1),
            ],
        };
        // Bought for 200 less 20, sold for 100, fees of 3; 517 came beside it.
        new OpeningState(stored, history, new(2026, 2, 2)).Cash.ShouldBe(1_000 + 180 - 100 + 3 - 517);
    }

    private static LiveHistory History() =>
        new()
        {
            Orders = [],
            Fills = [],
            Runs = [],
            Events = [],
        };

    private static CauseFinder Finder(string? version, params EventView[] events) =>
        Finder(History() with { Events = events, Version = version });

    private static CauseFinder Finder(LiveHistory history) =>
        new(history, [], [], new Dictionary<string, IReadOnlyList<Bar>>(StringComparer.Ordinal), At.AddDays(1));

    private static EventView Change(string subject, string action, string? error) =>
        new(At.AddMinutes(-10), "change-1", EventKind.Change, subject, "in a line", "a person", null, action, error);

    private static TracedOrder Order(string strategy, string symbol, string id = "order", OrderSide side = OrderSide.Buy) =>
        new(
            OrderView.Of(
                new()
                {
                    ClientOrderId = id,
                    StrategyId = strategy,
                    Arm = "arm",
                    Sequence = 1,
                    Role = OrderRole.Entry,
                    Terms = new()
                    {
                        Symbol = symbol,
                        Side = side,
                        Quantity = 1,
                        Type = OrderType.Market,
                    },
                    DecidedAt = At,
                }
            ),
            null
        );

    private static RunView Run() =>
        new("begin", At, ScheduleRun.Scheduled, RunStatus.Fired, At, At, 0, null, null, "20260202T170000.begin.scheduled");

    private static FillView Fill(FillKind kind, OrderSide side, decimal quantity, decimal price, decimal fee) =>
        new("fill", null, "ACME", side, quantity, price, quantity * price, fee, 0, kind, "one", At, new(2026, 2, 2));

    private static CashActivityView Activity(CashActivityKind kind, decimal amount, int day) =>
        new("activity", kind, "any", amount, new(2026, 2, day), null, null, null, null);
}
