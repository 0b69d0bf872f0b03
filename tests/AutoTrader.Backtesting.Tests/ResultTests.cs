using System.Globalization;
using System.Text;
using AutoTrader.Backtesting.Results;
using AutoTrader.Core.Market;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Tests;

/// <summary>Results on bars that are written out by hand.</summary>
public sealed class ResultTests : IDisposable
{
    private static readonly Session Day = TradingCalendar.Nyse.SessionOn(new(2026, 3, 2))!;

    private readonly GeneratedMarket _market = new();

    public void Dispose() => _market.Dispose();

    // One bar a minute from the open, each given as open, high, low, close; then the last close to the end of the session.
    private BacktestSettings Bars(Strategy strategy, params (decimal Open, decimal High, decimal Low, decimal Close)[] bars)
    {
        var text = new StringBuilder("timestamp,open,high,low,close,volume\n");
        var last = bars[^1].Close;
        var minutes = (int)(Day.Close - Day.Open).TotalMinutes;
        for (var i = 0; i < minutes; i++)
        {
            var it = i < bars.Length ? bars[i] : (last, last, last, last);
            text.Append(
                CultureInfo.InvariantCulture,
                $"{Day.Open.AddMinutes(i):yyyy-MM-ddTHH:mm:ssZ},{it.Item1},{it.Item2},{it.Item3},{it.Item4},100\n"
            );
        }

        File.WriteAllText(Path.Combine(_market.Folder, "ONE.csv"), text.ToString());
        return new()
        {
            Strategies = [strategy],
            Start = Day.Day,
            End = Day.Day,
            Market = new() { Directory = _market.Folder },
        };
    }

    private static Strategy Bracket() =>
        new()
        {
            Id = "one",
            Arm = "aaaaaaaa",
            Symbol = "ONE",
            StrategyType = StrategyType.Bracket,
            Quantity = 10,
            TakeProfitPct = 2,
            StopLossPct = 1,
        };

    [Fact]
    public async Task A_bar_with_target_and_stop_in_it_gives_both_results()
    {
        // Bought at 100 in the second bar; 102 and 99 are both inside the fourth.
        var settings = Bars(
            Bracket(),
            (100, 100, 100, 100),
            (100, 100, 100, 100),
            (100, 100, 100, 100),
            (100, 103, 98, 100),
            (100, 100, 100, 100)
        );
        var run = await Backtest.RunAsync(settings);
        var other = await Backtest.RunAsync(settings with { TargetFirst = true });
        var result = BacktestResult.Of("12345678", Day.Close, settings, run, other);
        result.TotalReturn.ShouldBe(-10);
        result.Ambiguous.ShouldBe(new(1, 20, 0.02m));
        result.TotalTrades.ShouldBe(1);
        result.LosingTrades.ShouldBe(1);
    }

    [Fact]
    public async Task A_bar_that_opens_beyond_the_stop_is_not_ambiguous()
    {
        var settings = Bars(Bracket(), (100, 100, 100, 100), (100, 100, 100, 100), (100, 100, 100, 100), (98, 103, 97, 100));
        var run = await Backtest.RunAsync(settings);
        run.AmbiguousBars.ShouldBe(0);
        run.Fills[^1].Price.ShouldBe(98);
    }

    [Fact]
    public async Task The_drawdown_inside_a_session_is_seen_in_the_lows_of_its_bars()
    {
        var settings = Bars(
            Bracket() with
            {
                StrategyType = StrategyType.TrailingStop,
                TakeProfitPct = null,
                StopLossPct = null,
                TrailingStopPct = 50,
            },
            (100, 100, 100, 100),
            (100, 100, 100, 100),
            (100, 100, 90, 95),
            (95, 101, 95, 101)
        );
        var run = await Backtest.RunAsync(settings);
        run.Equity.ShouldHaveSingleItem().ShouldBe(new(Day.Day, Day.Close, 100_010, 99_900));
        run.PeakCapital.ShouldBe(1000);
        run.BarsHeld.ShouldBe(run.Bars - 2);
    }

    [Fact]
    public async Task Missing_sessions_missing_bars_and_jumps_are_reported()
    {
        var settings = Bars(Bracket(), (100, 100, 100, 100), (150, 150, 150, 150));
        var report = (await Backtest.RunAsync(settings with { End = new(2026, 3, 3) })).Data.ShouldHaveSingleItem();
        (report.Bars, report.Expected, report.EmptySessions).ShouldBe((390, 780, 1));
        report.Remarks.Count.ShouldBe(3);
        report.Remarks[0].ShouldContain("no bar in 1 of 2 sessions");
        report.Remarks[1].ShouldContain("lacks 390 of 780 bars");
        report.Remarks[2].ShouldContain("jumps from 100.00 to 150.00 at 2026-03-02 14:31 UTC");
    }

    [Theory]
    [InlineData(100, "does not show in the prices")]
    [InlineData(50, null)]
    public void A_split_that_prices_do_not_show_is_reported(int after, string? remark)
    {
        Session[] sessions = [Day, TradingCalendar.Nyse.NextSession(Day.Open)];
        var length = sessions[0].Close - sessions[0].Open;
        Bar[] bars =
        [
            new("ONE", sessions[0].Open, length, 100, 100, 100, 100, 1),
            new("ONE", sessions[1].Open, length, after, after, after, after, 1),
        ];
        var report = BarReport.Of("ONE", bars, new(Interval: length), sessions, [new("ONE", sessions[1].Day, 2, 1)]);
        if (remark is null)
        {
            report.Remarks.ShouldBeEmpty();
        }
        else
        {
            report.Remarks.ShouldHaveSingleItem().ShouldContain(remark);
        }
    }

    [Fact]
    public async Task A_kept_result_is_read_as_it_was_written()
    {
        var settings = Bars(Bracket(), (100, 100, 100, 100), (100, 100, 100, 100), (100, 100, 100, 100), (100, 103, 100, 102.5m));
        var result = BacktestResult.Of("12345678", Day.Close, settings, await Backtest.RunAsync(settings), null);
        var store = new BacktestStore(Path.Combine(_market.Folder, "kept"));
        store.Save(result);
        var read = store.Find("12345678")!;
        BacktestStore.Write(read).ShouldBe(BacktestStore.Write(result));
        read.TotalReturn.ShouldBe(20);
        read.ProfitFactor.ShouldBeNull();
        store.List().Results.ShouldHaveSingleItem().Id.ShouldBe("12345678");
        store.Delete("12345678").ShouldBeTrue();
        store.Find("12345678").ShouldBeNull();
    }

    [Fact]
    public async Task A_backtest_that_is_stopped_gives_what_was_done()
    {
        var sessions = GeneratedMarket.Sessions(new(2026, 6, 1), 5);
        _market.Write("ONE", new(1), sessions);
        using var stop = new CancellationTokenSource();
        var settings = new BacktestSettings
        {
            Strategies = [Bracket()],
            Start = sessions[0].Day,
            End = sessions[^1].Day,
            Market = new() { Directory = _market.Folder },
        };
        var run = await Backtest.RunAsync(settings, new StopAfter(2, stop), stop.Token);
        run.Canceled.ShouldBeTrue();
        run.Equity.ShouldBe((await Backtest.RunAsync(settings)).Equity.Take(2));
    }

    private sealed class StopAfter(int sessions, CancellationTokenSource stop) : IProgress<BacktestProgress>
    {
        public void Report(BacktestProgress value)
        {
            if (value.Sessions == sessions)
            {
                stop.Cancel();
            }
        }
    }
}
