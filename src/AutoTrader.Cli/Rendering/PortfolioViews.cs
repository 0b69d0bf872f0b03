using AutoTrader.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>Money, positions and quotes for people.</summary>
internal static class PortfolioViews
{
    public static IRenderable Balance(PortfolioView it) =>
        Facts.Of(
            ("account", it.Account),
            ("equity", Cells.Money(it.TotalEquity)),
            ("cash", Cells.Money(it.Cash)),
            ("buying power", Cells.Money(it.BuyingPower)),
            ("positions", $"{Cells.Money(it.PositionsValue)} in {Cells.Number(it.PositionCount)}"),
            ("today", $"{Cells.Change(it.DayChange)} ({Cells.Percent(it.DayChangePct)})"),
            ("realized today", Cells.Change(it.RealizedPnlToday)),
            ("fees today", Cells.Money(it.FeesToday)),
            ("unrealized", $"{Cells.Change(it.UnrealizedPnl)} ({Cells.Percent(it.UnrealizedPnlPct)})")
        );

    public static IRenderable Portfolio(PortfolioView it, int width) => new Rows(Balance(it), Positions(it.Positions, width));

    public static IRenderable Positions(IReadOnlyList<PositionView> positions, int width) =>
        new Listing<PositionView>(width)
            .Column("symbol", it => it.Symbol)
            .Number("shares", it => Cells.Number(it.Quantity))
            .Number("unmanaged", it => Cells.Number(it.UnmanagedQuantity), 4)
            .Number("avg cost", it => Cells.Price(it.AvgCost), 2)
            .Number("price", it => Cells.Price(it.CurrentPrice), 1)
            .Number("value", it => Cells.Money(it.MarketValue))
            .Number("unrealized", it => Cells.Change(it.UnrealizedPnl))
            .Number("%", it => Cells.Percent(it.UnrealizedPnlPct), 3)
            .Number("weight", it => it.WeightPct is { } weight ? Cells.Number(weight) + " %" : Cells.None, 6)
            .Column("strategies", it => string.Join(", ", it.Owners.Select(owner => owner.StrategyId)), 5)
            .Of(positions, "No positions.");

    public static IRenderable Equity(IReadOnlyList<EquityPointView> points, int width) =>
        new Listing<EquityPointView>(width)
            .Column("at (New York)", it => Cells.Time(it.At))
            .Number("equity", it => Cells.Money(it.Equity))
            .Number("change", it => Cells.Change(it.Equity - points[0].Equity), 1)
            .Number("cash", it => Cells.Money(it.Cash), 2)
            .Of(points, "No cycle read the account on these days.");

    public static IRenderable Quote(QuoteView it) =>
        Facts.Of(
            ("symbol", it.Symbol),
            ("bid", Cells.Price(it.Bid)),
            ("ask", Cells.Price(it.Ask)),
            ("last", Cells.Price(it.Last)),
            ("spread", Cells.Price(it.Spread)),
            ("at", Cells.Time(it.At) + " New York")
        );

    public static IRenderable Quotes(
        IReadOnlyList<QuoteView> quotes,
        IReadOnlyList<StrategyResource> strategies,
        bool withSpread,
        int width
    )
    {
        var listing = new Listing<QuoteView>(width)
            .Column("symbol", it => it.Symbol)
            .Number("bid", it => Cells.Price(it.Bid))
            .Number("ask", it => Cells.Price(it.Ask));
        if (withSpread)
        {
            listing
                .Number("spread", it => Cells.Price(it.Spread), 2)
                .Number("spread %", it => it.Mid > 0 ? Cells.Number(Math.Round(it.Spread / it.Mid * 100, 3)) : Cells.None, 1);
        }

        return listing
            .Column(
                "strategies",
                it => string.Join(", ", strategies.Where(strategy => strategy.Symbol == it.Symbol).Select(strategy => strategy.Id)),
                3
            )
            .Of(quotes, "No quotes: the market is closed, or no symbol is given.");
    }
}
