using System.Globalization;
using AutoTrader.Backtesting.Results;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Reports;

/// <summary>The pictures of a result.</summary>
internal static class ReportCharts
{
    // More cannot be told apart on a screen.
    private const int MostPoints = 900;
    private const int MostMarks = 2_000;

    /// <summary>All of them, in order.</summary>
    /// <param name="it">The result.</param>
    /// <param name="prices">The bars of its symbols in its period; a symbol that is missing has no picture.</param>
    public static IEnumerable<Chart> All(BacktestResult it, IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices) =>
        new[] { Equity(it), Drawdown(it) }
            .Concat(prices.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => Prices(it, pair.Key, pair.Value)))
            .OfType<Chart>();

    /// <summary>What the account was worth at each close; null without closes.</summary>
    private static Chart? Equity(BacktestResult it)
    {
        var (days, equity) = Curve(it);
        return equity.Count == 0
            ? null
            : new Chart("Equity at each close, dollars", 260, equity.Count, equity.Append((double)it.InitialCapital), Ends(days)).Line(
                "equity",
                [.. equity]
            );
    }

    /// <summary>How far it lay below its peak at each close; null without closes.</summary>
    private static Chart? Drawdown(BacktestResult it)
    {
        var (days, equity) = Curve(it);
        if (equity.Count == 0)
        {
            return null;
        }

        var peak = (double)it.InitialCapital;
        var falls = equity.Select(worth => (peak = Math.Max(peak, worth)) > 0 ? 100 * ((worth / peak) - 1) : 0).ToList();
        return new Chart("Drawdown, percent", 150, falls.Count, falls.Append(0), Ends(days)).AreaFromTop("drawdown", falls);
    }

    /// <summary>The prices of a symbol and what was traded; null without a bar.</summary>
    private static Chart? Prices(BacktestResult it, string symbol, IReadOnlyList<Bar> bars)
    {
        if (bars.Count == 0)
        {
            return null;
        }

        // Each point stands for some bars: their range as two lines, and the last close.
        var step = (bars.Count + MostPoints - 1) / MostPoints;
        var points = bars.Chunk(step)
            .Select(some => (Low: (double)some.Min(bar => bar.Low), High: (double)some.Max(bar => bar.High), Last: some[^1]))
            .ToList();
        var trades = it.Trades.Where(trade => trade.Symbol == symbol).Take(MostMarks).ToList();
        var title = $"{symbol}, dollars: bought (upwards) and sold (downwards)";
        var chart = new Chart(
            title,
            320,
            points.Count,
            [.. points.Select(point => point.Low), .. points.Select(point => point.High), .. trades.Select(trade => (double)trade.Price)],
            Ends([.. points.Select(point => DayOf(point.Last))])
        )
            .Line("range", [.. points.Select(point => (double?)point.High)])
            .Line("range", [.. points.Select(point => (double?)point.Low)])
            .Line("price", [.. points.Select(point => (double?)point.Last.Close)]);
        foreach (var trade in trades)
        {
            if (DateTimeOffset.TryParse(trade.Timestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            {
                var isBuy = trade.Side.Equals("buy", StringComparison.OrdinalIgnoreCase);
                chart.Mark(
                    isBuy ? "bought" : "sold",
                    (double)Math.Min(bars.CountWhile(bar => bar.End < at), bars.Count - 1) / step,
                    (double)trade.Price,
                    isBuy,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{trade.Side} {trade.Qty:0.####} at {trade.Price:0.00##}, {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC"
                    )
                );
            }
        }

        return chart;
    }

    private static (List<string> Days, List<double> Equity) Curve(BacktestResult it)
    {
        var (days, equity) = (new List<string>(), new List<double>());
        foreach (var point in it.EquityCurve)
        {
            if (point is [var at, var text] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var worth))
            {
                days.Add(at.Length > 10 ? at[..10] : at);
                equity.Add(worth);
            }
        }

        return (days, equity);
    }

    private static string DayOf(Bar bar) => bar.Start.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string[] Ends(List<string> days) => days.Count == 1 ? [days[0]] : [days[0], days[days.Count / 2], days[^1]];
}
