using System.Globalization;
using AutoTrader.Backtesting.Market;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.History;

/// <summary>Bars and splits as the files that the market data reader takes.</summary>
internal static class BarCsv
{
    private const string Header = "timestamp,open,high,low,close,volume";

    /// <summary>Writes <c>SYMBOL.csv</c>.</summary>
    public static Task WriteAsync(string folder, string symbol, IEnumerable<Bar> bars) =>
        File.WriteAllLinesAsync(PathOf(folder, symbol), bars.Select(Line).Prepend(Header));

    /// <summary>Adds later bars to <c>SYMBOL.csv</c>, which is made when it is not there.</summary>
    public static Task AppendAsync(string folder, string symbol, IEnumerable<Bar> bars) =>
        File.Exists(PathOf(folder, symbol))
            ? File.AppendAllLinesAsync(PathOf(folder, symbol), bars.Select(Line))
            : WriteAsync(folder, symbol, bars);

    /// <summary>Writes <c>splits.csv</c>; without splits there is none.</summary>
    public static Task WriteAsync(string folder, IReadOnlyCollection<Split> splits) =>
        splits.Count == 0
            ? Task.CompletedTask
            : File.WriteAllLinesAsync(
                Path.Combine(folder, "splits.csv"),
                splits
                    .Select(split =>
                        FormattableString.Invariant($"{split.Symbol},{split.ExDate:yyyy-MM-dd},{split.Numerator}:{split.Denominator}")
                    )
                    .Prepend("symbol,date,ratio")
            );

    private static string PathOf(string folder, string symbol) => Path.Combine(folder, symbol + ".csv");

    // A day without a time of day is a daily bar.
    private static string Line(Bar bar)
    {
        var time = DailyMarket.IsOfADay(bar)
            ? TradingCalendar.Nyse.TradingDay(bar.Start).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : bar.Start.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{time},{bar.Open},{bar.High},{bar.Low},{bar.Close},{bar.Volume}");
    }
}
