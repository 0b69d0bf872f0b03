using AutoTrader.Backtesting.Optimization;
using AutoTrader.Backtesting.Statistics;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Strategies;

namespace AutoTrader.Backtesting.Tests.Optimization;

/// <summary>Optimizations on generated prices.</summary>
public sealed class OptimizerTests : IDisposable
{
    private static readonly DateOnly First = new(2026, 3, 2);

    private readonly GeneratedMarket _market = new();
    private readonly DateOnly _last;

    public OptimizerTests()
    {
        var sessions = GeneratedMarket.Sessions(First, 12);
        _market.Write("ONE", new(7) { Step = 0.001 }, sessions);
        _last = sessions[^1].Day;
    }

    private string Journals => Path.Combine(_market.Folder, "journals");

    public void Dispose() => _market.Dispose();

    private static KeyValuePair<string, IReadOnlyList<decimal>> Try(string name, params decimal[] values) => new(name, values);

    private OptimizationSettings Settings(StrategyType type, params KeyValuePair<string, IReadOnlyList<decimal>>[] tried) =>
        new()
        {
            Space = ParameterSpace.Of(type, tried),
            Symbol = "ONE",
            Backtest = new()
            {
                Strategies = [],
                Start = First,
                End = _last,
                Market = new() { Directory = _market.Folder },
            },
        };

    private OptimizationSettings Brackets() => Settings(StrategyType.Bracket, Try("take_profit", 0.5m, 1, 1.5m), Try("stop_loss", 0.5m, 1));

    [Fact]
    public async Task The_best_of_a_grid_is_what_each_backtest_alone_comes_to()
    {
        var settings = Brackets();
        var result = await Optimizer.RunAsync("12345678", settings);
        result.NumCombinations.ShouldBe(6);
        foreach (var (trial, combination) in result.AllResults.Zip(settings.Space.Grid()))
        {
            trial.Params.ShouldBe(combination.Values.ToDictionary());
            // Of 12 sessions the last 3 are held out.
            var run = await Backtest.RunAsync(
                settings.Backtest with
                {
                    Strategies = [combination.Strategy("ONE", 100)],
                    End = GeneratedMarket.Sessions(First, 9)[^1].Day,
                }
            );
            trial.Figures.ShouldBe(TrialFigures.Of(100_000, run));
            trial.Score.ShouldBe(trial.Figures!.TotalReturnPct);
        }

        result.BestScore.ShouldBe(result.AllResults.Max(it => it.Score));
        result.BestBacktest!.TotalReturnPct.ShouldBe(result.BestScore);
    }

    [Fact]
    public async Task The_hold_out_is_run_once_with_the_best_and_changes_no_trial()
    {
        var result = await Optimizer.RunAsync("12345678", Brackets());
        (result.TrainedTo, result.HoldOut!.StartDate, result.HoldOut.EndDate).ShouldBe(("2026-03-12", "2026-03-13", "2026-03-17"));
        result.HoldOut.StrategyConfig!["take_profit_pct"]!.GetValue<decimal>().ShouldBe(result.BestParams!["take_profit_pct"]);
        result.HoldOutScore.ShouldBe(result.HoldOut.TotalReturnPct);

        // Other prices in the days that are held out: the same choice by the same data.
        var path = Path.Combine(_market.Folder, "ONE.csv");
        await File.WriteAllLinesAsync(
            path,
            File.ReadLines(path)
                .ToList()
                .Select(line =>
                    line.StartsWith("2026-03-1", StringComparison.Ordinal) && string.CompareOrdinal(line, "2026-03-13") > 0
                        ? Flat(line)
                        : line
                )
        );
        // Prices that stand still are refused before anything is tried, also where they are held out.
        await Should.ThrowAsync<BacktestRefusedException>(() => Optimizer.RunAsync("12345678", Brackets()));
        var accepted = Brackets();
        accepted = accepted with { Backtest = accepted.Backtest with { AcceptData = true } };
        var again = await Optimizer.RunAsync("12345678", accepted);
        again.AllResults.Select(it => it.Figures).ShouldBe(result.AllResults.Select(it => it.Figures));
        again.DataHash.ShouldBe(result.DataHash);
        again.HoldOut!.TotalReturn.ShouldNotBe(result.HoldOut.TotalReturn);

        static string Flat(string line) => line.Split(',')[0] + ",50,50,50,50,100";
    }

