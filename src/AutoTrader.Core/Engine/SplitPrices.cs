using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine;

/// <summary>The close before a split and the first price after it, in dollars; null where not known.</summary>
internal readonly record struct SplitPrices(decimal? Before, decimal? First)
{
    /// <summary>The price after a split in dollars: the first one, else what the split makes of the one before, else the broker's; null
    /// when none is known.</summary>
    public static decimal? After(
        Split split,
        IReadOnlyDictionary<Split, SplitPrices> looked,
        IReadOnlyDictionary<string, BrokerPosition> positions
    ) =>
        (looked.TryGetValue(split, out var prices) ? prices.First ?? (prices.Before / split.Ratio) : null)
        ?? (positions.TryGetValue(split.Symbol, out var position) && position.CurrentPrice > 0 ? position.CurrentPrice : null);
}
