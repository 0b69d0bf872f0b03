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
            new()
            {
                Id = it.Id,
                StrategyType = it.StrategyType,
                Symbol = it.Symbol,
                StartDate = it.StartDate,
                EndDate = it.EndDate,
                CreatedAt = it.CreatedAt,
                InitialCapital = it.InitialCapital,
                TotalReturn = it.TotalReturn,
                TotalReturnPct = it.TotalReturnPct,
                BuyAndHoldPct = it.BuyAndHoldPct,
                TotalTrades = it.TotalTrades,
                WinRate = it.WinRate,
                ProfitFactor = it.ProfitFactor,
                MaxDrawdownPct = it.MaxDrawdownPct,
                SharpeRatio = it.SharpeRatio,
                Fees = it.Fees,
                EquityCurve = [.. it.EquityCurve.Select(point => new BacktestPointView(point.At, point.Equity))],
                Warnings = it.Warnings,
                Command = it.Command,
                PublishedAt = it.PublishedAt,
                PublishedBy = it.PublishedBy,
            };
    }
}