    [Fact]
    public async Task Nothing_is_held_out_where_that_is_asked_for_and_it_says_so()
    {
        var result = await Optimizer.RunAsync("12345678", Brackets() with { HoldOutPct = 0 });
        result.HoldOut.ShouldBeNull();
        result.TrainedTo.ShouldBe(result.EndDate);
        result.Warnings.ShouldContain(it => it.StartsWith("Nothing was held out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_window_of_a_walk_forward_is_chosen_before_and_tested_after()
    {
        var settings = Brackets() with { Method = OptimizationMethod.WalkForward, Windows = 2 };
        var walk = (await Optimizer.RunAsync("12345678", settings)).WalkForward.ShouldNotBeNull();
        walk.Windows.Select(it => (it.TrainFrom, it.TrainTo, it.TestFrom, it.TestTo))
            .ShouldBe([("2026-03-02", "2026-03-06", "2026-03-09", "2026-03-10"), ("2026-03-03", "2026-03-10", "2026-03-11", "2026-03-12")]);
        foreach (var window in walk.Windows)
        {
            var trained = await Optimizer.RunAsync(
                "12345678",
                Brackets() with
                {
                    HoldOutPct = 0,
                    Backtest = settings.Backtest with
                    {
                        Start = DateOnly.Parse(window.TrainFrom, null),
                        End = DateOnly.Parse(window.TrainTo, null),
                    },
                }
            );
            window.Params.ShouldBe(trained.BestParams);
            window.TrainScore.ShouldBe(trained.BestScore!.Value);
        }

        walk.TestReturnPct.ShouldBe(
            100 * (((1 + (walk.Windows[0].TestReturnPct!.Value / 100)) * (1 + (walk.Windows[1].TestReturnPct!.Value / 100))) - 1)
        );
    }

    [Fact]
    public async Task What_was_stopped_goes_on_where_it_was_and_comes_to_the_same()
    {
        var whole = await Optimizer.RunAsync("12345678", Brackets());
        using var stop = new CancellationTokenSource();
        var first = await Optimizer.RunAsync("12345678", One(Brackets()), Journals, new StopAfter(2, stop), data: null, stop.Token);
        (first.Canceled, first.HoldOut, first.BestBacktest).ShouldBe((true, null, null));
        first.NumCombinations.ShouldBe(2);
        first.Warnings[0].ShouldStartWith("It was stopped after 2 of 6");

        // As a process leaves it that dies in a line.
        var journal = Directory.GetFiles(Journals).ShouldHaveSingleItem();
        await File.AppendAllTextAsync(journal, "{\"key\":\"2026");
        var seen = new Counting();
        var second = await Optimizer.RunAsync("12345678", One(Brackets()), Journals, seen, null, TestContext.Current.CancellationToken);
        (seen.Count, seen.Last!.Resumed, seen.Last.Done).ShouldBe((4, 2, 6));
        second.AllResults.Select(it => it.Figures).ShouldBe(whole.AllResults.Select(it => it.Figures));
        (second.BestParams!["take_profit_pct"], second.BestScore).ShouldBe((whole.BestParams!["take_profit_pct"], whole.BestScore));
        Directory.GetFiles(Journals).ShouldBeEmpty();

        static OptimizationSettings One(OptimizationSettings it) => it with { Workers = 1 };
    }

    [Fact]
    public async Task Another_question_or_other_data_do_not_take_over_what_was_done()
    {
        using var stop = new CancellationTokenSource();
        await Optimizer.RunAsync("12345678", Brackets() with { Workers = 1 }, Journals, new StopAfter(2, stop), data: null, stop.Token);
        var costly = Brackets() with { };
        costly = costly with { Backtest = costly.Backtest with { Paper = new() { Fill = new() { SlippagePct = 0.01m } } } };
        var seen = new Counting();
        await Optimizer.RunAsync("12345678", costly, Journals, seen, data: null, TestContext.Current.CancellationToken);
        seen.Count.ShouldBe(6);

        var path = Path.Combine(_market.Folder, "ONE.csv");
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        lines[5] = lines[5].Split(',')[0] + ",100,100,100,100,1";
        await File.WriteAllLinesAsync(path, lines, TestContext.Current.CancellationToken);
        seen = new();
        await Optimizer.RunAsync("12345678", Brackets(), Journals, seen, data: null, TestContext.Current.CancellationToken);
        seen.Count.ShouldBe(6);
    }

    [Fact]
    public async Task Random_draws_are_those_of_the_seed_and_each_counts_once()
    {
        var settings = Brackets() with { Method = OptimizationMethod.Random, Samples = 8, Seed = 3 };
        var result = await Optimizer.RunAsync("12345678", settings);
        var drawn = settings.Space.Random(8, 3).Select(it => it.Key).ToList();
        drawn.ShouldBeUnique();
        drawn.Count.ShouldBeLessThan(8);
        result.NumCombinations.ShouldBe(drawn.Count);
        settings.Space.Random(8, 3).Select(it => it.Key).ShouldBe(drawn);
        settings.Space.Random(8, 4).Select(it => it.Key).ShouldNotBe(drawn);
        await Should.ThrowAsync<BacktestRefusedException>(() => Optimizer.RunAsync("1", settings with { Samples = null }));
    }

    [Theory]
    [InlineData(StrategyType.TrailingStop, "trailing_pct", "entry_below")]
    [InlineData(StrategyType.Bracket, "take_profit", "stop_loss")]
    [InlineData(StrategyType.ScaleOut, "scale_target_1", "stop_loss")]
    [InlineData(StrategyType.Grid, "spacing", "levels")]
    [InlineData(StrategyType.PullbackTrailing, "pullback", "trailing_pct")]
    public async Task Every_type_is_optimized_and_its_best_is_a_file_that_is_imported(StrategyType type, string first, string second)
    {
        decimal[] values =
            second == "levels" ? [3, 4]
            : second == "entry_below" ? [99, 101]
            : [0.5m, 1];
        var result = await Optimizer.RunAsync("12345678", Settings(type, Try(first, 0.4m, 0.8m), Try(second, values)));
        result.NumCombinations.ShouldBe(4);
        var read = StrategiesYaml.Read(result.BestAsFile(), DateTimeOffset.UnixEpoch);
        read.Problems.ShouldBeEmpty();
        var best = read.Strategies.ShouldHaveSingleItem().Strategy;
        (best.Id, best.Symbol, best.StrategyType, best.Enabled).ShouldBe(("opt-12345678", "ONE", type, false));
        best.Notes.ShouldNotBeNull().ShouldStartWith("Best of 4 trials by total_return_pct");
    }

    [Fact]
    public void Every_parameter_sets_what_it_names()
    {
        foreach (var parameter in Parameters.All)
        {
            foreach (var type in parameter.Types)
            {
                // No two parameters may come to the same.
                var plain = new Draft(ParameterSpace.Of(type, [Try(parameter.Name, 7)]).Plain("ONE"));
                parameter.Set(plain, 7).ShouldNotBe(plain, parameter.Name);
                Parameters.Of(type).Select(it => it.Set(plain, 7)).ShouldBeUnique();
            }
        }
    }

    [Theory]
    [InlineData("no_such", "has no parameter no_such", 1)]
    [InlineData("levels", "has no parameter levels", 1)]
    [InlineData("quantity", "whole numbers", 1.5)]
    [InlineData("take_profit", "needs stop_loss_pct", 1)]
    public async Task What_makes_no_sense_is_refused(string name, string told, double value) =>
        (
            await Should.ThrowAsync<BacktestRefusedException>(() =>
                Optimizer.RunAsync("1", Settings(StrategyType.Bracket, Try(name, (decimal)value)))
            )
        ).Message.ShouldContain(told);

    [Fact]
    public async Task Numbers_of_an_entry_condition_are_parameters_and_the_best_waits_for_it()
    {
        var entry = EntryTemplate.Parse("rsi:{period} < {threshold} @5Min");
        var settings = Settings(StrategyType.TrailingStop, Try("trailing_pct", 0.5m)) with
        {
            Space = ParameterSpace.Of(
                StrategyType.TrailingStop,
                [Try("period", 5, 9), Try("trailing_pct", 0.5m), Try("threshold", 25, 40.5m)],
                entry
            ),
        };
        settings
            .Space.Grid()
            .Select(it => it.Strategy("ONE", 100).EntryCondition)
            .ShouldBe(["rsi:5 < 25 @5Min", "rsi:5 < 40.5 @5Min", "rsi:9 < 25 @5Min", "rsi:9 < 40.5 @5Min"]);
        var result = await Optimizer.RunAsync("12345678", settings);
        (result.NumCombinations, result.EntryCondition).ShouldBe((4, "rsi:{period} < {threshold} @5Min"));
        result.AllResults.Select(it => it.Figures!.TotalReturn).Distinct().Count().ShouldBeGreaterThan(1);
        var best = StrategiesYaml
            .Read(result.BestAsFile(), DateTimeOffset.UnixEpoch)
            .Strategies.ShouldHaveSingleItem()
            .Strategy.ShouldNotBeNull();
        best.EntryType.ShouldBe(EntryType.Condition);
        best.EntryCondition.ShouldBe(
            FormattableString.Invariant($"rsi:{result.BestParams!["period"]} < {result.BestParams["threshold"]} @5Min")
        );
        StrategyValidation.Validate(best).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_done_for_another_entry_condition_is_not_taken_over()
    {
        using var stop = new CancellationTokenSource();
        var first = Of("close > sma:{bars}") with { Workers = 1 };
        await Optimizer.RunAsync("1", first, Journals, new StopAfter(1, stop), data: null, stop.Token);
        var seen = new Counting();
        await Optimizer.RunAsync("1", Of("close < sma:{bars}"), Journals, seen, data: null, TestContext.Current.CancellationToken);
        (seen.Count, seen.Last!.Resumed).ShouldBe((2, 0));

        OptimizationSettings Of(string entry) =>
            Settings(StrategyType.TrailingStop, Try("trailing_pct", 1)) with
            {
                Space = ParameterSpace.Of(
                    StrategyType.TrailingStop,
                    [Try("trailing_pct", 1), Try("bars", 3, 9)],
                    EntryTemplate.Parse(entry)
                ),
            };
    }

    [Theory]
    [InlineData(StrategyType.TrailingStop, "rsi:{period} < 30", "trailing_pct", "period has no values")]
    [InlineData(StrategyType.TrailingStop, "rsi:14 < 30", "period", "no parameter period")]
    [InlineData(StrategyType.TrailingStop, "rsi:{Period} < 30", "trailing_pct", "braces")]
    [InlineData(StrategyType.TrailingStop, "rsi:{ < 30", "trailing_pct", "braces")]
    [InlineData(StrategyType.TrailingStop, "close < {limit}", "limit", "entry_price is a parameter already")]
    [InlineData(StrategyType.TrailingStop, "close < 30", "entry_above", "not entry_above and the entry condition")]
    [InlineData(StrategyType.Grid, "close < {price}", "price", "grid has no entry condition")]
    [InlineData(StrategyType.PullbackTrailing, "close < 30", "pullback", "pullback_trailing has no entry condition")]
    public void An_entry_condition_that_does_not_fit_is_refused(StrategyType type, string entry, string name, string told) =>
        Should
            .Throw<BacktestRefusedException>(() => ParameterSpace.Of(type, [Try(name, 5)], EntryTemplate.Parse(entry)))
            .Message.ShouldContain(told);

    [Fact]
    public void Two_entries_are_refused() =>
        Should
            .Throw<BacktestRefusedException>(() => Settings(StrategyType.Bracket, Try("limit", 99), Try("entry_below", 98)))
            .Message.ShouldContain("one entry, not entry_price and entry_below");

    [Fact]
    public void A_parameter_under_two_names_is_refused() =>
        Should.Throw<BacktestRefusedException>(() => Settings(StrategyType.TrailingStop, Try("trailing_pct", 1), Try("trail_percent", 2)));

    [Fact]
    public async Task Combinations_that_make_no_sense_are_left_out_and_told()
    {
        var result = await Optimizer.RunAsync(
            "1",
            Settings(StrategyType.Bracket, Try("take_profit", 0.5m, 1), Try("stop_loss", 0.5m, 100))
        );
        result.NumCombinations.ShouldBe(2);
        result.Warnings.ShouldContain(it => it.StartsWith("2 combinations make no sense", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_score_there_is_no_best()
    {
        var result = await Optimizer.RunAsync(
            "1",
            Settings(StrategyType.TrailingStop, Try("trailing_pct", 1, 2), Try("entry_below", 1)) with
            {
                Objective = Objective.Find("profit_factor"),
            }
        );
        (result.BestParams, result.BestScore, result.HoldOut).ShouldBe((null, null, null));
        result.Warnings.ShouldContain(it => it.StartsWith("No trial has a profit_factor", StringComparison.Ordinal));
    }

    [Theory]
    // Half way between the best (10) and the median (4) lies 7.
    [InlineData(8, 6.1, Neighborhood.Plateau)]
    [InlineData(8, 5.9, Neighborhood.Needle)]
    public void The_best_is_a_plateau_when_its_neighbors_are_nearer_to_it_than_to_the_middle(double left, double right, string verdict)
    {
        var all = ParameterSpace.Of(StrategyType.TrailingStop, [Try("trailing_pct", 1, 2, 3, 4, 5, 6, 7, 8, 9)]).Grid();
        decimal?[] tried = [4, 4, 4, (decimal)left, 10, (decimal)right, 4, 4, null];
        var scores = all.Zip(tried).ToDictionary(it => it.First.Key, it => it.Second);
        var around = Neighborhood.Of(all[4], 10, scores);
        around.Verdict.ShouldBe(verdict);
        around.Neighbors.Select(it => (it.Value, it.Score)).ShouldBe([(4, (decimal)left), (6, (decimal)right)]);
        around.AtTheEdge.ShouldBeEmpty();
        Neighborhood.Of(all[0], 4, scores).AtTheEdge.ShouldBe(["trailing_stop_pct"]);
    }

    [Fact]
    public void The_deflated_sharpe_ratio_is_that_of_its_authors_example()
    {
        // Bailey and López de Prado (2014): 100 trials whose annual Sharpe ratios have a variance of 1/2; the best has 2.5 a year over
        // 1250 days, with a skewness of -3 and a kurtosis of 10.
        var maximum = DeflatedSharpe.ExpectedMaximumOf(100, 0.5 / 250);
        maximum.ShouldBe(0.1132, 5e-5);
        new Moments(1250, 2.5 / Math.Sqrt(250), 1, -3, 10).ProbabilisticSharpe(maximum)!.Value.ShouldBe(0.9004, 5e-5);
    }

    [Fact]
    public void The_deflated_sharpe_ratio_is_that_of_a_case_computed_by_hand()
    {
        // Ratios of 0.1 to 0.4 have a variance of 1/60. Z(0.75) = 0.674490 and Z(1 - 1/(4*e)) = 1.328722:
        // SR0 = 0.129099*(0.422784*0.674490 + 0.577216*1.328722).
        var it = DeflatedSharpe.Of([0.1, 0.2, 0.3, 0.4], [0.10, -0.10, 0.10, 0])!;
        it.Trials.ShouldBe(4);
        it.Variance.ShouldBe(1.0 / 60, 1e-12);
        it.ExpectedMaximum.ShouldBe(0.135828, 1e-6);
        it.Probability.ShouldBe(Moments.Of([0.10, -0.10, 0.10, 0])!.ProbabilisticSharpe(it.ExpectedMaximum)!.Value);
        DeflatedSharpe.Of([0.1], [0.1, 0.2]).ShouldBeNull();
        DeflatedSharpe.Of([0.1, 0.2], [0.1, 0.1]).ShouldBeNull();
    }

    private sealed class StopAfter(int trials, CancellationTokenSource stop) : IProgress<OptimizationProgress>
    {
        public void Report(OptimizationProgress value)
        {
            if (value.Done == trials)
            {
                stop.Cancel();
            }
        }
    }

    private sealed class Counting : IProgress<OptimizationProgress>
    {
        public int Count { get; private set; }

        public OptimizationProgress? Last { get; private set; }

        public void Report(OptimizationProgress value) => (Count, Last) = (Count + 1, value);
    }
}
