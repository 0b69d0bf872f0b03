using System.Globalization;
using System.Text;
using AutoTrader.Backtesting.Results;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Reports;

/// <summary>The pictures of a result alone, below each other: equity, drawdown, trades on the price of each symbol.</summary>
public static class ReportPicture
{
    /// <summary>The width of a picture in its own units. A PNG has twice as many pixels, so that it is sharp on today's screens.</summary>
    public const int Width = Chart.Width;

    internal const int Gap = 10;

    /// <summary>As one SVG file.</summary>
    /// <param name="it">The result.</param>
    /// <param name="prices">The bars of its symbols in its period; a symbol that is missing has no picture.</param>
    /// <param name="isDark">Whether it is light on dark.</param>
    public static string Svg(BacktestResult it, IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices, bool isDark = true)
    {
        var (text, y) = (new StringBuilder(), 0);
        foreach (var chart in ReportCharts.All(it, prices))
        {
            text.Append(CultureInfo.InvariantCulture, $"<svg y=\"{y}\" width=\"{Width}\" height=\"{chart.Height}\">{chart.ToSvg()}</svg>");
            y += chart.Height + Gap;
        }

        return string.Create(
                CultureInfo.InvariantCulture,
                $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {y}\" width=\"{Width}\" height=\"{y}\">"
            )
            + $"<style>svg{{{ChartLook.Variables(isDark)}}}{ChartLook.Rules}</style>"
            + string.Create(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{y}\" fill=\"var(--{ChartLook.Back})\"/>")
            + $"{text}</svg>\n";
    }

    /// <summary>As one PNG file. Its letters are of a font that this assembly brings along: a machine needs none.</summary>
    /// <param name="it">The result.</param>
    /// <param name="prices">The bars of its symbols in its period; a symbol that is missing has no picture.</param>
    /// <param name="isDark">Whether it is light on dark.</param>
    /// <exception cref="BacktestRefusedException">There is nothing to draw.</exception>
    public static byte[] Png(BacktestResult it, IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices, bool isDark = true)
    {
        List<Chart> charts = [.. ReportCharts.All(it, prices)];
        return charts.Count > 0
            ? PngDrawing.Of(charts, isDark)
            : throw new BacktestRefusedException("There is nothing to draw: the result has no equity, and there are no prices.");
    }
}
