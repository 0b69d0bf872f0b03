using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Simulation.Exploration;

/// <summary>The stories. Those of strategies run on the paper broker; those in which the broker is unkind on the model of a real
/// one.</summary>
internal static class Scenarios
{
    public static IReadOnlyList<Scenario> All { get; } =
    [.. StrategyScenarios.All, .. BrokerScenarios.All, .. AccountScenarios.All, .. ScheduleScenarios.All];

    public static Scenario Named(string name) =>
        All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new ArgumentException($"There is no scenario {name}. There are: {string.Join(", ", All)}", nameof(name));

    public static Strategy Trailing(string id = "trail", string symbol = "AAA") =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.TrailingStop,
            Quantity = 10,
            TrailingStopPct = 2,
            Arm = "aaaaaaaa",
        };

    public static Strategy Bracket(string id = "bracket", string symbol = "AAA") =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.Bracket,
            Quantity = 10,
            TakeProfitPct = 3,
            StopLossPct = 2,
            Arm = "bbbbbbbb",
        };

    public static Strategy ScaleOut(string id = "scale", string symbol = "AAA") =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.ScaleOut,
            Quantity = 10,
            ScaleTargets = [new(33, 1), new(33, 2), new(34, 3)],
            StopLossPct = 2,
            Arm = "cccccccc",
        };

    public static Strategy Grid(string id = "grid", string symbol = "AAA") =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.Grid,
            Quantity = 1,
            GridConfig = new(98, 102, 5, 4),
            Arm = "dddddddd",
        };

    public static Strategy Pullback(string id = "dip", string symbol = "AAA") =>
        new()
        {
            Id = id,
            Symbol = symbol,
            StrategyType = StrategyType.PullbackTrailing,
            Quantity = 10,
            PullbackPct = 1,
            TrailingStopPct = 2,
            Arm = "eeeeeeee",
        };

    public static OrderTerms Buy(decimal quantity, decimal? limit = null, string symbol = "AAA") =>
        new()
        {
            Symbol = symbol,
            Side = OrderSide.Buy,
            Quantity = quantity,
            Type = limit is null ? OrderType.Market : OrderType.Limit,
            LimitPrice = limit,
            TimeInForce = limit is null ? TimeInForce.Day : TimeInForce.Gtc,
        };

    public static OrderTerms Sell(decimal quantity, string symbol = "AAA") => Buy(quantity, null, symbol) with { Side = OrderSide.Sell };

    /// <summary>That the strategy bought and sold again.</summary>
    public static Action<World> Traded(params string[] ids) =>
        world =>
        {
            foreach (var id in ids)
            {
                world.Invariants.Fills.Values.ShouldContain(
                    fill => fill.StrategyId == id && fill.Side == OrderSide.Buy,
                    id + " never bought"
                );
                world.Invariants.Fills.Values.ShouldContain(
                    fill => fill.StrategyId == id && fill.Side == OrderSide.Sell,
                    id + " never sold"
                );
            }
        };

    public static Action<World> Saw(string attention) => world => world.AttentionSeen.ShouldContain(attention);

    /// <summary>A market order of a person, with an idempotency key.</summary>
    public static Task PlaceAsync(this World world, OrderTerms terms, string key) =>
        world.AskAsync(host => host.Orders.PlaceAsync(terms, new("user", key), CancellationToken.None));
}
