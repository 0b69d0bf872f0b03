using System.Globalization;
using AutoTrader.Core.Market;
using CsvHelper;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// <c>splits.csv</c>: <c>symbol,date,ratio</c>, the date being the ex-date and the ratio new shares per old share: <c>7</c>, <c>7:1</c>,
/// <c>1.5</c> or, for a reverse split, <c>1:10</c>.
/// </summary>
internal static class SplitFile
{
    private static readonly string[] Columns = ["symbol", "date", "ratio"];

    /// <summary>The splits of a file by ex-date, and what is wrong with lines of it, by symbol.</summary>
    /// <exception cref="MarketFileException">A column is missing, or a line does not say which symbol it is about.</exception>
    public static (Split[] Splits, Dictionary<string, string> Problems) Read(string file)
    {
        var splits = new List<Split>();
        var problems = new Dictionary<string, string>(StringComparer.Ordinal);
        CsvFormat.Read(file, Columns, csv =>
        {
            var symbol = Symbol.Normalize(CsvFormat.Text(csv, file, "symbol"));
            if (!Symbol.IsValid(symbol))
            {
                throw MarketFileException.At(file, csv, "symbol", $"'{symbol}' is not a symbol");
            }

            try
            {
                splits.Add(ReadSplit(csv, file, symbol));
            }
            catch (MarketFileException failure)
            {
                problems[symbol] = failure.Message;
            }
        });
        return ([.. splits.OrderBy(split => split.ExDate).ThenBy(split => split.Symbol, StringComparer.Ordinal)], problems);
    }

    private static Split ReadSplit(CsvReader csv, string file, string symbol)
    {
        var date = CsvFormat.Text(csv, file, "date");
        if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            throw MarketFileException.At(file, csv, "date", $"'{date}' is not a date such as 2014-06-09");
        }

        var ratio = CsvFormat.Text(csv, file, "ratio");
        if (Parse(ratio) is not var (numerator, denominator))
        {
            throw MarketFileException.At(file, csv, "ratio", $"'{ratio}' is not a ratio such as 7, 7:1 or 1:10");
        }

        return new(symbol, day, numerator, denominator);
    }

    private static (int Numerator, int Denominator)? Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 2 || Number(parts[0]) is not { } up || (parts.Length == 2 ? Number(parts[1]) : 1) is not { } down)
        {
            return null;
        }

        while (up != Math.Floor(up) || down != Math.Floor(down))
        {
            (up, down) = (up * 10, down * 10);
        }

        if (up > int.MaxValue || down > int.MaxValue)
        {
            return null;
        }

        var (a, b) = ((int)up, (int)down);
        for (var (x, y) = (a, b); ; (x, y) = (y, x % y))
        {
            if (y == 0)
            {
                return (a / x, b / x);
            }
        }
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(
            text,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out var number
        ) && number is > 0 and < 1_000_000
            ? number
            : null;
}
