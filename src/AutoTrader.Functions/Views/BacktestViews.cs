using AutoTrader.Core.Portfolio;

namespace AutoTrader.Functions.Views;

/// <summary>Backtests as the API returns them.</summary>
internal static class BacktestViews
{
    extension(BacktestSummaryView)
    {
        public static BacktestSummaryView OfBacktest(PublishedBacktest it) =>
            new(
                it.Id,
                it.StrategyType,
                it.Symbol,
                it.StartDate,
                it.EndDate,
                it.CreatedAt,
                it.TotalReturn,
                it.TotalReturnPct,
                it.BuyAndHoldPct,
                it.TotalTrades,
                it.MaxDrawdownPct,
                it.PublishedAt,
                it.PublishedBy
            );
    }

    extension(BacktestView)
    {
        public static BacktestView Of(PublishedBacktest it) =>
            new(
                it.Id,
                it.StrategyType,
                it.Symbol,
                it.StartDate,
                it.EndDate,
                it.CreatedAt,
                it.InitialCapital,
                it.TotalReturn,
                it.TotalReturnPct,
                it.BuyAndHoldPct,
                it.TotalTrades,
                it.WinRate,
                it.ProfitFactor,
                it.MaxDrawdownPct,
                it.SharpeRatio,
                it.Fees,
                [.. it.EquityCurve.Select(point => new BacktestPointView(point.At, point.Equity))],
                it.Warnings,
                it.Command,
                it.PublishedAt,
                it.PublishedBy
            );
    }
}
