using System.Globalization;
using CsvHelper;

namespace AutoTrader.Brokers.Market;

/// <summary>A market data file that cannot be used: names file, line and field.</summary>
/// <param name="message">What is wrong, where.</param>
public sealed class MarketFileException(string message) : FormatException(message)
{
    internal static MarketFileException At(string file, CsvReader csv, string field, string problem) =>
        new(FormattableString.Invariant($"{Path.GetFileName(file)}, line {csv.LineNumber}, {field}: {problem}"));
}

/// <summary>Reading the CSV files: columns by name in any case and order, invariant numbers, and whichever separator and encoding the file
/// shows.</summary>
internal static class CsvFormat
{
    private static readonly CsvReaderOptions Options = new()
    {
        TrimWhitespace = true,
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        FormatProvider = CultureInfo.InvariantCulture,
    };

    /// <summary>Reads every row of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="columns">The columns that it must have.</param>
    /// <param name="row">Reads one row.</param>
    /// <exception cref="MarketFileException">The file cannot be used.</exception>
    public static void Read(string file, string[] columns, Action<CsvReader> row) =>
        Read(
            file,
            csv =>
            {
                foreach (var column in columns)
                {
                    if (!csv.TryGetFieldIndex(column, out _))
                    {
                        throw new MarketFileException($"{Path.GetFileName(file)}, line 1, {column}: the column is missing");
                    }
                }
            },
            row
        );

    /// <summary>Reads every row of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="header">Looks at the columns, before the first row.</param>
    /// <param name="row">Reads one row.</param>
    /// <exception cref="MarketFileException">The file cannot be used.</exception>
    public static void Read(string file, Action<CsvReader> header, Action<CsvReader> row)
    {
        try
        {
            using var csv = CsvReader.FromFile(file, Options, FileOptions.SequentialScan);
            csv.ReadHeader();
            header(csv);
            while (csv.Read())
            {
                row(csv);
            }
        }
        catch (CsvFormatException failure)
        {
            throw new MarketFileException(
                FormattableString.Invariant(
                    $"{Path.GetFileName(file)}, line {failure.LineNumber}: {failure.Message.ReplaceLineEndings(" ")}"
                )
            );
        }
    }

    public static string Text(CsvReader csv, string file, string field)
    {
        var text = csv.GetString(field);
        return text.Length > 0 ? text : throw MarketFileException.At(file, csv, field, "the value is missing");
    }
}
