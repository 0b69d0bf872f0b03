using AutoTrader.Contracts;
using AutoTrader.Core.Orders;

namespace AutoTrader.Cli.Calls;

/// <summary>Shares held, and how many of them a working sell covers.</summary>
internal sealed record Coverage(string Owner, string Symbol, decimal Held, decimal Covered, decimal? Stop, decimal? Price)
{
    /// <summary>By owner: strategies, and what nobody manages.</summary>
    public static IReadOnlyList<Coverage> Of(
        IReadOnlyList<PositionView> positions,
        IReadOnlyList<OrderView> open,
        IReadOnlyList<StrategyResource> strategies
    )
    {
        var stops = strategies.ToDictionary(strategy => strategy.Id, strategy => strategy.EffectiveStop, StringComparer.Ordinal);
        return
        [
            .. from position in positions
            from owner in position.Owners
            where owner.Quantity > 0
            let sells = open.Where(order =>
                order.StrategyId == owner.StrategyId && order.Symbol == position.Symbol && order.Side == OrderSide.Sell
            )
            select new Coverage(
                owner.StrategyId == Order.ManualOwner ? "unmanaged" : owner.StrategyId,
                position.Symbol,
                owner.Quantity,
                sells.Sum(order => order.Qty - order.FilledQty),
                stops.GetValueOrDefault(owner.StrategyId),
                position.CurrentPrice
            ),
        ];
    }
}
