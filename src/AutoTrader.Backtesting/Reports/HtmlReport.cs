using System.Globalization;
using System.Net;
using System.Text;
using AutoTrader.Backtesting.Results;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Reports;

/// <summary>A result as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. What could fool the reader
/// comes first.</summary>
public sealed class HtmlReport
{
    private const int MostTrades = 1_000;

    private readonly StringBuilder _html = new();

    private HtmlReport() { }

    /// <summary>The report.</summary>
    /// <param name="it">The result.</param>
    /// <param name="prices">The bars of its symbols in its period; a symbol that is missing has no picture.</param>
    /// <param name="isDark">Whether it is light on dark.</param>
    /// <param name="remark">Something to be known about the prices; null for nothing.</param>
    public static string Write(
        BacktestResult it,
        IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices,
        bool isDark = true,
        string? remark = null
    )
    {
        var report = new HtmlReport();
        report.Head(it, isDark);
        report.Warnings([.. it.Warnings, .. it.DataReport, .. remark is null ? Array.Empty<string>() : [remark]]);
        report.Figures(it);
        report.Charts(it, prices);
        report.Tables(it);
        report.Trades(it);
        report.Again(it);
        return report._html.Append("</main></body></html>\n").ToString();
    }

    private void Head(BacktestResult it, bool isDark)
    {
        var (title, colors) = ($"{it.StrategyType} {it.Symbol}, {it.StartDate} to {it.EndDate}", ChartLook.Variables(isDark));
        _html.Append(
            CultureInfo.InvariantCulture,
            $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{Text(title)}}</title>
            <style>:root{{{colors}}}body{background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0}
            main{max-width:60rem;margin:0 auto;padding:1rem}table{border-collapse:collapse;margin:.5rem 0 1.5rem}
            th,td{border-bottom:1px solid var(--grid);padding:.2rem .8rem .2rem 0;text-align:left}td.n,th.n{text-align:right}
            .fool{border-left:4px solid var(--bad);padding-left:1rem}svg{width:100%;height:auto}code{overflow-wrap:anywhere}
            {{ChartLook.Rules}}</style></head><body><main><h1>{{Text(title)}}</h1>

            """
        );
    }

    private void Warnings(IReadOnlyList<string> remarks)
    {
        if (remarks.Count > 0)
        {
            _html.Append("<section class=\"fool\"><h2>What could fool you</h2><ul>");
            foreach (var remark in remarks)
            {
                _html.Append(CultureInfo.InvariantCulture, $"<li>{Text(remark)}</li>");
            }

            _html.Append("</ul></section>\n");
        }
    }

    private void Figures(BacktestResult it)
    {
        _html.Append("<h2>Figures</h2><table>");
        foreach (var (name, value) in ReportFigures.Of(it))
        {
            _html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(name)}</th><td class=\"n\">{Text(value)}</td></tr>");
        }

        _html.Append("</table>\n");
    }

    private void Charts(BacktestResult it, IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices)
    {
        foreach (var chart in ReportCharts.All(it, prices))
        {
            _html.Append(CultureInfo.InvariantCulture, $"<figure>{chart.ToSvg()}</figure>\n");
        }
    }

    private void Tables(BacktestResult it)
    {
        if (it.Strategies is { } strategies)
        {
            Table(
                "Strategies",
                ["strategy", "symbol", "closed trades", "with a profit", "net"],
                strategies.Select(one => new[] { one.Id, one.Symbol, Count(one.Trades), Count(one.Winning), Money(one.Net) }),
                2
            );
        }

        if (it.Breakdown is not { } parts)
        {
            return;
        }

        Table(
            "Months",
            ["month", "return", "percent"],
            parts.Months.Select(month => new[] { month.Month, Money(month.Return), Money(month.ReturnPct) })
        );
        Groups("By what sold", parts.Exits);
        Groups("By the hour of the purchase (New York)", parts.Hours);
        Table(
            "Left open, valued at the last price",
            ["strategy", "symbol", "shares", "cost", "unrealized"],
            parts.Open.Select(open =>
                new[] { open.StrategyId, open.Symbol, Count(open.Quantity), Money(open.Cost), Money(open.Unrealized) }
            ),
            2
        );
    }

    private void Groups(string title, IReadOnlyList<TradeGroup> groups) =>
        Table(
            title,
            ["", "closed trades", "with a profit", "net"],
            groups.Select(group => new[] { group.Name, Count(group.Trades), Count(group.Winning), Money(group.Net) })
        );

    private void Trades(BacktestResult it)
    {
        var title =
            it.Trades.Count > MostTrades
                ? string.Create(CultureInfo.InvariantCulture, $"Executions: the first {MostTrades} of {it.Trades.Count}")
                : "Executions";
        Table(
            title,
            ["at", "symbol", "side", "shares", "price", "total", "fee"],
            it.Trades.Take(MostTrades)
                .Select(trade =>
                    new[]
                    {
                        trade.Timestamp,
                        trade.Symbol,
                        trade.Side,
                        Count(trade.Qty),
                        trade.Price.ToString("0.00##", CultureInfo.InvariantCulture),
                        Money(trade.Total),
                        Money(trade.Fee),
                    }
                ),
            3
        );
    }

    private void Again(BacktestResult it)
    {
        if (it.Command is { } command)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<h2>Again</h2><p><code>{Text(command)}</code></p>");
        }

        if (it.DataHash is { } hash)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<p>Data: {it.Bars} bars, SHA-256 <code>{Text(hash)}</code></p>");
        }
    }

    /// <summary>A table; nothing without rows.</summary>
    private void Table(string title, string[] headers, IEnumerable<string[]> rows, int texts = 1)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            return;
        }

        _html.Append(CultureInfo.InvariantCulture, $"<h2>{Text(title)}</h2><table><thead><tr>");
        foreach (var (header, i) in headers.Select((header, i) => (header, i)))
        {
            _html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\"{(i < texts ? "" : " class=\"n\"")}>{Text(header)}</th>");
        }

        _html.Append("</tr></thead><tbody>");
        foreach (var row in all)
        {
            _html.Append("<tr>");
            for (var i = 0; i < row.Length; i++)
            {
                _html.Append(CultureInfo.InvariantCulture, $"<td{(i < texts ? "" : " class=\"n\"")}>{Text(row[i])}</td>");
            }

            _html.Append("</tr>");
        }

        _html.Append("</tbody></table>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Count(decimal value) => value.ToString("#,##0.####", CultureInfo.InvariantCulture);

    private static string Money(decimal? value) => value is { } known ? known.ToString("#,##0.00", CultureInfo.InvariantCulture) : "-";
}
