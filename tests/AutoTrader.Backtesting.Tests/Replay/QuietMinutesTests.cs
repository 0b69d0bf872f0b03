using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Market;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Backtesting.Tests.Replay;

/// <summary>A backtest that leaves out the minutes in which nothing can happen equals one that looks at every minute.</summary>
public sealed class QuietMinutesTests
{
    private static readonly DateOnly First = new(2026, 6, 1);

    private static readonly Gen<Walk> Walks =
        from seed in Gen.Int[0, int.MaxValue - 1]
        from step in StrategyGen.Pick(0.0003, 0.001, 0.003)
        from missing in StrategyGen.Pick(0, 0, 0.02, 0.2)
        from halts in StrategyGen.Pick(0, 0.5)
        from volume in StrategyGen.Pick(60, 10_000)
        from minutes in StrategyGen.Pick(1, 1, 1, 5)
        select new Walk(seed)
        {
            Step = step * Math.Sqrt(minutes),
            Missing = missing,
            Halts = halts,
            MostVolume = volume,
            Minutes = minutes,
        };

    private static readonly Gen<PaperOptions> Brokers =
        from share in StrategyGen.Pick(0m, 0m, 20m)
        from slippage in StrategyGen.Pick(0m, 0.02m)
        from commission in StrategyGen.Pick(0m, 0.01m)
        from delay in StrategyGen.Pick(0, 0, 90)
        select new PaperOptions
        {
            CancelDelay = TimeSpan.FromSeconds(delay),
            Fill = new()
            {
                VolumeSharePct = share,
                SlippagePct = slippage,
                CommissionPerShare = commission,
                SecFeePerMillion = commission * 2_780,
                TafPerShare = commission / 50,
                SpreadPct = slippage,
            },
        };

    private static readonly Schedule[] Schedules =
    [
        At("pause", ScheduleAction.StrategyPause, "trail", "7 10 * * *"),
        At("resume", ScheduleAction.StrategyResume, "trail", "30 45 12 * * *"),
        At("close", ScheduleAction.StrategyClose, "bracket", "13 13 * * *"),
        At("start", ScheduleAction.StrategyStart, "bracket", "15 17 9 * * *"),
        At("stop", ScheduleAction.StrategyStop, "grid", "50 15 * * *"),
        At("again", ScheduleAction.StrategyStart, "grid", "35 9 * * *"),
        At("late", ScheduleAction.StrategyPause, "dip", "30 0 16 * * *"),
        At("last", ScheduleAction.StrategyClose, "dip", "") with
        {
            Spec = new() { Market = MarketTime.TryParse("close", out var time) ? time : throw new FormatException() },
        },
    ];

    private static Schedule At(string id, ScheduleAction action, string target, string cron) =>
        new()
        {
            Id = id,
            Task = new(action) { Target = target },
            Spec = new() { Cron = cron },
        };

    [Fact]
    public async Task Leaving_out_quiet_minutes_changes_no_fill_no_order_and_no_equity() =>
        await Gen.Select(
                Walks,
                Walks,
                Brokers,
                Candidates.Some("ONE"),
                Candidates.Some("TWO"),
                Gen.Bool.Array[2],
                StrategyGen.Pick(5m, 40m, 500m)
            )
            .SampleAsync(
                async (one, two, broker, ones, twos, flags, loss) =>
                {
                    using var market = new GeneratedMarket();
                    var sessions = GeneratedMarket.Sessions(First, 3);
                    market.Write("ONE", one, sessions);
                    market.Write("TWO", two, sessions);
                    Strategy[] strategies = flags[0] ? ones : [.. ones, .. twos.Select(it => it with { Id = it.Id + "-2" })];
                    var settings = new BacktestSettings
                    {
                        Strategies = strategies,
                        Schedules = flags[1] ? Schedules : [],
                        Start = sessions[0].Day,
                        End = sessions[^1].Day,
                        Market = new() { Directory = market.Folder },
                        Paper = broker,
                        Limits = new() { MaxDailyLoss = loss },
                    };
                    var quick = await Backtest.RunAsync(settings);
                    var whole = await Backtest.RunAsync(settings with { EveryMinute = true });
                    Shown.ShouldEqual(Shown.Lines(quick), Shown.Lines(whole));
                    quick.Equity.ShouldBe(whole.Equity);
                    quick.Bars.ShouldBe(whole.Bars);
                    quick.BarsHeld.ShouldBe(whole.BarsHeld);
                    quick.PeakCapital.ShouldBe(whole.PeakCapital);
                    quick.Cycles.ShouldBeLessThanOrEqualTo(whole.Cycles);
                },
                iter: 25,
                threads: 2
            );

    [Fact]
    public async Task A_strategy_that_waits_is_seldom_looked_at()
    {
        using var market = new GeneratedMarket();
        var sessions = GeneratedMarket.Sessions(First, 10);
        market.Write("ONE", new(7), sessions);
        var run = await Backtest.RunAsync(
            new()
            {
                Strategies =
                [
                    new()
                    {
                        Id = "wait",
                        Symbol = "ONE",
                        StrategyType = StrategyType.TrailingStop,
                        Quantity = 1,
                        Arm = "aaaaaaaa",
                        EntryType = EntryType.Limit,
                        EntryPrice = 10,
                        TrailingStopPct = 5,
                    },
                ],
                Start = sessions[0].Day,
                End = sessions[^1].Day,
                Market = new() { Directory = market.Folder },
            }
        );
        run.Fills.ShouldBeEmpty();
        run.Bars.ShouldBe(sessions.Sum(session => (long)(session.Close - session.Open).TotalMinutes));
        run.Cycles.ShouldBeLessThan(sessions.Count * 12);
    }
}
