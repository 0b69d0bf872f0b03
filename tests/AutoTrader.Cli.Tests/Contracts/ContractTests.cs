using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using AutoTrader.Contracts;
using Refit;

namespace AutoTrader.Cli.Tests.Contracts;

/// <summary>The contracts are what the app's own description says, in both directions: operations, parameters, bodies and answers,
/// member by member.</summary>
public sealed class ContractTests(RunningApp running) : IClassFixture<RunningApp>
{
    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    };

    private static readonly List<(MethodInfo Method, string Verb, string Path)> Operations =
    [
        .. from method in typeof(IAutoTraderApi).GetMethods()
        let http = method.GetCustomAttribute<HttpMethodAttribute>()!
        select (method, http.GetType().Name.Replace("Attribute", "", StringComparison.Ordinal).ToLowerInvariant(), http.Path),
    ];

    public static TheoryData<string> Methods => [.. Operations.Select(it => it.Method.Name)];

    // The dashboard has types of its own, made from the same document.
    private static readonly string[] OfThePage = ["get /dashboard", "get /dashboard/{file}"];

    [Fact]
    public async Task The_client_has_every_operation_of_the_app_and_no_other()
    {
        var described = (await DocumentAsync())["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key} {path.Key}"))
            .Except(OfThePage);
        Operations.Select(it => $"{it.Verb} {it.Path}").Distinct().ShouldBe(described, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task An_operation_s_answer_has_the_members_that_the_app_describes(string name)
    {
        var (method, operation) = await OperationAsync(name);
        var answer = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : null;
        var good = operation["responses"]!.AsObject().First(response => response.Key.StartsWith('2')).Value!["content"]?.AsObject();
        if (answer is null)
        {
            good.ShouldBeNull();
            return;
        }

        if (answer == typeof(string) || answer == typeof(HttpContent))
        {
            good.ShouldNotBeNull().Any(media => media.Key != "application/json").ShouldBeTrue();
            return;
        }

        var schema = good!["application/json"]!["schema"]!;
        if (answer != typeof(JsonObject))
        {
            ShouldBeSame(Schema(answer), schema);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task An_operation_s_body_and_parameters_are_those_that_the_app_describes(string name)
    {
        var (method, operation) = await OperationAsync(name);
        var body = method.GetParameters().SingleOrDefault(it => it.GetCustomAttribute<BodyAttribute>() is not null);
        var described = operation["requestBody"]?["content"]!["application/json"]!["schema"];
        (body is null).ShouldBe(described is null, name);
        if (body?.ParameterType == typeof(HttpContent))
        {
            // A file: beside JSON it is taken as it is.
            operation["requestBody"]!["content"]!.AsObject().Any(media => media.Key != "application/json").ShouldBeTrue();
        }
        else if (body is not null && body.ParameterType != typeof(JsonObject))
        {
            ShouldBeSame(Schema(body.ParameterType), described!, withTypes: false);
        }

        var query = Named(operation, "query")
            .Except(
                IsOneOfTwo(method)
                    ? method.Name == nameof(IAutoTraderApi.GetTradesAsync)
                        ? ["format"]
                        : ["limit"]
                    : []
            );
        Parameters(method)
            .Where(it =>
                !operation["parameters"]!
                    .AsArray()
                    .Any(part => part!["in"]!.GetValue<string>() == "path" && part["name"]!.GetValue<string>() == it)
            )
            .ShouldBe(query, ignoreOrder: true);
        var headers = method.GetParameters().Select(it => it.GetCustomAttribute<HeaderAttribute>()?.Header).Where(it => it is not null);
        headers.ShouldBe(Named(operation, "header").Where(it => it != "X-Caller"), ignoreOrder: true);
    }

    [Fact]
    public async Task A_problem_has_the_members_that_the_app_describes()
    {
        var described = (await DocumentAsync())["components"]!["schemas"]!["Problem"]!;
        ShouldBeSame(Schema(typeof(ProblemView)), described);
    }

    [Fact]
    public async Task Answers_of_the_running_app_come_back_as_they_were_sent()
    {
        using var http = new HttpClient { BaseAddress = new(running.App.Address, "api") };
        var strategy = await ApiClients.Create(http).GetStrategyAsync("acme", TestContext.Current.CancellationToken);
        var sent = (await running.App.GetAsync("strategies/acme")).Json;
        JsonNode
            .DeepEquals(JsonNode.Parse(JsonSerializer.Serialize(strategy, ContractJson.Responses)), sent)
            .ShouldBeTrue(sent.ToJsonString());
    }

    [Theory]
    [InlineData("paper", false)]
    [InlineData("alpaca-paper-PA3TEST", false)]
    [InlineData("alpaca-paper-x-live", false)]
    [InlineData("alpaca-live-123", true)]
    [InlineData("alpaca-live", true)]
    [InlineData("ALPACA-PAPER-1", true)]
    [InlineData("paper-of-another-broker", true)]
    [InlineData("another-123", true)]
    [InlineData("", true)]
    public void An_account_that_is_not_known_to_be_paper_counts_as_real_money(string account, bool isLive) =>
        EngineView.IsLive(account).ShouldBe(isLive);

    // Trades are one operation with two kinds of answer.
    private static bool IsOneOfTwo(MethodInfo method) =>
        method.Name is nameof(IAutoTraderApi.GetTradesAsync) or nameof(IAutoTraderApi.ExportTradesAsync);

    private static IEnumerable<string> Named(JsonNode operation, string place) =>
        operation["parameters"]!
            .AsArray()
            .Where(it => it!["in"]!.GetValue<string>() == place)
            .Select(it => it!["name"]!.GetValue<string>());

    private static IEnumerable<string> Parameters(MethodInfo method) =>
        method
            .GetParameters()
            .Where(it =>
                it.ParameterType != typeof(CancellationToken)
                && it.GetCustomAttribute<BodyAttribute>() is null
                && it.GetCustomAttribute<HeaderAttribute>() is null
            )
            .Select(it => it.GetCustomAttribute<AliasAsAttribute>()?.Name ?? it.Name!);

    private async Task<(MethodInfo Method, JsonNode Operation)> OperationAsync(string name)
    {
        var (method, verb, path) = Operations.Single(it => it.Method.Name == name);
        return (method, (await DocumentAsync())["paths"]![path].ShouldNotBeNull(path)[verb].ShouldNotBeNull(verb + path));
    }

    private async Task<JsonNode> DocumentAsync() => (await running.App.GetAsync("openapi.json")).Json;

    private static JsonNode Schema(Type type) => ContractJson.Responses.GetJsonSchemaAsNode(type, Exporter);

    private static void ShouldBeSame(JsonNode ours, JsonNode theirs, bool withTypes = true)
    {
        var (known, described) = (Members(ours, withTypes), Members(theirs, withTypes));
        // The exporter says nothing of the type of a parameter that may be left out.
        described.Where(it => !known.Any(ours => IsSame(ours, it))).ShouldBeEmpty("described by the app, missing in the contracts");
        known.Where(it => !described.Any(theirs => IsSame(theirs, it))).ShouldBeEmpty("in the contracts, unknown to the app");

        static bool IsSame(string one, string other) =>
            one == other
            || (
                (one.EndsWith(" any", StringComparison.Ordinal) || other.EndsWith(" any", StringComparison.Ordinal))
                && one.Split(' ')[0] == other.Split(' ')[0]
            );
    }

    // A line per member, down to the last: path, and what kind of value it has.
    private static List<string> Members(JsonNode schema, bool withTypes = true) =>
        [.. Members(schema, schema, "", withTypes).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Members(JsonNode root, JsonNode? node, string path, bool withTypes)
    {
        if (node is not JsonObject part)
        {
            yield break;
        }

        // The exporter writes what it has written before as a reference.
        if (part["$ref"]?.GetValue<string>() is { } reference)
        {
            part = reference[2..]
                .Split('/')
                .Aggregate(root, (at, step) =>
                    at is JsonArray list ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]! : at[step]!
                )
                .AsObject();
        }

        foreach (var (name, value) in part["properties"]?.AsObject() ?? [])
        {
            yield return $"{path}.{name}{(withTypes ? " " + Kind(root, value) : "")}";
            foreach (var below in Members(root, value, $"{path}.{name}", withTypes))
            {
                yield return below;
            }
        }

        foreach (var inner in new[] { "items", "additionalProperties" })
        {
            foreach (var below in Members(root, part[inner], $"{path}[]", withTypes))
            {
                yield return below;
            }
        }
    }

    private static string Kind(JsonNode root, JsonNode? value)
    {
        if (value is not JsonObject part)
        {
            return "any";
        }

        if (part["$ref"]?.GetValue<string>() is { } reference)
        {
            return Kind(root, reference[2..].Split('/').Aggregate(root, (at, step) => at[step]!));
        }

        // Words of an enum are texts on the wire, whether the other side knows them or not.
        var kind = part["enum"] is not null
            ? "string"
            : part["type"] switch
            {
                JsonArray several => string.Join('|', several.Select(it => it!.GetValue<string>()).Where(it => it != "null")),
                { } one => one.GetValue<string>(),
                null => "any",
            };
        return kind
            + (part["format"]?.GetValue<string>() is "decimal" or "date-time" or "date" ? " " + part["format"]!.GetValue<string>() : "");
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        // On the wire it is its value, of which its converter says nothing to the exporter.
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>))
        {
            return Schema(type.GetGenericArguments()[0]);
        }

        var format =
            type == typeof(decimal) ? "decimal"
            : type == typeof(DateTimeOffset) ? "date-time"
            : null;
        return format is null ? schema : new JsonObject { ["type"] = "string", ["format"] = format };
    }
}
