using System.Globalization;
using AutoTrader.Backtesting.Rehearsals;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering.Backtests;

/// <summary>Rehearsals for people.</summary>
internal static class RehearsalViews
{
    public static IRenderable Result(RehearsalResult it, int width) =>
        new Rows([
            .. it.Remarks.Select(remark => new Text("! " + Cells.Clean(remark))),
            Facts.Section(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{it.Account} on {Cells.Day(it.Session.Day)} with the prices of {Cells.Day(it.Day)}"
                ),
                Facts.Of(
                    ("equity before", Cells.Money(it.EquityBefore)),
                    ("at the close", Cells.Money(it.EquityAfter)),
                    ("profit", Cells.Change(it.Profit)),
                    ("fees", Cells.Money(it.Fees)),
                    ("unprotected", it.Unprotected.Count == 0 ? "nothing" : null),
                    ("attention", it.Attention.Count == 0 ? null : Attention(it)),
                    ("data", "SHA-256 " + it.DataHash)
                )
            ),
            .. it.Unprotected.Select(Unprotected),
            Facts.Section("Strategies", Strategies(it, width)),
            Facts.Section("Schedules", ScheduleViews.Runs(it.Runs, Cells.NewYork, width, "No schedule was due.")),
            Facts.Section("Orders", OrderViews.Orders(it.Orders, width)),
            Facts.Section("Fills", TradeViews.History(it.Fills, width)),
        ]);

    private static IRenderable Strategies(RehearsalResult it, int width) =>
        new Listing<RehearsedStrategy>(width)
            .Column("strategy", outcome => outcome.Id)
            .Column("symbol", outcome => outcome.Symbol)
            .Column("phase", outcome => Cells.Word(outcome.Phase))
            .Number("held", outcome => Cells.Number(outcome.HeldQuantity))
            .Number("stop", outcome => Cells.Price(outcome.EffectiveStop), 2)
            .Number("realized", outcome => Cells.Change(outcome.RealizedPnl))
            .Number("unrealized", outcome => Cells.Change(outcome.UnrealizedPnl), 1)
            .Column("waiting for", outcome => outcome.WaitingFor ?? Cells.None, 3)
            .Of(it.Strategies, "There are none.");

    private static Text Unprotected(UnprotectedShares it) =>
        new(
            Cells.Clean(
                $"! Unprotected at the close: {Cells.Number(it.Quantity)} {it.Symbol} of {it.StrategyId}, since {it.Reason.TrimEnd('.')}."
            )
        );

    private static string Attention(RehearsalResult it) =>
        string.Join(", ", it.Attention.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Key} {item.Value}x")));
}
