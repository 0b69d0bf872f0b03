using System.Collections;
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Mcp;

/// <summary>A value whose fields stand beside those of another in one object.</summary>
internal interface IMerged
{
    object Value { get; }

    object More { get; }
}

/// <summary>A value and what is said beside its fields.</summary>
internal sealed record With<T, TMore>(T Value, TMore More) : IMerged
    where T : notnull
    where TMore : notnull
{
    object IMerged.Value => Value;

    object IMerged.More => More;
}

/// <summary>JSON of tools: as the API writes it, with schemas made from the same types that are read and written.</summary>
internal static class ToolJson
{
    private const string ListProperty = "result";

    /// <summary>For arguments: what is not known or missing is refused.</summary>
    public static JsonSerializerOptions Arguments { get; } = Make(ReadDecimals, TakeTextsToo);

    /// <summary>For results: indented as the original's, with untrusted text marked.</summary>
    public static JsonSerializerOptions Results { get; } = Make(options => options.WriteIndented = true, UntrustedText.Mark);

    /// <summary>What a tool takes.</summary>
    public static JsonObject InputSchema(Type type)
    {
        var schema = Schema(Arguments, type, isInput: true);
        schema.TryAdd("properties", new JsonObject());
        schema["additionalProperties"] = false;
        return schema;
    }

    /// <summary>What a tool answers: always an object, as clients of older versions need it; a list is its only property.</summary>
    public static JsonObject OutputSchema(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(With<,>))
        {
            var (schema, more) = (OutputSchema(type.GenericTypeArguments[0]), OutputSchema(type.GenericTypeArguments[1]));
            foreach (var (name, property) in more["properties"]!.AsObject())
            {
                schema["properties"]![name] = property!.DeepClone();
                schema["required"]?.AsArray().Add(name);
            }

            return schema;
        }

        var own = Schema(Results, type, isInput: false);
        if (!IsList(type))
        {
            return own;
        }

        PointBelow(own, "#/properties/" + ListProperty);
        return new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { [ListProperty] = own },
            ["required"] = new JsonArray(ListProperty),
        };
    }

    // A type that is there twice is a reference from the root, which the list is no more.
    private static void PointBelow(JsonNode? node, string root)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
            {
                PointBelow(item, root);
            }
        }
        else if (node is JsonObject schema)
        {
            if (schema["$ref"] is JsonValue value && value.TryGetValue<string>(out var target))
            {
                schema["$ref"] = root + target[1..];
            }

            foreach (var (_, property) in schema)
            {
                PointBelow(property, root);
            }
        }
    }

    /// <summary>A result as JSON: an object, or an array.</summary>
    public static JsonNode Write(object result)
    {
        if (result is not IMerged merged)
        {
            return JsonSerializer.SerializeToNode(result, result.GetType(), Results)!;
        }

        var json = Write(merged.Value).AsObject();
        foreach (var (name, value) in Write(merged.More).AsObject())
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }

    /// <summary>The same as an object.</summary>
    public static JsonObject Structured(JsonNode result) => result as JsonObject ?? new JsonObject { [ListProperty] = result.DeepClone() };

    private static bool IsList(Type type) => type.IsAssignableTo(typeof(IEnumerable)) && !type.IsAssignableTo(typeof(JsonNode));

    private static JsonObject Schema(JsonSerializerOptions options, Type type, bool isInput) =>
        options
            .GetJsonSchemaAsNode(
                type,
                new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = (context, schema) => Told(context, schema, isInput) }
            )
            .AsObject();

    // The exporter cannot know what converters of ours read and write, and leaves descriptions to its user.
    private static JsonNode Told(JsonSchemaExporterContext context, JsonNode schema, bool isInput)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var isNullable = type != context.TypeInfo.Type;
        JsonObject told;
        if (UntrustedText.Is(context.PropertyInfo))
        {
            told = Typed(true, "string");
            told["description"] = UntrustedText.Description;
        }
        else if (type == typeof(decimal) && !isInput)
        {
            told = Typed(isNullable, "string");
        }
        else if (type == typeof(DateTimeOffset))
        {
            told = Typed(isNullable, "string");
            told["format"] = "date-time";
        }
        else if (schema is JsonObject own)
        {
            told = own;
        }
        else
        {
            return schema;
        }

        if (told.TryGetPropertyValue("default", out var otherwise) && otherwise is null)
        {
            told.Remove("default");
        }

        told.Remove("pattern");

        if (Description(context) is { } description)
        {
            told["description"] = description;
        }

        return told;
    }

    private static string? Description(JsonSchemaExporterContext context) =>
        Of(context.PropertyInfo?.AssociatedParameter?.AttributeProvider) ?? Of(context.PropertyInfo?.AttributeProvider);

    private static string? Of(System.Reflection.ICustomAttributeProvider? provider) =>
        provider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true) is [DescriptionAttribute { Description: var text }, ..]
            ? text
            : null;

    private static JsonObject Typed(bool isNullable, params IEnumerable<string> types)
    {
        var all = isNullable ? types.Append("null").ToList() : [.. types];
        return new() { ["type"] = all is [var only] ? only : new JsonArray([.. all.Select(type => JsonValue.Create(type))]) };
    }

    // A converter of ours would hide numbers and their defaults from the exporter.
    private static void ReadDecimals(JsonSerializerOptions options) =>
        options.Converters.Remove(options.Converters.First(converter => converter is JsonConverter<decimal>));

    private static void TakeTextsToo(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if ((Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(decimal))
            {
                property.NumberHandling = JsonNumberHandling.AllowReadingFromString;
            }
        }
    }

    private static JsonSerializerOptions Make(Action<JsonSerializerOptions> set, Action<JsonTypeInfo> change)
    {
        var options = new JsonSerializerOptions(ContractJson.Responses)
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { change } },
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
        };
        set(options);
        options.MakeReadOnly();
        return options;
    }
}
