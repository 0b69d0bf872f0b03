using System.Globalization;
using AutoTrader.Core;

namespace AutoTrader.Backtesting.Results;

/// <summary>A result as CSV files, for other programs. Instants are UTC, as the result has them; money is in dollars.</summary>
public static class ResultCsv
{
    /// <summary>Its executions: a row each, with the fields that the result's JSON has.</summary>
    public static string Trades(BacktestResult it)
    {
        ArgumentNullException.ThrowIfNull(it);
        return CsvText.Write(
            "id,timestamp,symbol,side,qty,price,total,fee",
            it.Trades.Select(trade =>
                (string[])
                    [
                        trade.Id,
                        trade.Timestamp,
                        trade.Symbol,
                        trade.Side,
                        Number(trade.Qty),
                        Number(trade.Price),
                        Number(trade.Total),
                        trade.Fee is { } fee ? Number(fee) : "",
                    ]
            )
        );
    }

    /// <summary>What the account was worth at each close.</summary>
    public static string Equity(BacktestResult it)
    {
        ArgumentNullException.ThrowIfNull(it);
        return CsvText.Write(
            "timestamp,equity",
            it.EquityCurve.Where(point => point.Count >= 2).Select(point => (string[])[point[0], point[1]])
        );
    }

    private static string Number(decimal number) => number.ToString("0.##########", CultureInfo.InvariantCulture);
}
