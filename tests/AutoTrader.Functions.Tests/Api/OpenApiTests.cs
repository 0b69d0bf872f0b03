using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using AutoTrader.Functions.Api;
using AutoTrader.Functions.Hosting;
using AutoTrader.Testing;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>The description of the API is complete and true.</summary>
public sealed class OpenApiTests
{
    private static readonly List<(string Name, HttpTriggerAttribute Trigger)> Indexed =
    [
        .. from type in typeof(Composition).Assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        let trigger = method
            .GetParameters()
            .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
            .FirstOrDefault(it => it is not null)
        where trigger is not null
        select (function.Name, trigger),
    ];

    public static TheoryData<string> Functions => [.. Requests.Names];

    [Fact]
    public void Every_function_is_described_with_its_own_method_route_and_level_and_nothing_else_is()
    {
        Indexed.ShouldNotBeEmpty();
        Endpoints
            .All.Select(it => $"{it.Function} {it.Method} {it.Route} {it.Anonymous}")
            .Order(StringComparer.Ordinal)
            .ShouldBe(
                Indexed
                    .Select(it =>
                        $"{it.Name} {it.Trigger.Methods!.Single()} {it.Trigger.Route} "
                        + $"{it.Trigger.AuthLevel == AuthorizationLevel.Anonymous}"
                    )
                    .Order(StringComparer.Ordinal)
            );
    }

    [Fact]
    public void Only_health_and_the_page_are_anonymous() =>
        Indexed
            .Where(it => it.Trigger.AuthLevel != AuthorizationLevel.Function)
            .Select(it => it.Trigger.Route)
            .ShouldBe(["health", "dashboard", "dashboard/{file}"], ignoreOrder: true);

    [Fact]
    public async Task The_document_names_every_operation_and_every_reference_in_it_leads_somewhere()
    {
        await using var app = await TestApp.StartAsync();
        var reply = await app.GetAsync("openapi.json");
        var document = reply.Json;
        document["openapi"]!.GetValue<string>().ShouldStartWith("3.1");
        var operations = document["paths"]!
            .AsObject()
            .SelectMany(path =>
                path.Value!.AsObject().Select(operation => (operation.Value!["operationId"]!.GetValue<string>(), operation.Key, path.Key))
            )
            .ToList();
        operations.ShouldBe(Endpoints.All.Select(it => (it.Function, it.Method, "/" + it.Route)), ignoreOrder: true);
        References(document).Distinct(StringComparer.Ordinal).ShouldBe(["#/components/schemas/Problem"]);
        document["components"]!["schemas"]!["Problem"]!["properties"]!["code"].ShouldNotBeNull();
    }

    [Fact]
    public async Task The_linter_finds_nothing_wrong_with_the_document()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-openapi-");
        try
        {
            var document = Path.Combine(folder.FullName, "openapi.json");
            await File.WriteAllTextAsync(document, Http.OpenApiDescription.Of(Endpoints.All), TestContext.Current.CancellationToken);
            var program = Path.Combine(Repository.Top, "src/AutoTrader.Dashboard/node_modules/@redocly/cli/bin/cli.js");
            var rules = Path.Combine(Repository.Top, "tests/AutoTrader.Functions.Tests/redocly.yaml");
            var start = new ProcessStartInfo("node", [program, "lint", document, "--config", rules, "--format", "stylish"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            start.Environment["REDOCLY_TELEMETRY"] = "off";
            start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
            using var process = Process.Start(start)!;
            var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var found = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.ExitCode.ShouldBe(0, found + await said);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_answer_is_described_by_a_schema_that_says_something()
    {
        var document = JsonNode.Parse(Http.OpenApiDescription.Of(Endpoints.All))!;
        foreach (var endpoint in Endpoints.All.Where(it => it.Response is not null && it.Response != typeof(JsonObject)))
        {
            var schema = document["paths"]!["/" + endpoint.Route]![endpoint.Method]!["responses"]![
                endpoint.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)
            ]!["content"]!["application/json"]!["schema"]!;
            schema["properties"].ShouldNotBeNull(endpoint.Function).AsObject().Count.ShouldBeGreaterThan(1);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task An_answer_has_the_headers_that_are_described_and_no_others(string function)
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Requests.Quiet);
        await app.PostAsync("schedules", Requests.QuietSchedule);
        var endpoint = Requests.Endpoint(function);
        using var content = Requests.Body(endpoint) is { } body
            ? new StringContent(body, System.Net.Http.Headers.MediaTypeHeaderValue.Parse("application/json"))
            : null;
        using var request = new HttpRequestMessage(
            new(endpoint.Method.ToUpperInvariant()),
            new Uri(app.Address, "api/" + Requests.Path(endpoint))
        )
        {
            Content = content,
        };
        foreach (var (name, value) in Requests.Headers(endpoint))
        {
            request.Headers.Add(name, value);
        }

        using var reply = await app.Client.SendAsync(request);
        var described = JsonNode.Parse(Http.OpenApiDescription.Of(Endpoints.All))!["paths"]!["/" + endpoint.Route]![endpoint.Method]![
            "responses"
        ]!
            [((int)reply.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture)]
            .ShouldNotBeNull(reply.StatusCode.ToString());
        string[] told = ["ETag", "Location", "Retry-After", "Content-Disposition", "X-AutoTrader-Now"];
        var sent = reply
            .Headers.Concat(reply.Content.Headers)
            .Select(header => header.Key)
            .Intersect(told, StringComparer.OrdinalIgnoreCase);
        // A file has a name only where it is asked for as one.
        var headers = described["headers"]
            ?.AsObject()
            .Select(header => header.Key)
            .Where(name =>
                name != "Content-Disposition" || endpoint.Response is null || reply.Content.Headers.ContentDisposition is not null
            )
            ?? [];
        sent.ShouldBe(headers, ignoreOrder: true);
    }

    private static IEnumerable<string> References(JsonNode? node) =>
        node switch
        {
            JsonObject map => map.SelectMany(pair => pair.Key == "$ref" ? [pair.Value!.GetValue<string>()] : References(pair.Value)),
            JsonArray list => list.SelectMany(References),
            _ => [],
        };
}
