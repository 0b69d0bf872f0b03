using AutoTrader.Testing;

namespace AutoTrader.Simulation;

/// <summary>The app itself as a process on Azurite, killed with SIGKILL in the middle of the market and started again: at four moments of
/// two sessions, or at fifty of six in the long form (<see cref="LongForm"/>).</summary>
public class ProcessTests
{
    private const string RealStrategies = """
        strategies:
        - {id: trail, symbol: SPY, strategy_type: trailing_stop, quantity: 10, trailing_stop_pct: '0.5', repeat: true}
        - {id: bracket, symbol: IBM, strategy_type: bracket, quantity: 10, take_profit_pct: '0.8', stop_loss_pct: '0.6',
           repeat: true, cooldown_minutes: 10}
        - {id: scale, symbol: BAC, strategy_type: scale_out, quantity: 50, stop_loss_pct: '1',
           repeat: true, scale_targets: [{pct: 33, target_pct: 0.3}, {pct: 33, target_pct: 0.6}, {pct: 34, target_pct: 0.9}]}
        - {id: grid, symbol: BAC, strategy_type: grid, quantity: 1, allow_shared_symbol: true, grid_config:
           {low: 13.70, high: 14.20, levels: 6, qty_per_level: 5}}
        - {id: dip, symbol: SPY, strategy_type: pullback_trailing, quantity: 5, pullback_pct: '0.4',
           trailing_stop_pct: '0.5', allow_shared_symbol: true, repeat: true}
        """;

    [Fact]
    public async Task Killed_with_SIGKILL_again_and_again_it_makes_the_fills_of_the_run_that_was_not()
    {
        (string, string)[] day = [("LocalHost__Replay__End", "2026-02-02T16:30:00-05:00")];
        var whole = await AppProcess.ReplayAsync(kills: null, day);
        whole.Count.ShouldBeGreaterThan(8);
        (await AppProcess.ReplayAsync(new Kills(Seed: 7, Count: LongForm.Of(4, 50), MaxLines: LongForm.Of(100, 10)), day)).ShouldBe(whole);
    }

    [Fact]
    public async Task Killed_with_SIGKILL_in_real_sessions_over_a_weekend_it_makes_the_fills_of_the_run_that_was_not()
    {
        var data = SimulatedWeek.DataFolder("minute");
        if (data is null)
        {
            Assert.Skip("The recorded bars are not beside this clone.");
        }

        var file = Path.Combine(Directory.CreateTempSubdirectory("autotrader-real-").FullName, "strategies.yaml");
        try
        {
            await File.WriteAllTextAsync(file, RealStrategies, TestContext.Current.CancellationToken);

            // The cycle looks at the market while it may be open, so that nights and a weekend take no time.
            (string, string)[] week =
            [
                ("AutoTrader__Market__Directory", data),
                ("AutoTrader__ImportOnFirstStart", file),
                ("AutoTrader__ImportSchedulesOnFirstStart", ""),
                ("CycleSchedule", "0 * 13-20 * * 1-5"),
                ("MaintenanceSchedule", "30 0 * * * *"),
                ("LocalHost__Replay__Start", "2013-10-04T09:29:00-04:00"),
                ("LocalHost__Replay__End", LongForm.IsOn ? "2013-10-11T16:30:00-04:00" : "2013-10-07T16:30:00-04:00"),
            ];
            var whole = await AppProcess.ReplayAsync(kills: null, week);
            // Some wait for days.
            foreach (var id in LongForm.IsOn ? ["trail", "bracket", "scale", "grid", "dip"] : (string[])["trail", "dip"])
            {
                whole.ShouldContain(line => line.Contains($" {id} Buy ", StringComparison.Ordinal));
                whole.ShouldContain(line => line.Contains($" {id} Sell ", StringComparison.Ordinal));
            }

            var kills = new Kills(Seed: 11, Count: LongForm.Of(4, 50), MaxLines: LongForm.Of(200, 80));
            (await AppProcess.ReplayAsync(kills, week)).ShouldBe(whole);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }
}
