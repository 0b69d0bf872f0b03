using System.Globalization;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.LocalRuntime.Azurite;
using Microsoft.Extensions.DependencyInjection;

namespace AutoTrader.Simulation;

/// <summary>Two processes of the app against one storage, on the wall clock.</summary>
public class TwoProcessTests
{
    private const int TicksEach = 6;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    // A tick every two seconds, so that a few seconds hold many.
    private static readonly (string, string)[] RealTime = [("LocalRuntime__Replay__Start", ""), ("LocalRuntime__Replay__Speed", ""), ("AutoTrader__CycleSchedule", "*/2 * * * * *")];

    [Fact]
    public async Task Every_tick_is_run_by_exactly_one_and_when_the_holder_is_killed_the_other_goes_on()
    {
        var folder = Directory.CreateTempSubdirectory("autotrader-two-");
        try
        {
            await using var azurite = await AzuriteServer.StartAttachedAsync(folder.FullName);
            await using var services = AppProcess.Stores(azurite.ConnectionString);
            var store = services.GetRequiredService<IEngineStore>();

            await using var one = AppProcess.Start(azurite.ConnectionString, RealTime);
            await using var two = AppProcess.Start(azurite.ConnectionString, RealTime);
            (await one.SaysAsync("Listening on")).ShouldBeTrue();
            (await two.SaysAsync("Listening on")).ShouldBeTrue();
            var cycles = await CyclesAsync(store, all => all.Count >= TicksEach);

            var holder = IsOf(one, cycles[0]) ? one : two;
            var other = holder == one ? two : one;
            await holder.KillAsync();
            cycles = await CyclesAsync(store, all => all.Count(cycle => IsOf(other, cycle)) >= TicksEach);

            cycles.Select(cycle => cycle.Planned).ShouldBeUnique();
            var handover = cycles.Where(cycle => IsOf(holder, cycle)).Max(cycle => cycle.Planned);
            cycles.Where(cycle => cycle.Planned > handover).ShouldAllBe(cycle => IsOf(other, cycle));
            TestContext.Current.TestOutputHelper?.WriteLine($"Taken over {cycles.Where(cycle => cycle.Planned > handover).Min(cycle => cycle.Planned) - handover} after the last tick of the killed one.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool IsOf(AppProcess process, CycleRecord cycle) => cycle.Holder.EndsWith(string.Create(CultureInfo.InvariantCulture, $"/{process.Id}"), StringComparison.Ordinal);

    private static async Task<IReadOnlyList<CycleRecord>> CyclesAsync(IEngineStore store, Func<IReadOnlyList<CycleRecord>, bool> enough)
    {
        using var look = new PeriodicTimer(Look);
        while (true)
        {
            var cycles = await store.ListCyclesAsync("paper", 1000, TestContext.Current.CancellationToken);
            if (enough(cycles))
            {
                return cycles;
            }

            await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
