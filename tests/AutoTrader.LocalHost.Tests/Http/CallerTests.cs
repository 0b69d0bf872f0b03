using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using AutoTrader.LocalHost.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using static AutoTrader.LocalHost.Tests.Hosting.HostTestSupport;

namespace AutoTrader.LocalHost.Tests.Http;

/// <summary>Who may call: with keys, their holders; without, this machine but no web page.</summary>
public sealed class CallerTests
{
    [Theory]
    [InlineData("localhost", null, HttpStatusCode.OK)]
    [InlineData("127.0.0.1", null, HttpStatusCode.OK)]
    [InlineData("[::1]:1234", null, HttpStatusCode.OK)]
    [InlineData("evil.example", null, HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1.evil.example", null, HttpStatusCode.Forbidden)]
    [InlineData("localhost:7071", "http://localhost:7071", HttpStatusCode.OK)]
    [InlineData("localhost:7071", "http://localhost:3000", HttpStatusCode.Forbidden)]
    [InlineData("localhost:7071", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost:7071", "null", HttpStatusCode.Forbidden)]
    public async Task Without_keys_foreign_hosts_and_origins_are_refused(string host, string? origin, HttpStatusCode status)
    {
        await using var running = await StartAsync(typeof(Levels));
        using var client = Client(running);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/Function");
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(status);
        if (status == HttpStatusCode.Forbidden)
        {
            response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        }

        using var admin = new HttpRequestMessage(HttpMethod.Get, "admin/host/status");
        admin.Headers.Host = host;
        if (origin is not null)
        {
            admin.Headers.TryAddWithoutValidation("Origin", origin);
        }
        (await client.SendAsync(admin)).StatusCode.ShouldBe(status);
    }

    [Fact]
    public void One_foreign_origin_among_several_is_enough_to_refuse()
    {
        var request = new DefaultHttpContext().Request;
        request.Host = new("localhost:7071");
        request.Headers.Origin = new(["http://localhost:7071", "https://evil.example"]);
        new RequestGuard(ImmutableDictionary<string, string>.Empty).RefuseCaller(request).ShouldBe(StatusCodes.Status403Forbidden);
    }

    [Theory]
    [InlineData("application/json", HttpStatusCode.OK)]
    [InlineData("application/json; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("application/merge-patch+json", HttpStatusCode.OK)]
    [InlineData("application/yaml", HttpStatusCode.OK)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/yaml", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, HttpStatusCode.UnsupportedMediaType)]
    public async Task A_body_is_JSON_or_YAML(string? type, HttpStatusCode status)
    {
        await using var host = await StartAsync(typeof(Levels));
        using var client = Client(host);
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        using var response = await client.PostAsync("api/Function", content);
        response.StatusCode.ShouldBe(status);
        if (status != HttpStatusCode.OK)
        {
            (await response.Content.ReadAsStringAsync()).ShouldContain("UNSUPPORTED_MEDIA_TYPE");
        }
    }

    [Theory]
    [InlineData("api/Anonymous", null, HttpStatusCode.OK)]
    [InlineData("api/Function", null, HttpStatusCode.Unauthorized)]
    [InlineData("api/Function", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("api/Function", "cli-key", HttpStatusCode.OK)]
    [InlineData("api/Function", "master-key", HttpStatusCode.OK)]
    [InlineData("api/Admin", "cli-key", HttpStatusCode.Unauthorized)]
    [InlineData("api/Admin", "master-key", HttpStatusCode.OK)]
    [InlineData("api/Missing", null, HttpStatusCode.NotFound)]
    [InlineData("admin/functions/Nightly", "cli-key", HttpStatusCode.Unauthorized)]
    [InlineData("admin/functions/Nightly", "master-key", HttpStatusCode.Accepted)]
    public async Task With_keys_the_level_decides(string path, string? key, HttpStatusCode status)
    {
        await using var host = await StartAsync(
            Options(typeof(Levels)) with
            {
                Settings = Settings(("LocalHost:Keys:cli", "cli-key"), ("LocalHost:Keys:_master", "master-key")),
            }
        );
        using var client = Client(host);
        using var byHeader = new HttpRequestMessage(HttpMethod.Post, path);
        // A page could ask, but has no key.
        byHeader.Headers.TryAddWithoutValidation("Origin", "https://portal.example");
        if (key is not null)
        {
            byHeader.Headers.Add("x-functions-key", key);
        }
        using var response = await client.SendAsync(byHeader);
        response.StatusCode.ShouldBe(status);
        if (status == HttpStatusCode.Unauthorized)
        {
            (await response.Content.ReadAsStringAsync()).ShouldContain("UNAUTHORIZED");
        }
        (await client.PostAsync(key is null ? path : $"{path}?code={key}", content: null)).StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task It_listens_on_the_loopback_interface_only()
    {
        await using var host = await StartAsync(typeof(Levels));
        host.Address.Host.ShouldBe("127.0.0.1");
    }

    public sealed class Levels
    {
        [Function("Anonymous")]
        public static IResult Anonymous([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => TypedResults.Ok();

        [Function("Function")]
        public static IResult Function([HttpTrigger] HttpRequest request) => TypedResults.Ok();

        [Function("Admin")]
        public static IResult Admin([HttpTrigger(AuthorizationLevel.Admin)] HttpRequest request) => TypedResults.Ok();

        [Function("Nightly")]
        public static void Nightly([TimerTrigger("0 0 3 * * *")] TimerInfo timer) => ArgumentNullException.ThrowIfNull(timer);
    }
}
