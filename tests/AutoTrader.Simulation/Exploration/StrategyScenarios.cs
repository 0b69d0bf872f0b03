using AutoTrader.Core.Strategies;
using static AutoTrader.Simulation.Exploration.Scenarios;

namespace AutoTrader.Simulation.Exploration;

/// <summary>Each strategy type from entry to exit, on the paper broker.</summary>
internal static class StrategyScenarios
{
    public static IReadOnlyList<Scenario> All { get; } = [new("trailing-stop", async world =>
        {
            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 100, 101, 103, 104, 104, 103, 101, 100);
        }) { Ends = Traded("trail") }, new("bracket-target", async world =>
        {
            await world.AddAsync(Bracket() with { EntryType = EntryType.Limit, EntryPrice = 99.5m });
            await world.MinutesAsync("AAA", 100, 100, 99, 99.5m, 101, 103.5m, 103);
        }) { Ends = Traded("bracket") }, new("bracket-repeats", async world =>
        {
            await world.AddAsync(Bracket() with { EntryType = EntryType.Condition, EntryCondition = "above:100.5", Repeat = true });
            await world.MinutesAsync("AAA", 100, 101, 101, 100, 98, 100, 101, 101, 102, 105);
        }) { Ends = Traded("bracket") }, new("scale-out", async world =>
        {
            await world.AddAsync(ScaleOut());
            await world.MinutesAsync("AAA", 100, 100, 101.5m, 101, 102.5m, 101, 98, 97);
        }) { Ends = Traded("scale") }, new("scale-out-without-stop", async world =>
        {
            await world.AddAsync(ScaleOut() with { StopLossPct = null });
            await world.MinutesAsync("AAA", 100, 100, 101.5m, 102.5m, 101, 103.5m, 103);
        }) { Ends = Traded("scale") }, new("grid", async world =>
        {
            await world.AddAsync(Grid());
            await world.MinutesAsync("AAA", 100.5m, 99.5m, 98.5m, 99.5m, 100.5m, 101.5m, 100.5m, 102.5m, 102.6m, 101.5m);
        }) { Ends = Traded("grid") }, new("grid-floor", async world =>
        {
            await world.AddAsync(Grid() with { GridConfig = new GridConfig(98, 102, 5, 4) with { StopBelow = 97 } });
            await world.MinutesAsync("AAA", 100.5m, 99.5m, 98.5m, 97, 96.5m, 96.5m, 96);
        }) { Ends = Traded("grid") }, new("pullback-trailing", async world =>
        {
            await world.AddAsync(Pullback());
            await world.MinutesAsync("AAA", 100, 102, 102, 100.5m, 100.5m, 100.5m, 102, 103, 103, 100.5m, 100);
        }) { Ends = Traded("dip") }, new("two-on-one-symbol", async world =>
        {
            await world.AddAsync(Trailing() with { AllowSharedSymbol = true }, Grid() with { AllowSharedSymbol = true });
            await world.MinutesAsync("AAA", 100.5m, 99.5m, 100.5m, 102, 102, 101, 99.5m, 98.5m);
        }) { Ends = Traded("trail", "grid") }, new("overnight", async world =>
        {
            await world.AddAsync(Trailing());
            await world.MinutesAsync("AAA", 100, 100, 101);
            await world.NextSessionAsync(("AAA", 102));
            await world.MinutesAsync("AAA", 102, 103, 103, 100);
        }) { Ends = Traded("trail") }];
}
