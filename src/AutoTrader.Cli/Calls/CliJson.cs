using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Calls;

/// <summary>JSON of what the client makes of several answers, written as the API writes its own.</summary>
internal static class CliJson
{
    public static JsonSerializerOptions Answers { get; } = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(ContractJson.Answers)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(CliTypes.Default, ContractJson.Answers.TypeInfoResolver),
        };
        options.MakeReadOnly();
        return options;
    }
}

[JsonSerializable(typeof(AgendaView))]
[JsonSerializable(typeof(Today))]
[JsonSerializable(typeof(Why))]
internal sealed partial class CliTypes : JsonSerializerContext;
