using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>JSON of views that combine several responses, in the API's format.</summary>
internal static class CliJson
{
    public static JsonSerializerOptions Responses { get; } = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(ContractJson.Responses)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(CliTypes.Default, ContractJson.Responses.TypeInfoResolver),
        };
        options.MakeReadOnly();
        return options;
    }
}

[JsonSerializable(typeof(AgendaView))]
[JsonSerializable(typeof(Today))]
[JsonSerializable(typeof(Why))]
internal sealed partial class CliTypes : JsonSerializerContext;
