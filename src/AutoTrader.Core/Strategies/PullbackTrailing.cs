namespace AutoTrader.Core.Strategies;

/// <summary>pullback_trailing: remembers the highest confirmed mid, buys a dip of <c>pullback_pct</c> below it, then trails a
/// stop.</summary>
public static class PullbackTrailing
{
    /// <summary>Raises the reference or buys the dip; once shares are held, as trailing_stop.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure)
    {
        if (exposure.Held >= 1)
        {
            return TrailingStop.Decide(view, exposure);
        }

        var strategy = view.Strategy;
        if (
            view is not { Conditions.MarketOpen: true, Price: { ConfirmedHigh: { } high, ConfirmedLow: { } low } }
            || strategy is not { Phase: StrategyPhase.Pending, MayEnter: true }
        )
        {
            return Decision.None;
        }

        if (strategy.PullbackReferencePrice is not { } reference || high > reference)
        {
            return Decision.Change(strategy with { PullbackReferencePrice = high });
        }

        return IsDip(strategy, low) && Entry.IsAwaited(view, exposure)
            ? Entry.AtMarket(strategy, $"pullback of {strategy.PullbackPct:0.####} % from {reference:0.00##}")
            : Decision.None;
    }

    /// <summary>Whether <paramref name="price"/> is a dip below the reference that it buys.</summary>
    public static bool IsDip(Strategy strategy, decimal price) =>
        price <= strategy.PullbackReferencePrice * (1 - ((strategy.PullbackPct ?? 0) / 100));
}
