using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>Restores for people.</summary>
internal static class BackupViews
{
    public static IRenderable Restored(RestoreView it)
    {
        List<(string, string)> facts =
        [
            ("account", it.Account),
            ("taken at", $"{Cells.Time(it.TakenAt)} New York, by AutoTrader {it.AppVersion}"),
            ("in the file", string.Join(", ", it.Rows.Select(row => FormattableString.Invariant($"{row.Value} {row.Key}")))),
        ];
        if (it.DryRun)
        {
            facts.Add(("would be", it.Refused ?? "restored"));
            facts.Add(("differs", FormattableString.Invariant($"{it.DifferenceCount} rows")));
        }
        else
        {
            facts.Add(("done", it.Resumed ? "restored, continuing an interrupted attempt" : "restored"));
        }

        return new Rows([
            Facts.Of([.. facts]),
            .. it.Differences.Select(row =>
                Line($"{Cells.Word(row.How)}: {row.Table} {row.Key}{(row.Columns.Count > 0 ? ": " + string.Join(", ", row.Columns) : "")}")
            ),
            .. it.Positions.Select(position =>
                Line($"{position.Symbol}: {Cells.Number(position.Recorded)} in the file, {Cells.Number(position.Broker)} at the broker")
            ),
            .. it.Notes.Select(Line),
        ]);
    }

    public static IRenderable Rebuilt(RebuildView it, int width) =>
        new Rows([
            Line(
                it.DryRun ? "Nothing was changed. A rebuild would result in:"
                : it.Resumed ? "Rebuilt, continuing an interrupted attempt:"
                : "Rebuilt:"
            ),
            new Listing<RebuiltStrategyView>(width)
                .Column("strategy", strategy => strategy.Id)
                .Column("symbol", strategy => strategy.Symbol)
                .Column("type", strategy => Cells.Word(strategy.StrategyType))
                .Number("shares", strategy => Cells.Number(strategy.Quantity))
                .Number("covered", strategy => Cells.Number(strategy.Covered))
                .Reason("assumed", strategy => strategy.Assumed)
                .Of(it.Strategies, "No strategy holds shares."),
            .. it.Unmanaged.Select(shares => Line($"Unmanaged: {Cells.Number(shares.Quantity)} {shares.Symbol}")),
            .. it.Orders.Select(id => Line($"Order adopted: {id}")),
            .. it.Unknown.Select(Line),
        ]);

    public static IRenderable Checklist(ChecklistView it, int width) =>
        new Rows(
            Line($"{it.Account}: {(it.Ready ? "ready" : "not ready")}"),
            new Listing<ChecklistItemView>(width)
                .Column("what", item => item.What)
                .Column("", item => Cells.Word(item.Status))
                .Column("found", item => item.Found)
                .Reason("do", item => item.Todo)
                .Of(it.Items, "No checks.")
        );

    private static Text Line(string text) => new(Cells.Clean(text));
}
