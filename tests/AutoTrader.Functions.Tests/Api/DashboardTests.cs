using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoTrader.Functions.Api;
using AutoTrader.Functions.Api.Monitoring;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Views;
using AutoTrader.Testing;

namespace AutoTrader.Functions.Tests.Api;

/// <summary>The page comes whole from the app, keeps to itself, and is built for this API; what it asks for is cheap.</summary>
public sealed partial class DashboardTests
{
    private const string Renew = "AUTOTRADER_RENEW_OPENAPI";

    private static string DescriptionPath => Path.Combine(Repository.Top, "src", "AutoTrader.Dashboard", "openapi.json");

    // The file holds the operations that the page uses, without prose and refusals; add one by its path and method with {} as its value.
    [Fact]
    public async Task The_page_is_built_for_the_operations_as_they_are_now()
    {
        var built = JsonNode.Parse(await File.ReadAllTextAsync(DescriptionPath))!.AsObject();
        var now = JsonNode.Parse(OpenApiDescription.Of(Endpoints.All))!.AsObject();
        var paths = new JsonObject();
        foreach (var (path, operations) in built["paths"]!.AsObject())
        {
            var kept = new JsonObject();
            foreach (var method in operations!.AsObject().Select(it => it.Key))
            {
                kept[method] = now["paths"]![path]?[method]?.DeepClone();
            }

            paths[path] = kept;
        }

        now["paths"] = paths;
        Shorten(now);
        var text =
            now.ToJsonString(
                new(ApiJson.Options)
                {
                    WriteIndented = true,
                    IndentSize = 1,
                    NewLine = "\n",
                }
            ) + "\n";
        if (Environment.GetEnvironmentVariable(Renew) is not null)
        {
            await File.WriteAllTextAsync(DescriptionPath, text);
            return;
        }

        JsonNode
            .DeepEquals(built, JsonNode.Parse(text))
            .ShouldBeTrue(
                $"The API has changed under the page. Run this test with {Renew}=1, which writes {DescriptionPath}; the build then shows "
                    + "where the page must follow."
            );
    }

    [Fact]
    public async Task The_page_is_served_to_everyone_without_data_and_allows_only_its_own_files()
    {
        await using var app = await TestApp.StartAsync();
        using var page = await app.Client.GetAsync(new Uri(app.Address, "api/dashboard"));
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        var policy = page.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
        policy.ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self'; ");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        var html = await page.Content.ReadAsStringAsync();
        html.ShouldNotContain("paper");
        html.ShouldNotContain("https://");
        foreach (var file in FileNames(html))
        {
            using var found = await app.Client.GetAsync(new Uri(app.Address, file));
            found.StatusCode.ShouldBe(HttpStatusCode.OK, file);
            found.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldBe(policy);
        }

        (await app.GetAsync("dashboard/missing.js")).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");
        (await app.GetAsync("dashboard/index.html")).ShouldBe(HttpStatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task The_page_and_everything_that_it_may_load_is_less_than_200_kB_compressed()
    {
        await using var app = await TestApp.StartAsync();
        var size = 0L;
        foreach (
            var name in typeof(DashboardFunctions)
                .Assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith("dashboard/", StringComparison.Ordinal))
        )
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri(app.Address, "api/" + name.Replace("/index.html", "", StringComparison.Ordinal))
            );
            request.Headers.Add("Accept-Encoding", "gzip");
            using var reply = await app.Client.SendAsync(request);
            reply.StatusCode.ShouldBe(HttpStatusCode.OK, name);
            reply.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
            size += (await reply.Content.ReadAsByteArrayAsync()).Length;
        }

