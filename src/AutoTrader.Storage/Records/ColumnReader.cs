using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AutoTrader.Core;
using AutoTrader.Core.Orders;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Records;

/// <summary>Reads what <see cref="ColumnWriter"/> wrote. A value that does not fit throws <see cref="FormatException"/>, naming the
/// column.</summary>
internal readonly struct ColumnReader(TableEntity entity, HashSet<string>? asked)
{
    public string? OptionalText(string name)
    {
        var first = Get(name);
        if (first is null)
        {
            return null;
        }

        var text = first as string ?? throw Wrong(name, "text", first);
        if (!entity.TryGetValue(ColumnWriter.PieceName(name, 1), out var piece))
        {
            return text;
        }

        var whole = new System.Text.StringBuilder(text);
        for (var number = 1; piece is string further; number++)
        {
            whole.Append(further);
            entity.TryGetValue(ColumnWriter.PieceName(name, number + 1), out piece);
        }

        return whole.ToString();
    }

    public string Text(string name) => OptionalText(name) ?? throw Missing(name);

    // Numbers may have been entered by hand in a storage explorer, with any type.
    public decimal? OptionalDecimal(string name) =>
        Get(name) switch
        {
            null => null,
            string text when decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) => number,
            int number => number,
            long number => number,
            double number when Math.Abs(number) < 1e15 => (decimal)number,
            var other => throw Wrong(name, "a number", other),
        };

    public decimal Decimal(string name) => OptionalDecimal(name) ?? throw Missing(name);

    public decimal Decimal(string name, decimal otherwise) => OptionalDecimal(name) ?? otherwise;

    public int? OptionalInteger(string name) =>
        OptionalLong(name) switch
        {
            null => null,
            >= int.MinValue and <= int.MaxValue and var number => (int)number,
            var other => throw Wrong(name, "a whole number of 32 bits", other),
        };

    public int Integer(string name) => OptionalInteger(name) ?? throw Missing(name);

    public int Integer(string name, int otherwise) => OptionalInteger(name) ?? otherwise;

    public long Long(string name, long otherwise) => OptionalLong(name) ?? otherwise;

    public bool Flag(string name, bool otherwise = false) => OptionalFlag(name) ?? otherwise;

    public bool? OptionalFlag(string name) =>
        Get(name) switch
        {
            null => null,
            bool flag => flag,
            var other => throw Wrong(name, "true or false", other),
        };

    public DateTimeOffset? OptionalInstant(string name) =>
        Get(name) switch
        {
            null => null,
            DateTimeOffset instant => instant.ToUniversalTime(),
            DateTime instant => new DateTimeOffset(instant.ToUniversalTime()),
            string text
                when DateTimeOffset.TryParse(
                    text,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                    out var instant
                ) => instant,
            var other => throw Wrong(name, "an instant", other),
        };

    public DateTimeOffset Instant(string name) => OptionalInstant(name) ?? default;

    public TimeSpan? OptionalDuration(string name) =>
        OptionalText(name) switch
        {
            null => null,
            ColumnWriter.Endless => Timeout.InfiniteTimeSpan,
            var text when TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var duration) => duration,
            var other => throw Wrong(name, $"a duration (hh:mm:ss, or {ColumnWriter.Endless} for no end)", other),
        };

    public DateOnly? OptionalDate(string name) =>
        Get(name) switch
        {
            null => null,
            string text when DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) =>
                date,
            var other => throw Wrong(name, "a date (yyyy-MM-dd)", other),
        };

    public DateOnly Date(string name) => OptionalDate(name) ?? throw Missing(name);

    public T Word<T>(string name)
        where T : struct, Enum => Word<T>(name, Text(name));

    public T Word<T>(string name, T otherwise)
        where T : struct, Enum => OptionalWord<T>(name) ?? otherwise;

    public T? OptionalWord<T>(string name)
        where T : struct, Enum => OptionalText(name) is { } text ? Word<T>(name, text) : null;

    public T? Json<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        var text = OptionalText(name);
        try
        {
            return text is null ? null : JsonSerializer.Deserialize(Nested.AsNamedNow(text), type);
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"Column '{name}' is not the JSON that belongs there: {wrong.Message}", wrong);
        }
    }

    public ValueList<T> List<T>(string name, JsonTypeInfo<T[]> type) => Json(name, type) is { } values ? values.ToValueList() : [];

    public IReadOnlyDictionary<string, T> Map<T>(string name, JsonTypeInfo<Dictionary<string, T>> type) =>
        new Dictionary<string, T>(Json(name, type) ?? [], StringComparer.Ordinal);

    /// <summary>A derived column, written for people who read the table.</summary>
    public void Derived(string name) => asked?.Add(name);

    private long? OptionalLong(string name) =>
        Get(name) switch
        {
            null => null,
            int number => number,
            long number => number,
            double number when Math.Abs(number) < 1e15 && Math.Floor(number) == number => (long)number,
            string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            var other => throw Wrong(name, "a whole number", other),
        };

    private static T Word<T>(string name, string text)
        where T : struct, Enum =>
        WireNames.Parse<T>(text) ?? throw Wrong(name, $"one of the {typeof(T).Name} that this version knows", text);

    private object? Get(string name)
    {
        asked?.Add(name);
        return entity.TryGetValue(name, out var value) ? value : null;
    }

    public static FormatException Missing(string name) => new($"Column '{name}' is missing.");

    public static FormatException Wrong(string name, string wanted, object? found) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Column '{name}' is not {wanted}: '{found}'."));
}
