using AutoTrader.Core.Strategies.Yaml;

namespace AutoTrader.Simulation;

/// <summary>The app itself as a process on a real session, killed with SIGKILL and started again.</summary>
public class RealBarsProcessTests
{
    private static readonly DateTimeOffset Made = new(2013, 10, 3, 20, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task On_real_bars_killed_with_SIGKILL_again_and_again_it_makes_the_fills_of_the_run_that_was_not()
    {
        var bars = SimulatedWeek.DataFolder("minute");
        if (bars is null)
        {
            Assert.Skip("The recorded bars are not beside this clone.");
        }

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, StrategiesYaml.Write([.. RealBarsTests.Strategies().Select(strategy => strategy with { CreatedAt = Made, UpdatedAt = Made })]), TestContext.Current.CancellationToken);
            (string, string)[] session =
            [
                ("AutoTrader__Market__Directory", Path.GetFullPath(bars)),
                ("AutoTrader__ImportOnFirstStart", file),
                ("LocalRuntime__Replay__Start", "2013-10-04T09:29:00-04:00"),
                ("LocalRuntime__Replay__End", "2013-10-04T16:05:00-04:00"),
            ];
            var whole = await AppProcess.ReplayAsync(seed: null, session);
            whole.Count.ShouldBeGreaterThan(8);
            (await AppProcess.ReplayAsync(seed: 11, session)).ShouldBe(whole);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
