using System.Globalization;
using AutoTrader.Core.Market;
using CsvHelper;

namespace AutoTrader.Brokers.Market;

/// <summary>One row of a file that could be read.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Time">When its bar begins.</param>
/// <param name="Open">The first price in dollars.</param>
/// <param name="High">The highest price in dollars.</param>
/// <param name="Low">The lowest price in dollars.</param>
/// <param name="Close">The last price in dollars.</param>
/// <param name="Volume">Shares traded.</param>
internal readonly record struct BarRow(int Line, BarTime Time, decimal Open, decimal High, decimal Low, decimal Close, long Volume)
{
    /// <summary>Whether nothing can have traded in it, where volumes are known.</summary>
    public bool IsFlatAndEmpty => Volume == 0 && High == Low;

    /// <summary>Whether two rows say the same of the prices.</summary>
    public bool SaysTheSameAs(BarRow other) =>
        (Open, High, Low, Close, Volume) == (other.Open, other.High, other.Low, other.Close, other.Volume);
}

/// <summary>A row that was left out.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Day">The New York date that it is about; null when it does not say.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct LeftOutRow(int Line, DateOnly? Day, string Reason);

/// <summary>The rows of a file: those that can be read, and why the others cannot.</summary>
internal sealed class BarRows : IDisposable
{
    // What was computed, as by adjusting for dividends, is off by less than this: 99.99999999999999 is 100.
    private const int Decimals = 6;

    /// <summary>Rows that can be read, in the order of the file.</summary>
    public Spool<BarRow> Read { get; } = new();

    /// <summary>The others.</summary>
    public List<LeftOutRow> LeftOut { get; } = [];

    /// <summary>Reads every row of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="symbol">Whose bars they are.</param>
    /// <param name="zone">The zone of times without an offset.</param>
    /// <param name="reading">Who waits.</param>
    /// <exception cref="MarketFileException">The file as a whole cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public static BarRows Of(string file, string symbol, TimeZoneInfo zone, FileReading reading)
    {
        var rows = new BarRows();
        BarColumns? columns = null;
        var (bytes, count) = ((double)new FileInfo(file).Length, 0);
        CsvFormat.Read(
            file,
            csv => columns = new(csv, file, symbol),
            csv =>
            {
                if (!columns!.IsFrame())
                {
                    rows.Add(csv, columns, zone);
                }

                if (FileReading.IsDue(++count))
                {
                    reading.Tell(Path.GetFileName(file), count, FileReading.Parsing, csv.ByteOffset / bytes);
                }
            }
        );
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => Read.Dispose();

    private void Add(CsvReader csv, BarColumns columns, TimeZoneInfo zone)
    {
        var line = (int)csv.LineNumber;
        BarTime? time = null;
        try
        {
            if (columns.Problem() is { } problem)
            {
                throw new FormatException(problem);
            }

            time = TimeOf(columns, zone);
            Read.Add(RowOf(line, time.Value, columns));
        }
        catch (FormatException unreadable)
        {
            LeftOut.Add(new(line, time is { } known ? DayOf(known) : null, unreadable.Message));
        }
    }

    private static BarTime TimeOf(BarColumns columns, TimeZoneInfo zone)
    {
        var text = columns.Time();
        try
        {
            var time = BarTime.Parse(text, zone);
            var year = DayOf(time).Year;
            return year is >= TradingCalendar.FirstYear and <= TradingCalendar.LastYear
                ? time
                : throw new FormatException($"no sessions of the year {year} are known");
        }
        catch (FormatException unreadable)
        {
            throw new FormatException($"timestamp: {unreadable.Message}", unreadable);
        }
    }

    private static BarRow RowOf(int line, BarTime time, BarColumns columns)
    {
        var (open, high, low, close) = (
            Price(columns, columns.Open, "open"),
            Price(columns, columns.High, "high"),
            Price(columns, columns.Low, "low"),
            Price(columns, columns.Close, "close")
        );
        return high >= Math.Max(open, close) && low <= Math.Min(open, close)
            ? new(line, time, open, high, low, close, Shares(columns))
            : throw new FormatException("high: open and close must lie between low and high");
    }

    private static decimal Price(BarColumns columns, int column, string name)
    {
        return
            decimal.TryParse(columns.Bytes(column, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var price)
            && decimal.Round(price, Decimals) is > 0 and var rounded
            ? rounded
            : throw new FormatException($"{name}: '{columns.Text(column, name)}' is not a price above zero, such as 1234.5");
    }

    // Interactive Brokers writes -1 where it has no volume.
    private static long Shares(BarColumns columns)
    {
        var text = columns.Bytes(columns.Volume, "volume");
        return text.SequenceEqual("-1"u8) ? 0
            : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var shares)
            && shares is >= 0 and <= long.MaxValue
                ? (long)shares
            : throw new FormatException($"volume: '{columns.Text(columns.Volume, "volume")}' is not a number of shares");
    }

    /// <summary>The New York date of a time.</summary>
    public static DateOnly DayOf(BarTime time) => time.Day ?? TradingCalendar.Nyse.TradingDay(time.At);
}
