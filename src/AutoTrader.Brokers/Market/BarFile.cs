using System.Globalization;
using AutoTrader.Core.Market;
using CsvHelper;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// One <c>{SYMBOL}.csv</c>: <c>timestamp,open,high,low,close,volume</c>. A time stamp without offset is New York time, one with an offset
/// is converted; a plain date is a daily bar over its whole session. Bars outside regular sessions are left out.
/// </summary>
internal static class BarFile
{
    private static readonly string[] Columns = ["timestamp", "open", "high", "low", "close", "volume"];
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary>The bars of a file in order of time.</summary>
    /// <exception cref="MarketFileException">Something in it cannot be used.</exception>
    public static Bar[] Read(string file, string symbol)
    {
        var bars = new List<Bar>();
        CsvFormat.Read(file, Columns, csv =>
        {
            if (ReadBar(csv, file, symbol) is { } bar)
            {
                bars.Add(bar);
            }
        });
        bars.Sort((left, right) => left.Start.CompareTo(right.Start));
        for (var i = 1; i < bars.Count; i++)
        {
            if (bars[i].Start < bars[i - 1].End)
            {
                throw new MarketFileException(
                    $"{Path.GetFileName(file)}, timestamp: two bars cover "
                        + $"{TimeZoneInfo.ConvertTime(bars[i].Start, Calendar.NewYork):yyyy-MM-dd HH:mm} New York time"
                );
            }
        }

        return [.. bars];
    }

    private static Bar? ReadBar(CsvReader csv, string file, string symbol)
    {
        var span = Span(csv, file);
        var (open, high, low, close) = (
            CsvFormat.Price(csv, file, "open"),
            CsvFormat.Price(csv, file, "high"),
            CsvFormat.Price(csv, file, "low"),
            CsvFormat.Price(csv, file, "close")
        );
        if (high < Math.Max(open, close) || low > Math.Min(open, close))
        {
            throw MarketFileException.At(file, csv, "high", "open and close must lie between low and high");
        }

        var volume = CsvFormat.Text(csv, file, "volume");
        if (!decimal.TryParse(volume, NumberStyles.Float, CultureInfo.InvariantCulture, out var shares) || shares is < 0 or > long.MaxValue)
        {
            throw MarketFileException.At(file, csv, "volume", $"'{volume}' is not a number of shares");
        }

        return span is { } inside ? new(symbol, inside.Start, inside.End - inside.Start, open, high, low, close, (long)shares) : null;
    }

    private static (DateTimeOffset Start, DateTimeOffset End)? Span(CsvReader csv, string file)
    {
        var text = CsvFormat.Text(csv, file, "timestamp");
        try
        {
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                return Calendar.SessionOn(day) is { } whole ? (whole.Open, whole.Close) : null;
            }

            // A parsed time has a kind only when it was written with an offset.
            if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time))
            {
                throw MarketFileException.At(file, csv, "timestamp", $"'{text}' is not a date or time");
            }

            var start =
                time.Kind == DateTimeKind.Utc
                    ? new DateTimeOffset(time)
                    : new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(time, Calendar.NewYork), TimeSpan.Zero);
            return Calendar.SessionAt(start) is { } session
                ? (start, start + Minute < session.Close ? start + Minute : session.Close)
                : null;
        }
        catch (ArgumentException failure)
        {
            throw MarketFileException.At(file, csv, "timestamp", $"'{text}': {failure.Message.ReplaceLineEndings(" ")}");
        }
    }
}
