using System.Globalization;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Portfolio;

/// <summary>The trades as a CSV file (RFC 4180, UTF-8, a header, lines that end in CR LF) with the columns that the Python AutoTrader
/// exports.</summary>
public static class TradesCsv
{
    /// <summary>The header.</summary>
    public const string Header = "id,order_id,symbol,side,quantity,price,total,status,rule_id,timestamp";

    /// <summary>
    /// Writes the executions and corrections among <paramref name="fills"/>, in their order; splits are no trades.
    /// <c>total</c> is quantity times price in dollars, <c>status</c> is <c>filled</c> or <c>corrected</c>, <c>rule_id</c> is the strategy,
    /// <c>timestamp</c> is UTC.
    /// </summary>
    public static string Write(IEnumerable<Fill> fills) =>
        CsvText.Write(Header, fills.Where(fill => fill.Kind != FillKind.Split).Select(Row));

    private static string[] Row(Fill fill) =>
        [
            fill.ExecutionId,
            fill.ClientOrderId ?? "",
            fill.Symbol,
            WireNames.Of(fill.Side),
            Number(fill.Quantity),
            Number(fill.Price),
            Number(fill.Quantity * fill.Price),
            fill.Kind == FillKind.Correction ? "corrected" : "filled",
            fill.StrategyId,
            fill.At.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        ];

    // Trailing zeros come from the computation and mean nothing.
    private static string Number(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}
