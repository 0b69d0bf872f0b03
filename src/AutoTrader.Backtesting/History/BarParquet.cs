using System.Globalization;
using System.Text.Json;
using AutoTrader.Core.Market;
using Parquet;
using Parquet.Schema;

namespace AutoTrader.Backtesting.History;

/// <summary>A file of the cache that cannot be read: it is to be fetched anew.</summary>
/// <param name="file">The file.</param>
/// <param name="innerException">The failure beneath.</param>
internal sealed class DamagedFileException(string file, Exception? innerException)
    : Exception($"{file} is damaged{(innerException is null ? "" : $" ({innerException.Message})")}", innerException)
{
    /// <summary>The file.</summary>
    public string File { get; } = file;
}

/// <summary>
/// The cache's files in Parquet, which other tools read, too: a month of bars has <c>start</c> (UTC), <c>open</c>, <c>high</c>, <c>low</c>,
/// <c>close</c> (dollars) and <c>volume</c>; a symbol's splits <c>ex_date</c>, <c>new</c> and <c>old</c> shares. What was asked for and
/// when stands in the file's metadata, with a hash of the rows, so that a file with a lost bit is found. A file is written beside itself and
/// then takes its place: one that is there is whole.
/// </summary>
internal static class BarParquet
{
    private const string AskedKey = "autotrader.asked";
    private const string FromKey = "autotrader.from";
    private const string ToKey = "autotrader.to";
    private const string HashKey = "autotrader.sha256";

    // Prices have at most six decimals where they are read (docs/backtests.md).
    private const int Digits = 18;
    private const int Decimals = 6;

    private static readonly DateTimeDataField Start = new("start", DateTimeFormat.Timestamp, unit: DateTimeTimeUnit.Millis);
    private static readonly DecimalDataField Open = new("open", Digits, Decimals);
    private static readonly DecimalDataField High = new("high", Digits, Decimals);
    private static readonly DecimalDataField Low = new("low", Digits, Decimals);
    private static readonly DecimalDataField Close = new("close", Digits, Decimals);
    private static readonly DataField<long> Volume = new("volume");
    private static readonly ParquetSchema Bars = new(Start, Open, High, Low, Close, Volume);

    private static readonly DateTimeDataField ExDate = new("ex_date", DateTimeFormat.Timestamp, unit: DateTimeTimeUnit.Millis);
    private static readonly DataField<int> New = new("new");
    private static readonly DataField<int> Old = new("old");
    private static readonly ParquetSchema Splits = new(ExDate, New, Old);

    /// <summary>Reads a month.</summary>
    /// <param name="file">The file.</param>
    /// <param name="symbol">Whose bars they are.</param>
    /// <param name="length">How long they are; a day makes one of each session.</param>
    /// <exception cref="DamagedFileException">It is no such file, or not as it was written.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static Task<CachedMonth> ReadMonthAsync(string file, string symbol, TimeSpan length) =>
        ReadAsync(file, async (reader, metadata) =>
        {
            var bars = new List<Bar>();
            foreach (var group in reader.RowGroups)
            {
                var starts = await ColumnAsync<DateTime>(group, Start);
                var (open, high) = (await ColumnAsync<decimal>(group, Open), await ColumnAsync<decimal>(group, High));
                var (low, close) = (await ColumnAsync<decimal>(group, Low), await ColumnAsync<decimal>(group, Close));
                var volume = await ColumnAsync<long>(group, Volume);
                for (var i = 0; i < starts.Length; i++)
                {
                    var start = Utc(starts[i]);
                    bars.Add(new(symbol, start, LengthOf(start, length), open[i], high[i], low[i], close[i], volume[i]));
                }
            }

            Require(metadata[HashKey] == HashOf(bars));
            return new CachedMonth(bars, JsonSerializer.Deserialize<Dictionary<DateOnly, DateTimeOffset>>(metadata[AskedKey])!);
        });

