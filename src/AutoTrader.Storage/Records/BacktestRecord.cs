using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of published backtests.</summary>
internal static class BacktestRecord
{
    public static RecordMapper<PublishedBacktest> Mapper { get; } =
        new(Write, Read, (backtest, row) => row.RowKey == TradingKey.Backtest(backtest.Id));

    private static void Write(PublishedBacktest backtest, ColumnWriter to)
    {
        to.Text("id", backtest.Id);
        to.Text("strategy_type", backtest.StrategyType);
        to.Text("symbol", backtest.Symbol);
        to.Date("start_date", backtest.StartDate);
        to.Date("end_date", backtest.EndDate);
        to.Instant("created_at", backtest.CreatedAt);
        to.Decimal("initial_capital", backtest.InitialCapital);
        to.Decimal("total_return", backtest.TotalReturn);
        to.Decimal("total_return_pct", backtest.TotalReturnPct);
        to.Decimal("buy_and_hold_pct", backtest.BuyAndHoldPct);
        to.Integer("total_trades", backtest.TotalTrades);
        to.Decimal("win_rate", backtest.WinRate);
        to.Decimal("profit_factor", backtest.ProfitFactor);
        to.Decimal("max_drawdown_pct", backtest.MaxDrawdownPct);
        to.Decimal("sharpe_ratio", backtest.SharpeRatio);
        to.Decimal("fees", backtest.Fees);
        to.List("equity_curve", backtest.EquityCurve, Nested.Json.BacktestPointArray);
        to.Text("warnings", backtest.Warnings);
        to.Text("command", backtest.Command);
        to.Instant("published_at", backtest.PublishedAt);
        to.Text("published_by", backtest.PublishedBy);
    }

    private static PublishedBacktest Read(ColumnReader from) =>
        new()
        {
            Id = from.Text("id"),
            StrategyType = from.Text("strategy_type"),
            Symbol = from.Text("symbol"),
            StartDate = from.Date("start_date"),
            EndDate = from.Date("end_date"),
            CreatedAt = from.Instant("created_at"),
            InitialCapital = from.Decimal("initial_capital"),
            TotalReturn = from.Decimal("total_return"),
            TotalReturnPct = from.OptionalDecimal("total_return_pct"),
            BuyAndHoldPct = from.OptionalDecimal("buy_and_hold_pct"),
            TotalTrades = from.Integer("total_trades"),
            WinRate = from.OptionalDecimal("win_rate"),
            ProfitFactor = from.OptionalDecimal("profit_factor"),
            MaxDrawdownPct = from.Decimal("max_drawdown_pct"),
            SharpeRatio = from.OptionalDecimal("sharpe_ratio"),
            Fees = from.Decimal("fees"),
            EquityCurve = from.List("equity_curve", Nested.Json.BacktestPointArray),
            Warnings = from.OptionalText("warnings"),
            Command = from.OptionalText("command"),
            PublishedAt = from.Instant("published_at"),
            PublishedBy = from.Text("published_by"),
        };
}
