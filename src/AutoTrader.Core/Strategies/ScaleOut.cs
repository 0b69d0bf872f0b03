using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// scale_out: buys, then sells in tranches at rising targets. With a stop-loss each tranche is an OCO of its target and the common stop;
/// without one each is a limit, and the position is unprotected by choice.
/// </summary>
public static class ScaleOut
{
    /// <summary>The default tranches: 33 % at +5 %, 33 % at +10 %, 34 % at +15 %.</summary>
    public static ValueList<ScaleTarget> DefaultTargets { get; } = [new(33, 5), new(33, 10), new(34, 15)];

    /// <summary>Enters; watches the targets of stops that rest alone.</summary>
    public static Decision Decide(in StrategyView view, in Exposure exposure)
    {
        if (exposure.Held < 1)
        {
            return Entry.Decide(view, exposure);
        }

        return view.Strategy.StopLossPct is null
            ? Decision.None
            : Protection.WatchTarget(view, static (strategy, order) => order.Slot is { } tranche ? Target(strategy, tranche) : null);
    }

    /// <summary>
    /// The quantity of each tranche: floor(filled*pct/100), the remainder in the last, an empty tranche merged into the next.
    /// </summary>
    public static IReadOnlyList<decimal> Split(decimal filled, ValueList<ScaleTarget> targets)
    {
        var quantities = new decimal[targets.Count];
        var (left, pct) = (Math.Floor(filled), 0m);
        for (var i = 0; i < targets.Count - 1; i++)
        {
            pct += targets[i].Pct;
            quantities[i] = Math.Min(left, Math.Floor(filled * pct / 100));
            left -= quantities[i];
            pct = quantities[i] > 0 ? 0 : pct;
        }

        if (quantities.Length > 0)
        {
            quantities[^1] = left;
        }

        return quantities;
    }

    /// <summary>Orders for what each tranche still lacks. Sold shares are counted per tranche in <see cref="Strategy.Slots"/>.</summary>
    public static IReadOnlyList<OrderPlan> Exits(in StrategyView view, decimal quantity)
    {
        var strategy = view.Strategy;
        if (Bracket.Basis(strategy) is null)
        {
            return [];
        }

        var wanted = Split(strategy.EnteredQuantity, strategy.ScaleTargets);
        var plans = new List<OrderPlan>(wanted.Count);
        for (var i = 0; i < wanted.Count && quantity > 0; i++)
        {
            var last = i == wanted.Count - 1;
            var covered = (i < strategy.Slots.Count ? strategy.Slots[i] : 0) + OnSale(view.Orders, i);
            // The rounding remainder goes to the last tranche, so that every share is covered whatever the fill increments.
            var lacking = last ? quantity : Math.Min(quantity, Math.Floor(Math.Max(0, wanted[i] - covered)));
            if (lacking >= 1)
            {
                plans.Add(Exit(view, lacking, i));
                quantity -= lacking;
            }
        }

        return plans;
    }

    private static OrderPlan Exit(in StrategyView view, decimal quantity, int tranche)
    {
        var strategy = view.Strategy;
        var target = Target(strategy, tranche);
        return strategy.StopLossPct is not null
            ? Protection.StopAndTarget(view, quantity, Bracket.Stop(strategy), target, tranche)
            : new(
                OrderRole.Target,
                new()
                {
                    Symbol = strategy.Symbol,
                    Side = OrderSide.Sell,
                    Quantity = quantity,
                    Type = OrderType.Limit,
                    TimeInForce = TimeInForce.Gtc,
                    LimitPrice = target,
                },
                FormattableString.Invariant($"target {tranche + 1}"),
                tranche
            );
    }

    /// <summary>The price in dollars at which a tranche is sold.</summary>
    public static decimal Target(Strategy strategy, int tranche) =>
        TickSize.RoundUp((Bracket.Basis(strategy) ?? 0) * (1 + (strategy.ScaleTargets[tranche].TargetPct / 100)));

    private static decimal OnSale(IReadOnlyList<Order> orders, int tranche)
    {
        var sum = 0m;
        foreach (var order in orders)
        {
            if (order.Terms.Side == OrderSide.Sell && order.Slot == tranche && !Exposure.IsBeingReplaced(order, orders))
            {
                sum += order.OpenQuantity + order.UnexplainedQuantity;
            }
        }

        return sum;
    }
}
