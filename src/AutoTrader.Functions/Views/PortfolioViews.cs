using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Functions.Views;

/// <summary>Positions, money and trades as the API returns them.</summary>
internal static class PortfolioViews
{
    private const int PercentDecimals = 4;

    /// <summary>A percentage for people.</summary>
    public static decimal? Percent(decimal? value) => value is { } percent ? Math.Round(percent, PercentDecimals) : null;

    extension(PositionView)
    {
        public static PositionView Of(Position it, decimal? equity = null) =>
            new(
                it.Symbol,
                it.Quantity,
                it.StrategyQuantity,
                it.UnmanagedQuantity,
                it.BrokerQuantity,
                it.AvailableQuantity,
                it.AverageCost,
                it.BrokerAverageCost,
                it.Price,
                it.MarketValue,
                it.CostBasis,
                it.Unrealized,
                Percent(it.UnrealizedPct),
                it.Realized,
                it.Fees,
                Percent(equity > 0 ? it.MarketValue / equity * 100 : null),
                [.. it.Owners.Select(own => new OwnerView(own.Owner, own.Holding.Quantity, own.Holding.Cost, own.Holding.Realized))]
            );
    }

    extension(PortfolioView)
    {
        public static PortfolioView Of(PortfolioSummary it) =>
            new(
                it.Account.Number,
                it.Account.Equity,
                it.Account.Cash,
                it.Account.BuyingPower,
                it.PositionsValue,
                it.Account.Equity - it.Account.LastEquity,
                Percent(it.Account.LastEquity > 0 ? (it.Account.Equity - it.Account.LastEquity) / it.Account.LastEquity * 100 : null),
                it.Unrealized,
                Percent(it.UnrealizedPct),
                it.Today.Realized,
                it.Today.Fees,
                it.Today.Trades,
                it.Positions.Count,
                it.Cash is { } cash ? new(cash.Since, cash.Expected, Of(cash.Today), Of(cash.Total)) : null,
                [.. it.Positions.Select(position => PositionView.Of(position, it.Account.Equity))]
            );
    }

    extension(EquityPointView)
    {
        public static EquityPointView Of(EquityPoint it) => new(it.Day, it.Sample.At, it.Sample.Equity, it.Sample.Cash);
    }

    extension(CashActivityView)
    {
        public static CashActivityView Of(CashActivity it) =>
            new(it.Id, it.Kind, it.Type, it.Amount, it.Day, it.Symbol, it.Note, it.AcceptedBy, it.AcceptedAt);
    }

    extension(TradesView)
    {
        /// <summary>A ledger's results, with its newest trades and fills.</summary>
        public static TradesView Of(TradeAnalysis it, IReadOnlyList<Fill> fills, int limit) =>
            new(
                Of(it.Summary),
                it.PerSymbol.ToDictionary(symbol => symbol.Key, symbol => Of(symbol.Value), StringComparer.Ordinal),
                [.. it.OpenPositions.Select(lots => new OpenLotsView(lots.Symbol, lots.Quantity, lots.AvgCost, lots.Lots))],
                it.UnmatchedSellQty,
                it.Fees,
                [.. it.Trades.Reverse().Take(limit).Select(Of)],
                [.. fills.Reverse().Take(limit).Select(FillView.Of)]
            );
    }

    extension(QuoteView)
    {
        public static QuoteView Of(Quote it) => new(it.Symbol, it.Bid, it.Ask, it.Mid, it.LastTrade ?? it.Ask, it.Ask - it.Bid, it.At);
    }

    extension(MoverView)
    {
        public static MoverView Of(Mover it) => new(it.Symbol, it.PercentChange, it.Change, it.Price);
    }

    extension(BarView)
    {
        public static BarView Of(Bar it) => new(it.Start, it.Open, it.High, it.Low, it.Close, it.Volume);
    }

    private static CashSumsView Of(CashTotals it) =>
        new(it.Fees, it.Dividends, it.Interest, it.Transfers, it.Journals, it.Adjustments, it.Other, it.Sum);

    private static TradeStatisticsView Of(TradeStatistics it) =>
        new(
            it.Total,
            it.Winning,
            it.Losing,
            it.WinRate,
            it.GrossProfit,
            it.GrossLoss,
            it.Net,
            it.ProfitFactor,
            it.ProfitFactorReason,
            it.AvgWin,
            it.AvgLoss,
            it.LargestWin,
            it.LargestLoss,
            it.AvgHoldMinutes
        );

    private static ClosedTradeView Of(ClosedTrade it) =>
        new(it.StrategyId, it.Symbol, it.Quantity, it.BuyPrice, it.SellPrice, it.BoughtAt, it.SoldAt, it.Pnl, it.HoldMinutes);
}
