using System.Text;

namespace AutoTrader.Core;

/// <summary>CSV files as RFC 4180 has them: a header, lines that end in CR LF, and quotes where a value needs them.</summary>
public static class CsvText
{
    private const string NewLine = "\r\n";

    /// <summary>Writes one.</summary>
    /// <param name="header">The names of its columns, with commas between them.</param>
    /// <param name="rows">The values of each row, in the order of the columns.</param>
    public static string Write(string header, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var text = new StringBuilder(header).Append(NewLine);
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(Quoted)).Append(NewLine);
        }

        return text.ToString();
    }

    private static string Quoted(string value) =>
        value.AsSpan().ContainsAny(",\"\r\n") ? "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : value;
}
