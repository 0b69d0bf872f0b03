using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;
using static AutoTrader.Simulation.Exploration.Scenarios;

namespace AutoTrader.Simulation.Exploration;

/// <summary>What is done by the clock.</summary>
internal static class ScheduleScenarios
{
    public static IReadOnlyList<Scenario> All { get; } = [new("schedules-of-orders", async world =>
        {
            // They rest, so that a minute of delay makes no other fills.
            await world.AddAsync(Trailing() with { EntryType = Core.Strategies.EntryType.Limit, EntryPrice = 90 });
            await world.Schedules.AddAsync("buys", new(ScheduleAction.OrderPlace) { Order = Buy(1, 91) }, "33,36 9 3 2 *", At(33), At(36));
            await world.Schedules.AddAsync("more", new(ScheduleAction.OrderPlace) { Order = Buy(2, 92) }, "36 9 3 2 *", At(36));
            await world.Schedules.AddAsync("pause", new(ScheduleAction.StrategyPause) { Target = "trail" }, "36 9 3 2 *", At(36));
            await world.MinutesAsync("AAA", 100, 100, 100, 100, 100, 100, 100, 100);
        }) { Ends = ThreeRest }];

    private static void ThreeRest(World world) =>
        world.Invariants.Orders.Values.Count(order => order is { Role: OrderRole.Manual, Status: OrderStatus.Accepted }).ShouldBe(3);

    private static DateTimeOffset At(int minute) => World.Session.Open.AddMinutes(minute - 30);
}
