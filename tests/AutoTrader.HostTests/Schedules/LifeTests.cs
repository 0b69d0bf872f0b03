using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests.Schedules;

/// <summary>Schedules on the real engine: fired, changed, paused, resumed, triggered and deleted while they sleep.</summary>
[Collection(BriskCollection.Name)]
public sealed class LifeTests(BriskApp app, LifeStory story) : HostTest(app), IClassFixture<LifeStory>
{
    [Theory]
    [InlineData("at")]
    [InlineData("cron")]
    [InlineData("market")]
    public async Task A_schedule_fires_once_at_its_instant_and_its_message_arrives(string kind)
    {
        Require(kind);
        var run = story.RunsOf("fired-" + kind).ShouldHaveSingleItem();
        run.Status.ShouldBe("fired", run.Outcome);
        run.Planned.ShouldBe(story.At);
        run.StartedAt.ShouldBeGreaterThanOrEqualTo(story.At);
        await Eventually.IsTrueAsync("the message", () => Task.FromResult(story.MessagesOf("fired-" + kind).Count > 0));
        story.MessagesOf("fired-" + kind).Count.ShouldBe(1);
        PrintLateness("one-offs by " + kind, story.RunsOf("fired-" + kind));
    }

    [Theory]
    [InlineData("at")]
    [InlineData("cron")]
    [InlineData("market")]
    public void A_changed_schedule_fires_by_its_new_rule_only(string kind)
    {
        Require(kind);
        story.RunsOf("later-" + kind).ShouldBeEmpty();
        story.RunsOf("sooner-" + kind).ShouldHaveSingleItem().Planned.ShouldBe(story.Sooner);
    }

    [Theory]
    [InlineData("at")]
    [InlineData("cron")]
    [InlineData("market")]
    public async Task A_paused_schedule_does_not_fire_nor_make_up_for_the_pause_when_it_is_resumed(string kind)
    {
        Require(kind);
        story.RunsOf("paused-" + kind).ShouldBeEmpty();
        await story.DoAsync("paused-" + kind, "resume");
        await SteadyGoesOnAsync();
        (await story.RunsNowAsync("paused-" + kind)).ShouldBeEmpty();
    }

    [Fact]
    public Task A_paused_schedule_goes_on_when_it_is_resumed() => SteadyGoesOnAsync();

    [Theory]
    [InlineData("at")]
    [InlineData("cron")]
    [InlineData("market")]
    public async Task A_triggered_schedule_fires_beside_its_plan(string kind)
    {
        Require(kind);
        var run = story.RunsOf("triggered-" + kind).ShouldHaveSingleItem();
        run.IsScheduled.ShouldBeFalse();
        run.Status.ShouldBe("fired", run.Outcome);
        (await story.ReadAsync("triggered-" + kind))["next_run"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThan(run.StartedAt);
    }

    [Theory]
    [InlineData("at")]
    [InlineData("cron")]
    [InlineData("market")]
    public void A_deleted_schedule_never_fires(string kind)
    {
        Require(kind);
        story.RunsOf("deleted-" + kind).ShouldBeEmpty();
        story.MessagesOf("deleted-" + kind).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("order")]
    [InlineData("strategy-pause")]
    [InlineData("strategy-resume")]
    [InlineData("switch-on")]
    [InlineData("switch-off")]
    public void A_schedule_does_what_it_is_for(string name)
    {
        var run = story.RunsOf(name).ShouldHaveSingleItem();
        run.Status.ShouldBe("fired", run.Outcome);
    }

    [Fact]
    public async Task A_time_of_the_market_that_is_far_away_is_planned_and_can_be_triggered()
    {
        var id = "market-" + Guid.NewGuid().ToString("N")[..6];
        var created = await Client.CreateAsync(id, Rules.Notify(new() { ["market"] = "open+5m" }, id));
        var next = created["next_run"]!.GetValue<DateTimeOffset>();
        next.ShouldBeGreaterThan(DateTimeOffset.UtcNow);
        await Client.DoAsync(HttpMethod.Post, $"schedules/{id}/trigger");
        (await Client.RunsAsync(id)).ShouldHaveSingleItem().Status.ShouldBe("fired");
        (await Client.GetAsync("schedules/" + id)).Json["next_run"]!.GetValue<DateTimeOffset>().ShouldBe(next);
        await Client.DoAsync(HttpMethod.Delete, "schedules/" + id);
    }

    private async Task SteadyGoesOnAsync()
    {
        var before = await story.RunsNowAsync("steady");
        await story.DoAsync("steady", "resume");
        await Eventually.IsTrueAsync("it goes on", async () => (await story.RunsNowAsync("steady")).Count > before.Count + 1);
        await story.DoAsync("steady", "pause");
    }

    private void Require(string kind) =>
        Assert.SkipUnless(
            story.Kinds.Contains(kind),
            "No session is near enough for a time of the market: run it within six hours of one."
        );
}
