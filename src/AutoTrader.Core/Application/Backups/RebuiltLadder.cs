using AutoTrader.Core.Orders;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// A grid or scale-out whose working orders say by their prices which level or tranche each is of. Pure. It is read whole or not at all:
/// one order that fits none, or more shares than a level takes, and nothing is guessed.
/// </summary>
/// <param name="Strategy">The definition, with shares sold per tranche, or held per level.</param>
/// <param name="Slots">The level or tranche of each working order, by client order id; those that have none are left out.</param>
/// <param name="Held">Shares that are its own.</param>
internal sealed record RebuiltLadder(Strategy Strategy, IReadOnlyDictionary<string, int> Slots, decimal Held)
{
    // Targets are measured from an average entry price that the broker may round, in percent of the price.
    private const decimal Tolerance = 0.5m;

    private const int PctDecimals = 4;

    /// <summary>The ladder of a definition.</summary>
    /// <param name="definition">A grid or scale-out with its new arm.</param>
    /// <param name="working">Its working orders, all of one arming.</param>
    /// <param name="held">Shares that its orders bought or cover, as far as the account has them.</param>
    /// <param name="bought">Shares that its entry of this arming bought; 0 when that is not known.</param>
    /// <param name="average">What a share cost on average, in dollars.</param>
    /// <returns>Null when it cannot be read.</returns>
    public static RebuiltLadder? Of(Strategy definition, IReadOnlyList<Order> working, decimal held, decimal bought, decimal average) =>
        definition.StrategyType == StrategyType.Grid
            ? Grid(definition, working, held)
            : ScaleOut(definition, working, held, bought, average);

    /// <summary>The targets and the stop of a scale-out, from its orders alone: one OCO per target, with one common stop.</summary>
    /// <param name="made">What else is known of it.</param>
    /// <param name="sells">Its working sells.</param>
    /// <param name="average">What a share cost on average, in dollars.</param>
    /// <returns>Null when these are no orders of a scale-out.</returns>
    public static Strategy? Infer(Strategy made, IReadOnlyList<Order> sells, decimal average)
    {
        var tranches = sells.GroupBy(order => order.Terms.LimitPrice).OrderBy(tranche => tranche.Key).ToList();
        if (
            average <= 0
            || tranches.Count < 2
            || sells.Any(order => order.Terms is not { Class: OrderClass.Oco, LimitPrice: not null, StopPrice: > 0 })
            || sells.Select(order => order.Terms.StopPrice).Distinct().Skip(1).Any()
            || tranches[0].Key <= average
            || sells[0].Terms.StopPrice >= average
        )
        {
            return null;
        }

        var quantity = sells.Sum(order => order.OpenQuantity);
        List<decimal> parts =
        [
            .. tranches.SkipLast(1).Select(it => Math.Round(it.Sum(order => order.OpenQuantity) * 100 / quantity, PctDecimals)),
        ];
        var scaleOut = made with
        {
            StrategyType = StrategyType.ScaleOut,
            StopLossPct = Math.Round((1 - (sells[0].Terms.StopPrice!.Value / average)) * 100, 2),
            ScaleTargets = parts
                .Append(100 - parts.Sum())
                .Zip(tranches, (pct, it) => new ScaleTarget(pct, Math.Round(((it.Key!.Value / average) - 1) * 100, PctDecimals)))
                .ToValueList(),
        };
        return StrategyValidation.Validate(scaleOut).Count == 0 ? scaleOut : null;
    }

    // Shares without a resting sell may be of any level: they are left out.
    private static RebuiltLadder? Grid(Strategy definition, IReadOnlyList<Order> working, decimal owned)
    {
        if (definition.GridConfig is not { Levels: >= 2 } grid)
        {
            return null;
        }

        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        var (held, buys) = (new decimal[grid.Levels - 1], new decimal[grid.Levels - 1]);
        foreach (var order in working)
        {
            var isBuy = order.Terms.Side == OrderSide.Buy;
            var level = Array.FindIndex([.. Enumerable.Range(0, grid.Levels - 1)], at =>
                order.Terms.LimitPrice == (isBuy ? grid.PriceAt(at) : Strategies.Grid.SellPrice(grid, at))
            );
            if (level < 0 || order.Terms.Type != OrderType.Limit)
            {
                return null;
            }

            slots[order.ClientOrderId] = level;
            (isBuy ? buys : held)[level] += order.OpenQuantity;
        }

        return held.Zip(buys, (own, bid) => own + bid).Any(level => level > grid.QtyPerLevel) || held.Sum() > owned
            ? null
            : new(definition with { Slots = held.ToValueList() }, slots, held.Sum());
    }

    // Missing targets were sold: the lowest targets are reached first.
    private static RebuiltLadder? ScaleOut(Strategy definition, IReadOnlyList<Order> working, decimal held, decimal bought, decimal average)
    {
        var sells = working.Where(order => order.Terms.Side == OrderSide.Sell).ToList();
        var onSale = sells.Sum(order => order.OpenQuantity);
        var entered = bought > 0 ? bought : Math.Max(definition.Quantity, held);
        if (definition.ScaleTargets.Count == 0 || onSale == 0 || onSale > held || held > entered || average <= 0)
        {
            return null;
        }

        var wanted = Strategies.ScaleOut.Split(entered, definition.ScaleTargets);
        List<int> tranches = [.. Enumerable.Range(0, wanted.Count).Where(tranche => wanted[tranche] > 0)];
        var groups = sells.GroupBy(order => order.Terms.LimitPrice).OrderBy(group => group.Key).ToList();
        if (groups.Count > tranches.Count)
        {
            return null;
        }

        var strategy = definition with { EntryFillPrice = average };
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        var sold = wanted.ToArray();
        foreach (var (group, tranche) in groups.Zip(tranches.TakeLast(groups.Count)))
        {
            var target = Strategies.ScaleOut.Target(strategy, tranche);
            var quantity = group.Sum(order => order.OpenQuantity);
            if (group.Key is not { } limit || Math.Abs(limit - target) > target * Tolerance / 100 || quantity > wanted[tranche])
            {
                return null;
            }

            sold[tranche] -= quantity;
            foreach (var order in group)
            {
                slots[order.ClientOrderId] = tranche;
            }
        }

        // Shares held but not on sale were not sold: they belong to the highest targets without an order, and get one again.
        var lacking = held - onSale;
        for (var tranche = sold.Length - 1; tranche >= 0; tranche--)
        {
            var back = Math.Min(sold[tranche], lacking);
            (sold[tranche], lacking) = (sold[tranche] - back, lacking - back);
        }

        return new(strategy with { Slots = sold.ToValueList(), EnteredQuantity = entered }, slots, held);
    }
}
