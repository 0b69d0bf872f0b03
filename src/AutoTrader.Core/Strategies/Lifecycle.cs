using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>How fills and ended orders carry a strategy from phase to phase.</summary>
public static class Lifecycle
{
    /// <summary>The longest wait between two attempts of an entry that the broker refuses.</summary>
    public static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(30);

    /// <summary>The strategy after an execution of one of its orders.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="order">The order, before the execution.</param>
    /// <param name="fill">The execution; its realized profit is set on return.</param>
    public static (Strategy Strategy, Fill Fill) Apply(Strategy strategy, Order order, Fill fill)
    {
        var (holding, realized) = strategy.Holding.Trade(fill.Side, fill.Quantity, fill.Price, fill.Fee, fill.At);
        var first = fill.Side == OrderSide.Buy && order.ExecutedQuantity == 0 && fill.Quantity > 0;
        var next = strategy with { Holding = holding.Tally(fill.TradingDay, realized, fill.Fee, first) };
        return (Enter(next with { Slots = Slots(next, order, fill) }, order, fill), fill with { RealizedPnl = realized });
    }

    /// <summary>The strategy after an order's cumulative fill or the broker's figures for it were seen.</summary>
    public static Strategy Observe(Strategy strategy, Order order)
    {
        if (order.Arm != strategy.Arm)
        {
            return strategy;
        }

        if (order.Role == OrderRole.Entry && strategy.StrategyType != StrategyType.Grid && order.FilledQuantity > 0)
        {
            strategy = (order.FilledQuantity > strategy.EnteredQuantity ? Taken(strategy, order.Role) : strategy) with
            {
                EnteredQuantity = order.FilledQuantity,
                EntryFillPrice = order.AverageFillPrice ?? strategy.EntryFillPrice,
                HighWatermark = Max(strategy.HighWatermark, order.AverageFillPrice),
            };
        }

        // An order from before a split carries the stop and the high of before it.
        var isOfNow = strategy.Holding.LastSplit is not { } split || TradingCalendar.Nyse.TradingDay(order.DecidedAt) >= split;
        if (
            isOfNow
            && order is { Role: OrderRole.Protection, BrokerOrderId: not null }
            && order.Status is not (OrderStatus.Rejected or OrderStatus.Abandoned)
        )
        {
            strategy = strategy with
            {
                HighWatermark = Max(strategy.HighWatermark, order.BrokerHighWatermark),
                EffectiveStop =
                    order.ExitRevision < strategy.StopRevision
                        ? strategy.EffectiveStop
                        : Max(strategy.EffectiveStop, order.BrokerStopPrice ?? order.Terms.StopPrice),
            };
        }

        return strategy;
    }

    /// <summary>The strategy after one of its entries ended with nothing filled, or one of its orders was ended by someone else.</summary>
    public static Strategy Ended(Strategy strategy, Order order)
    {
        if (order.Arm != strategy.Arm || strategy.IsTerminal)
        {
            return strategy;
        }

        return (order.Role, order.EndReason) switch
        {
            // A closed strategy has no entries that a pause could stop.
            (_, EndReason.External) when strategy is { Closing: not null, Enabled: false } => strategy,
            (_, EndReason.External) => strategy.Pause(
                $"the order {order.ClientOrderId} was ended outside AutoTrader; check it, then resume",
                PauseCause.ExternalChange
            ),
            (OrderRole.Entry, EndReason.Refused) when order.FilledQuantity == 0 && strategy.StrategyType != StrategyType.Grid =>
                strategy with
                {
                    Phase = StrategyPhase.Failed,
                    Notes = "Entry refused: " + (order.Note ?? "the broker gave no reason"),
                },
            (OrderRole.Entry, EndReason.Refused or EndReason.Waiting) when order.FilledQuantity == 0 => PutOff(strategy, order),
            (_, EndReason.Waiting) or (OrderRole.Target, EndReason.Refused) => strategy with { WaitingFor = order.Note },
            (OrderRole.Exit, EndReason.Refused) => strategy with { Closing = null },
            _ => strategy,
        };
    }

    /// <summary>The phase, derived from shares and orders alone, so that none is a dead end.</summary>
    public static Strategy Settle(Strategy strategy, IReadOnlyList<Order> orders, DateTimeOffset now)
    {
        var exposure = Exposure.Of(strategy, orders);
        strategy = StandsCovered(strategy, exposure, orders) ? strategy with { ProtectionRefusals = 0 } : strategy;
        var entryWorking = orders.Any(order => order is { IsWorking: true, Role: OrderRole.Entry });
        var phase = Phase(strategy, exposure, entryWorking);
        if (phase == strategy.Phase)
        {
            return strategy;
        }

        return phase == StrategyPhase.Completed
            ? strategy with
            {
                Phase = phase,
                Closing = null,
                CompletedAt = now,
                ProtectionRefusals = 0,
                WaitingFor = null,
                Enabled = strategy is { Enabled: true, Closing: not { Pauses: true } },
            }
            : strategy with
            {
                Phase = phase,
            };
    }

    /// <summary>Whether a completed strategy rearms at <paramref name="now"/>.</summary>
    public static bool RepeatsAt(Strategy strategy, DateTimeOffset now) =>
        strategy is { IsCoolingDown: true, Enabled: true, PauseReason: null, CompletedAt: { } completed }
        && now >= completed.AddMinutes(strategy.CooldownMinutes);

