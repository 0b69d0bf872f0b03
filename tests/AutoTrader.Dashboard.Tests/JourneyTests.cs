using System.Text.Json.Nodes;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AutoTrader.Dashboard.Tests;

/// <summary>What a trader comes for, from the first look to the confirmed effect.</summary>
public sealed class JourneyTests(Chromium chromium)
{
    [Fact]
    public async Task A_strategy_is_paused_and_resumed_once_its_account_was_named()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, new(app.Page + "#/strategy/crux-scale"));
        await open.Button("Pause crux-scale…").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Protection and exits run on.");
        await open.Button("Pause it").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        (await app.GetAsync("strategies/crux-scale"))["paused"]!.GetValue<bool>().ShouldBeTrue();
        await open.Button("Close").ClickAsync();

        await app.UntilAsync(app.Now.AddMinutes(1));
        await open.Button("Resume crux-scale…").ClickAsync();
        await Expect(open.Button("Resume it")).ToBeDisabledAsync();
        await open.Page.GetByLabel("Type the account’s name").FillAsync("paper");
        await open.Button("Resume it").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        (await app.GetAsync("strategies/crux-scale"))["paused"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task Everything_is_sold_once_a_reason_and_the_accounts_name_were_given()
    {
        await using var app = await RunningApp.TradingAsync();
        (await app.GetAsync("overview"))["holdings"]!.AsArray().ShouldNotBeEmpty();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Button("Sell everything…").ClickAsync();
        var dialog = open.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync("I go on holiday");
        await Expect(open.Button("Sell everything")).ToBeDisabledAsync();
        await dialog.GetByLabel("Type the account’s name").FillAsync("paper");
        await open.Button("Sell everything").ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        await open.Button("Close").ClickAsync();
        await app.UntilAsync(app.Now.AddMinutes(3));
        await Expect(open.Section("Positions")).ToContainTextAsync("No positions.");
        await Expect(open.Page.Locator("header")).ToContainTextAsync("I go on holiday");
        (await app.GetAsync("overview"))["holdings"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_action_is_done_by_the_keyboard_alone()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Now")).ToBeVisibleAsync();
        await TabToAsync(open, "Stop all buying…");
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.GetByLabel("Reason")).ToBeFocusedAsync();
        await open.Page.Keyboard.TypeAsync("no mouse");
        await TabToAsync(open, "Turn it on");
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The kill switch is on.");
        await TabToAsync(open, "Close");
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        (await app.GetAsync("engine/kill-switch"))["reason"]!.GetValue<string>().ShouldBe("no mouse");
    }

    [Fact]
    public async Task The_agenda_says_late_missed_and_nothing_to_do_with_their_cause()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, new("about:blank"));
        await open.Page.RouteAsync("**/api/schedules/echo-open/runs*", async route =>
        {
            var real = await route.FetchAsync();
            var page = JsonNode.Parse(await real.TextAsync())!;
            var runs = page["items"]!.AsArray();
            var (late, missed, idle) = (runs[0]!, runs[0]!.DeepClone(), runs[0]!.DeepClone());
            late["lateness_seconds"] = "200";
            (missed["planned"], missed["status"], missed["code"]) = ("2026-02-02T14:40:00Z", "skipped", "too_late");
            missed["outcome"] = "It was later than its window.";
            (idle["planned"], idle["status"], idle["code"]) = ("2026-02-02T14:45:00Z", "skipped", "no_op");
            idle["outcome"] = "It is not paused.";
            runs.Add(missed);
            runs.Add(idle);
            await route.FulfillAsync(new() { Response = real, Body = page.ToJsonString() });
        });
        await open.Page.GotoAsync(app.Page.ToString());
        var entries = open.Section("Schedules").Locator(".entries li").Filter(new() { HasText = "echo-open" });
        await Expect(entries.Nth(0)).ToContainTextAsync("done late");
        await Expect(entries.Nth(0)).ToContainTextAsync("3 min 20 s late.");
        await Expect(entries.Nth(1)).ToContainTextAsync("skipped");
        await Expect(entries.Nth(1)).ToContainTextAsync("It was later than its window.");
        await Expect(entries.Nth(2)).ToContainTextAsync("nothing to do");
    }

    [Fact]
    public async Task Real_money_is_said_in_the_banner_the_title_and_every_dialog()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await WithOverviewAsync(app, overview =>
            (overview["live"], overview["account"]) = (true, "alpaca-live-123")
        );
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("LIVE alpaca-live-123");
        await Expect(open.Page.Locator("header.live")).ToContainTextAsync("Real money is traded.");
        (await open.Page.TitleAsync()).ShouldStartWith("LIVE alpaca-live-123");
        await open.Button("Sell everything…").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("LIVE account, real money");
    }

    [Fact]
    public async Task Limits_and_what_was_told_to_whom_are_shown()
    {
        // Nobody listens there: what could not be delivered is to be seen.
        await using var app = await RunningApp.TradingAsync(("CUSTOM_WEBHOOK_URL", "http://127.0.0.1:1/hook"));
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await Expect(open.Section("Risk limits").Locator(".fact").Filter(new() { HasText = "Loss of a day" }))
            .ToContainTextAsync("$500.00");
        var told = open.Section("Notifications");
        await told.GetByText("Channels and the latest deliveries").ClickAsync();
        await Expect(told).ToContainTextAsync("To: webhook");
        await Expect(told.Locator("li").Filter(new() { HasText = "BOLT" }).First).ToContainTextAsync("webhook: ");
    }

    [Fact]
    public async Task The_equity_curve_is_that_of_the_account_and_moves_before_anything_is_sold()
    {
        await using var app = await RunningApp.TradingAsync();
        var points = (await app.GetAsync("portfolio/history?days=1&interval=sample"))["items"]!.AsArray();
        points.Count.ShouldBeGreaterThan(10);
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        var money = open.Section("Money");
        await Expect(money.Locator(".chart canvas").First).ToBeVisibleAsync();
        await Expect(money).ToContainTextAsync("Equity today:");
        var first = Number(points[0]!["equity"]!);
        var change = Number(points[^1]!["equity"]!) - first;
        change.ShouldNotBe(0);
        await Expect(money).ToContainTextAsync(Math.Abs(change).ToString("$#,##0.00", System.Globalization.CultureInfo.InvariantCulture));
        await open.Button("90 days").ClickAsync();
        await Expect(money).ToContainTextAsync("there is not enough of the last 90 days yet");
        await app.UntilAsync(new(2026, 2, 4, 14, 40, 0, TimeSpan.Zero));
        await Expect(money).ToContainTextAsync("Equity the last 90 days:");
        await Expect(money.Locator(".chart canvas").First).ToBeVisibleAsync();
        open.Complaints.ShouldBeEmpty();

        static decimal Number(JsonNode node) => decimal.Parse(node.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Backtests_that_were_sent_are_shown_with_their_figures_and_curve_and_words_that_run_no_script()
    {
        const string Text = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page, width: 360);
        var section = open.Section("Backtests");
        await section.GetByText("How strategies would have performed").ClickAsync();
        await Expect(section).ToContainTextAsync("trader backtest publish");
        await app.PostAsync(
            "backtests",
            $$"""
            {"id":"1a2b3c4d","strategy_type":"bracket","symbol":"BOLT","start_date":"2026-01-05","end_date":"2026-01-07",
            "created_at":"2026-01-08T10:00:00Z","initial_capital":"100000","total_return":"1234.5","total_return_pct":"1.2345",
            "buy_and_hold_pct":"-0.5","total_trades":7,"max_drawdown_pct":"0.9","fees":"0.12",
            "equity_curve":[{"at":"2026-01-05T21:00:00Z","equity":"100000"},{"at":"2026-01-06T21:00:00Z","equity":"101234.5"}],
            "warnings":"{{Text}}{{new string('W', 400)}}","command":"{{Text}}"}
            """
        );
        await open.Page.ReloadAsync();
        await section.GetByText("How strategies would have performed").ClickAsync();
        await Expect(section).ToContainTextAsync("bracket on BOLT, 2026-01-05 to 2026-01-07");
        await Expect(section).ToContainTextAsync("+1.23 %");
        await Expect(section).ToContainTextAsync("bought and held −0.5 %");
        await open.Button("1a2b3c4d").ClickAsync();
        await Expect(section.Locator(".chart canvas").First).ToBeVisibleAsync();
        await Expect(section.Locator(".fact").Filter(new() { HasText = "Closed trades" })).ToContainTextAsync("7");
        await Expect(section.Locator(".fact").Filter(new() { HasText = "Greatest drawdown" })).ToContainTextAsync("0.9 %");
        await Expect(section).ToContainTextAsync("<script>alert(2)</script>");
        (await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360);
        (await open.Page.Locator("img").CountAsync()).ShouldBe(0);
        (await open.Page.RunAxe()).Violations.Select(it => it.Id).ShouldBeEmpty();
        open.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Hostile_words_of_attention_and_of_the_broker_run_no_script_and_break_no_layout()
    {
        const string Text = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>&";
        var endless = Text + new string('W', 400);
        await using var app = await RunningApp.TradingAsync();
        await using var open = await WithOverviewAsync(
            app,
            overview =>
            {
                overview["attention"] = new JsonArray(
                    new JsonObject
                    {
                        ["code"] = "EXIT_REFUSED",
                        ["key"] = endless,
                        ["message"] = endless,
                        ["since"] = "2026-02-02T14:00:00Z",
                        ["severity"] = "high",
                        ["todo"] = endless,
                    }
                );
                overview["orders"]![0]!["note"] = endless;
            },
            width: 360
        );
        var asked = false;
        open.Page.Dialog += async (_, dialog) =>
        {
            asked = true;
            await dialog.DismissAsync();
        };
        await Expect(open.Section("Attention")).ToContainTextAsync(Text);
        await Expect(open.Section("Working orders")).ToContainTextAsync(Text);
        (await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360);
        (await open.Page.Locator("img").CountAsync()).ShouldBe(0);
        asked.ShouldBeFalse();
        open.Complaints.ShouldBeEmpty();
    }

    private async Task<OpenPage> WithOverviewAsync(RunningApp app, Action<JsonNode> change, int width = 1200)
    {
        var open = await OpenPage.AtAsync(chromium, new("about:blank"), width);
        await open.Page.RouteAsync("**/api/overview", async route =>
        {
            var real = await route.FetchAsync();
            if (real.Status != 200)
            {
                await route.FulfillAsync(new() { Response = real });
                return;
            }

            var overview = JsonNode.Parse(await real.TextAsync())!;
            change(overview);
            await route.FulfillAsync(new() { Response = real, Body = overview.ToJsonString() });
        });
        await open.Page.GotoAsync(app.Page.ToString());
        return open;
    }

    private static async Task TabToAsync(OpenPage open, string button)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await open.Page.Keyboard.PressAsync("Tab");
            if (await open.Button(button).EvaluateAsync<bool>("it => it === document.activeElement"))
            {
                return;
            }
        }

        Assert.Fail($"'{button}' is not reached by Tab.");
    }
}
