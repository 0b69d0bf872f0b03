using AutoTrader.Core.Engine;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>docs/architecture.md, "Firing": the target remembers the occurrences that it served, so that a retry never undoes what a user did later.</summary>
public class OccurrenceTests
{
    private const string At10 = "20260203T150000.pause.scheduled";
    private const string At11 = "20260203T160000.resume.scheduled";

    private static Wish Wish(EngineHarness engine, WishKind kind, string occurrence) => engine.NewWish(kind, "s1") with { Occurrence = occurrence };

    private static async Task<EngineHarness> StartAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 50 });
        return engine;
    }

    private static async Task<Wish> ServeAsync(EngineHarness engine, Wish wish)
    {
        await engine.WishAsync(wish);
        await engine.TicksAsync(1);
        return await engine.WishOf(wish.Id);
    }

    [Fact]
    public void Of_one_lane_what_is_older_than_the_last_is_covered_and_what_is_of_the_same_instant_is_not()
    {
        var memory = ServedOccurrences.Add(null, "paused", "2.a.x");
        memory = ServedOccurrences.Add(memory, "paused", "2.b.x");
        ServedOccurrences.Covers(memory, "paused", "1.z.x").ShouldBeTrue();
        ServedOccurrences.Covers(memory, "paused", "2.a.x").ShouldBeTrue();
        ServedOccurrences.Covers(memory, "paused", "2.b.x").ShouldBeTrue();
        ServedOccurrences.Covers(memory, "paused", "2.c.x").ShouldBeFalse();
        ServedOccurrences.Covers(memory, "paused", "3.a.x").ShouldBeFalse();
        ServedOccurrences.Covers(ServedOccurrences.Add(memory, "paused", "3.a.x"), "paused", "2.c.x").ShouldBeTrue();
    }

    [Fact]
    public void Lanes_do_not_know_of_each_other()
    {
        var memory = ServedOccurrences.Add(ServedOccurrences.Add(null, "enabled", "2.a.x"), "close_strategy", "1.b.x");
        ServedOccurrences.Covers(memory, "close_strategy", "1.b.x").ShouldBeTrue();
        ServedOccurrences.Covers(memory, "close_strategy", "2.c.x").ShouldBeFalse();
        ServedOccurrences.Covers(memory, "enabled", "1.c.x").ShouldBeTrue();
        ServedOccurrences.Covers(memory, "paused", "0.c.x").ShouldBeFalse();
    }

    [Fact]
    public async Task A_pause_that_is_tried_again_does_not_undo_the_resume_of_a_user()
    {
        var engine = await StartAsync();
        await ServeAsync(engine, Wish(engine, WishKind.PauseStrategy, At10));
        (await engine.StrategyAsync("s1")).PauseReason.ShouldNotBeNull();
        await ServeAsync(engine, engine.NewWish(WishKind.ResumeStrategy, "s1"));

        (await ServeAsync(engine, Wish(engine, WishKind.PauseStrategy, At10))).Status.ShouldBe(WishStatus.Done);
        (await engine.StrategyAsync("s1")).PauseReason.ShouldBeNull();
    }

    [Fact]
    public async Task A_resume_that_was_refused_is_not_carried_out_when_it_is_tried_again_after_a_user_paused()
    {
        var engine = await StartAsync();
        (await ServeAsync(engine, Wish(engine, WishKind.ResumeStrategy, At11))).Code.ShouldBe("STRATEGY_NOT_PAUSED");
        await ServeAsync(engine, engine.NewWish(WishKind.PauseStrategy, "s1"));

        await ServeAsync(engine, Wish(engine, WishKind.ResumeStrategy, At11));
        (await engine.StrategyAsync("s1")).PauseReason.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_pause_and_a_stop_of_one_instant_both_count()
    {
        var engine = await StartAsync();
        await ServeAsync(engine, Wish(engine, WishKind.PauseStrategy, "20260203T150000.z.scheduled"));
        await ServeAsync(engine, Wish(engine, WishKind.ResumeStrategy, "20260203T150000.a.scheduled"));
        await ServeAsync(engine, Wish(engine, WishKind.DisableStrategy, "20260203T150000.a.scheduled"));
        var strategy = await engine.StrategyAsync("s1");
        (strategy.PauseReason, strategy.Enabled).ShouldBe((null, false));
    }

    [Fact]
    public async Task A_close_outside_the_session_is_a_matter_of_attention_until_the_open()
    {
        var engine = new EngineHarness(EngineHarness.At(15, 55));
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing());
        await engine.TicksAsync(1);
        var entry = engine.Broker.Submissions.ShouldHaveSingleItem();
        engine.Broker.Fill(entry.ClientOrderId, 10, 100);
        await engine.TicksAsync(3);
        engine.Clock.SetUtcNow(EngineHarness.At(18, 0));
        await ServeAsync(engine, Wish(engine, WishKind.CloseStrategy, At11));
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "CLOSE_WAITS");
    }
}
