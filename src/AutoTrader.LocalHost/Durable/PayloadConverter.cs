using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace AutoTrader.LocalHost.Durable;

/// <summary>Writes and reads payloads as the worker does on the real host.</summary>
internal sealed class PayloadConverter : DataConverter
{
    private readonly JsonDataConverter _json = new(new JsonSerializerOptions { PropertyNameCaseInsensitive = true });

    private PayloadConverter() { }

    /// <summary>The one there is.</summary>
    public static PayloadConverter Default { get; } = new();

    /// <inheritdoc/>
    public override string? Serialize(object? value) => _json.Serialize(value);

    /// <inheritdoc/>
    public override object? Deserialize(string? data, Type targetType) =>
        targetType == typeof(Payload) ? new Payload(data) : _json.Deserialize(data, targetType);
}

/// <summary>A payload that is read when somebody says as what.</summary>
/// <param name="Json">Null for none.</param>
internal sealed record Payload(string? Json);
