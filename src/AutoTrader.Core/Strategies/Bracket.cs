using AutoTrader.Core.Market;

namespace AutoTrader.Core.Strategies;

/// <summary>bracket: buys, then one OCO takes the profit at <c>take_profit_pct</c> or stops out at <c>stop_loss_pct</c>, on the average
/// fill price.</summary>
public static class Bracket
{
    /// <summary>Enters; watches the target of a stop that rests alone.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure) =>
        exposure.Held < 1 ? Entry.Decide(view, exposure) : Protection.WatchTarget(view, static (strategy, _) => Target(strategy));

    /// <summary>The OCO over <paramref name="quantity"/> shares.</summary>
    public static IReadOnlyList<OrderPlan> Exits(in StrategyView view, decimal quantity) =>
        Basis(view.Strategy) is null
            ? []
            : [Protection.StopAndTarget(view, quantity, Stop(view.Strategy), Target(view.Strategy), slot: null)];

    /// <summary>
    /// Average entry price*(1 - stop_loss_pct/100), rounded away from the market; not below the effective stop, which a later fill that
    /// lowers the average does not lower.
    /// </summary>
    public static decimal Stop(Strategy strategy) =>
        Math.Max(strategy.EffectiveStop ?? 0, TickSize.RoundDown(Entered(strategy) * (1 - ((strategy.StopLossPct ?? 0) / 100))));

    /// <summary>Average entry price*(1 + take_profit_pct/100), rounded away from the market.</summary>
    public static decimal Target(Strategy strategy) => TickSize.RoundUp(Entered(strategy) * (1 + ((strategy.TakeProfitPct ?? 0) / 100)));

    /// <summary>
    /// The price from which stops and targets are measured, in dollars: the average entry price; for shares of an earlier arm, such as a
    /// late fill, their cost; null while unknown.
    /// </summary>
    public static decimal? Basis(Strategy strategy) =>
        strategy.EntryFillPrice ?? (strategy.Holding is { Quantity: > 0, Cost: > 0 } holding ? holding.Cost / holding.Quantity : null);

    private static decimal Entered(Strategy strategy) => Basis(strategy) ?? 0;
}
