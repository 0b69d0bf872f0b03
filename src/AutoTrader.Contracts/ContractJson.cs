using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AutoTrader.Contracts;

/// <summary>
/// How the API reads and writes JSON: snake_case names, decimals as texts, instants in UTC, enums by their snake_case name. Numbers may be
/// sent as numbers, too; instants need an offset.
/// </summary>
public static class ContractJson
{
    private const int MaxDecimals = 10;
    private const int MaxNumberLength = 64;

    /// <summary>What is said of a number with more decimals than are kept, after its name.</summary>
    public static string TooFine { get; } = FormattableString.Invariant($"has at most {MaxDecimals} decimals.");

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
            TypeInfoResolver = types.WithAddedModifier(OptionalConverter.OmitAbsent),
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
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.Number when reader.HasValueSequence => Encoding.UTF8.GetString(reader.ValueSequence),
                JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
                _ => "",
            };
            if (
                text.Length > MaxNumberLength
                || !decimal.TryParse(
                    text,
                    NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                    CultureInfo.InvariantCulture,
                    out var number
                )
            )
            {
                throw new JsonException("must be a number, or a text that holds one.");
            }

            // A number too small for a decimal reads as zero, which is a different number.
            var isLost = number == 0 && text.TakeWhile(letter => letter is not ('e' or 'E')).Any(letter => letter is >= '1' and <= '9');
            return isLost || decimal.Round(number, MaxDecimals) != number ? throw new JsonException(TooFine) : number;
        }

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Text(value));
    }

    private sealed class UtcInstant : JsonConverter<DateTimeOffset>
    {
        // Without an offset an instant is ambiguous.
        private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String
            && DateTimeOffset.TryParseExact(
                reader.GetString(),
                Forms,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var instant
            )
                ? instant
                : throw new JsonException("must be an instant such as 2026-02-02T21:00:00Z.");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Text(value));
    }
}
