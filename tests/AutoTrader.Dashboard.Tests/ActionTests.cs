using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AutoTrader.Dashboard.Tests;

/// <summary>What is done from the page is shown before, done once, and its outcome is found out.</summary>
public sealed class ActionTests(Chromium chromium)
{
    [Fact]
    public async Task The_kill_switch_goes_on_with_a_reason_and_off_with_the_accounts_name()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Button("Stop all buying…").ClickAsync();
        var dialog = open.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Nothing is bought any more");
        await Expect(dialog).ToContainTextAsync("Cancels: buy 20 DUNE limit $28.00.");
        await Expect(open.Button("Turn it on")).ToBeDisabledAsync();
        await dialog.GetByLabel("Reason").FillAsync("I want to look first");
        await open.Button("Turn it on").ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("The kill switch is on.");
        await open.Button("Close").ClickAsync();
        await Expect(open.Page.Locator("header")).ToContainTextAsync("KILL SWITCH IS ON");
        await Expect(open.Page.Locator("header")).ToContainTextAsync("I want to look first");
        (await app.GetAsync("engine/kill-switch"))["by"]!.GetValue<string>().ShouldBe("local/dashboard");

        await open.Button("Allow buying again…").ClickAsync();
        await Expect(dialog).ToContainTextAsync("dune-grid");
        await dialog.GetByLabel("Type the account’s name").FillAsync("pape");
        await Expect(open.Button("Turn it off")).ToBeDisabledAsync();
        await dialog.GetByLabel("Type the account’s name").FillAsync("paper");
        await open.Button("Turn it off").ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("The kill switch is off.");
        await open.Button("Close").ClickAsync();
        await Expect(open.Page.Locator("header")).ToContainTextAsync("Kill switch: off");
        open.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_done_by_looking_at_what_would_happen()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Button("Close crux-scale…").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Sells");
        await open.Button("Do nothing").ClickAsync();
        (await app.GetAsync("strategies/crux-scale"))["closing"].ShouldBeNull();
    }

    [Fact]
    public async Task A_strategy_is_closed_after_its_account_was_named()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Button("Close crux-scale…").ClickAsync();
        await open.Page.GetByLabel("Type the account’s name").FillAsync("paper");
        await open.Button("Close it").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        await open.Button("Close").ClickAsync();
        (await app.GetAsync("strategies/crux-scale"))["enabled"]!.GetValue<bool>().ShouldBeFalse();
        // A schedule acts on the strategy too, when the market has gone on for long enough.
        (await app.GetAsync("audit"))["items"]!
            .AsArray()
            .Where(it => it!["target"]?.GetValue<string>() == "crux-scale" && it["action"]!.GetValue<string>() == "close_strategy")
            .Select(it => it!["caller"]!.GetValue<string>())
            .ShouldBe(["local/dashboard"]);
    }

    [Fact]
    public async Task An_order_is_canceled_and_a_schedule_paused_resumed_and_run()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Section("Working orders").GetByRole(AriaRole.Button, new() { Name = "Cancel…" }).First.ClickAsync();
        await open.Button("Cancel the order").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        await open.Button("Close").ClickAsync();
        (await app.GetAsync("strategies/dune-grid"))["paused"]!.GetValue<bool>().ShouldBeTrue();

        await open.Page.GetByText("All schedules").ClickAsync();
        await open.Button("Pause daily-summary…").ClickAsync();
        await open.Button("Pause it").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The schedule is paused.");
        await open.Button("Close").ClickAsync();
        await Expect(open.Section("Schedules").Locator(".row").Filter(new() { HasText = "daily-summary" })).ToContainTextAsync("PAUSED");
        await open.Button("Resume daily-summary…").ClickAsync();
        await open.Button("Resume it").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The schedule is on.");
        await open.Button("Close").ClickAsync();
        await open.Button("Run daily-summary now…").ClickAsync();
        await open.Button("Run it now").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        (await app.GetAsync("schedules/daily-summary/runs"))["items"]!.AsArray().ShouldHaveSingleItem();
        (await app.GetAsync("audit"))["items"]!
            .AsArray()
            .Where(it => it!["caller"]!.GetValue<string>() == "local/dashboard")
            .Select(it => it!["action"]!.GetValue<string>())
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(["trigger_schedule", "resume_schedule", "pause_schedule", "cancel_order"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_found_out_under_the_same_key_and_done_once()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        var keys = new List<string>();
        await open.Page.RouteAsync("**/api/schedules/daily-summary/trigger", async route =>
        {
            keys.Add(route.Request.Headers["idempotency-key"]);
            var answer = await route.FetchAsync();
            if (keys.Count == 1)
            {
                await route.AbortAsync();
            }
            else
            {
                await route.FulfillAsync(new() { Response = answer });
            }
        });
        await open.Page.GetByText("All schedules").ClickAsync();
        await open.Button("Run daily-summary now…").ClickAsync();
        await open.Button("Run it now").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        keys.Count.ShouldBeGreaterThan(1);
        keys.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        (await app.GetAsync("schedules/daily-summary/runs"))["items"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_outcome_that_is_not_known_is_said_and_survives_a_reload_of_the_page()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Page.RouteAsync("**/api/schedules/daily-summary/trigger", route => route.AbortAsync());
        await open.Page.GetByText("All schedules").ClickAsync();
        await open.Button("Run daily-summary now…").ClickAsync();
        await open.Button("Run it now").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The outcome is unknown: it may have been done.");
        await open.Page.UnrouteAllAsync();
        await open.Page.ReloadAsync();
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Run daily-summary now");
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        (await app.GetAsync("schedules/daily-summary/runs"))["items"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_schedule_is_made_with_its_next_occurrences_seen_before_changed_and_deleted()
    {
        await using var app = await RunningApp.TradingAsync();
        await using var open = await OpenPage.AtAsync(chromium, app.Page);
        await open.Button("New schedule…").ClickAsync();
        var dialog = open.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name (letters").FillAsync("mine");
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Strategy", Exact = true }).SelectOptionAsync("acme-trail");
        await dialog.GetByLabel("Rule").FillAsync("close-soon");
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("✕");
        await Expect(open.Button("Save")).ToBeDisabledAsync();
        await dialog.GetByLabel("Rule").FillAsync("close-20m");
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("Mon, Feb 2 21:40 (Mon, Feb 2 15:40 NY)");
        (await open.Page.RunAxe()).Violations.Select(it => it.Id).ShouldBeEmpty();
        await open.Button("Save").ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        await open.Page.GetByText("All schedules").ClickAsync();
        await open.Button("Change when mine is due…").ClickAsync();
        await dialog.GetByLabel("Rule").FillAsync("close-30m");
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("15:30 NY");
        await open.Button("Save").ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        (await app.GetAsync("schedules/mine"))["market"]!.GetValue<string>().ShouldBe("close-30m");
        await open.Button("Delete mine…").ClickAsync();
        await open.Button("Delete it").ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("✓");
        (await app.GetAsync("schedules"))["items"]!.AsArray().ShouldAllBe(it => it!["id"]!.GetValue<string>() != "mine");
    }
}
