using System.Diagnostics.CodeAnalysis;
using AutoTrader.Core.Market;
using CsvHelper;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// Where the columns of a file are, by the names that exports give them: Yahoo and yfinance, Stooq (<c>&lt;DATE&gt;</c>), Alpaca
/// (<c>t,o,h,l,c,v</c>), Interactive Brokers, and pandas, whose index has no name. Columns of other names are not used.
/// </summary>
internal sealed class BarColumns
{
    // The first name that the header has counts: a pandas index without a name may count rows only.
    private static readonly string[] TimeNames = ["timestamp", "datetime", "date time", "date_time", "t", "date", "time", "index", ""];

    private readonly CsvReader _csv;
    private readonly string _file;
    private readonly string _symbol;
    private readonly ILookup<string, int> _columns;

    /// <summary>Finds the columns of a file whose header has been read.</summary>
    /// <exception cref="MarketFileException">One is missing, or there twice; says which columns there are.</exception>
    public BarColumns(CsvReader csv, string file, string symbol)
    {
        (_csv, _file, _symbol) = (csv, file, symbol);
        _columns = csv
            .Headers.Select((header, column) => (Name: header.Trim().TrimStart('<').TrimEnd('>').ToLowerInvariant(), Column: column))
            .ToLookup(it => it.Name, it => it.Column, StringComparer.Ordinal);
        IsFramed = csv.Headers.Count > 0 && csv.Headers[0].Trim().Equals("Price", StringComparison.OrdinalIgnoreCase);
        TimeColumn = IsFramed ? 0 : Find("timestamp", TimeNames);
        ClockColumn = _columns["date"].Contains(TimeColumn) ? _columns["time"].FirstOrDefault(-1) : -1;
        Open = Find("open", ["open", "o"]);
        High = Find("high", ["high", "h"]);
        Low = Find("low", ["low", "l"]);
        Close = Find("close", ["close", "c"]);
        Volume = Find("volume", ["volume", "vol", "v"]);
        SymbolColumn = _columns["symbol"].Concat(_columns["ticker"]).FirstOrDefault(-1);
    }

    /// <summary>Whether two rows that name the symbol and the index follow the header, as yfinance writes a table.</summary>
    public bool IsFramed { get; }

    public int Open { get; }

    public int High { get; }

    public int Low { get; }

    public int Close { get; }

    public int Volume { get; }

    private int TimeColumn { get; }

    private int ClockColumn { get; }

    private int SymbolColumn { get; }

    /// <summary>The time of the row, date and time of day joined where they are two columns.</summary>
    public string Time()
    {
        var text = Text(TimeColumn, "timestamp");
        return ClockColumn < 0 ? text : $"{text} {Text(ClockColumn, "time")}";
    }

    /// <summary>A field that must not be empty.</summary>
    /// <exception cref="FormatException">It is.</exception>
    public string Text(int column, string name) =>
        _csv.GetString(column) is { Length: > 0 } text ? text : throw new FormatException($"{name}: the value is missing");

    /// <summary>A field that must not be empty, as UTF-8.</summary>
    /// <exception cref="FormatException">It is.</exception>
    public ReadOnlySpan<byte> Bytes(int column, string name) =>
        _csv.GetSpan(column) is { Length: > 0 } bytes ? bytes : throw new FormatException($"{name}: the value is missing");

    /// <summary>Whether the row is one of those that yfinance puts under the header.</summary>
    /// <exception cref="MarketFileException">It names another symbol.</exception>
    public bool IsFrame()
    {
        if (!IsFramed)
        {
            return false;
        }

        var first = _csv.GetString(0);
        if (first is "Ticker" && _csv.GetString(Close) is var ticker && !IsSymbol(ticker))
        {
            throw MarketFileException.At(_file, _csv, "Ticker", $"the bars are of {ticker}, not of {_symbol}");
        }

        return first is "Ticker" or "Date" or "Datetime";
    }

    /// <summary>Why the row as a whole is not a bar of the symbol; null when it may be one.</summary>
    public string? Problem()
    {
        for (var i = _csv.Headers.Count; i < _csv.FieldCount; i++)
        {
            if (!_csv.IsEmpty(i))
            {
                return "it has more fields than the header has columns; write numbers without thousands separators";
            }
        }

        return SymbolColumn >= 0 && _csv.GetString(SymbolColumn) is var other && !IsSymbol(other) ? $"it is a bar of {other}" : null;
    }

    // Stooq adds the country.
    private bool IsSymbol(string text) => Symbol.Normalize(text) is var named && (named == _symbol || named == _symbol + ".US");

    private int Find(string column, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            switch (_columns[name].ToList())
            {
                case [var only]:
                    return only;
                case [_, _, ..]:
                    Fail(name, "the column is there twice");
                    break;
            }
        }

        Fail(column, "the column is missing");
        return -1;
    }

    [DoesNotReturn]
    private void Fail(string column, string problem) =>
        throw new MarketFileException(
            $"{Path.GetFileName(_file)}, line 1, {column}: {problem}. The header is '{string.Join(',', _csv.Headers)}'; it must name "
                + "timestamp (or date and time), open, high, low, close and volume"
        );
}
