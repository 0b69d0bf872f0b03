namespace AutoTrader.Simulation;

/// <summary>The app itself as a process on Azurite, killed with SIGKILL in the middle of the sample market and started again.</summary>
public class ProcessTests
{
    [Fact]
    public async Task Killed_with_SIGKILL_again_and_again_it_makes_the_fills_of_the_run_that_was_not()
    {
        (string, string)[] day = [("LocalRuntime__Replay__End", "2026-02-02T16:30:00-05:00")];
        var whole = await AppProcess.ReplayAsync(seed: null, day);
        whole.Count.ShouldBeGreaterThan(8);
        (await AppProcess.ReplayAsync(seed: 7, day)).ShouldBe(whole);
    }
}