    /// <summary>Writes a month.</summary>
    public static Task WriteAsync(string file, CachedMonth month) =>
        WriteAsync(
            file,
            Bars,
            new() { [AskedKey] = JsonSerializer.Serialize(month.Asked), [HashKey] = HashOf(month.Bars) },
            month.Bars.Count == 0
                ? null
                : async group =>
                {
                    await group.WriteAsync<DateTime>(Start, month.Bars.Select(bar => bar.Start.UtcDateTime).ToArray());
                    await group.WriteAsync<decimal>(Open, month.Bars.Select(bar => bar.Open).ToArray());
                    await group.WriteAsync<decimal>(High, month.Bars.Select(bar => bar.High).ToArray());
                    await group.WriteAsync<decimal>(Low, month.Bars.Select(bar => bar.Low).ToArray());
                    await group.WriteAsync<decimal>(Close, month.Bars.Select(bar => bar.Close).ToArray());
                    await group.WriteAsync<long>(Volume, month.Bars.Select(bar => bar.Volume).ToArray());
                }
        );

    /// <summary>Reads a symbol's splits.</summary>
    /// <exception cref="DamagedFileException">It is no such file, or not as it was written.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static Task<CachedSplits> ReadSplitsAsync(string file, string symbol) => ReadAsync(file, async (reader, metadata) =>
        {
            var splits = new List<Split>();
            foreach (var group in reader.RowGroups)
            {
                var days = await ColumnAsync<DateTime>(group, ExDate);
                var (shares, before) = (await ColumnAsync<int>(group, New), await ColumnAsync<int>(group, Old));
                splits.AddRange(days.Select((day, i) => new Split(symbol, DateOnly.FromDateTime(day), shares[i], before[i])));
            }

            Require(metadata[HashKey] == HashOf(splits));
            return new CachedSplits(
                Day(metadata[FromKey]),
                Day(metadata[ToKey]),
                DateTimeOffset.Parse(metadata[AskedKey], CultureInfo.InvariantCulture),
                splits
            );
        });

    /// <summary>Writes a symbol's splits.</summary>
    public static Task WriteAsync(string file, CachedSplits known) =>
        WriteAsync(
            file,
            Splits,
            new()
            {
                [FromKey] = Day(known.From),
                [ToKey] = Day(known.To),
                [AskedKey] = known.AskedAt.ToString("O", CultureInfo.InvariantCulture),
                [HashKey] = HashOf(known.Splits),
            },
            known.Splits.Count == 0
                ? null
                : async group =>
                {
                    await group.WriteAsync<DateTime>(
                        ExDate,
                        known.Splits.Select(split => split.ExDate.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)).ToArray()
                    );
                    await group.WriteAsync<int>(New, known.Splits.Select(split => split.Numerator).ToArray());
                    await group.WriteAsync<int>(Old, known.Splits.Select(split => split.Denominator).ToArray());
                }
        );

    private static async Task<T> ReadAsync<T>(string file, Func<ParquetReader, IReadOnlyDictionary<string, string>, Task<T>> read)
    {
        using var bytes = new MemoryStream(await File.ReadAllBytesAsync(file));
        try
        {
            await using var reader = await ParquetReader.CreateAsync(bytes);
            return await read(reader, reader.CustomMetadata);
        }
        // What a broken file makes of its reader is anything.
        catch (Exception broken) when (broken is not DamagedFileException)
        {
            throw new DamagedFileException(file, broken);
        }
    }

    private static async Task WriteAsync(
        string file,
        ParquetSchema schema,
        Dictionary<string, string> metadata,
        Func<ParquetRowGroupWriter, Task>? rows
    )
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var beside = $"{file}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var stream = File.Create(beside))
            {
                await using (var writer = await ParquetWriter.CreateAsync(schema, stream))
                {
                    writer.CustomMetadata = metadata;
                    if (rows is not null)
                    {
                        using var group = writer.CreateRowGroup();
                        await rows(group);
                    }
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, file, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private static async Task<T[]> ColumnAsync<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var values = new T[group.RowCount];
        await group.ReadAsync<T>(field, values.AsMemory());
        return values;
    }

    private static void Require(bool isSo)
    {
        if (!isSo)
        {
            throw new InvalidDataException("its rows are not those that were written");
        }
    }

    private static string HashOf(IReadOnlyList<Bar> bars)
    {
        using var hash = new DataHash();
        if (bars.Count > 0)
        {
            hash.Add(bars);
        }

        return hash.ToString();
    }

    private static string HashOf(IReadOnlyList<Split> splits)
    {
        using var hash = new DataHash();
        hash.Add(splits);
        return hash.ToString();
    }

    private static TimeSpan LengthOf(DateTimeOffset start, TimeSpan length)
    {
        var close = TradingCalendar.Nyse.SessionAt(start)!.Close;
        return start + length < close ? length : close - start;
    }

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
