using System.Net;
using System.Text.RegularExpressions;
using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests;

/// <summary>Who may do what: the host looks at the keys before the app sees a request.</summary>
[Collection(BriskCollection.Name)]
public sealed class KeyTests(BriskApp app) : HostTest(app)
{
    [Theory]
    [InlineData("GET", "engine")]
    [InlineData("GET", "schedules")]
    [InlineData("POST", "orders")]
    [InlineData("GET", "openapi.json")]
    public async Task Without_the_right_key_nothing_is_answered(string method, string path)
    {
        foreach (var key in new[] { null, "", "guessed" })
        {
            (await app.Host.Client(key).SendAsync(new(method), path, [])).Status.ShouldBe(HttpStatusCode.Unauthorized);
        }
    }

    [Theory]
    [InlineData("engine")]
    [InlineData("schedules")]
    [InlineData("orders")]
    [InlineData("events")]
    [InlineData("overview")]
    [InlineData("openapi.json")]
    public async Task With_the_key_it_is(string path) => (await Client.GetAsync(path)).Status.ShouldBe(HttpStatusCode.OK);

    [Fact]
    public async Task Health_needs_no_key() => (await app.Host.Client(key: null).GetAsync("health")).Json["status"].ShouldNotBeNull();

    [Fact]
    public async Task The_page_and_its_files_need_no_key()
    {
        var everyone = app.Host.Client(key: null);
        var page = await everyone.GetAsync("dashboard");
        page.Status.ShouldBe(HttpStatusCode.OK);
        page.Text.ShouldContain("<!doctype html>", Case.Insensitive);
        var files = Regex.Matches(
            page.Text,
            "(?:src|href)=\"/api/(?<file>dashboard/[^\"]+)\"",
            RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
        );
        files.ShouldNotBeEmpty();
        foreach (var file in files.Select(match => match.Groups["file"].Value))
        {
            (await everyone.GetAsync(file)).Status.ShouldBe(HttpStatusCode.OK, file);
        }
    }

    [Fact]
    public async Task The_host_itself_is_closed_to_the_keys_of_functions()
    {
        var response = await Client.GetAsync("../admin/functions");
        response.Status.ShouldBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden);
    }
}
