using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using static AutoTrader.LocalHost.Tests.Hosting.HostTestSupport;

namespace AutoTrader.LocalHost.Tests.Http;

/// <summary>Requests reach functions by the host's rules, not by those of ASP.NET Core.</summary>
public sealed class RoutingTests
{
    [Theory]
    [InlineData("GET", "api/items", HttpStatusCode.OK, "list")]
    [InlineData("GET", "api/ITEMS/", HttpStatusCode.OK, "list")]
    [InlineData("POST", "api/items", HttpStatusCode.Created, "created")]
    [InlineData("GET", "api/items/7", HttpStatusCode.OK, "item 7")]
    [InlineData("GET", "api/items/summary", HttpStatusCode.OK, "summary")]
    [InlineData("GET", "api/files/a/b/c.txt", HttpStatusCode.OK, "file a/b/c.txt")]
    [InlineData("GET", "api/pages", HttpStatusCode.OK, "page ?")]
    [InlineData("GET", "api/pages/3", HttpStatusCode.OK, "page 3")]
    [InlineData(
        "GET",
        "api/things/6a0b0d5e-9f0e-4a7a-8a55-0d8f9d1e3a11",
        HttpStatusCode.OK,
        "thing 6a0b0d5e-9f0e-4a7a-8a55-0d8f9d1e3a11 True"
    )]
    [InlineData("PATCH", "api/Anything", HttpStatusCode.OK, "any PATCH")]
    [InlineData("GET", "", HttpStatusCode.NoContent, "")]
    public async Task A_request_reaches_its_function(string method, string path, HttpStatusCode status, string body)
    {
        await using var host = await StartAsync(typeof(Routes));
        using var client = Client(host);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(status);
        (await response.Content.ReadAsStringAsync()).ShouldBe(body);
    }

    [Theory]
    [InlineData("GET", "api/items/seven", HttpStatusCode.NotFound, "NOT_FOUND", null)]
    [InlineData("GET", "items", HttpStatusCode.NotFound, "NOT_FOUND", null)]
    [InlineData("GET", "admin/nothing", HttpStatusCode.NotFound, "NOT_FOUND", null)]
    [InlineData("DELETE", "api/items", HttpStatusCode.MethodNotAllowed, "METHOD_NOT_ALLOWED", "GET, HEAD, POST")]
    [InlineData("PROPFIND", "api/items", HttpStatusCode.MethodNotAllowed, "METHOD_NOT_ALLOWED", "GET, HEAD, POST")]
    public async Task What_no_function_takes_is_refused_with_problem_details(
        string method,
        string path,
        HttpStatusCode status,
        string code,
        string? allow
    )
    {
        await using var host = await StartAsync(typeof(Routes));
        using var client = Client(host);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        (problem["code"]!.GetValue<string>(), problem["status"]!.GetValue<int>()).ShouldBe((code, (int)status));
        problem["detail"]!.GetValue<string>().ShouldEndWith(".");
        (response.Content.Headers.Allow.Count == 0 ? null : string.Join(", ", response.Content.Headers.Allow)).ShouldBe(allow);
    }

