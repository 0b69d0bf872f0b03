using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Records of Alpaca's lists, each read separately: an unreadable one is logged and skipped, and does not hide the
/// others.</summary>
internal static partial class AlpacaRecord
{
    private static readonly JsonSerializerOptions Strict = new(AlpacaClient.Json) { RespectNullableAnnotations = true };

    public static T? Read<T>(JsonElement element, ILogger log)
        where T : class
    {
        try
        {
            return element.Deserialize<T>(Strict);
        }
        catch (JsonException malformed)
        {
            LogMalformed(log, IdOf(element), malformed.Message);
            return null;
        }
    }

    public static string? IdOf(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : null;

    [LoggerMessage(3205, LogLevel.Error, "Alpaca's record {Id} cannot be read and is ignored: {Reason}")]
    public static partial void LogMalformed(ILogger log, string? id, string reason);
}
