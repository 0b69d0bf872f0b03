using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace AutoTrader.Functions.Http;

/// <summary>Describes endpoints as OpenAPI 3.1.</summary>
internal sealed partial class OpenApiDescription
{
    private const string Json = "application/json";
    private const string Problem = "Problem";
    private const string Key = "key";

    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    };

    private readonly OpenApiDocument _document = new()
    {
        Info = new()
        {
            Title = "AutoTrader",
            Version = "1",
            Description =
                "Responses write decimals as strings; requests may use numbers or strings. Instants are ISO 8601 in UTC. "
                + "Percentages are percent "
                + "numbers: 5 is 5 %. Errors are problem details (RFC 9457) with a code.",
        },
        Servers = [new() { Url = "/api" }],
        Paths = [],
        Tags = new HashSet<OpenApiTag>(),
    };

    private OpenApiDescription() { }

    /// <summary>The document as JSON.</summary>
    public static string Of(IReadOnlyList<ApiEndpoint> endpoints)
    {
        var description = new OpenApiDescription();
        description.Describe(endpoints);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        description._document.SerializeAsV31(new OpenApiJsonWriter(text, new() { Terse = true }));
        return text.ToString();
    }

    private void Describe(IReadOnlyList<ApiEndpoint> endpoints)
    {
        _document.AddComponent(Problem, Schema(typeof(ProblemView)));
        _document.AddComponent<IOpenApiSecurityScheme>(
            Key,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "x-functions-key",
            }
        );
        _document.Security = [new() { [new(Key, _document)] = [] }];
        foreach (var tag in endpoints.Select(endpoint => endpoint.Tag).Distinct(StringComparer.Ordinal))
        {
            _document.Tags!.Add(new() { Name = tag });
        }

        foreach (var route in endpoints.GroupBy(endpoint => endpoint.Route, StringComparer.Ordinal))
        {
            _document.Paths.Add(
                "/" + route.Key,
                new OpenApiPathItem { Operations = route.ToDictionary(endpoint => HttpMethod.Parse(endpoint.Method), Operation) }
            );
        }
    }

    private OpenApiOperation Operation(ApiEndpoint endpoint) =>
        new()
        {
            OperationId = endpoint.Function,
            Summary = endpoint.Summary,
            Tags = new HashSet<OpenApiTagReference> { new(endpoint.Tag, _document) },
            Parameters = [.. Parameters(endpoint)],
            RequestBody = endpoint.Body is null ? null : Body(endpoint),
            Responses = Responses(endpoint),
            Security = endpoint.Anonymous ? [] : null,
        };

    private static OpenApiRequestBody Body(ApiEndpoint endpoint)
    {
        var content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal) { [Json] = Media(Schema(endpoint.Members)) };
        if (endpoint.RawBody is { } raw)
        {
            content[raw] = Media(Text());
        }

        return new() { Required = !endpoint.BodyOptional, Content = content };
    }

    private static IEnumerable<IOpenApiParameter> Parameters(ApiEndpoint endpoint)
    {
        foreach (Match part in RoutePart().Matches(endpoint.Route))
        {
            yield return Parameter(part.Groups["name"].Value, ParameterLocation.Path, true, null, Text());
        }

        foreach (var member in endpoint.Parameters)
        {
            yield return Parameter(member.Name, ParameterLocation.Query, member.IsRequired, member.Description, Schema(member));
        }

        yield return Header("X-Caller", "The caller's name, for the audit.", maxLength: 64);
        if (endpoint.TakesIfNoneMatch)
        {
            yield return Header("If-None-Match", "The ETag of your copy; 304 when it is still current.");
        }

        if (endpoint.TakesIfMatch)
        {
            yield return Header("If-Match", "The ETag of the version to change, or *.");
        }

        if (endpoint.Key != KeyUse.None)
        {
            yield return Header(
                "Idempotency-Key",
                "A new value for each request; a repeated value runs the request once.",
                maxLength: 255,
                endpoint.Key == KeyUse.Required
            );
        }
    }

    private static OpenApiParameter Header(string name, string description, int? maxLength = null, bool required = false) =>
        Parameter(name, ParameterLocation.Header, required, description, Text(maxLength));

    private static OpenApiParameter Parameter(
        string name,
        ParameterLocation place,
        bool required,
        string? description,
        OpenApiSchema schema
    ) =>
        new()
        {
            Name = name,
            In = place,
            Required = required,
            Description = description,
            Schema = schema,
        };

    private OpenApiResponses Responses(ApiEndpoint endpoint)
    {
        var responses = new OpenApiResponses { [Number(endpoint.Status)] = Good(endpoint) };
        if (endpoint.MayBeAccepted)
        {
            responses["202"] = new OpenApiResponse
            {
                Description = "The engine has the command but has not run it yet. Location has the address of its outcome.",
                Headers = Headers([Http.Header.Location, Http.Header.RetryAfter]),
                Content = Content(Json, Schema(typeof(CommandView))),
            };
        }

        if (endpoint.TakesIfNoneMatch)
        {
            responses["304"] = new OpenApiResponse { Description = "Your copy is still current.", Headers = Headers(endpoint.Headers) };
        }

        // Others may change the same record all the time.
        int[] busy = endpoint.Anonymous || endpoint.Method == "get" ? [] : [429];
        int[] common = endpoint.Anonymous ? [400, 413] : [400, 413, 503];
        foreach (var status in common.Concat(busy).Concat(endpoint.Refusals).Concat(endpoint.Body is null ? [] : [415]).Distinct().Order())
        {
            responses[Number(status)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = Content("application/problem+json", new OpenApiSchemaReference(Problem, _document)),
                Headers = status is 429 || (status is 503 && !endpoint.Anonymous) ? Headers([Http.Header.RetryAfter]) : null,
            };
        }

        if (!endpoint.Anonymous)
        {
            responses["401"] = new OpenApiResponse
            {
                Description =
                    "The key is missing or wrong. The host sends this response: without a body on Azure, with problem details locally.",
            };
        }

        return responses;
    }

    private OpenApiResponse Good(ApiEndpoint endpoint)
    {
        var content = endpoint.Response is { } type ? Content(Json, Schema(type)) : new(StringComparer.Ordinal);
        foreach (var media in endpoint.OtherMedia)
        {
            content[media] = Media(Text());
        }

        return new()
        {
            Description = ReasonPhrases.GetReasonPhrase(endpoint.Status),
            Headers = endpoint.Headers.Count > 0 ? Headers(endpoint.Headers) : null,
            Content = content.Count > 0 ? content : null,
        };
    }

    private static Dictionary<string, IOpenApiHeader> Headers(IEnumerable<Header> headers) =>
        headers.ToDictionary(
            header => header.Name,
            IOpenApiHeader (header) => new OpenApiHeader { Description = header.Description, Schema = Text() },
            StringComparer.Ordinal
        );

    private static Dictionary<string, IOpenApiMediaType> Content(string media, IOpenApiSchema schema) =>
        new(StringComparer.Ordinal) { [media] = Media(schema) };

    private static OpenApiMediaType Media(IOpenApiSchema schema) => new() { Schema = schema };

    private static OpenApiSchema Text(int? maxLength = null) => new() { Type = JsonSchemaType.String, MaxLength = maxLength };

    private OpenApiSchema Schema(Type type)
    {
        var schema = ApiJson.Options.GetJsonSchemaAsNode(type, Exporter);
        return new OpenApiJsonReader().ReadFragment<OpenApiSchema>(Whole(schema, schema), OpenApiSpecVersion.OpenApi3_1, _document, out _)!;
    }

    // The exporter refers to earlier parts by their path in the schema, which differs in the document.
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
            .Aggregate(root, (node, step) => (node is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)] : node[step])!);

    private static OpenApiSchema Schema(IReadOnlyList<RequestMember> members) =>
        new()
        {
            Type = JsonSchemaType.Object,
            Properties = members.ToDictionary(member => member.Name, IOpenApiSchema (member) => Schema(member), StringComparer.Ordinal),
            AdditionalPropertiesAllowed = false,
            Required = members.Where(member => member.IsRequired).Select(member => member.Name).ToHashSet(StringComparer.Ordinal),
        };

    private static OpenApiSchema Schema(RequestMember member)
    {
        var schema = member.Kind switch
        {
            MemberKind.Text => Text(member.MaxLength),
            MemberKind.Choice => new()
            {
                Type = JsonSchemaType.String,
                Enum = [.. member.Choices.Select(choice => JsonValue.Create(choice))],
            },
            MemberKind.Whole => new()
            {
                Type = JsonSchemaType.Integer | JsonSchemaType.String,
                Minimum = member.Min.ToString(CultureInfo.InvariantCulture),
                Maximum = member.Max.ToString(CultureInfo.InvariantCulture),
            },
            MemberKind.Number => new() { Type = JsonSchemaType.Number | JsonSchemaType.String },
            MemberKind.Flag => new() { Type = JsonSchemaType.Boolean },
            MemberKind.Day => new() { Type = JsonSchemaType.String, Format = "date" },
            MemberKind.Instant => new() { Type = JsonSchemaType.String, Format = "date-time" },
            MemberKind.List => new()
            {
                Type = JsonSchemaType.Array,
                MaxItems = member.MaxLength,
                Items = Schema(member.Parts),
            },
            _ => Schema(member.Parts),
        };
        if (member.IsNullable)
        {
            schema.Type |= JsonSchemaType.Null;
        }

        schema.Description = member.Description;
        schema.Default = member.Default;
        return schema;
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
        if (known == typeof(JsonElement))
        {
            // The exporter allows anything, which the model of the document has no schema for; what is kept so is an object.
            return new JsonObject { ["type"] = new JsonArray("object", "null") };
        }

        // Responses have all members, null included, but for those that are written only sometimes.
        if (schema is JsonObject of && of.ContainsKey("properties"))
        {
            of["required"] = new JsonArray([
                .. context.TypeInfo.Properties.Where(it => it.ShouldSerialize is null).Select(it => JsonValue.Create(it.Name)),
            ]);
        }

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

    // Descriptions where the name is not enough.
    private static readonly Dictionary<string, string> Explained = new(StringComparer.Ordinal)
    {
        ["avg_cost"] = "The average cost of a held share in dollars, without fees, over the remaining lots (oldest sold first).",
        ["broker_avg_cost"] = "The broker's average cost; it may average over sales and thus differ from avg_cost.",
        ["cost_basis"] = "The cost of the held shares in dollars, without fees: the sum of the remaining lots (oldest sold first).",
        ["unrealized_pnl"] = "Market value less cost_basis, in dollars.",
        ["realized_pnl"] = "The proceeds of sales less the cost of the lots sold, in dollars, without fees.",
        ["fees"] = "The broker's fees in dollars; no other figure includes them.",
        ["profit_factor"] = "Profits divided by losses; null when there was no loss, see profit_factor_reason.",
    };

    private static string Number(int status) => status.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RoutePart();
}
