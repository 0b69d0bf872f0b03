using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Tests.Replay;

/// <summary>Backtests on daily bars alone: a strategy sees the open, and its orders rest for the rest of the day.</summary>
public sealed class DailyBarsTests : IDisposable
{
    private static readonly List<Session> Days = GeneratedMarket.Sessions(new(2026, 3, 2), 4);

    private readonly GeneratedMarket _market = new();

    public void Dispose() => _market.Dispose();

    private async Task<BacktestRun> RunAsync(Strategy strategy, params (decimal Open, decimal High, decimal Low, decimal Close)[] days)
    {
        PriceFiles.Write(
            _market.Folder,
            [
                .. days.Select(
                    (it, i) => new Bar("ONE", Days[i].Open, Days[i].Close - Days[i].Open, it.Open, it.High, it.Low, it.Close, 390_000)
                ),
            ]
        );
        return await Backtest.RunAsync(
            new()
            {
                Strategies = [strategy],
                Start = Days[0].Day,
                End = Days[days.Length - 1].Day,
                Market = new() { Directory = _market.Folder },
            }
        );
    }

    private static Strategy Strategy(StrategyType type) =>
        new()
        {
            Id = "one",
            Arm = "aaaaaaaa",
            Symbol = "ONE",
            StrategyType = type,
            Quantity = 10,
        };

    [Fact]
    public async Task It_buys_at_the_open_and_its_stop_guards_the_same_day()
    {
        var run = await RunAsync(Strategy(StrategyType.TrailingStop) with { TrailingStopPct = 5 }, (100, 101, 90, 92), (92, 93, 91, 92));
        run.Fills.Select(fill => (fill.Price, fill.At)).ShouldBe([(100, Days[0].Open.AddMinutes(2)), (95, Days[0].Close)]);
        run.Equity[0].Equity.ShouldBe(99_950);
        run.Prices["ONE"].Count.ShouldBe(2);
        run.Attention.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stop_that_the_night_jumps_over_fills_at_the_open()
    {
        var run = await RunAsync(Strategy(StrategyType.TrailingStop) with { TrailingStopPct = 5 }, (100, 101, 99, 100), (90, 93, 89, 92));
        run.Fills.Select(fill => fill.Price).ShouldBe([100, 90]);
        run.Fills[1].At.ShouldBe(Days[1].Open.AddMinutes(1));
    }

    [Fact]
    public async Task The_close_is_not_known_before_the_next_day()
    {
        // It falls by 10 % in the first day and opens there: only then the dip is seen.
        var dip = Strategy(StrategyType.PullbackTrailing) with { PullbackPct = 5, TrailingStopPct = 50 };
        var run = await RunAsync(dip, (100, 100.5m, 89, 90), (90, 92, 89.5m, 91), (91, 92, 90, 91));
        var bought = run.Fills.ShouldHaveSingleItem();
        bought.Price.ShouldBe(90);
        bought.At.ShouldBeGreaterThan(Days[1].Open);
    }

    [Fact]
    public async Task A_day_that_touches_stop_and_target_is_ambiguous()
    {
        var run = await RunAsync(
            Strategy(StrategyType.Bracket) with
            {
                TakeProfitPct = 2,
                StopLossPct = 1,
            },
            (100, 103, 98, 101),
            (101, 102, 100, 101)
        );
        run.AmbiguousBars.ShouldBe(1);
        run.Fills[1].Price.ShouldBe(99);
    }
}
