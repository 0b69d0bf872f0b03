using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting.Tests;

/// <summary>Bars of tests, and their files.</summary>
internal static class PriceFiles
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>The minutes of a session at prices that a rule gives; each bar reaches from its open to its close.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="session">The session.</param>
    /// <param name="at">Open and close of a minute, by its number from the open.</param>
    public static IEnumerable<Bar> Minutes(string symbol, Session session, Func<int, (decimal Open, decimal Close)> at)
    {
        for (var (i, start) = (0, session.Open); start < session.Close; i++, start += Minute)
        {
            var (open, close) = at(i);
            yield return new(symbol, start, Minute, open, Math.Max(open, close), Math.Min(open, close), close, 100);
        }
    }

    /// <summary>A price that moves a little around another one, in cents, so that nobody takes it for filler.</summary>
    public static (decimal Open, decimal Close) Around(decimal price, int minute) => (price, price + (minute % 2 * 0.01m));

    /// <summary>Writes <c>SYMBOL.csv</c>; daily bars by their day.</summary>
    public static void Write(string folder, IReadOnlyList<Bar> bars)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(
            Path.Combine(folder, bars[0].Symbol + ".csv"),
            bars.Select(bar =>
                    string.Create(CultureInfo.InvariantCulture, $"{Time(bar)},{bar.Open},{bar.High},{bar.Low},{bar.Close},{bar.Volume}")
                )
                .Prepend("timestamp,open,high,low,close,volume")
        );
    }

    private static string Time(Bar bar) =>
        bar.Length > TimeSpan.FromHours(3)
            ? TradingCalendar.Nyse.TradingDay(bar.Start).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : bar.Start.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
