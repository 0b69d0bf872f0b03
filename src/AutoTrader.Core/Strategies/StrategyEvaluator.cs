using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>
/// The decision about one strategy in one cycle, as a pure function. The shape is the same for all types: sell when closing, cancel orders
/// that must not work, protect shares, then apply the type's own rules.
/// </summary>
public static class StrategyEvaluator
{
    private const string NotMet = "its condition is no longer met";

    /// <summary>Decides about <paramref name="view"/>.</summary>
    public static Decision Decide(in StrategyView view)
    {
        var strategy = view.Strategy;
        var exposure = Exposure.Of(strategy, view.Orders);
        if (strategy.Closing is not null)
        {
            return ClosingOut.Decide(view, exposure);
        }

        var decision = TakeBack(view, exposure);
        if (exposure.Uncovered >= 1)
        {
            decision = decision.And(Protection.Cover(view, exposure));
        }

        if (decision.Next?.Closing is not null || strategy.IsTerminal)
        {
            return decision;
        }

        var own = strategy.StrategyType switch
        {
            StrategyType.TrailingStop => TrailingStop.Decide(view, exposure),
            StrategyType.Bracket => Bracket.Decide(view, exposure),
            StrategyType.ScaleOut => ScaleOut.Decide(view, exposure),
            StrategyType.Grid => Grid.Decide(view, exposure),
            StrategyType.PullbackTrailing => PullbackTrailing.Decide(view, exposure),
            _ => throw new InvalidOperationException($"There is no strategy type {strategy.StrategyType}."),
        };
        decision = decision.And(own);
        return decision.Next?.Closing is not null ? decision : decision.And(Repricing.Decide(view, decision.Cancel));
    }

    /// <summary>
    /// Orders to cancel: entries of a strategy that may not enter, the rest of a market entry open for more than a cycle or the whole of
    /// one that would no longer be sent, sells in excess of the shares held, and good-till-canceled exits about to age out, which are
    /// placed again.
    /// </summary>
    private static Decision TakeBack(in StrategyView view, in Exposure exposure)
    {
        if (exposure.WorkingOrders == 0)
        {
            return Decision.None;
        }

        List<CancelPlan>? cancels = null;
        var surplus = exposure.OpenSells - Math.Max(0, exposure.Held);
        for (var i = 0; i < view.Orders.Count && surplus > 0; i++)
        {
            // An excess that is already being canceled must not cause the cancel of a newer order.
            surplus -=
                view.Orders[i] is { IsCancelWanted: true, Terms.Side: OrderSide.Sell } order
                && !Exposure.IsBeingReplaced(order, view.Orders)
                    ? order.OpenQuantity
                    : 0;
        }

        for (var i = view.Orders.Count - 1; i >= 0; i--)
        {
            var order = view.Orders[i];
            if (!order.IsWorking || order.IsCancelWanted)
            {
                continue;
            }

            var reason =
                order.Terms.Side == OrderSide.Buy ? WhyNotBuy(view, order)
                : surplus > 0 ? "sell orders exceed the shares held"
                : order.ExpiresAt <= view.Conditions.RenewUntil && order.Terms.TimeInForce == TimeInForce.Gtc
                    ? "renewed before it ages out"
                : null;
            if (reason is null || order.Role == OrderRole.Cover)
            {
                continue;
            }

            surplus -= order.Terms.Side == OrderSide.Sell ? order.OpenQuantity : 0;
            (cancels ??= []).Add(new(order, reason));
        }

        return cancels is null ? Decision.None : Decision.CancelOrders(cancels);
    }

    private static string? WhyNotBuy(in StrategyView view, Order order) =>
        view switch
        {
            { Conditions.CancelEntries: true } => view.Conditions.EntriesBarred,
            { Strategy.PauseReason: { } paused } => "paused: " + paused,
            { Strategy.Enabled: false } => "disabled",
            { Strategy.IsTerminal: true } => "the strategy has ended",
            _ when order.Terms.Type == OrderType.Market
                    && order.Status != OrderStatus.Intended
                    && order.LastAttemptAt is { } sent
                    && view.Conditions.Now - sent >= view.Conditions.CycleInterval => order.FilledQuantity > 0
                ? "the rest of a market entry is canceled"
                : view.Conditions.EntriesBarred ?? WhyNotWanted(view),
            _ => null,
        };

    // Canceling an order that would be sent again at once would keep an entry in a thin symbol from ever filling.
    private static string? WhyNotWanted(in StrategyView view) =>
        view switch
        {
            { Price: null } => null,
            { Strategy: { StrategyType: StrategyType.PullbackTrailing } strategy, Price: { Mid: var mid } } => PullbackTrailing.IsDip(
                strategy,
                mid
            )
                ? null
                : "the dip is over",
            { Strategy: { EntryType: EntryType.Condition } strategy, Price: { Mid: var mid } }
                when EntryCondition.Parse(strategy.EntryCondition) is { } condition => condition.IsMetAt(mid) ? null : NotMet,
            { Conditions.Reading.IsMet: false } => NotMet,
            _ => null,
        };
}
