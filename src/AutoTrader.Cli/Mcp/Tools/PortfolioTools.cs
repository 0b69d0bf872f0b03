using System.ComponentModel;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>Money, positions and quotes. Amounts are dollars, percentages percent numbers.</summary>
internal static class PortfolioTools
{
    private const string Currency = "USD";

    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<NoArguments, Balance>(
                host,
                "get_balance",
                Access.Read,
                Hints.LooksOutside,
                "Cash, equity, positions, and what the day made.",
                BalanceAsync
            ),
            TraderTool.Of<NoArguments, IReadOnlyList<PositionInfo>>(
                host,
                "get_positions",
                Access.Read,
                Hints.LooksOutside,
                "What is held, by symbol.",
                async (call, _) => [.. (await call.WaitAsync(call.Api.GetPositionsAsync(call.Cancellation))).Items.Select(PositionInfo.Of)]
            ),
            TraderTool.Of<NoArguments, PortfolioSummary>(
                host,
                "get_portfolio",
                Access.Read,
                Hints.LooksOutside,
                "Money and positions together, positions by value. total_pnl_today is what the day made.",
                SummaryAsync
            ),
            TraderTool.Of<NoArguments, TodayRealized>(
                host,
                "get_today_pnl",
                Access.Read,
                Hints.LooksOutside,
                "What today's sales brought beyond cost, and the change of equity since the prior close.",
                async (call, _) =>
                {
                    var portfolio = await call.WaitAsync(call.Api.GetPortfolioAsync(call.Cancellation));
                    return new(portfolio.RealizedPnlToday, portfolio.DayChange);
                }
            ),
            TraderTool.Of<QuoteArguments, QuoteInfo>(
                host,
                "get_quote",
                Access.Read,
                Hints.LooksOutside,
                "The quote of a symbol. volume is not known.",
                async (call, it) => QuoteInfo.Of(await call.WaitAsync(call.Api.GetQuoteAsync(it.Symbol, call.Cancellation)))
            ),
            TraderTool.Of<MoversArguments, MoversView>(
                host,
                "get_top_movers",
                Access.Read,
                Hints.LooksOutside,
                "What rose and fell most since the close before: of all US stocks with Alpaca's market data, else of the symbols that the "
                    + "app has files of.",
                (call, it) => call.WaitAsync(call.Api.GetMoversAsync(it.MarketType, it.Limit, call.Cancellation))
            ),
        ];

    private static async Task<Balance> BalanceAsync(ToolCall call, NoArguments _)
    {
        var engine = await call.EngineAsync();
        var it = await call.WaitAsync(call.Api.GetPortfolioAsync(call.Cancellation));
        return new(
            new(it.Account, it.Cash, it.BuyingPower, it.TotalEquity, it.TotalEquity, Currency, it.TotalEquity - it.DayChange),
            [.. it.Positions.Select(PositionInfo.Of)],
            engine.MarketOpen,
            it.PositionsValue,
            it.UnrealizedPnl,
            it.DayChange,
            it.DayChangePct
        );
    }

    private static async Task<PortfolioSummary> SummaryAsync(ToolCall call, NoArguments _)
    {
        var it = await call.WaitAsync(call.Api.GetPortfolioAsync(call.Cancellation));
        return new(
            it.TotalEquity,
            it.Cash,
            it.PositionsValue,
            it.UnrealizedPnl,
            it.UnrealizedPnlPct,
            it.RealizedPnlToday,
            it.DayChange,
            it.PositionCount,
            it.Positions
        );
    }

    private sealed record MoversArguments(
        [Description("Of which market: stocks.")] string MarketType = "stocks",
        [Description("How many of each, up to 50.")] int Limit = 10
    );

    private sealed record QuoteArguments([Description(Texts.Symbol)] string Symbol);

    private sealed record AccountInfo(
        string Id,
        decimal Cash,
        decimal BuyingPower,
        decimal Equity,
        decimal PortfolioValue,
        string Currency,
        decimal LastEquity
    );

    private sealed record PositionInfo(
        string Symbol,
        decimal Qty,
        decimal? AvgEntryPrice,
        decimal? CurrentPrice,
        decimal? MarketValue,
        decimal? UnrealizedPl,
        decimal? UnrealizedPlPct,
        IReadOnlyList<OwnerView> Owners
    )
    {
        public static PositionInfo Of(PositionView it) =>
            new(it.Symbol, it.Quantity, it.AvgCost, it.CurrentPrice, it.MarketValue, it.UnrealizedPnl, it.UnrealizedPnlPct, it.Owners);
    }

    private sealed record Balance(
        AccountInfo Account,
        IReadOnlyList<PositionInfo> Positions,
        bool MarketOpen,
        decimal TotalPositionsValue,
        decimal TotalUnrealizedPl,
        decimal DayChange,
        decimal? DayChangePct
    );

    private sealed record PortfolioSummary(
        decimal TotalEquity,
        decimal Cash,
        decimal PositionsValue,
        decimal UnrealizedPnl,
        decimal? UnrealizedPnlPct,
        decimal RealizedPnlToday,
        decimal TotalPnlToday,
        int PositionCount,
        IReadOnlyList<PositionView> Positions
    );

    private sealed record TodayRealized(decimal TodayPnl, decimal DayChange);

    private sealed record QuoteInfo(
        string Symbol,
        decimal Bid,
        decimal Ask,
        decimal Last,
        decimal? Volume,
        decimal Spread,
        decimal Mid,
        DateTimeOffset At
    )
    {
        public static QuoteInfo Of(QuoteView it) => new(it.Symbol, it.Bid, it.Ask, it.Last, null, it.Spread, it.Mid, it.At);
    }
}
