using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>Trades for people.</summary>
internal static class TradeViews
{
    public static IRenderable History(IReadOnlyList<FillView> fills, int width) =>
        new Listing<FillView>(width)
            .Column("at (New York)", it => Cells.Time(it.Timestamp))
            .Column("strategy", it => it.RuleId, 1)
            .Column("side", it => Cells.Word(it.Side))
            .Number("qty", it => Cells.Number(it.Quantity))
            .Column("symbol", it => it.Symbol)
            .Number("price", it => Cells.Price(it.Price))
            .Number("total", it => Cells.Money(it.Total), 2)
            .Number("realized", it => Cells.Change(it.RealizedPnl), 3)
            .Of(fills, "There were no trades.");

    public static IRenderable Analysis(TradesView it, int width)
    {
        if (it.Summary.Total == 0)
        {
            return new Text("No trades closed in this period.");
        }

        return new Rows(
            Facts.Of(
                (
                    "closed trades",
                    FormattableString.Invariant($"{it.Summary.Total}: {it.Summary.Winning} with a profit, {it.Summary.Losing} with a loss")
                ),
                ("win rate", Cells.Number(Math.Round(it.Summary.WinRate, 2)) + " %"),
                ("net", Cells.Change(it.Summary.Net)),
                ("gross", $"{Cells.Change(it.Summary.GrossProfit)} and {Cells.Change(-it.Summary.GrossLoss)}"),
                (
                    "profit factor",
                    it.Summary.ProfitFactor is { } factor
                        ? Cells.Number(Math.Round(factor, 2))
                        : it.Summary.ProfitFactorReason ?? Cells.None
                ),
                ("average", $"{Cells.Change(it.Summary.AvgWin)} and {Cells.Change(it.Summary.AvgLoss)}"),
                ("largest", $"{Cells.Change(it.Summary.LargestWin)} and {Cells.Change(it.Summary.LargestLoss)}"),
                ("held on average", Cells.Length(TimeSpan.FromMinutes((double)it.Summary.AvgHoldMinutes))),
                ("fees", Cells.Money(it.Fees))
            ),
            new Listing<KeyValuePair<string, TradeStatisticsView>>(width)
                .Column("symbol", symbol => symbol.Key)
                .Number("trades", symbol => Cells.Number(symbol.Value.Total))
                .Number("win rate", symbol => Cells.Number(Math.Round(symbol.Value.WinRate, 2)) + " %", 1)
                .Number("net", symbol => Cells.Change(symbol.Value.Net))
                .Number("largest win", symbol => Cells.Change(symbol.Value.LargestWin), 2)
                .Number("largest loss", symbol => Cells.Change(symbol.Value.LargestLoss), 3)
                .Of([.. it.PerSymbol], ""),
            it.OpenPositions.Any(lots => lots.Quantity > 0)
                ? Facts.Section(
                    "Still open",
                    new Listing<OpenLotsView>(width)
                        .Column("symbol", lots => lots.Symbol)
                        .Number("shares", lots => Cells.Number(lots.Quantity))
                        .Number("avg cost", lots => Cells.Price(lots.AvgCost))
                        .Number("lots", lots => Cells.Number(lots.Lots), 1)
                        .Of([.. it.OpenPositions.Where(lots => lots.Quantity > 0)], "")
                )
                : new Text("")
        );
    }
}