        size.ShouldBeInRange(20_000, 200_000);
    }

    [Theory]
    [InlineData("dashboard")]
    [InlineData("overview")]
    public async Task Each_coding_of_an_answer_has_a_tag_of_its_own(string path)
    {
        await using var app = await TestApp.StartAsync();
        for (var n = 0; n < 5; n++)
        {
            await app.CreateAsync(Numbered(n));
        }

        var plain = (await app.GetAsync(path)).ShouldBe(HttpStatusCode.OK).ETag.ShouldNotBeNull();
        var packed = (await app.GetAsync(path, ("Accept-Encoding", "gzip"))).ETag.ShouldNotBeNull();
        packed.ShouldNotBe(plain);
        (await app.GetAsync(path, ("Accept-Encoding", "gzip"), ("If-None-Match", packed))).ShouldSatisfyAllConditions(
            it => it.Status.ShouldBe(HttpStatusCode.NotModified),
            it => it.ETag.ShouldBe(packed)
        );
        (await app.GetAsync(path, ("Accept-Encoding", "gzip"), ("If-None-Match", plain))).Status.ShouldBe(HttpStatusCode.OK);
        (await app.GetAsync(path, ("If-None-Match", $"{packed}, {plain}"))).Status.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task A_change_takes_the_tag_of_any_coding()
    {
        var changes = 0;
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(Requests.Quiet);
        (await ChangeAsync(await app.GetAsync("strategies/quiet"))).ShouldBe(HttpStatusCode.OK);
        // It is long enough now to be sent compressed.
        var packed = await PackedAsync();
        packed.ETag.ShouldEndWith(".gzip\"");
        (await ChangeAsync(packed)).ShouldBe(HttpStatusCode.OK);
        (await ChangeAsync(packed)).ShouldBe(HttpStatusCode.PreconditionFailed, "PRECONDITION_FAILED");
        packed = await PackedAsync();
        (await ChangeAsync(packed with { ETag = packed.ETag!.Trim('"') })).ShouldBe(HttpStatusCode.OK);

        Task<Reply> PackedAsync() => app.GetAsync("strategies/quiet", ("Accept-Encoding", "gzip"));

        Task<Reply> ChangeAsync(Reply read) =>
            app.SendAsync(
                "PATCH",
                "strategies/quiet",
                $$"""{"notes":"{{new string((char)('a' + changes++), 1900)}}"}""",
                ("If-Match", read.ETag!)
            );
    }

    [Fact]
    public async Task A_file_that_the_browser_has_is_not_sent_again()
    {
        await using var app = await TestApp.StartAsync();
        var tag = (await app.GetAsync("dashboard")).ETag.ShouldNotBeNull();
        var again = await app.GetAsync("dashboard", ("If-None-Match", tag));
        again.Status.ShouldBe(HttpStatusCode.NotModified);
        again.Text.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_overview_is_not_sent_again_until_something_changes()
    {
        await using var app = await TestApp.StartAsync();
        await app.MinutesAsync(1);
        var first = (await app.GetAsync("overview")).ShouldBe(HttpStatusCode.OK);
        var again = await app.GetAsync("overview", ("If-None-Match", first.ETag!));
        again.Status.ShouldBe(HttpStatusCode.NotModified);
        again.Text.ShouldBeEmpty();
        await app.CreateAsync(Requests.Quiet);
        var changed = (await app.GetAsync("overview", ("If-None-Match", first.ETag!))).ShouldBe(HttpStatusCode.OK);
        changed.Json["strategies"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<string>().ShouldBe("quiet");
    }

    [Fact]
    public async Task An_answer_is_sent_compressed_to_who_takes_it_so_and_is_the_same()
    {
        await using var app = await TestApp.StartAsync();
        for (var n = 0; n < 10; n++)
        {
            await app.CreateAsync(Numbered(n));
        }

        var plain = await app.Client.GetByteArrayAsync(new Uri(app.Address, "api/strategies"));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Address, "api/strategies"));
        request.Headers.Add("Accept-Encoding", "br, gzip");
        using var reply = await app.Client.SendAsync(request);
        reply.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        reply.Headers.Vary.ShouldContain("Accept-Encoding");
        var sent = await reply.Content.ReadAsByteArrayAsync();
        sent.Length.ShouldBeLessThan(plain.Length / 3);
        using var unpacked = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(sent), CompressionMode.Decompress))
        {
            await gzip.CopyToAsync(unpacked);
        }

        unpacked.ToArray().ShouldBe(plain);
    }

    [Fact]
    public async Task The_page_s_file_is_on_its_way_before_the_start_asks_for_it()
    {
        await using var app = await TestApp.StartAsync();
        var html = (await app.GetAsync("dashboard")).Text;
        var start = Script().Match(html).Groups["name"].Value;
        var page = Preload().Match(html).Groups["name"].Value;
        page.ShouldNotBeNullOrEmpty();
        // What asks for the data is small, and needs nothing of the page.
        var script = (await app.GetAsync(start["api/".Length..])).ShouldBe(HttpStatusCode.OK).Text;
        script.Length.ShouldBeLessThan(8_000);
        script.ShouldContain(Path.GetFileName(page));
        (await app.GetAsync(page["api/".Length..])).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_overview_says_how_much_of_what_is_held_a_stop_covers()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(
            """{"id":"trail","symbol":"ACME","strategy_type":"trailing_stop","quantity":10,"entry_type":"market","trailing_stop_pct":"2"}"""
        );
        await app.MinutesAsync(3);
        var holding = (await app.GetAsync("overview")).Json["holdings"]!.AsArray().ShouldHaveSingleItem()!;
        holding["quantity"]!.GetValue<string>().ShouldBe("10");
        holding["covered_quantity"]!.GetValue<string>().ShouldBe("10");
        holding["stopped_quantity"]!.GetValue<string>().ShouldBe("10");
        decimal.Parse(holding["distance_pct"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture)
            .ShouldBeInRange(0.1m, 4);
    }

    [Fact]
    public async Task Percentages_have_four_decimals_at_most()
    {
        await using var app = await TestApp.StartAsync();
        await app.CreateAsync(
            """{"id":"trail","symbol":"ACME","strategy_type":"trailing_stop","quantity":7,"entry_type":"market","trailing_stop_pct":"3"}"""
        );
        await app.MinutesAsync(7);
        var decimals = new List<int>();
        foreach (var path in new[] { "overview", "portfolio" })
        {
            foreach (Match found in Percentage().Matches((await app.GetAsync(path)).ShouldBe(HttpStatusCode.OK).Text))
            {
                decimals.Add(found.Groups["decimals"].Length);
            }
        }

        decimals.Count.ShouldBeGreaterThan(4);
        decimals.Max().ShouldBe(4);
    }

    [Fact]
    public async Task The_overview_names_what_is_due_in_the_next_days_and_the_sessions()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("schedules", """{"id":"summary","task_type":"notify","market":"close+10m","task_data":{"message":"hello"}}""");
        var overview = (await app.GetAsync("overview")).Json;
        overview["market"]!["sessions"]!.AsArray().Count.ShouldBe(5);
        overview["schedules"]!.AsArray().ShouldHaveSingleItem()!["upcoming"]!.AsArray().Count.ShouldBe(5);
    }

    [Fact]
    public async Task Bars_of_a_symbol_end_with_the_last_minute()
    {
        await using var app = await TestApp.StartAsync();
        await app.MinutesAsync(3);
        var bars = (await app.GetAsync("bars/acme?limit=2")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray();
        bars.Count.ShouldBe(2);
        bars[1]!["start"]!.GetValue<DateTimeOffset>().ShouldBe(app.Now.AddMinutes(-1));
    }

    // What the page's types are made of.
    private static void Shorten(JsonNode? node)
    {
        List<JsonNode?> children = node switch
        {
            JsonObject map => [.. map.Select(it => it.Value)],
            JsonArray list => [.. list],
            _ => [],
        };
        foreach (var child in children)
        {
            Shorten(child);
        }

        if (node is JsonObject described)
        {
            foreach (var name in new[] { "description", "summary" }.Where(name => described[name] is JsonValue))
            {
                described.Remove(name);
            }

            foreach (var status in described["responses"]?.AsObject().Select(it => it.Key).Where(it => it[0] != '2').ToList() ?? [])
            {
                described["responses"]!.AsObject().Remove(status);
            }
        }
    }

    private static string Numbered(int n) =>
        Requests.Quiet.Replace("\"quiet\"", $"\"quiet{n}\",\"allow_shared_symbol\":true", StringComparison.Ordinal);

    private static List<string> FileNames(string html)
    {
        var names = FileName().Matches(html).Select(match => match.Groups["name"].Value).ToList();
        names.Count.ShouldBeGreaterThan(2);
        return names;
    }

    [GeneratedRegex("<script[^>]*src=\"/(?<name>api/dashboard/[^\"]+)\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Script();

    [GeneratedRegex(
        "modulepreload[^>]*href=\"/(?<name>api/dashboard/[^\"]+)\"",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Preload();

    [GeneratedRegex("(src|href)=\"/(?<name>api/dashboard/[^\"]+)\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex FileName();

    [GeneratedRegex(
        @"_pct""\s*:\s*""-?\d+(\.(?<decimals>\d+))?""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Percentage();
}
