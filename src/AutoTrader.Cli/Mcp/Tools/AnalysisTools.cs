using System.ComponentModel;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;

namespace AutoTrader.Cli.Mcp.Tools;

/// <summary>What was traded, and what it came to. Amounts are dollars.</summary>
internal static class AnalysisTools
{
    private const int Always = 36_500;

    public static IEnumerable<TraderTool> Of(ToolHost host) =>
        [
            TraderTool.Of<AnalyzeArguments, Performance>(
                host,
                "analyze_performance",
                Access.Read,
                Hints.Looks,
                "What closed trades came to, first in, first out: per symbol and in all.",
                async (call, it) =>
                {
                    var trades = await call.WaitAsync(
                        call.Api.GetTradesAsync(it.Symbol, days: it.Days, limit: it.Limit, cancellationToken: call.Cancellation)
                    );
                    return new(
                        trades.Summary,
                        trades.PerSymbol,
                        trades.OpenPositions,
                        trades.UnmatchedSellQty,
                        trades.Fills.Count == 0 ? "No trades found in these days." : null
                    );
                }
            ),
            TraderTool.Of<HistoryArguments, IReadOnlyList<TradeRecord>>(
                host,
                "get_trade_history",
                Access.Read,
                Hints.Looks,
                "Executions, newest first.",
                async (call, it) =>
                    [
                        .. (
                            await call.WaitAsync(
                                call.Api.GetTradesAsync(it.Symbol, days: Always, limit: it.Limit, cancellationToken: call.Cancellation)
                            )
                        ).Fills.Select(TradeRecord.Of),
                    ]
            ),
        ];

    private sealed record AnalyzeArguments(
        [Description("Only of this symbol.")] string? Symbol = null,
        [Description("Of so many days until now.")] int Days = 30,
        [Description("How many closed trades at most, the newest.")] int Limit = 1000
    );

    private sealed record HistoryArguments(
        [Description("Only of this symbol.")] string? Symbol = null,
        [Description("How many at most, the newest.")] int Limit = 20
    );

    private sealed record Performance(
        TradeStatisticsView Summary,
        IReadOnlyDictionary<string, TradeStatisticsView> PerSymbol,
        IReadOnlyList<OpenLotsView> OpenPositions,
        IReadOnlyDictionary<string, decimal> UnmatchedSellQty,
        string? Message
    );

    private sealed record TradeRecord(
        string Id,
        string? OrderId,
        string Symbol,
        OrderSide Side,
        decimal Quantity,
        decimal Price,
        decimal Total,
        string Status,
        string RuleId,
        DateTimeOffset Timestamp,
        decimal RealizedPnl
    )
    {
        public static TradeRecord Of(FillView it) =>
            new(
                it.Id,
                it.OrderId,
                it.Symbol,
                it.Side,
                it.Quantity,
                it.Price,
                it.Total,
                it.Kind == FillKind.Trade ? "filled" : WireNames.Of(it.Kind),
                it.RuleId,
                it.Timestamp,
                it.RealizedPnl
            );
    }
}
