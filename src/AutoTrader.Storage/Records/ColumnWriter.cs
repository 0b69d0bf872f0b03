using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AutoTrader.Core.Orders;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Records;

/// <summary>
/// Writes the values of a record as columns: decimals as invariant strings, enums by snake_case name, instants as UTC, nested records
/// as JSON. A null leaves its column out, which clears it, since rows are replaced whole.
/// </summary>
internal readonly struct ColumnWriter(TableEntity entity)
{
    /// <summary>Between the name of a column and the number of a further piece of a text that is too long for one.</summary>
    public const string PieceMark = "__";

    /// <summary>The duration without an end.</summary>
    public const string Endless = "none";

    // Below the limit, so that a piece can end before a surrogate pair.
    private const int PieceLength = EntityGroup.MaxStringLength - 8;

    public void Text(string name, string? value)
    {
        if (value is null || value.Length <= PieceLength)
        {
            Set(name, value);
            return;
        }

        for (var (start, piece) = (0, 0); start < value.Length; piece++)
        {
            var length = Math.Min(PieceLength, value.Length - start);
            if (char.IsHighSurrogate(value[start + length - 1]))
            {
                length++;
            }

            length = Math.Min(length, value.Length - start);
            Set(piece == 0 ? name : PieceName(name, piece), value.Substring(start, length));
            start += length;
        }
    }

    public void Decimal(string name, decimal? value) => Set(name, value?.ToString(CultureInfo.InvariantCulture));

    public void Integer(string name, int? value) => Set(name, value);

    public void Long(string name, long value) => Set(name, value);

    public void Flag(string name, bool? value) => Set(name, value);

    // The year 1 is never intended: it is an instant that was not set.
    public void Instant(string name, DateTimeOffset? value) =>
        Set(name, value is null || value == default(DateTimeOffset) ? null : value.Value.ToUniversalTime());

    public void Date(string name, DateOnly? value) => Set(name, value?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public void Word<T>(string name, T value)
        where T : struct, Enum => Set(name, WireNames.Of(value));

    public void Word<T>(string name, T? value)
        where T : struct, Enum => Set(name, value is { } word ? WireNames.Of(word) : null);

    public void Duration(string name, TimeSpan? value) =>
        Set(name, value == Timeout.InfiniteTimeSpan ? Endless : value?.ToString("c", CultureInfo.InvariantCulture));

    public void Json<T>(string name, T? value, JsonTypeInfo<T> type)
        where T : class
    {
        if (value is not null)
        {
            Text(name, JsonSerializer.Serialize(value, type));
        }
    }

    public void List<T>(string name, IReadOnlyList<T> values, JsonTypeInfo<T[]> type) =>
        Json(name, values.Count == 0 ? null : values.ToArray(), type);

    public void Map<T>(string name, IReadOnlyDictionary<string, T> values, JsonTypeInfo<Dictionary<string, T>> type) =>
        Json(name, values.Count == 0 ? null : new Dictionary<string, T>(values, StringComparer.Ordinal), type);

    internal static string PieceName(string name, int piece) => name + PieceMark + piece.ToString(CultureInfo.InvariantCulture);

    private void Set(string name, object? value)
    {
        if (value is not null)
        {
            entity[name] = value;
        }
    }
}
