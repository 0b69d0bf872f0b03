using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AutoTrader.Dashboard.Tests;

/// <summary>Old data never looks like new data, and a key goes nowhere but into its header.</summary>
public sealed class ConnectionTests(Chromium chromium)
{
    [Fact]
    public async Task A_stopped_app_is_said_loudly_and_what_is_shown_is_marked_as_old()
    {
        var app = await RunningApp.TradingAsync();
        try
        {
            await using var open = await OpenPage.AtAsync(chromium, app.Page);
            await Expect(open.Section("Now")).ToBeVisibleAsync();
            await app.DisposeAsync();
            await Expect(open.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No connection. The data is old.");
            await Expect(open.Page.Locator(".stale")).ToBeVisibleAsync();
            await Expect(open.Page).ToHaveTitleAsync("PAPER paper: NO CONNECTION");
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task Storage_that_is_away_is_told_in_the_words_of_the_app_and_the_page_recovers()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Now")).ToBeVisibleAsync();
        await open.Page.RouteAsync("**/api/overview", route => route.FulfillAsync(
                new()
                {
                    Status = 503,
                    ContentType = "application/problem+json",
                    Body = """{"code":"STORAGE_UNAVAILABLE","detail":"Storage cannot be reached."}""",
                }
            ));
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Storage cannot be reached.");
        await open.Page.UnrouteAllAsync();
        await open.Button("Try again").ClickAsync();
        await Expect(open.Page.Locator(".alarm")).ToHaveCountAsync(0);
        await Expect(open.Page.Locator(".stale")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_app_that_does_not_answer_in_time_is_given_up_said_and_asked_again()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Now")).ToBeVisibleAsync();
        var holds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await open.Page.RouteAsync("**/api/overview", async route =>
        {
            await holds.Task;
            await route.AbortAsync();
        });
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No answer within 15 seconds");
        await Expect(open.Page.Locator(".stale")).ToBeVisibleAsync();
        holds.SetResult();
        await open.Page.UnrouteAllAsync();
        await open.Button("Try again").ClickAsync();
        await Expect(open.Page.Locator(".alarm")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_silent_engine_is_said_loudly_though_the_app_answers()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Now")).ToBeVisibleAsync();
        await open.Page.RouteAsync("**/api/overview", async route =>
        {
            var real = await route.FetchAsync();
            await route.FulfillAsync(
                new()
                {
                    Response = real,
                    Headers = new Dictionary<string, string>(real.Headers, StringComparer.OrdinalIgnoreCase)
                    {
                        ["X-AutoTrader-Now"] = "2026-02-02T16:10:00Z",
                    },
                }
            );
        });
        await Expect(open.Page.GetByRole(AriaRole.Alert))
            .ToContainTextAsync("The engine is silent. The last cycle ended more than 10 minutes ago.");
    }

    [Fact]
    public async Task Asking_again_costs_nothing_while_nothing_changes()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Now")).ToBeVisibleAsync();
        var again = await open.Page.RunAndWaitForResponseAsync(
            () => Task.CompletedTask,
            response => response.Url.EndsWith("/api/overview", StringComparison.Ordinal)
        );
        again.Status.ShouldBe(304);
    }

    [Fact]
    public async Task A_key_is_asked_for_refused_when_wrong_and_sent_in_its_header_alone()
    {
        await using var app = await RunningApp.TradingAsync(("LocalHost:Keys:page", "the-right-key"));
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        var addresses = new List<string>();
        open.Page.Request += (_, request) => addresses.Add(request.Url);
        var field = open.Page.GetByLabel("Function key");
        await Expect(field).ToBeVisibleAsync();
        await Expect(open.Page.Locator("body")).Not.ToContainTextAsync("paper");
        await field.FillAsync("the-wrong-key");
        await field.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("does not take this key");
        await field.FillAsync("the-right-key");
        await field.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("PAPER paper");
        addresses.ShouldNotBeEmpty();
        addresses.ShouldAllBe(address => !address.Contains("-key", StringComparison.Ordinal));
        open.Page.Url.ShouldNotContain("key");
        (await open.Page.EvaluateAsync<int>("localStorage.length + document.cookie.length")).ShouldBe(0);
        await open.Button("Forget the key").ClickAsync();
        await Expect(field).ToBeVisibleAsync();
    }
}
