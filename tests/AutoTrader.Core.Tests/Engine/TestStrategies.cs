using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>Strategies that tests begin with.</summary>
internal static class TestStrategies
{
    public static Strategy Trailing(string id = "s1") =>
        new()
        {
            Id = id,
            Symbol = "AAPL",
            StrategyType = StrategyType.TrailingStop,
            Quantity = 10,
            TrailingStopPct = 5,
            Arm = "abcdefgh",
        };

    public static Strategy Bracket(string id = "s1") =>
        new()
        {
            Id = id,
            Symbol = "AAPL",
            StrategyType = StrategyType.Bracket,
            Quantity = 10,
            TakeProfitPct = 10,
            StopLossPct = 5,
            Arm = "abcdefgh",
        };

    public static Strategy ScaleOut(string id = "s1") =>
        new()
        {
            Id = id,
            Symbol = "AAPL",
            StrategyType = StrategyType.ScaleOut,
            Quantity = 10,
            ScaleTargets = Core.Strategies.ScaleOut.DefaultTargets,
            StopLossPct = 5,
            Arm = "abcdefgh",
        };

    public static Strategy Grid(string id = "s1") =>
        new()
        {
            Id = id,
            Symbol = "AAPL",
            StrategyType = StrategyType.Grid,
            Quantity = 1,
            GridConfig = new(90, 110, 5, 10),
            Arm = "abcdefgh",
        };
}
