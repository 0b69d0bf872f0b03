using DurableTask.Core;
using DurableTask.Core.History;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace AutoTrader.LocalHost.Durable.InMemory;

/// <summary>An instance as JSON.</summary>
internal static class InstanceSnapshot
{
    // Types are named only where the member does not determine them: history events, and dictionaries behind interfaces.
    private static readonly JsonSerializerSettings Settings = new()
    {
        TypeNameHandling = TypeNameHandling.Auto,
        SerializationBinder = new EngineTypes(),
        ConstructorHandling = ConstructorHandling.AllowNonPublicDefaultConstructor,
        NullValueHandling = NullValueHandling.Ignore,
        // A payload that looks like a date stays the text that it is.
        DateParseHandling = DateParseHandling.None,
    };

    public static string Write(Instance instance) =>
        JsonConvert.SerializeObject(
            new Content(
                instance.State,
                instance.History,
                [.. instance.Messages.Select(one => new Queued(one.Message, one.Due, one.Sequence))]
            ),
            Settings
        );

    public static Instance Read(string id, string json)
    {
        var content = JsonConvert.DeserializeObject<Content>(json, Settings)
            ?? throw new JsonSerializationException($"The snapshot of {id} is empty.");
        var instance = new Instance(id) { State = content.State, History = content.History };
        instance.Messages.AddRange(content.Messages.Select(one => new QueuedMessage(instance, one.Message, one.Due, one.Sequence)));
        return instance;
    }

    private sealed record Content(OrchestrationState State, IList<HistoryEvent> History, List<Queued> Messages);

    private sealed record Queued(TaskMessage Message, DateTimeOffset Due, long Sequence);

    // JSON that names types can make any of them; these do nothing but hold values.
    private sealed class EngineTypes : DefaultSerializationBinder
    {
        private static readonly HashSet<Type> Values =
        [
            typeof(string),
            typeof(object),
            typeof(decimal),
            typeof(Guid),
            typeof(DateTime),
            typeof(DateTimeOffset),
        ];

        public override Type BindToType(string? assemblyName, string typeName)
        {
            var type = base.BindToType(assemblyName, typeName);
            return IsHarmless(type) ? type : throw new JsonSerializationException($"A snapshot does not hold a {typeName}.");
        }

        private static bool IsHarmless(Type type) =>
            type.Assembly == typeof(HistoryEvent).Assembly
            || type.IsPrimitive
            || Values.Contains(type)
            || (type.IsArray && IsHarmless(type.GetElementType()!))
            || (
                type.IsGenericType
                && type.GetGenericTypeDefinition() is var definition
                && (definition == typeof(Dictionary<,>) || definition == typeof(List<>))
                && Array.TrueForAll(type.GetGenericArguments(), IsHarmless)
            );
    }
}
