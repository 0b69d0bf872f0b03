using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoTrader.Contracts;

/// <summary>How the API writes JSON: snake_case names, decimals as texts, instants in UTC, enums by their snake_case name.</summary>
public static class ContractJson
{
    /// <summary>For answers: what is null is written.</summary>
    public static JsonSerializerOptions Answers { get; } = Make(JsonIgnoreCondition.Never);

    /// <summary>For requests: what is null is left out.</summary>
    public static JsonSerializerOptions Requests { get; } = Make(JsonIgnoreCondition.WhenWritingNull);

    private static JsonSerializerOptions Make(JsonIgnoreCondition ignored)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = ignored,
            TypeInfoResolver = ContractTypes.Default,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new DecimalText(), new UtcInstant(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };
        options.MakeReadOnly();
        return options;
    }

    private sealed class DecimalText : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number ? reader.GetDecimal()
            : decimal.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw new JsonException("It is not a number.");

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString("0.##########", CultureInfo.InvariantCulture));
    }

    private sealed class UtcInstant : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
    }
}
