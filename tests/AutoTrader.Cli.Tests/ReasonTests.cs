using AutoTrader.Cli.Client;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Tests;

/// <summary>Why a strategy did not trade, from what the app answers with one thing changed.</summary>
public sealed class ReasonTests(RunningApp running) : IClassFixture<RunningApp>
{
    [Fact]
    public async Task Nothing_bars_a_strategy_of_an_open_market_with_a_quote()
    {
        var reasons = Reasons.Of(await EvidenceAsync());
        reasons.ShouldContain(it => it.About == "risk" && it.Text.StartsWith("Entries are allowed: "));
        reasons.ShouldContain(it => it.About == "market" && it.Text.StartsWith("The market is open until "));
        reasons.ShouldContain(it => it.About == "data" && it.Text.StartsWith("BOLT is quoted "));
        reasons.ShouldNotContain(it => it.About == "waiting for" || it.About == "schedule");
    }

    [Fact]
    public async Task The_kill_switch_is_told_with_who_and_why_and_before_the_loss() =>
        (
            await WithStatusAsync(status => status with { LossLatched = true, KillSwitchDetails = new("a bad day", running.App.Now, "me") })
        ).ShouldMatch(@"^The kill switch is on since .* by me: a bad day\. Nothing is bought until: trader start$");

    [Fact]
    public async Task A_loss_of_the_day_is_told_with_its_limit() =>
        (await WithStatusAsync(status => status with { LossLatched = true, DailyPnlLimit = -500, TradesRemaining = 0 })).ShouldMatch(
            @"^The day's loss limit of .*500.* was reached: nothing is bought until the next session\.$"
        );

    [Fact]
    public async Task The_buys_of_the_day_are_told_when_they_are_used_up() =>
        (await WithStatusAsync(status => status with { TradeLimit = 7, TradesRemaining = 0 })).ShouldBe(
            "All 7 buys of the day are used up."
        );

    [Fact]
    public async Task What_it_waits_for_is_told()
    {
        var it = await EvidenceAsync();
        Reasons
            .Of(it with { Strategy = it.Strategy with { WaitingFor = "a dip of 5 %" } })
            .ShouldContain(new Reason("waiting for", "a dip of 5 %"));
    }

    [Fact]
    public async Task A_schedule_is_told_unless_it_is_paused_or_has_no_next_run()
    {
        var it = await EvidenceAsync();
        using var http = new HttpClient { BaseAddress = new(running.App.Address, "api") };
        var due = await ApiClients.Create(http).GetScheduleAsync("summary", TestContext.Current.CancellationToken);
        var told = Reasons.Of(
            it with
            {
                Schedules = [due, due with { Id = "paused", Enabled = false }, due with { Id = "over", NextRun = null }],
            }
        );
        told.Where(reason => reason.About == "schedule").ShouldHaveSingleItem().Text.ShouldMatch("^summary does notify at .* New York\\.$");
    }

    [Fact]
    public async Task A_closed_market_is_told_with_when_it_opens()
    {
        var it = await EvidenceAsync();
        Reasons
            .Of(it with { Engine = it.Engine with { MarketOpen = false } })
            .Single(reason => reason.About == "market")
            .Text.ShouldMatch(@"^The market is closed; it opens .* New York\. Nothing is entered until then\.$");
    }

    [Fact]
    public async Task Without_a_quote_nothing_is_decided() =>
        Reasons
            .Of(await EvidenceAsync() with { Quote = null })
            .ShouldContain(new Reason("data", "There is no quote of BOLT: without a valid one nothing is decided."));

    private async Task<string> WithStatusAsync(Func<RiskStatusView, RiskStatusView> change)
    {
        var it = await EvidenceAsync();
        return Reasons
            .Of(it with { Risk = it.Risk with { Status = change(it.Risk.Status) } })
            .Single(reason => reason.About == "risk")
            .Text;
    }

    private async Task<Evidence> EvidenceAsync()
    {
        using var http = new HttpClient { BaseAddress = new(running.App.Address, "api") };
        var (api, cancellation) = (ApiClients.Create(http), TestContext.Current.CancellationToken);
        return new(
            await api.GetStrategyAsync("quiet", cancellation),
            await api.GetEngineAsync(cancellation),
            await api.GetRiskAsync(cancellation),
            [],
            [],
            (await api.ListQuotesAsync("BOLT", cancellation)).Items[0],
            [],
            []
        );
    }
}
