using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AutoTrader.Contracts;

/// <summary>How the API writes JSON: snake_case names, decimals as texts, instants in UTC, enums by their snake_case name.</summary>
public static class ContractJson
{
    /// <summary>For responses: nulls are written.</summary>
    public static JsonSerializerOptions Responses { get; } = With(ContractTypes.Default);

    /// <summary>For requests: nulls are omitted.</summary>
    public static JsonSerializerOptions Requests { get; } = With(ContractTypes.Default, JsonIgnoreCondition.WhenWritingNull);

    /// <summary>The same for other types than those of this client.</summary>
    /// <param name="types">The metadata of the types.</param>
    /// <param name="ignored">Which values are omitted.</param>
    public static JsonSerializerOptions With(IJsonTypeInfoResolver types, JsonIgnoreCondition ignored = JsonIgnoreCondition.Never)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = ignored,
            TypeInfoResolver = types,
            // Answers are application/json with nosniff: quotes and signs stay readable.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new DecimalText(), new UtcInstant(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>A number as text, without trailing zeros, and quotients cut off at ten decimals.</summary>
    public static string Text(decimal value) => value.ToString("0.##########", CultureInfo.InvariantCulture);

    /// <summary>An instant in ISO 8601, UTC.</summary>
    public static string Text(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private sealed class DecimalText : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number ? reader.GetDecimal()
            : decimal.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw new JsonException("It is not a number.");

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Text(value));
    }

    private sealed class UtcInstant : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Text(value));
    }
}
