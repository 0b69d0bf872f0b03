using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>Orders for people.</summary>
internal static class OrderViews
{
    public static IRenderable Orders(IReadOnlyList<OrderView> orders, int width) =>
        new Listing<OrderView>(width)
            .Column("strategy", it => it.StrategyId)
            .Column("role", it => Cells.Word(it.Role), 4)
            .Column("side", it => Cells.Word(it.Side))
            .Number("qty", it => Cells.Number(it.Qty))
            .Column("symbol", it => it.Symbol)
            .Column("price", Terms)
            .Column("tif", it => Cells.Word(it.TimeInForce), 6)
            .Number("filled", it => Cells.Number(it.FilledQty), 3)
            .Number("at", it => Cells.Price(it.FilledAvgPrice), 5)
            .Column("status", it => Cells.Word(it.Status))
            .Column("created", it => Cells.Time(it.CreatedAt), 7)
            .Column("id", it => it.Id, 8)
            .Of(orders, "There are no orders.");

    public static IRenderable Order(OrderView it) =>
        new Rows(
            new Text(Line(it)),
            Facts.Of(
                ("id", it.Id),
                ("filled", it.FilledQty > 0 ? $"{Cells.Number(it.FilledQty)} at {Cells.Price(it.FilledAvgPrice)}" : null),
                ("outcome", it.Outcome),
                ("note", it.Note)
            )
        );

    /// <summary>An order and its status, in one line.</summary>
    public static string Line(OrderView it) =>
        $"{Cells.Word(it.Side)} {Cells.Number(it.Qty)} {it.Symbol} {Terms(it)} {Cells.Word(it.TimeInForce)}: {Cells.Word(it.Status)}";

    private static string Terms(OrderView it) => Cells.Terms(it.OrderType, it.OrderClass, it.LimitPrice, it.StopPrice, it.TrailPercent);
}
