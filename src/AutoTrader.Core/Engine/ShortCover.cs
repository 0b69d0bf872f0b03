using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Engine;

/// <summary>Buys negative positions back at once (docs/trading-rules.md, "Negative positions").</summary>
internal sealed class ShortCover(CycleContext context, Reconciliation reconciliation, SendQueue queue)
{
    /// <summary>Commits and queues a buy for every short position that none covers yet.</summary>
    public void Cover()
    {
        foreach (var (owner, quantity) in reconciliation.Covers().Where(_ => context.MarketOpen).ToList())
        {
            var sequence = owner.Orders.Count(order => order.Role == OrderRole.Cover);
            var order = new Order
            {
                ClientOrderId = owner is StrategyOwner strategy
                    ? ClientOrderIds.ForStrategy(owner.Id, strategy.Strategy.Arm, strategy.Strategy.NextSequence)
                    : ClientOrderIds.ForManual("cover", FormattableString.Invariant($"{owner.Symbol} {context.Now:O} {sequence}")),
                StrategyId = owner.Id,
                Arm = owner is StrategyOwner armed ? armed.Strategy.Arm : string.Empty,
                Sequence = owner is StrategyOwner counted ? counted.Strategy.NextSequence : 0,
                Role = OrderRole.Cover,
                Terms = new() { Symbol = owner.Symbol, Side = OrderSide.Buy, Quantity = quantity, Type = OrderType.Market },
                DecidedAt = context.Now,
                Note = "buys a short position back",
            };
            context.Set.Add(owner, order);
            if (owner is StrategyOwner own)
            {
                context.Change(own, own.Strategy with { NextSequence = own.Strategy.NextSequence + 1 });
            }

            queue.Add(owner, order);
        }
    }
}
