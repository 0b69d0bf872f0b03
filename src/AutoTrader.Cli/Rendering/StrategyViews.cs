using AutoTrader.Contracts;
using AutoTrader.Core.Strategies;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>Strategies for people.</summary>
internal static class StrategyViews
{
    public static IRenderable List(IReadOnlyList<StrategyResource> strategies, int width) =>
        new Listing<StrategyResource>(width)
            .Column("id", it => it.Id)
            .Column("symbol", it => it.Symbol)
            .Column("type", it => Cells.Word(it.StrategyType), 2)
            .Column("phase", it => it.Paused ? $"{Cells.Word(it.Phase)} (paused)" : Cells.Word(it.Phase))
            .Column("enabled", it => it.ScheduleEnabled ? "scheduled" : Cells.Flag(it.Enabled), 1)
            .Number("qty", it => Cells.Number(it.Quantity), 5)
            .Number("held", it => Cells.Number(it.HeldQuantity), 3)
            .Number("stop", it => Cells.Price(it.EffectiveStop), 4)
            .Number("realized", it => Cells.Change(it.RealizedPnl), 6)
            .Reason("waits for", it => it.WaitingFor)
            .Of(strategies, "There are no strategies. Add one: trader strategy add --help");

    public static IRenderable One(StrategyResource it) =>
        Facts.Of(
            ("id", it.Id),
            ("symbol", it.Symbol),
            ("type", Cells.Word(it.StrategyType)),
            ("phase", Cells.Word(it.Phase)),
            ("enabled", Cells.Flag(it.Enabled)),
            ("paused", it.Paused ? it.PauseReason : null),
            ("quantity", it.StrategyType == StrategyType.Grid ? null : Cells.Number(it.Quantity)),
            ("entry", Entry(it)),
            ("trailing stop", Pct(it.TrailingStopPct)),
            ("pullback", Pct(it.PullbackPct)),
            ("take profit", Pct(it.TakeProfitPct)),
            ("stop loss", Pct(it.StopLossPct)),
            (
                "steps",
                it.ScaleTargets is { } steps
                    ? string.Join(", ", steps.Select(step => $"{Cells.Number(step.Pct)} % at +{Cells.Number(step.TargetPct)} %"))
                    : null
            ),
            (
                "grid",
                it.GridConfig is { } grid
                    ? $"{Cells.Number(grid.Levels)} levels of {Cells.Number(grid.QtyPerLevel)} from {Cells.Price(grid.Low)} to "
                        + $"{Cells.Price(grid.High)}"
                    : null
            ),
            ("repeats", it.Repeat ? FormattableString.Invariant($"yes, {it.CooldownMinutes} min after it completed") : null),
            ("scheduled", it.ScheduleEnabled ? Cells.When(it.ScheduleAt, it.ScheduleCron, it.ScheduleMarket, Cells.NewYork) : null),
            ("waits for", it.WaitingFor),
            ("held", it.HeldQuantity > 0 ? Cells.Number(it.HeldQuantity) : null),
            ("bought at", it.EntryFillPrice is null ? null : Cells.Price(it.EntryFillPrice)),
            ("watermark", it.HighWatermark is null ? null : Cells.Price(it.HighWatermark)),
            ("stop now", it.EffectiveStop is null ? null : Cells.Price(it.EffectiveStop)),
            ("realized", Cells.Change(it.RealizedPnl)),
            ("closing", it.Closing),
            ("notes", it.Notes)
        );

    public static IRenderable Action(ActionView it) =>
        new Rows([new Text(Cells.Clean(it.Outcome ?? "Done.")), One(it.Strategy), .. Warnings(it.Warnings)]);

    public static IRenderable Created(StrategyResource it) => new Rows([One(it), .. Warnings(it.Warnings)]);

    private static IEnumerable<IRenderable> Warnings(IReadOnlyList<StrategyWarningView>? warnings) =>
        (warnings ?? []).Select(it => new Text(Cells.Clean($"Note: {it.Message}")));

    public static IRenderable Types(IReadOnlyList<TypeExplanationView> types, int width) =>
        new Listing<TypeExplanationView>(width)
            .Column("type", it => Cells.Word(it.Type).Replace(' ', '-'))
            .Column("what it does", it => it.Summary)
            .Of(types, "There are none.");

    public static IRenderable Type(TypeExplanationView it, int width) =>
        new Rows(
            new Text(it.Summary),
            Facts.Of(("entry", it.Entry), ("exit", it.Exit)),
            new Listing<TypeParameterView>(width)
                .Column("parameter", parameter => parameter.Name)
                .Column("default", parameter => parameter.Default ?? Cells.None)
                .Column("meaning", parameter => parameter.Description)
                .Of(it.Parameters, "It has no parameters of its own.")
        );

    public static IRenderable Import(StrategyImportView it, int width) =>
        new Rows(
            Sums(it.DryRun, it.Created, it.Updated, it.Unchanged, it.Refused),
            new Listing<StrategyImportStepView>(width)
                .Column("id", step => step.Id)
                .Column("action", step => Cells.Word(step.Action))
                .Column(
                    "changes",
                    step =>
                        string.Join(
                            ", ",
                            step.Changes.Select(change => $"{change.Field}: {change.From ?? Cells.None} -> {change.To ?? Cells.None}")
                        ),
                    1
                )
                .Reason("message", step => step.Message)
                .Of(it.Strategies, "The file holds no strategies."),
            Problems(it.Problems, width)
        );

    public static IRenderable Sums(bool dryRun, int created, int updated, int unchanged, int refused) =>
        new Text(
            (dryRun ? "Nothing was changed. Result:" : "Imported")
                + $": {created} created, {updated} updated, {unchanged} unchanged, {refused} refused."
        );

    public static IRenderable Problems(IReadOnlyList<ImportProblemView> problems, int width) =>
        problems.Count == 0
            ? new Text("")
            : new Listing<ImportProblemView>(width)
                .Column("severity", problem => Cells.Word(problem.Severity))
                .Column("id", problem => problem.Id ?? Cells.None)
                .Number("line", problem => Cells.Number(problem.Line))
                .Column("field", problem => problem.Field ?? Cells.None, 1)
                .Column("problem", problem => $"{problem.Message} {problem.Fix}")
                .Of(problems, "");

    private static string Entry(StrategyResource it) =>
        it.EntryType switch
        {
            EntryType.Limit => $"limit {Cells.Price(it.EntryPrice)}",
            EntryType.Condition => $"at market once {it.EntryCondition}",
            _ => "at market",
        };

    private static string? Pct(decimal? value) => value is { } percent ? Cells.Number(percent) + " %" : null;
}
