using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AutoTrader.Functions.Views;

/// <summary>How answers are written: as <see cref="ContractJson"/> says. The worker's own options are not touched: other payloads use
/// them.</summary>
internal static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = ContractJson.With(new DefaultJsonTypeInfoResolver());
}
