using System.Globalization;
using System.Text;
using System.Text.Json;
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
            // Bars of one price are easy to follow by hand, and nothing that trades.
            AcceptData = true,
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
    public async Task What_spread_and_slippage_cost_stands_beside_the_fees()
    {
        // Bought at 100*1.002 = 100.20 for 0.1 % and half of 0.2 %; stopped at 99.19 (1 % below, rounded down), and filled 0.1 % lower,
        // at 99.09 (rounded down): 10*0.20 + 10*0.10.
        var settings = Bars(
            Bracket(),
            (100, 100, 100, 100),
            (100, 101, 99.5m, 100),
            (100, 100, 100, 100),
            (100, 100, 98, 98),
            (98, 98, 98, 98)
        );
        settings = settings with { Paper = new() { Fill = new() { SlippagePct = 0.1m, SpreadPct = 0.2m } } };
        var run = await Backtest.RunAsync(settings);
        run.Fills.Take(2).Select(fill => fill.Price).ShouldBe([100.20m, 99.09m]);
        BacktestResult.Of("12345678", Day.Close, settings, run, null).Slippage.ShouldBe(3m);

        var free = settings with { Paper = new() };
        BacktestResult.Of("12345678", Day.Close, free, await Backtest.RunAsync(free), null).Slippage.ShouldBe(0);
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
        report.Remarks.Count.ShouldBe(4);
        report.Remarks[0].ShouldContain("no bar in 1 of 2 sessions");
        report.Remarks[1].ShouldContain("lacks 390 of 780 bars");
        report.Remarks[2].ShouldContain("does not move in 390 of 390 bars");
        report.Remarks[3].ShouldContain("jumps from 100.00 to 150.00 at 2026-03-02 14:31 UTC");
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
        var run = await Backtest.RunAsync(settings, new StopAfter(2, stop), cancellationToken: stop.Token);
        run.Canceled.ShouldBeTrue();
        run.Equity.ShouldBe((await Backtest.RunAsync(settings)).Equity.Take(2));
    }

    // The first bar after the entry touches target and stop on each of two days.
    private BacktestSettings Ambiguous()
    {
        var settings = Bars(Bracket(), (100, 100, 100, 100), (100, 100, 100, 100), (100, 100, 100, 100), (100, 103, 98, 100));
        var file = Path.Combine(_market.Folder, "ONE.csv");
        var day = File.ReadAllLines(file);
        File.AppendAllLines(file, day.Skip(1).Select(line => line.Replace("2026-03-02", "2026-03-03", StringComparison.Ordinal)));
        return settings with { End = new(2026, 3, 3) };
    }

    [Fact]
    public async Task Stopped_in_its_second_run_the_first_is_whole_and_says_that_the_other_is_missing()
    {
        using var stop = new CancellationTokenSource();
        var settings = Ambiguous();
        var (run, targetFirst) = await Backtest.RunBothAsync(
            settings,
            new StopAfter(1, stop) { InSecondRun = true },
            cancellationToken: stop.Token
        );
        targetFirst.ShouldBeNull();
        run.Canceled.ShouldBeFalse();
        run.Equity.Count.ShouldBe(2);
        BacktestResult
            .Of("12345678", Day.Close, settings, run, targetFirst)
            .Warnings.ShouldContain(warning => warning.Contains("the run with the target first was stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Both_runs_read_the_files_once()
    {
        var settings = Ambiguous();
        var file = Path.Combine(_market.Folder, "ONE.csv");
        var (_, targetFirst) = await Backtest.RunBothAsync(settings, new OnFirst(() => File.Delete(file)));
        File.Exists(file).ShouldBeFalse();
        targetFirst.ShouldNotBeNull().Equity.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Stopped_while_it_reads_files_it_plays_nothing()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var told = false;
        await Should.ThrowAsync<OperationCanceledException>(() =>
            Backtest.RunBothAsync(Ambiguous(), new OnFirst(() => told = true), cancellationToken: stop.Token)
        );
        told.ShouldBeFalse();
    }

    [Fact]
    public async Task The_hash_of_the_data_is_that_of_the_bars_of_the_period()
    {
        var settings = Bars(Bracket(), (100, 100, 100, 100), (100, 101, 100, 100.5m));
        var file = Path.Combine(_market.Folder, "ONE.csv");
        var hash = (await Backtest.RunAsync(settings)).DataHash;
        hash.Length.ShouldBe(64);
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);

        // A day more, and a zero more.
        lines[2] = lines[2].Replace("100.5", "100.50", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, [.. lines, "2026-03-03T14:30:00Z,7,7,7,7,7"], TestContext.Current.CancellationToken);
        (await Backtest.RunAsync(settings)).DataHash.ShouldBe(hash);

        lines[2] = lines[2].Replace("100.50", "100.51", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, lines, TestContext.Current.CancellationToken);
        (await Backtest.RunAsync(settings)).DataHash.ShouldNotBe(hash);
    }

    [Fact]
    public void The_configuration_has_every_field_that_an_owner_defines()
    {
        // What identifies it, its switch and its schedule are not the test's; the rest from the phase on is the engine's.
        string[] others = ["id", "arm", "enabled", "schedule_at", "schedule_enabled", "schedule_cron", "schedule_market"];
        var defined = typeof(Strategy)
            .GetProperties()
            .TakeWhile(property => property.Name != nameof(Strategy.Phase))
            .Where(property => property.Name is not (nameof(Strategy.CreatedAt) or nameof(Strategy.UpdatedAt)))
            .Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))
            .Except(others, StringComparer.Ordinal);
        var all = Bracket() with
        {
            EntryPrice = 1,
            EntryCondition = "below:1",
            TrailingStopPct = 1,
            PullbackPct = 1,
            ScaleTargets = [new(100, 1)],
            GridConfig = new(1, 2, 2, 1) { StopBelow = 0.5m },
            Notes = "why",
        };
        var config = StrategyConfigs.Of(all);
        config.Select(field => field.Key).ShouldBe(defined, ignoreOrder: true);
        config["grid_config"]!.AsObject().Count.ShouldBe(typeof(GridConfig).GetProperties().Length);
        config["scale_targets"]![0]!.AsObject().Count.ShouldBe(typeof(ScaleTarget).GetProperties().Length);
    }

    [Fact]
    public async Task Numbers_are_written_as_the_api_writes_them()
    {
        var settings = Bars(Bracket(), (100, 100, 100, 100), (100, 100, 100, 100));
        var result = BacktestResult.Of("12345678", Day.Close, settings, await Backtest.RunAsync(settings), null) with
        {
            WinRate = 200m / 3,
        };
        BacktestStore.Write(result).ShouldContain("\"win_rate\": \"66.6666666667\"");
    }

    private sealed class OnFirst(Action told) : IProgress<BacktestProgress>
    {
        public void Report(BacktestProgress value)
        {
            if (value is { Sessions: 1, TargetFirst: false })
            {
                told();
            }
        }
    }

    private sealed class StopAfter(int sessions, CancellationTokenSource stop) : IProgress<BacktestProgress>
    {
        public bool InSecondRun { get; init; }

        public void Report(BacktestProgress value)
        {
            if (value.Sessions == sessions && value.TargetFirst == InSecondRun)
            {
                stop.Cancel();
            }
        }
    }
}
