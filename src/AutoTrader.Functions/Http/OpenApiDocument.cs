using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace AutoTrader.Functions.Http;

/// <summary>Writes endpoints down as OpenAPI 3.1.</summary>
internal static partial class OpenApiDocument
{
    private const string ProblemRef = "#/components/schemas/Problem";

    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    };

    /// <summary>The document.</summary>
    public static JsonObject Of(IReadOnlyList<ApiEndpoint> endpoints)
    {
        var paths = new JsonObject();
        foreach (var route in endpoints.GroupBy(endpoint => endpoint.Route, StringComparer.Ordinal))
        {
            var operations = new JsonObject();
            foreach (var endpoint in route)
            {
                operations[endpoint.Method] = Operation(endpoint);
            }

            paths["/" + route.Key] = operations;
        }

        return new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "AutoTrader",
                ["version"] = "1",
                ["description"] =
                    "Decimals are texts in answers; numbers and texts are taken. Instants are ISO 8601 in UTC. Percentages are percent "
                    + "numbers: 5 is 5 %. Errors are problem details (RFC 9457) with a code.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/api" }),
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["key"] = new JsonObject
                    {
                        ["type"] = "apiKey",
                        ["in"] = "header",
                        ["name"] = "x-functions-key",
                    },
                },
                ["schemas"] = new JsonObject { ["Problem"] = Schema(typeof(ProblemView)) },
            },
        };
    }

    private static JsonObject Operation(ApiEndpoint endpoint)
    {
        var operation = new JsonObject
        {
            ["operationId"] = endpoint.Function,
            ["summary"] = endpoint.Summary,
            ["tags"] = new JsonArray(endpoint.Tag),
            ["parameters"] = new JsonArray([.. Parameters(endpoint)]),
            ["responses"] = Responses(endpoint),
        };
        if (endpoint.Anonymous)
        {
            operation["security"] = new JsonArray();
        }

        if (endpoint.Body is not null)
        {
            var content = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = Schema(endpoint.Body) } };
            if (endpoint.RawBody is { } raw)
            {
                content[raw] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
            }

            operation["requestBody"] = new JsonObject { ["required"] = !endpoint.BodyOptional, ["content"] = content };
        }

        return operation;
    }

    private static IEnumerable<JsonNode> Parameters(ApiEndpoint endpoint)
    {
        foreach (Match part in RoutePart().Matches(endpoint.Route))
        {
            yield return Parameter(part.Groups["name"].Value, "path", true, "", new() { ["type"] = "string" });
        }

        foreach (var field in endpoint.Query)
        {
            yield return Parameter(field.Name, "query", field.Required, field.Description, Schema(field));
        }

        yield return Parameter("X-Caller", "header", false, "Who calls, for the audit.", new() { ["type"] = "string", ["maxLength"] = 64 });
        if (endpoint.TakesIfNoneMatch)
        {
            yield return Parameter(
                "If-None-Match",
                "header",
                false,
                "The ETag of the answer that you have: 304 when it is still the same.",
                new() { ["type"] = "string" }
            );
        }

        if (endpoint.TakesIfMatch)
        {
            yield return Parameter(
                "If-Match",
                "header",
                false,
                "The ETag that the change is made for, or *.",
                new() { ["type"] = "string" }
            );
        }

        if (endpoint.Key != KeyUse.None)
        {
            yield return Parameter(
                "Idempotency-Key",
                "header",
                endpoint.Key == KeyUse.Required,
                "A value of your own, new for each request: what is sent twice is done once.",
                new() { ["type"] = "string", ["maxLength"] = 255 }
            );
        }
    }

    private static JsonObject Parameter(string name, string place, bool required, string description, JsonObject schema)
    {
        var parameter = new JsonObject
        {
            ["name"] = name,
            ["in"] = place,
            ["required"] = required,
            ["schema"] = schema,
        };
        if (description.Length > 0)
        {
            parameter["description"] = description;
        }

        return parameter;
    }

    private static JsonObject Responses(ApiEndpoint endpoint)
    {
        var responses = new JsonObject { [Number(endpoint.Status)] = Good(endpoint) };
        if (endpoint.MayBeAccepted)
        {
            responses["202"] = new JsonObject
            {
                ["description"] = "The engine has it but has not answered yet. Location says where to look.",
                ["headers"] = Headers([Header.Location, Header.RetryAfter]),
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = Schema(typeof(CommandView)) } },
            };
        }

        if (endpoint.TakesIfNoneMatch)
        {
            responses["304"] = new JsonObject
            {
                ["description"] = "What you have is still the same.",
                ["headers"] = Headers(endpoint.Headers),
            };
        }

        // Others may change the same record all the time.
        int[] busy = endpoint.Anonymous || endpoint.Method == "get" ? [] : [429];
        int[] common = endpoint.Anonymous ? [400, 413] : [400, 413, 503];
        foreach (var status in common.Concat(busy).Concat(endpoint.Refusals).Concat(endpoint.Body is null ? [] : [415]).Distinct().Order())
        {
            responses[Number(status)] = new JsonObject
            {
                ["description"] = ReasonPhrases.GetReasonPhrase(status),
                ["content"] = new JsonObject
                {
                    ["application/problem+json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = ProblemRef } },
                },
            };
            if (status is 429 || (status is 503 && !endpoint.Anonymous))
            {
                responses[Number(status)]!["headers"] = Headers([Header.RetryAfter]);
            }
        }

        if (!endpoint.Anonymous)
        {
            responses["401"] = new JsonObject
            {
                ["description"] =
                    "The key is missing or wrong. The host answers it: on Azure without a body, on your machine with problem details.",
            };
        }

        return responses;
    }

    private static JsonObject Good(ApiEndpoint endpoint)
    {
        var content = new JsonObject();
        if (endpoint.Answer is { } type)
        {
            content["application/json"] = new JsonObject { ["schema"] = Schema(type) };
        }

        foreach (var media in endpoint.OtherMedia)
        {
            content[media] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
        }

        var good = new JsonObject { ["description"] = ReasonPhrases.GetReasonPhrase(endpoint.Status) };
        if (endpoint.Headers.Count > 0)
        {
            good["headers"] = Headers(endpoint.Headers);
        }

        if (content.Count > 0)
        {
            good["content"] = content;
        }

        return good;
    }

    private static JsonObject Headers(IEnumerable<Header> headers) =>
        new(
            headers.Select(header =>
                KeyValuePair.Create<string, JsonNode?>(
                    header.Name,
                    new JsonObject
                    {
                        ["description"] = header.Description,
                        ["schema"] = new JsonObject { ["type"] = "string" },
                    }
                )
            )
        );

    private static JsonNode Schema(Type type)
    {
        var schema = ApiJson.Options.GetJsonSchemaAsNode(type, Exporter);
        return Whole(schema, schema);
    }

    // The exporter refers to what it has written before by its path in the schema, which is another one in the document.
    private static JsonNode Whole(JsonNode node, JsonNode root) =>
        node switch
        {
            JsonObject { Count: 1 } only when only["$ref"] is { } path => Whole(At(path.GetValue<string>(), root), root),
            JsonObject of => new JsonObject(
                of.Select(it => KeyValuePair.Create(it.Key, it.Value is { } value ? Whole(value, root) : null))
            ),
            JsonArray list => new JsonArray([.. list.Select(it => it is null ? null : Whole(it, root))]),
            _ => node.DeepClone(),
        };

    private static JsonNode At(string path, JsonNode root) =>
        path.Split('/')
            .Skip(1)
            .Aggregate(root, (node, step) =>
                (node is JsonArray list ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)] : node[step])!
            );

    private static JsonObject Schema(IReadOnlyList<Field> fields)
    {
        var properties = new JsonObject();
        foreach (var field in fields)
        {
            properties[field.Name] = Schema(field);
        }

        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
        if (fields.Any(field => field.Required))
        {
            schema["required"] = new JsonArray([.. fields.Where(field => field.Required).Select(field => JsonValue.Create(field.Name))]);
        }

        return schema;
    }

    private static JsonObject Schema(Field field)
    {
        var schema = field.Kind switch
        {
            FieldKind.Text => new JsonObject { ["type"] = Type("string"), ["maxLength"] = field.MaxLength },
            FieldKind.Choice => new JsonObject
            {
                ["type"] = Type("string"),
                ["enum"] = new JsonArray([.. field.Choices.Select(choice => JsonValue.Create(choice))]),
            },
            FieldKind.Whole => new JsonObject
            {
                ["type"] = Type("integer", "string"),
                ["minimum"] = field.Min,
                ["maximum"] = field.Max,
            },
            FieldKind.Number => new JsonObject { ["type"] = Type("number", "string") },
            FieldKind.Flag => new JsonObject { ["type"] = Type("boolean") },
            FieldKind.List => new JsonObject
            {
                ["type"] = Type("array"),
                ["maxItems"] = field.MaxItems,
                ["items"] = Schema(field.Parts),
            },
            _ => Schema(field.Parts),
        };
        schema["description"] = field.Description;
        if (field.Default is { } otherwise)
        {
            schema["default"] = field.Kind switch
            {
                FieldKind.Flag => bool.Parse(otherwise),
                FieldKind.Whole or FieldKind.Number => decimal.Parse(otherwise, System.Globalization.CultureInfo.InvariantCulture),
                _ => otherwise,
            };
        }

        return schema;

        JsonNode Type(params string[] names)
        {
            string[] all = field.Nullable ? [.. names, "null"] : names;
            return all.Length == 1 ? JsonValue.Create(all[0]) : new JsonArray([.. all.Select(name => JsonValue.Create(name))]);
        }
    }

    // The exporter cannot look into converters.
    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var described = Described(context, schema);
        if (context.PropertyInfo is { Name: { } name } && Explained.TryGetValue(name, out var meaning) && described is JsonObject property)
        {
            property["description"] = meaning;
        }

        return described;
    }

    private static JsonNode Described(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = context.TypeInfo.Type;
        var known = Nullable.GetUnderlyingType(type) ?? type;
        var format =
            known == typeof(decimal) ? "decimal"
            : known == typeof(DateTimeOffset) ? "date-time"
            : null;
        if (format is null)
        {
            return schema;
        }

        JsonNode kind = known == type ? "string" : new JsonArray("string", "null");
        return new JsonObject { ["type"] = kind, ["format"] = format };
    }

    // What a name alone does not tell.
    private static readonly Dictionary<string, string> Explained = new(StringComparer.Ordinal)
    {
        ["avg_cost"] =
            "What a held share cost on average in dollars, without fees: of the lots that are left when sales take the oldest first.",
        ["broker_avg_cost"] = "The same as the broker tells it; it may average over sales and thus differ from avg_cost.",
        ["cost_basis"] = "What the held shares cost in dollars, without fees: the sum of their lots, oldest sold first.",
        ["unrealized_pnl"] = "Market value less cost_basis, in dollars.",
        ["realized_pnl"] = "What sales brought beyond the cost of the lots that they sold, in dollars, without fees.",
        ["fees"] = "What the broker took, in dollars; in no other figure.",
        ["profit_factor"] = "Profits divided by losses; null when there was no loss, see profit_factor_reason.",
    };

    private static string Number(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RoutePart();
}
