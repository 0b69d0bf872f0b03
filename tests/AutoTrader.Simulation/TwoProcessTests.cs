using AutoTrader.Core.Ports;
using AutoTrader.LocalHost.Azurite;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Simulation;

/// <summary>Two processes against one storage in real time.</summary>
public class TwoProcessTests
{
    private const int Cycles = 5;

    [Fact]
    public async Task Every_tick_is_run_by_exactly_one_and_when_the_holder_is_killed_the_other_takes_over()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-two-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            await using var services = AppProcess.Stores(azurite.ConnectionString);
            var engine = services.GetRequiredService<IEngineStore>();
            (string, string)[] settings =
            [
                ("LocalHost__Replay__Start", ""),
                ("LocalHost__Replay__Speed", ""),
                ("CycleSchedule", "*/2 * * * * *"),
            ];
            await using var one = AppProcess.Start(azurite.ConnectionString, settings);
            await using var two = AppProcess.Start(azurite.ConnectionString, settings);
            AppProcess[] apps = [one, two];

            var before = await UntilAsync(engine, apps, cycles => cycles.Count >= Cycles);
            var holder = apps.Single(app => RunBy(app)(before[0]));
            var other = apps.Single(app => app != holder);
            await holder.DisposeAsync();

            var after = await UntilAsync(engine, [other], cycles =>
                cycles.Count(cycle => RunBy(other)(cycle) && cycle.Planned > before[0].Planned) >= Cycles
            );
            after.Select(cycle => cycle.Planned).ShouldBeUnique();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Func<CycleRecord, bool> RunBy(AppProcess app) => cycle => cycle.Holder.EndsWith($"/{app.Id}", StringComparison.Ordinal);

    // How long it takes is not asserted: the lease of a dead holder lasts its whole period.
    private static async Task<IReadOnlyList<CycleRecord>> UntilAsync(
        IEngineStore engine,
        IReadOnlyList<AppProcess> apps,
        Func<IReadOnlyList<CycleRecord>, bool> reached
    )
    {
        using var poll = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            IReadOnlyList<CycleRecord> cycles =
            [
                .. (await engine.ListCyclesAsync("paper", 1000, TestContext.Current.CancellationToken)).Cycles.Where(cycle =>
                    cycle.Error is null
                ),
            ];
            if (reached(cycles))
            {
                return cycles;
            }

            apps.ShouldAllBe(app => app.IsRunning);
        }

        throw new InvalidOperationException("The timer ended.");
    }
}
