using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Backtesting.Statistics;

/// <summary>
/// How far closed trades went against their owner and for them while they were held, in dollars: MAE and MFE. Of the bar of the purchase
/// its low and its close count, since it is not known what came before; of that of the sale only the price. Trades that were held over a
/// split are left out.
/// </summary>
public sealed record Excursions
{
    /// <summary>The average greatest loss on the way (MAE); 0 or below.</summary>
    public required decimal AverageAdverse { get; init; }

    /// <summary>The greatest of them.</summary>
    public required decimal LargestAdverse { get; init; }

    /// <summary>The average greatest profit on the way (MFE); 0 or above.</summary>
    public required decimal AverageFavorable { get; init; }

    /// <summary>The greatest of them.</summary>
    public required decimal LargestFavorable { get; init; }

    /// <summary>The average profit that was given back until the sale: MFE - p.</summary>
    public required decimal AverageGivenBack { get; init; }

    /// <summary>Those of trades; null without any.</summary>
    /// <param name="trades">Closed trades.</param>
    /// <param name="prices">The bars of each symbol, in order.</param>
    /// <param name="splits">The splits.</param>
    public static Excursions? Of(
        IReadOnlyList<ClosedTrade> trades,
        IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices,
        IReadOnlyList<Split> splits
    )
    {
        var all = trades
            .Where(trade => prices.ContainsKey(trade.Symbol) && !splits.Any(split => IsHeldOver(trade, split)))
            .Select(trade => Of(trade, prices[trade.Symbol]))
            .ToList();
        return all.Count == 0
            ? null
            : new()
            {
                AverageAdverse = all.Average(it => it.Adverse),
                LargestAdverse = all.Min(it => it.Adverse),
                AverageFavorable = all.Average(it => it.Favorable),
                LargestFavorable = all.Max(it => it.Favorable),
                AverageGivenBack = all.Average(it => it.Favorable - it.Pnl),
            };
    }

    private static (decimal Adverse, decimal Favorable, decimal Pnl) Of(ClosedTrade trade, IReadOnlyList<Bar> bars)
    {
        // An execution is stamped with the end of its bar.
        var first = bars.CountWhile(bar => bar.End < trade.BoughtAt);
        var (low, high) = (Math.Min(trade.BuyPrice, trade.SellPrice), Math.Max(trade.BuyPrice, trade.SellPrice));
        for (var i = first; i < bars.Count && bars[i].End < trade.SoldAt; i++)
        {
            low = Math.Min(low, bars[i].Low);
            high = Math.Max(high, i == first ? bars[i].Close : bars[i].High);
        }

        return (trade.Quantity * (low - trade.BuyPrice), trade.Quantity * (high - trade.BuyPrice), trade.Pnl);
    }

    private static bool IsHeldOver(ClosedTrade trade, Split split) =>
        split.Symbol == trade.Symbol
        && split.ExDate > DateOnly.FromDateTime(trade.BoughtAt.UtcDateTime)
        && split.ExDate <= DateOnly.FromDateTime(trade.SoldAt.UtcDateTime);
}
