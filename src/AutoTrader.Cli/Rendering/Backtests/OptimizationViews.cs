using System.Globalization;
using AutoTrader.Backtesting.Optimization;
using AutoTrader.Backtesting.Results;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>Optimizations for people.</summary>
internal static class OptimizationViews
{
    public static IRenderable Result(OptimizationResult it, bool isWhole, int width) =>
        new Rows([
            .. it.Warnings.Select(remark => new Text("! " + Cells.Clean(remark))),
            Facts.Section(
                Cells.Clean($"{it.Id}: {it.StrategyType} {it.Symbol}, {it.StartDate} to {it.EndDate}, by {it.Objective}"),
                Facts.Of([
                    ("best", it.BestParams is { } best ? Values(best) : Cells.None),
                    ("entry condition", it.EntryCondition is { } condition ? Cells.Clean(condition) : null),
                    ("score in training", Plain(it.BestScore)),
                    ("trials", Cells.Number(it.NumCombinations)),
                    ("in training", it.BestBacktest is { } trained ? Outcome(trained) : null),
                    ("held out", it.HoldOut is { } after ? Outcome(after) : null),
                    ("score held out", it.HoldOut is null ? null : Plain(it.HoldOutScore)),
                    (
                        "better than luck",
                        it.DeflatedSharpe is { } deflated
                            ? string.Create(CultureInfo.InvariantCulture, $"{100 * deflated.Probability:0.0} % (deflated Sharpe ratio)")
                            : null
                    ),
                    ("around the best", it.Neighborhood is { } around ? Around(around) : null),
                    (
                        "walk-forward",
                        it.WalkForward is { } walk
                            ? $"{Cells.Percent(Rounded(walk.TestReturnPct))} in the tests; efficiency {Plain(walk.EfficiencyPct)} %"
                            : null
                    ),
                    ("took", Cells.Length(TimeSpan.FromSeconds(it.RuntimeSeconds))),
                    ("data", it.DataHash is { } hash ? $"SHA-256 {hash}" : null),
                    ("again", it.Command is { } command ? Cells.Clean(command) : null),
                ])
            ),
            .. Windows(it, width),
            .. isWhole ? Trials(it, width) : [],
        ]);

    public static IRenderable List(IReadOnlyList<OptimizationResult> results, int width) =>
        new Listing<OptimizationResult>(width)
            .Column("id", it => it.Id)
            .Column("type", it => it.StrategyType)
            .Column("symbol", it => it.Symbol)
            .Column("from", it => it.StartDate, 3)
            .Column("to", it => it.EndDate, 3)
            .Column("by", it => it.Objective, 1)
            .Column("best", it => it.BestParams is { } best ? Values(best) : Cells.None, 1)
            .Number("score", it => Plain(it.BestScore))
            .Number("held out", it => Plain(it.HoldOutScore))
            .Number("trials", it => Cells.Number(it.NumCombinations))
            .Column("run at (UTC)", it => it.CreatedAt, 4)
            .Of(results, "No optimization is kept. Run one: trader optimize --help");

    private static IEnumerable<IRenderable> Windows(OptimizationResult it, int width) =>
        it.WalkForward is { } walk
            ?
            [
                new Listing<WalkForwardWindow>(width)
                    .Column("trained", window => $"{window.TrainFrom} to {window.TrainTo}")
                    .Column("best", window => Values(window.Params))
                    .Number("score", window => Plain(window.TrainScore), 1)
                    .Column("tested", window => $"{window.TestFrom} to {window.TestTo}")
                    .Number("return", window => Cells.Percent(Rounded(window.TestReturnPct)))
                    .Number("trades", window => Cells.Number(window.TestTrades), 2)
                    .Of(walk.Windows, ""),
            ]
            : [];

    private static IEnumerable<IRenderable> Trials(OptimizationResult it, int width) =>
        [
            new Listing<Trial>(width)
                .Column("values", trial => Values(trial.Params))
                .Number("score", trial => Plain(trial.Score))
                .Number("return", trial => Cells.Percent(Rounded(trial.Figures?.TotalReturnPct)))
                .Number("trades", trial => Cells.Number(trial.Figures?.TotalTrades), 1)
                .Number("max drawdown", trial => trial.Figures is { } figures ? Plain(figures.MaxDrawdownPct) + " %" : Cells.None, 2)
                .Of([.. it.AllResults.OrderByDescending(trial => trial.Score ?? decimal.MinValue)], "No trial was done."),
        ];

    private static string Values(IReadOnlyDictionary<string, decimal> values) =>
        string.Join(' ', values.Select(it => string.Create(CultureInfo.InvariantCulture, $"{it.Key}={it.Value:0.####}")));

    private static string Outcome(BacktestResult it) =>
        FormattableString.Invariant($"{it.StartDate} to {it.EndDate}: ")
        + $"{Cells.Change(it.TotalReturn)} ({Cells.Percent(Rounded(it.TotalReturnPct))}), "
        + FormattableString.Invariant($"{it.TotalTrades} closed trades, max drawdown {Math.Round(it.MaxDrawdownPct, 2)} %");

    private static string Around(Neighborhood it) =>
        it.Neighbors.Count == 0
            ? "no neighbor was tried"
            : $"{it.Verdict}: "
                + string.Join(
                    ", ",
                    it.Neighbors.Select(one =>
                        string.Create(CultureInfo.InvariantCulture, $"{one.Parameter}={one.Value:0.####} {Plain(one.Score)}")
                    )
                );

    private static decimal? Rounded(decimal? value) => value is { } known ? Math.Round(known, 2) : null;

    private static string Plain(decimal? value) =>
        value is { } known ? Math.Round(known, 4).ToString("0.####", CultureInfo.InvariantCulture) : Cells.None;
}
