using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Notifications;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Storage.Records;

/// <summary>
/// The JSON of nested values: snake_case names, decimals as strings. See <see cref="Nested"/> for members that are not known:
/// writing a value back without them would lose what a newer version put there.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    Converters = [
        typeof(DecimalJson),
        typeof(SnakeCaseJson<OrderSide>),
        typeof(SnakeCaseJson<OrderType>),
        typeof(SnakeCaseJson<TimeInForce>),
        typeof(SnakeCaseJson<OrderClass>),
        typeof(SnakeCaseJson<DeliveryStatus>),
    ]
)]
[JsonSerializable(typeof(Lot[]))]
[JsonSerializable(typeof(ScaleTarget[]))]
[JsonSerializable(typeof(decimal[]))]
[JsonSerializable(typeof(int[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(Attention[]))]
[JsonSerializable(typeof(Split[]))]
[JsonSerializable(typeof(GridConfig))]
[JsonSerializable(typeof(Closing))]
[JsonSerializable(typeof(DayTally))]
[JsonSerializable(typeof(TradingDay))]
[JsonSerializable(typeof(CashBook))]
[JsonSerializable(typeof(CashState))]
[JsonSerializable(typeof(ExchangeState))]
[JsonSerializable(typeof(KillSwitch))]
[JsonSerializable(typeof(RestoreMark))]
[JsonSerializable(typeof(QuietState))]
[JsonSerializable(typeof(BacktestPoint[]))]
[JsonSerializable(typeof(EquityDay))]
[JsonSerializable(typeof(EquitySample[]))]
[JsonSerializable(typeof(OrderTerms))]
[JsonSerializable(typeof(NotificationFact[]))]
[JsonSerializable(typeof(Delivery[]))]
[JsonSerializable(typeof(Dictionary<string, QuoteState>))]
[JsonSerializable(typeof(Dictionary<string, SymbolHold>))]
[JsonSerializable(typeof(Dictionary<string, int>))]
[JsonSerializable(typeof(Dictionary<string, DateTimeOffset>))]
internal sealed partial class NestedJson : JsonSerializerContext;

/// <summary>How nested values are written: the characters that people read stay as they are.</summary>
internal static class Nested
{
    /// <summary>For what must not be lost: a member that is not known makes the value unreadable.</summary>
    public static NestedJson Json { get; } = With(JsonUnmappedMemberHandling.Disallow);

    /// <summary>For the engine state: another version's members are ignored, and trading continues.</summary>
    public static NestedJson Lenient { get; } = With(JsonUnmappedMemberHandling.Skip);

    /// <summary>JSON of an earlier version with the names that its members have now.</summary>
    public static string AsNamedNow(string json) =>
        json.Contains("realised", StringComparison.Ordinal)
            ? json.Replace("realised\":", "realized\":", StringComparison.Ordinal)
                .Replace("\"unrealised_at", "\"unrealized_at", StringComparison.Ordinal)
            : json;

    private static NestedJson With(JsonUnmappedMemberHandling unmapped) =>
        new(
            new JsonSerializerOptions(NestedJson.Default.Options)
            {
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                UnmappedMemberHandling = unmapped,
            }
        );
}

/// <summary>Decimals as invariant strings, which keep every digit in every tool; numbers are read, too.</summary>
internal sealed class DecimalJson : JsonConverter<decimal>
{
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.Number => reader.GetDecimal(),
            JsonTokenType.String
                when decimal.TryParse(reader.GetString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw new JsonException("Not a decimal number."),
        };

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
}

/// <summary>Enums by their snake_case name only.</summary>
/// <typeparam name="T">The enum.</typeparam>
internal sealed class SnakeCaseJson<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
