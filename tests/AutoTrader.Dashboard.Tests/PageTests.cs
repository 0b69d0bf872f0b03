using System.Text.Json.Nodes;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AutoTrader.Dashboard.Tests;

/// <summary>The page as its user sees it: what it says, on which screen, and what it must never do.</summary>
public sealed class PageTests(Chromium chromium)
{
    private const string Strategy = "#/strategy/crux-scale";

    [Fact]
    public async Task It_says_at_a_glance_whose_account_it_is_that_it_runs_and_what_is_covered()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("PAPER paper");
        await Expect(open.Page.Locator("header")).ToContainTextAsync("Health: ok");
        await Expect(open.Page.Locator("header")).ToContainTextAsync("Kill switch: off");
        await Expect(open.Section("Now")).ToContainTextAsync("closes in");
        await Expect(open.Section("Attention")).ToContainTextAsync("Nothing needs attention");
        await Expect(open.Section("Money")).ToContainTextAsync("of $500.00 used");
        var crux = open.Section("Positions").Locator(".row").Filter(new() { HasText = "crux-scale" });
        await Expect(crux).ToContainTextAsync("covered by a stop");
        await Expect(crux).ToContainTextAsync("Distance to stop");
        await Expect(open.Section("Fills today")).ToContainTextAsync("Bought 80 BOLT at $49.50");
        await Expect(open.Section("Fills today")).ToContainTextAsync("entry: limit entry");
    }

    [Fact]
    public async Task Times_are_the_viewers_with_New_York_beside()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Schedules")).ToContainTextAsync("session 15:30–22:00 (09:30–16:00 NY)");
        await using var inNewYork = await OpenPage.AtAsync(chromium, app.Page, zone: "America/New_York");
        await Expect(inNewYork.Section("Schedules")).ToContainTextAsync("session 09:30–16:00");
        await Expect(inNewYork.Section("Schedules")).Not.ToContainTextAsync("NY)");
    }

    [Fact]
    public async Task The_agenda_shows_what_was_done_and_what_comes_next()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        var entries = open.Section("Schedules").Locator(".entries li");
        await Expect(entries.Filter(new() { HasText = "echo-open" }).First).ToContainTextAsync("done");
        await Expect(entries.Filter(new() { HasText = "echo-close" }).First).ToContainTextAsync("due");
    }

    [Fact]
    public async Task It_follows_the_trading_day_without_being_loaded_again()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Now")).ToContainTextAsync("open");
        await app.UntilAsync(new(2026, 2, 2, 21, 30, 0, TimeSpan.Zero));
        await Expect(open.Section("Now")).ToContainTextAsync("closed");
        await Expect(open.Section("Schedules").Locator(".entries li").Filter(new() { HasText = "daily-summary" }).First)
            .ToContainTextAsync("done");
    }

    [Fact]
    public async Task A_strategy_has_a_page_with_its_chart_settings_orders_and_fills()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Section("Positions").GetByRole(AriaRole.Link, new() { Name = "crux-scale" }).ClickAsync();
        await Expect(open.Page.Locator(".chart canvas").First).ToBeVisibleAsync();
        await Expect(open.Section("Settings")).ToContainTextAsync("Targets");
        await Expect(open.Section("Fills, last 90 days")).ToContainTextAsync("CRUX");
        await Expect(open.Page.GetByRole(AriaRole.Link, new() { Name = "TradingView" })).ToBeVisibleAsync();
        open.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_strategys_history_is_everything_that_happened_to_it_newest_first()
    {
        await using var app = await RunningApp.TradingAsync();
        await app.PostAsync("strategies/crux-scale/pause", """{"reason":"to look"}""");
        await using var open = await OpenPage.AtAsync(chromium, new(app.Page + Strategy));
        var entries = open.Section("History, last 7 days").Locator("li");
        await Expect(entries.Filter(new() { HasText = "pause_strategy" }).First).ToBeVisibleAsync();
        var told = await EventsAsync(app, "events?strategy_id=crux-scale&since=7d&limit=1000");
        told.ShouldContain(it => it!["kind"]!.GetValue<string>() == "engine");
        await Expect(entries).ToHaveCountAsync(told.Count);
        await Expect(entries.First).ToContainTextAsync(told[^1]!["message"]!.GetValue<string>());
        await Expect(entries.Last).ToContainTextAsync(told[0]!["message"]!.GetValue<string>());
    }

    // A page may be empty although more follow.
    private static async Task<List<JsonNode>> EventsAsync(RunningApp app, string path)
    {
        var told = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = await app.GetAsync(path + (cursor is null ? "" : "&cursor=" + cursor));
            told.AddRange(page["items"]!.AsArray().OfType<JsonNode>());
            cursor = page["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);

        return told;
    }

    [Theory]
    [InlineData("", ColorScheme.Light)]
    [InlineData("", ColorScheme.Dark)]
    [InlineData(Strategy, ColorScheme.Light)]
    [InlineData(Strategy, ColorScheme.Dark)]
    public async Task It_is_accessible_and_its_console_stays_empty(string view, ColorScheme colors)
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, new(app.Page + view), colors: colors);
        await Expect(view.Length > 0 ? open.Page.Locator("section").First : open.Section("Backtests")).ToBeVisibleAsync();
        if (view.Length > 0)
        {
            await Expect(open.Page.Locator(".chart canvas").First).ToBeVisibleAsync();
        }
        else
        {
            foreach (var summary in await open.Page.Locator("summary").AllAsync())
            {
                await summary.ClickAsync();
            }
        }

        var violations = (await open.Page.RunAxe()).Violations;
        violations.SelectMany(it => it.Nodes.Select(node => $"{it.Id}: {node.Html}")).ShouldBeEmpty();
        open.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Attention_comes_worst_first_with_a_word_for_how_bad_it_is()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, new("about:blank"));
        await open.Page.RouteAsync("**/api/overview", async route =>
        {
            var real = await route.FetchAsync();
            var overview = JsonNode.Parse(await real.TextAsync())!;
            overview["attention"] = JsonNode.Parse(
                """
                [{"code":"LATE_EXECUTION","key":"a","message":"m","since":"2026-02-02T14:00:00Z","severity":"note","todo":"Nothing."},
                 {"code":"CLOCK_SKEW","key":"b","message":"m","since":"2026-02-02T14:10:00Z","severity":"warning","todo":"Set it."},
                 {"code":"CYCLE_STOPPED","key":"c","message":"m","since":"2026-02-02T14:20:00Z","severity":"high","todo":"Restart it."}]
                """
            );
            await route.FulfillAsync(new() { Response = real, Body = overview.ToJsonString() });
        });
        await open.Page.GotoAsync(app.Page.ToString());
        await Expect(open.Section("Attention").Locator(".badge"))
            .ToHaveTextAsync(["✕ high: CYCLE_STOPPED", "! warning: CLOCK_SKEW", "i note: LATE_EXECUTION"]);
        await Expect(open.Section("Attention").Locator(".row").First).ToContainTextAsync("Do: Restart it.");
        (await open.Page.RunAxe()).Violations.Select(it => it.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dialog_is_accessible_and_gives_the_focus_back()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Button("Sell everything…").FocusAsync();
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        (await open.Page.RunAxe()).Violations.Select(it => it.Id).ShouldBeEmpty();
        await open.Page.Keyboard.PressAsync("Escape");
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        await Expect(open.Button("Sell everything…")).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData("", 360)]
    [InlineData(Strategy, 360)]
    [InlineData("", 768)]
    [InlineData(Strategy, 768)]
    [InlineData("", 1200)]
    [InlineData(Strategy, 1200)]
    public async Task It_fits_the_screen_without_sideways_scrolling(string view, int width)
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, new(app.Page + view), width);
        await Expect(view.Length > 0 ? open.Page.Locator(".chart canvas").First : open.Section("Fills today").Locator(".row").First)
            .ToBeVisibleAsync();
        foreach (var summary in await open.Page.Locator("summary").AllAsync())
        {
            await summary.ClickAsync();
        }

        (await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);
        foreach (var button in await open.Page.GetByRole(AriaRole.Button).AllAsync())
        {
            var box = (await button.BoundingBoxAsync()).ShouldNotBeNull();
            box.Height.ShouldBeGreaterThanOrEqualTo((await button.GetAttributeAsync("class"))?.Contains("dangerous") == true ? 44 : 24);
        }

        await PictureAsync(open.Page, (view.Length > 0 ? "strategy" : "overview") + $"-{width}");
    }

    [Theory]
    [InlineData(360)]
    [InlineData(768)]
    [InlineData(1200)]
    public async Task The_schedule_editor_and_the_form_for_the_key_fit_the_screen(int width)
    {
        await using var app = await RunningApp.TradingAsync(("LocalHost:Keys:page", "the-key"));
        await using var open = await OpenPage.AtAsync(chromium, app.Page, width);
        var field = open.Page.GetByLabel("Function key");
        await Expect(field).ToBeVisibleAsync();
        (await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);
        (await open.Page.RunAxe()).Violations.Select(it => it.Id).ShouldBeEmpty();
        await PictureAsync(open.Page, $"key-{width}");
        await field.FillAsync("the-key");
        await field.PressAsync("Enter");
        await open.Button("New schedule…").ClickAsync();
        var dialog = open.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name (letters").FillAsync("mine");
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Strategy", Exact = true }).SelectOptionAsync("acme-trail");
        await dialog.GetByLabel("Rule").FillAsync("close-20m");
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("NY");
        (await dialog.EvaluateAsync<bool>("it => it.scrollWidth <= it.clientWidth")).ShouldBeTrue();
        await PictureAsync(open.Page, $"editor-{width}");
    }

    [Fact]
    public async Task Hostile_texts_run_no_script_and_break_no_layout()
    {
        await using var app = await RunningApp.TradingAsync();
        const string Text = "<img src=x onerror=alert(1)><script>alert(2)</script>\\\"'>&";
        var endless = new string('W', 400);
        await app.PostAsync(
            "strategies",
            $$"""
            {"id":"hostile","symbol":"ACME","strategy_type":"bracket","entry_price":"10","quantity":5,"allow_shared_symbol":true,
            "notes":"{{Text}}{{endless}}"}
            """
        );
        await app.PostAsync("strategies/hostile/pause", $$"""{"reason":"{{Text}}{{endless}}"}""");
        await app.PostAsync(
            "schedules",
            $$"""
            {"id":"hostile","task_type":"notify","market":"close+10m","name":"{{Text}}","note":"{{Text}}{{endless}}",
            "task_data":{"message":"{{Text}}{{endless}}"} }
            """
        );
        await using var open = await OpenPage.AtAsync(chromium, app.Page, width: 360);
        var asked = false;
        open.Page.Dialog += async (_, dialog) =>
        {
            asked = true;
            await dialog.DismissAsync();
        };
        await Expect(open.Section("Strategies")).ToContainTextAsync("<script>alert(2)</script>");
        await Expect(open.Section("Schedules")).ToContainTextAsync("<img src=x onerror=alert(1)>");
        (await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360);
        await open.Page.GotoAsync(app.Page + "#/strategy/hostile");
        await Expect(open.Section("Settings")).ToContainTextAsync("<script>alert(2)</script>");
        (await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360);
        (await open.Page.Locator("img").CountAsync()).ShouldBe(0);
        asked.ShouldBeFalse();
        open.Complaints.ShouldBeEmpty();
    }

    // Pictures for people, in the folder of the tests: nothing is compared.
    private static async Task PictureAsync(IPage page, string name)
    {
        var folder = Environment.GetEnvironmentVariable("AUTOTRADER_PICTURES")
            ?? Path.Combine(AppContext.BaseDirectory, "TestResults", "pictures");
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }
}
