<<<<<<< HEAD
using AutoTrader.LocalRuntime.Azurite;

=======
>>>>>>> finish2
namespace AutoTrader.Simulation;

/// <summary>The app itself as a process on Azurite, killed with SIGKILL in the middle of the market and started again.</summary>
public class ProcessTests
{
<<<<<<< HEAD
    // On real sessions a process makes some hundred lines between two of fifty kills.
    private const int RealKills = 50;
    private const int RealLines = 50;
    private const int SampleKills = 15;
    private const int SampleLines = 25;

    private static readonly (string Name, string Value)[] SampleDay =
    [
        ("LocalRuntime__Replay__Speed", "0"),
        ("LocalRuntime__Replay__End", "2026-02-02T16:30:00-05:00"),
    ];

    [Fact]
    public async Task Killed_with_SIGKILL_again_and_again_it_makes_the_fills_of_the_run_that_was_not()
    {
        var whole = await FillsAsync(SampleDay, random: null, 0, 0);
        whole.Count.ShouldBeGreaterThan(8);
        (await FillsAsync(SampleDay, new(7), SampleKills, SampleLines)).ShouldBe(whole);
    }

    [Fact]
    public async Task Killed_with_SIGKILL_at_fifty_moments_of_real_sessions_it_makes_the_fills_of_the_run_that_was_not()
    {
        var data = SimulatedWeek.DataFolder("minute");
        if (data is null)
        {
            Assert.Skip("The recorded bars are not beside this clone.");
        }

        var file = Path.Combine(Directory.CreateTempSubdirectory("autotrader-real-").FullName, "strategies.yaml");
        await File.WriteAllTextAsync(file, RealStrategies, TestContext.Current.CancellationToken);
        (string, string)[] week =
        [
            ("AutoTrader__Market__Directory", data),
            ("AutoTrader__ImportOnFirstStart", file),
            ("LocalRuntime__Replay__Start", "2013-10-04T09:29:00-04:00"),
            ("LocalRuntime__Replay__End", "2013-10-09T16:30:00-04:00"),
            ("LocalRuntime__Replay__Speed", "0"),
        ];
        var whole = await FillsAsync(week, random: null, 0, 0);
        foreach (var id in new[] { "trail", "bracket", "scale", "grid", "dip" })
        {
            whole.ShouldContain(line => line.Contains($" {id} Buy ", StringComparison.Ordinal));
            whole.ShouldContain(line => line.Contains($" {id} Sell ", StringComparison.Ordinal));
        }

        (await FillsAsync(week, new(11), RealKills, RealLines)).ShouldBe(whole);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private static async Task<IReadOnlyList<string>> FillsAsync((string Name, string Value)[] settings, Random? random, int kills, int lines)
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-process-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            for (var kill = 0; kill < kills; kill++)
            {
                await using var killed = AppProcess.Start(azurite.ConnectionString, settings);
                (await killed.SaysAsync("has reached its end", random!.Next(1, lines))).ShouldBeFalse("the replay ended before all kills were made");
            }

            await using var last = AppProcess.Start(azurite.ConnectionString, settings);
            (await last.SaysAsync("has reached its end")).ShouldBeTrue();
            return await AppProcess.FillLinesAsync(azurite.ConnectionString);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private const string RealStrategies = """
        strategies:
        - {id: trail, symbol: SPY, strategy_type: trailing_stop, quantity: 10, trailing_stop_pct: '0.5', repeat: true}
        - {id: bracket, symbol: IBM, strategy_type: bracket, quantity: 10, take_profit_pct: '0.8', stop_loss_pct: '0.6', repeat: true, cooldown_minutes: 10}
        - {id: scale, symbol: BAC, strategy_type: scale_out, quantity: 50, stop_loss_pct: '1', repeat: true, scale_targets: [{pct: 33, target_pct: 0.3}, {pct: 33, target_pct: 0.6}, {pct: 34, target_pct: 0.9}]}
        - {id: grid, symbol: BAC, strategy_type: grid, quantity: 1, allow_shared_symbol: true, grid_config: {low: 13.70, high: 14.20, levels: 6, qty_per_level: 5}}
        - {id: dip, symbol: SPY, strategy_type: pullback_trailing, quantity: 5, pullback_pct: '0.4', trailing_stop_pct: '0.5', allow_shared_symbol: true, repeat: true}
        """;
=======
    [Fact]
    public async Task Killed_with_SIGKILL_again_and_again_it_makes_the_fills_of_the_run_that_was_not()
    {
        (string, string)[] day = [("LocalRuntime__Replay__End", "2026-02-02T16:30:00-05:00")];
        var whole = await AppProcess.ReplayAsync(seed: null, day);
        whole.Count.ShouldBeGreaterThan(8);
        (await AppProcess.ReplayAsync(seed: 7, day)).ShouldBe(whole);
    }
>>>>>>> finish2
}
