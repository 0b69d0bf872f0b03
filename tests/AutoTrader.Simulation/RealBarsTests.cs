using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Simulation;

/// <summary>All five strategy types on six real sessions of October 2013, from entry to exit.</summary>
public class RealBarsTests
{
    private static readonly DateTimeOffset Start = Session(new(2013, 10, 4)).Open;
    private static readonly DateTimeOffset End = Session(new(2013, 10, 11)).Close.AddMinutes(2);

    private static Session Session(DateOnly day) => TradingCalendar.Nyse.SessionOn(day)!;

    private static Strategy[] Strategies() =>
        [
            new()
            {
                Id = "trail",
                Symbol = "SPY",
                StrategyType = StrategyType.TrailingStop,
                Quantity = 10,
                TrailingStopPct = 0.5m,
                Repeat = true,
                Arm = "aaaaaaaa",
            },
            new()
            {
                Id = "bracket",
                Symbol = "IBM",
                StrategyType = StrategyType.Bracket,
                Quantity = 10,
                TakeProfitPct = 0.8m,
                StopLossPct = 0.6m,
                Repeat = true,
                CooldownMinutes = 10,
                Arm = "bbbbbbbb",
            },
            new()
            {
                Id = "scale",
                Symbol = "BAC",
                StrategyType = StrategyType.ScaleOut,
                Quantity = 50,
                ScaleTargets = [new(33, 0.3m), new(33, 0.6m), new(34, 0.9m)],
                StopLossPct = 1,
                Repeat = true,
                Arm = "cccccccc",
            },
            new()
            {
                Id = "grid",
                Symbol = "BAC",
                StrategyType = StrategyType.Grid,
                Quantity = 1,
                GridConfig = new(13.70m, 14.20m, 6, 5),
                AllowSharedSymbol = true,
                Arm = "dddddddd",
            },
            new()
            {
                Id = "dip",
                Symbol = "SPY",
                StrategyType = StrategyType.PullbackTrailing,
                Quantity = 5,
                PullbackPct = 0.4m,
                TrailingStopPct = 0.5m,
                AllowSharedSymbol = true,
                Repeat = true,
                Arm = "eeeeeeee",
            },
            new()
            {
                Id = "limit",
                Symbol = "IBM",
                StrategyType = StrategyType.TrailingStop,
                Quantity = 5,
                TrailingStopPct = 0.5m,
                EntryType = EntryType.Limit,
                EntryPrice = 183.50m,
                AllowSharedSymbol = true,
                Arm = "ffffffff",
            },
        ];

    private static async Task<SimulatedWeek> WeekAsync(Brokers.Paper.PaperOptions? options = null)
    {
        var folder = SimulatedWeek.DataFolder("minute");
        if (folder is null)
        {
            Assert.Skip("The recorded bars are not beside this clone.");
        }

        var week = new SimulatedWeek(folder, Start, options);
        await week.AddAsync(Strategies());
        return week;
    }

    [Fact]
    public async Task Every_strategy_type_runs_from_entry_to_exit_and_the_ledger_equals_the_broker_at_every_cycle()
    {
        var week = await WeekAsync();
        await week.RunAsync(End, afterTick: week.LedgerEqualsBrokerAsync);

        var fills = await week.FillsAsync();
        foreach (var strategy in Strategies())
        {
            fills.ShouldContain(fill => fill.StrategyId == strategy.Id && fill.Side == OrderSide.Buy, strategy.Id + " never bought");
            fills.ShouldContain(fill => fill.StrategyId == strategy.Id && fill.Side == OrderSide.Sell, strategy.Id + " never sold");
        }

        week.AttentionSeen.ShouldNotContain("QUANTITY_MISMATCH");
        week.AttentionSeen.ShouldNotContain("UNPROTECTED");
    }

    [Fact]
    public async Task The_week_run_twice_gives_identical_fills()
    {
        var (once, twice) = (await WeekAsync(), await WeekAsync());
        await once.RunAsync(End);
        await twice.RunAsync(End);
        (await twice.FillLinesAsync()).ShouldBe(await once.FillLinesAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_process_that_dies_at_fifty_moments_gives_the_fills_of_the_uninterrupted_run(int seed)
    {
        var whole = await WeekAsync();
        await whole.RunAsync(End);
        var random = new Random(seed);
        var deaths = Enumerable.Range(0, 50).Select(_ => random.Next(1, whole.Calls)).ToHashSet();

        var week = await WeekAsync();
        await week.RunAsync(End, deaths, week.LedgerEqualsBrokerAsync);

        (await week.FillLinesAsync()).ShouldBe(await whole.FillLinesAsync());
    }

    [Fact]
    public async Task Partial_fills_and_fees_leave_the_ledger_equal_to_the_broker()
    {
        var week = await WeekAsync(
            new()
            {
                Fill = new()
                {
                    VolumeSharePct = 0.01m,
                    CommissionPerShare = 0.005m,
                    SpreadPct = 0.01m,
                },
            }
        );
        await week.RunAsync(End, afterTick: week.LedgerEqualsBrokerAsync);
        (await week.FillsAsync()).ShouldContain(fill => fill.Fee > 0);
    }
}