    [Fact]
    public async Task Head_is_get_without_a_body()
    {
        await using var host = await StartAsync(typeof(Routes));
        using var client = Client(host);
        using var request = new HttpRequestMessage(HttpMethod.Head, "api/items");
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Headers_and_addresses_that_are_too_large_are_told()
    {
        await using var host = await StartAsync(typeof(Routes));
        using var client = Client(host);
        using var large = new HttpRequestMessage(HttpMethod.Get, "api/items");
        large.Headers.TryAddWithoutValidation("X-Large", new string('a', 33 * 1024));
        using var refused = await client.SendAsync(large);
        ((int)refused.StatusCode, refused.Content.Headers.ContentType?.MediaType).ShouldBe((431, "application/problem+json"));
        using var many = new HttpRequestMessage(HttpMethod.Get, "api/items");
        for (var i = 0; i < 101; i++)
        {
            many.Headers.TryAddWithoutValidation($"X-{i}", "a");
        }

        using var tooMany = await client.SendAsync(many);
        ((int)tooMany.StatusCode, tooMany.Content.Headers.ContentType?.MediaType).ShouldBe((431, "application/problem+json"));
        using var tooLong = await client.GetAsync("api/items?a=" + new string('a', 9 * 1024));
        ((int)tooLong.StatusCode, tooLong.Content.Headers.ContentType?.MediaType).ShouldBe((414, "application/problem+json"));
    }

    [Fact]
    public async Task The_prefix_comes_from_the_host_settings()
    {
        await using var host = await StartAsync(
            Options(typeof(Routes)) with
            {
                Settings = Settings(("AzureFunctionsJobHost:extensions:http:routePrefix", "")),
            }
        );
        using var client = Client(host);
        (await client.GetStringAsync("items")).ShouldBe("list");
    }

    [Fact]
    public async Task A_setting_in_a_route_is_resolved()
    {
        await using var host = await StartAsync(Options(typeof(SettingRoute)) with { Settings = Settings(("AreaName", "shop")) });
        using var client = Client(host);
        (await client.GetStringAsync("api/shop/open")).ShouldBe("open");
    }

    [Fact]
    public async Task A_function_without_result_is_answered_with_204()
    {
        await using var host = await StartAsync(typeof(Results));
        using var client = Client(host);
        (await client.GetAsync("api/Nothing")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.GetAsync("api/NothingAsync")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.GetAsync("api/Accepted")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await client.GetStringAsync("api/Written")).ShouldBe("by hand");
    }

    [Fact]
    public async Task An_exception_is_answered_with_an_empty_500_and_logged()
    {
        var log = new LogList();
        await using var host = await StartAsync(
            Options(typeof(Results)) with
            {
                Logging = logging => logging.Services.AddSingletonLogger(log),
            }
        );
        using var client = Client(host);
        using var response = await client.GetAsync("api/Throws");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        log.Lines.ShouldContain(line => line.StartsWith("Error: Executed 'Throws' (Failed", StringComparison.Ordinal));
        host.Failures.ShouldHaveSingleItem().Failure.Message.ShouldBe("secret detail");
    }

    [Theory]
    [InlineData(typeof(SameRoute), "can match the same method and path")]
    [InlineData(typeof(LiteralUnderParameter), "can match the same method and path")]
    [InlineData(typeof(OptionalMeetsList), "can match the same method and path")]
    [InlineData(typeof(CatchAllMeetsAll), "can match the same method and path")]
    [InlineData(typeof(SameName), "is used by")]
    [InlineData(typeof(ReturnsText), "returns String")]
    [InlineData(typeof(UnboundParameter), "neither a binding nor a part of the route")]
    [InlineData(typeof(NotPublicMethod), "are public")]
    [InlineData(typeof(NoTrigger), "exactly one parameter")]
    public async Task What_the_real_host_would_not_run_as_meant_is_refused_at_start(Type functions, string reason) =>
        (await StartAsync(functions).ShouldThrowAsync<FunctionIndexingException>()).Message.ShouldContain(reason);

    [Theory]
    [InlineData(typeof(ApartByMethod))]
    [InlineData(typeof(ApartByConstraint))]
    [InlineData(typeof(ApartByLength))]
    public async Task Functions_that_no_request_can_confuse_are_accepted(Type functions)
    {
        await using var host = await StartAsync(functions);
        host.Address.IsLoopback.ShouldBeTrue();
    }

    public sealed class Routes
    {
        [Function("ListItems")]
        public static IResult List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items")] HttpRequest request) =>
            TypedResults.Text("list");

        [Function("CreateItem")]
        public static Task<IResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "items")] HttpRequest request) =>
            Task.FromResult<IResult>(TypedResults.Text("created", statusCode: 201));

        [Function("GetItem")]
        public static IResult Get(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id:int}")] HttpRequest request,
            int id
        ) => TypedResults.Text($"item {id}");

        [Function("Summary")]
        public static IResult Summary([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/summary")] HttpRequest request) =>
            TypedResults.Text("summary");

        [Function("GetFile")]
        public static IResult File(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "files/{*path}")] HttpRequest request,
            string path
        ) => TypedResults.Text($"file {path}");

        [Function("GetPage")]
        public static IResult Page(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pages/{number:int?}")] HttpRequest request,
            int? number
        ) => TypedResults.Text($"page {number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"}");

        [Function("GetThing")]
        public static IResult Thing(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/{id:guid}")] HttpRequest request,
            Guid id,
            FunctionContext context,
            CancellationToken cancellationToken
        ) => TypedResults.Text($"thing {id} {context.CancellationToken == cancellationToken}");

        [Function("Anything")]
        public static IResult Anything([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) =>
            TypedResults.Text($"any {request.Method}");
    }

    public sealed class SettingRoute
    {
        [Function("Open")]
        public static IResult Open([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "%AreaName%/open")] HttpRequest request) =>
            TypedResults.Text("open");
    }

    public sealed class Results
    {
        [Function("Nothing")]
        public static void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
            request.HttpContext.Items["seen"] = true;

        [Function("NothingAsync")]
        public static async Task NothingAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => await Task.Yield();

        [Function("Accepted")]
        public static void Accepted([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
            request.HttpContext.Response.StatusCode = 202;

        [Function("Written")]
        public static Task Written([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
            request.HttpContext.Response.WriteAsync("by hand");

        [Function("Throws")]
        public static async Task<IResult> Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
        {
            await Task.Yield();
            throw new InvalidOperationException("secret detail");
        }
    }

    public sealed class SameRoute
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "same/{a}")] HttpRequest request,
            string a
        ) => TypedResults.Text(a);

        [Function("Two")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, "POST", Route = "same/{b}")] HttpRequest request, string b) =>
            TypedResults.Text(b);
    }

    public sealed class LiteralUnderParameter
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id}")] HttpRequest request,
            string id
        ) => TypedResults.Text(id);

        [Function("Two")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/summary")] HttpRequest request) =>
            TypedResults.Ok();
    }

    public sealed class OptionalMeetsList
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id:int?}")] HttpRequest request,
            int? id
        ) => TypedResults.Ok(id);

        [Function("Two")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items")] HttpRequest request) =>
            TypedResults.Ok();
    }

    public sealed class CatchAllMeetsAll
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{*rest}")] HttpRequest request,
            string rest
        ) => TypedResults.Text(rest);

        [Function("Two")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, Route = "items/a/b")] HttpRequest request) =>
            TypedResults.Ok();
    }

    public sealed class SameName
    {
        [Function("One")]
        public static IResult One([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "a")] HttpRequest request) => TypedResults.Ok();

        [Function("one")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "b")] HttpRequest request) => TypedResults.Ok();
    }

    public sealed class ReturnsText
    {
        [Function("One")]
        public static Task<string> One([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => Task.FromResult("text");
    }

    public sealed class UnboundParameter
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id}")] HttpRequest request,
            string key
        ) => TypedResults.Text(key);
    }

    public sealed class NotPublicMethod
    {
        [Function("One")]
        internal static IResult One([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Ok();
    }

    public sealed class NoTrigger
    {
        [Function("One")]
        public static IResult One(HttpRequest request) => TypedResults.Ok();
    }

    public sealed class ApartByMethod
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id}")] HttpRequest request,
            string id
        ) => TypedResults.Text(id);

        [Function("Two")]
        public static IResult Two(
            [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "items/{id}")] HttpRequest request,
            string id
        ) => TypedResults.Text(id);
    }

    public sealed class ApartByConstraint
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{id:int}")] HttpRequest request,
            int id
        ) => TypedResults.Ok(id);

        [Function("Two")]
        public static IResult Two(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{name:alpha}")] HttpRequest request,
            string name
        ) => TypedResults.Text(name);

        [Function("Three")]
        public static IResult Three([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/7up")] HttpRequest request) =>
            TypedResults.Ok();
    }

    public sealed class ApartByLength
    {
        [Function("One")]
        public static IResult One(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "{a}/{b}")] HttpRequest request,
            string a,
            string b
        ) => TypedResults.Text(a + b);

        [Function("Two")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "{a}")] HttpRequest request, string a) =>
            TypedResults.Text(a);
    }
}
