using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine.Commands;

/// <summary>docs/architecture.md, "Firing": the target remembers the occurrences that it served, so that a retry never undoes what a user
/// did later.</summary>
public class OccurrenceTests
{
    private const string At10 = "20260203T150000.pause.scheduled";
    private const string At11 = "20260203T160000.resume.scheduled";

    private static CommandEnvelope Command(EngineHarness engine, EngineCommand command, string occurrence) =>
        engine.NewCommand(command) with
        {
            Occurrence = occurrence,
        };

    private static async Task<EngineHarness> StartAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 50 });
        return engine;
    }

    private static async Task<CommandEnvelope> ServeAsync(EngineHarness engine, CommandEnvelope command)
    {
        await engine.CommandAsync(command);
        await engine.TicksAsync(1);
        return await engine.CommandOf(command.Id);
    }

    [Fact]
    public void Of_one_lane_what_is_older_than_the_last_is_covered_and_what_is_of_the_same_instant_is_not()
    {
        var memory = HandledOccurrences.Add(null, "paused", "2.a.x");
        memory = HandledOccurrences.Add(memory, "paused", "2.b.x");
        HandledOccurrences.Covers(memory, "paused", "1.z.x").ShouldBeTrue();
        HandledOccurrences.Covers(memory, "paused", "2.a.x").ShouldBeTrue();
        HandledOccurrences.Covers(memory, "paused", "2.b.x").ShouldBeTrue();
        HandledOccurrences.Covers(memory, "paused", "2.c.x").ShouldBeFalse();
        HandledOccurrences.Covers(memory, "paused", "3.a.x").ShouldBeFalse();
        HandledOccurrences.Covers(HandledOccurrences.Add(memory, "paused", "3.a.x"), "paused", "2.c.x").ShouldBeTrue();
    }

    [Fact]
    public void Lanes_do_not_know_of_each_other()
    {
        var memory = HandledOccurrences.Add(HandledOccurrences.Add(null, "enabled", "2.a.x"), "close_strategy", "1.b.x");
        HandledOccurrences.Covers(memory, "close_strategy", "1.b.x").ShouldBeTrue();
        HandledOccurrences.Covers(memory, "close_strategy", "2.c.x").ShouldBeFalse();
        HandledOccurrences.Covers(memory, "enabled", "1.c.x").ShouldBeTrue();
        HandledOccurrences.Covers(memory, "paused", "0.c.x").ShouldBeFalse();
    }

    [Fact]
    public async Task A_pause_that_is_tried_again_does_not_undo_the_resume_of_a_user()
    {
        var engine = await StartAsync();
        await ServeAsync(engine, Command(engine, new PauseStrategy("s1"), At10));
        (await engine.StrategyAsync("s1")).PauseReason.ShouldNotBeNull();
        await ServeAsync(engine, engine.NewCommand(new ResumeStrategy("s1")));

        (await ServeAsync(engine, Command(engine, new PauseStrategy("s1"), At10))).Status.ShouldBe(CommandStatus.Done);
        (await engine.StrategyAsync("s1")).PauseReason.ShouldBeNull();
    }

    [Fact]
    public async Task A_resume_that_was_refused_is_not_carried_out_when_it_is_tried_again_after_a_user_paused()
    {
        var engine = await StartAsync();
        (await ServeAsync(engine, Command(engine, new ResumeStrategy("s1"), At11))).Code.ShouldBe("STRATEGY_NOT_PAUSED");
        await ServeAsync(engine, engine.NewCommand(new PauseStrategy("s1")));

        await ServeAsync(engine, Command(engine, new ResumeStrategy("s1"), At11));
        (await engine.StrategyAsync("s1")).PauseReason.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_pause_and_a_stop_of_one_instant_both_count()
    {
        var engine = await StartAsync();
        await ServeAsync(engine, Command(engine, new PauseStrategy("s1"), "20260203T150000.z.scheduled"));
        await ServeAsync(engine, Command(engine, new ResumeStrategy("s1"), "20260203T150000.a.scheduled"));
        await ServeAsync(engine, Command(engine, new DisableStrategy("s1"), "20260203T150000.a.scheduled"));
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
        await ServeAsync(engine, Command(engine, new CloseStrategy("s1"), At11));
        (await engine.AttentionAsync()).ShouldContain(item => item.Code == "CLOSE_WAITS");
    }
}
