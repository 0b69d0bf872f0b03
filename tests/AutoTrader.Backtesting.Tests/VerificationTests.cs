using AutoTrader.Backtesting.Stored;
using AutoTrader.Backtesting.Verification;
using AutoTrader.Contracts;
using AutoTrader.Core;
using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Tests;

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
    [InlineData("kill_switch", "kill_switch_off", null, DifferenceCause.Manual)]
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

    private static CauseFinder Finder(string? version, params EventView[] events) =>
        new(
            new()
            {
                Orders = [],
                Fills = [],
                Runs = [],
                Events = events,
                Version = version,
            },
            [],
            new Dictionary<string, IReadOnlyList<Bar>>(StringComparer.Ordinal)
        );

    private static EventView Change(string subject, string action, string? error) =>
        new(At.AddMinutes(-10), "change-1", EventKind.Change, subject, "in a line", "a person", null, action, error);

    private static TracedOrder Order(string strategy, string symbol) =>
        new(
            OrderView.Of(
                new()
                {
                    ClientOrderId = "order",
                    StrategyId = strategy,
                    Arm = "arm",
                    Sequence = 1,
                    Role = OrderRole.Entry,
                    Terms = new()
                    {
                        Symbol = symbol,
                        Side = OrderSide.Buy,
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