    /// <summary>The strategy after the broker accepted one of its orders: it no longer waits.</summary>
    public static Strategy Taken(Strategy strategy, OrderRole role) =>
        role switch
        {
            OrderRole.Entry => strategy with { WaitingFor = null, EntryRefusals = 0, RetryEntryAt = null },
            // A grid that sells may wait to buy all the same.
            OrderRole.Protection or OrderRole.Target when strategy.StrategyType != StrategyType.Grid => strategy with
            {
                WaitingFor = null,
                RefusedExits = [],
            },
            _ => strategy,
        };

    /// <summary>The strategy with the refusal of one of its orders on record.</summary>
    /// <returns>The strategy, and whether the same rejection was already recorded: retries are rejected again.</returns>
    public static (Strategy Strategy, bool IsRepeated) Recorded(Strategy strategy, Order refused)
    {
        var slot = refused.Slot ?? -1;
        return refused.Role switch
        {
            OrderRole.Entry => (strategy, strategy.EntryRefusals > 1 || refused.EndedAt >= strategy.RetryEntryAt),
            OrderRole.Protection or OrderRole.Target when strategy.RefusedExits.Contains(slot) => (strategy, true),
            OrderRole.Protection or OrderRole.Target => (strategy with { RefusedExits = strategy.RefusedExits.Add(slot) }, false),
            _ => (strategy, false),
        };
    }

    // Levels of a grid that are refused together count once.
    private static Strategy PutOff(Strategy strategy, Order order)
    {
        var at = order.EndedAt ?? order.DecidedAt;
        if (at < strategy.RetryEntryAt)
        {
            return strategy with { WaitingFor = order.Note };
        }

        var wait = TimeSpan.FromMinutes(1 << Math.Min(strategy.EntryRefusals, 10));
        return strategy with
        {
            WaitingFor = order.Note,
            EntryRefusals = strategy.EntryRefusals + 1,
            RetryEntryAt = at + (wait < LongestBackOff ? wait : LongestBackOff),
        };
    }

    // Only an order working at the broker ends the count: one in flight may be rejected like the previous one, and a covered part says
    // nothing about the rest.
    private static bool StandsCovered(Strategy strategy, in Exposure exposure, IReadOnlyList<Order> orders) =>
        strategy.ProtectionRefusals > 0
        && exposure.Uncovered < 1
        && orders.All(order => order is not { IsWorking: true, Role: OrderRole.Protection, BrokerOrderId: null });

    // An execution may arrive before the order's own figures do; targets and stops are priced from it then.
    private static Strategy Enter(Strategy strategy, Order order, Fill fill)
    {
        var executed = order.ExecutedQuantity + fill.Quantity;
        var added = executed - strategy.EnteredQuantity;
        if (
            order.Role != OrderRole.Entry
            || order.Arm != strategy.Arm
            || strategy.StrategyType == StrategyType.Grid
            || fill.Quantity <= 0
            || added <= 0
        )
        {
            return strategy;
        }

        var average = ((strategy.EnteredQuantity * (strategy.EntryFillPrice ?? fill.Price)) + (added * fill.Price)) / executed;
        return strategy with { EnteredQuantity = executed, EntryFillPrice = average, HighWatermark = Max(strategy.HighWatermark, average) };
    }

    private static StrategyPhase Phase(Strategy strategy, in Exposure exposure, bool entryWorking)
    {
        if (exposure.Held >= 1 || (exposure.Held > 0 && exposure.WorkingOrders > 0))
        {
            // A fill that arrives after the end is adopted and protected like any other.
            return strategy.Closing is not null || SoldSome(strategy, exposure) ? StrategyPhase.Exiting
                : entryWorking && strategy.StrategyType != StrategyType.Grid ? StrategyPhase.EntryActive
                : StrategyPhase.PositionOpen;
        }

        if (entryWorking)
        {
            return strategy.IsTerminal ? strategy.Phase : StrategyPhase.EntryActive;
        }

        var ended =
            strategy.Closing is not null
            || strategy.BuysNothing
            || (strategy.EnteredQuantity > 0 && strategy.StrategyType != StrategyType.Grid);
        return strategy.IsTerminal ? strategy.Phase
            : !ended ? StrategyPhase.Pending
            : exposure.WorkingOrders > 0 ? StrategyPhase.Exiting
            : StrategyPhase.Completed;
    }

    private static bool SoldSome(Strategy strategy, in Exposure exposure) =>
        strategy.StrategyType != StrategyType.Grid && exposure.Held < strategy.EnteredQuantity;

    private static ValueList<decimal> Slots(Strategy strategy, Order order, Fill fill)
    {
        if (order.Slot is not { } slot)
        {
            return strategy.Slots;
        }

        var counted = strategy.StrategyType switch
        {
            StrategyType.Grid => fill.Side == OrderSide.Buy ? fill.Quantity : -fill.Quantity,
            _ => fill.Side == OrderSide.Sell ? fill.Quantity : 0,
        };
        var slots = strategy.Slots;
        while (slots.Count <= slot)
        {
            slots = slots.Add(0);
        }

        return slots.SetItem(slot, slots[slot] + counted);
    }

    private static decimal? Max(decimal? left, decimal? right) => left is null || right > left ? right ?? left : left;
}
