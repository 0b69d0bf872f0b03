using AutoTrader.Core.Market;

namespace AutoTrader.Core.Strategies;

/// <summary>What a split makes of a strategy (docs/trading-rules.md, "Whole shares after a split"): quantities scale up, prices scale down.
/// Pure.</summary>
public static class SplitScaling
{
    /// <summary>The strategy in shares and prices of after <paramref name="split"/>; its holding is scaled with it.</summary>
    public static Strategy Scale(Strategy strategy, Split split)
    {
        var ratio = split.Ratio;
        return strategy with
        {
            Quantity = Whole(strategy.Quantity * ratio),
            EntryPrice = Down(strategy.EntryPrice / ratio),
            EntryCondition = EntryCondition.Parse(strategy.EntryCondition) is { } condition
                ? (condition with { Price = TickSize.RoundDown(condition.Price / ratio) }).ToString()
                : strategy.EntryCondition,
            GridConfig = strategy.GridConfig is { } grid ? Scale(grid, ratio) : null,
            Holding = strategy.Holding.Split(ratio) with { LastSplit = split.ExDate },
            EnteredQuantity = strategy.EnteredQuantity * ratio,
            EntryFillPrice = strategy.EntryFillPrice / ratio,
            PullbackReferencePrice = strategy.PullbackReferencePrice / ratio,
            HighWatermark = strategy.HighWatermark / ratio,
            EffectiveStop = Down(strategy.EffectiveStop / ratio),
            Slots = strategy.Slots.Select(shares => shares * ratio).ToValueList(),
        };
    }

    private static GridConfig Scale(GridConfig grid, decimal ratio) =>
        grid with
        {
            Low = TickSize.RoundDown(grid.Low / ratio),
            High = TickSize.RoundUp(grid.High / ratio),
            QtyPerLevel = Whole(grid.QtyPerLevel * ratio),
            StopBelow = Down(grid.StopBelow / ratio),
        };

    private static int Whole(decimal shares) => Math.Max(1, (int)Math.Floor(decimal.Round(shares, 6)));

    private static decimal? Down(decimal? price) => price is { } value ? TickSize.RoundDown(value) : null;
}
