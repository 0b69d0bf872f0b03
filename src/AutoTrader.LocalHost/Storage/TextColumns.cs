using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;

namespace AutoTrader.LocalHost.Storage;

/// <summary>A text of any length in a table's row: a string column holds 32,768 characters, a binary one 64 KiB, a row 1 MiB.</summary>
internal static class TextColumns
{
    private const int LongestPlain = 30_000;
    private const int Part = 60_000;
    private const int LongestPacked = 15 * Part;

    /// <summary>Puts a text into a row, compressed when it is long.</summary>
    /// <returns>How many bytes of a request it takes.</returns>
    /// <exception cref="InvalidOperationException">It is too long even so.</exception>
    public static int Write(TableEntity row, string column, string text)
    {
        if (text.Length <= LongestPlain)
        {
            row[column] = text;
            return JsonEncodedText.Encode(text).EncodedUtf8Bytes.Length;
        }

        var packed = Pack(text);
        if (packed.Length > LongestPacked)
        {
            throw new InvalidOperationException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The row {row.RowKey} has {text.Length} characters, {packed.Length} bytes compressed; it can hold {LongestPacked}."
                )
            );
        }

        var parts = packed.Chunk(Part).ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            row[Name(column, i)] = parts[i];
        }

        return Base64.GetMaxEncodedToUtf8Length(packed.Length);
    }

    /// <summary>The text that <see cref="Write"/> put into a row.</summary>
    public static string Read(TableEntity row, string column)
    {
        if (row.GetString(column) is { } text)
        {
            return text;
        }

        using var packed = new MemoryStream();
        for (var i = 0; row.GetBinary(Name(column, i)) is { } part; i++)
        {
            packed.Write(part);
        }

        packed.Position = 0;
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Name(string column, int part) => string.Create(CultureInfo.InvariantCulture, $"{column}Packed{part}");

    private static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }
}
