using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Strategies;

/// <summary>The inputs that all strategies of a symbol share in one cycle.</summary>
public sealed record Conditions
{
    /// <summary>Business time (UTC).</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether the regular session is open.</summary>
    public required bool MarketOpen { get; init; }

    /// <summary>Why nothing may be bought: kill switch, daily loss, suspected halt, unexplained quantity; null when it may.</summary>
    public string? EntriesBarred { get; init; }

    /// <summary>Whether resting entries must go too, and not only new ones wait: kill switch and daily loss.</summary>
    public bool CancelEntries { get; init; }

    /// <summary>Whether the broker takes a one-cancels-other order for the position.</summary>
    public bool SupportsOco { get; init; } = true;

    /// <summary>The time from one tick to the next.</summary>
    public TimeSpan CycleInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Exits that age out by then (UTC) are renewed: five sessions from now.</summary>
    public DateTimeOffset? RenewUntil { get; init; }

    /// <summary>Whether the broker refused the sale of a close in this cycle, for an obstacle that passes: the shares are covered until the
    /// next one tries again.</summary>
    public bool IsExitRefused { get; init; }

    /// <summary>The result of the strategy's indicator condition; null when it has none, or does not wait for it.</summary>
    public ConditionReading? Reading { get; init; }

    /// <summary>Shares that may be sold while quantities disagree with the broker; null when they agree.</summary>
    public decimal? SellableQuantity { get; init; }
}

/// <summary>All inputs of a decision about one strategy.</summary>
/// <param name="Strategy">The strategy.</param>
/// <param name="Orders">Its orders that work or are not settled.</param>
/// <param name="Price">The price; null when there is no valid quote or the market is closed.</param>
/// <param name="Conditions">The cycle's conditions.</param>
public readonly record struct StrategyView(Strategy Strategy, IReadOnlyList<Order> Orders, Price? Price, Conditions Conditions);

/// <summary>An order to be placed.</summary>
/// <param name="Role">Its role.</param>
/// <param name="Terms">Its terms.</param>
/// <param name="Reason">Why, in a few words.</param>
/// <param name="Slot">The grid level or tranche.</param>
/// <param name="Replaces">The working order that it replaces at the broker.</param>
public sealed record OrderPlan(OrderRole Role, OrderTerms Terms, string Reason, int? Slot = null, Order? Replaces = null);

/// <summary>An order to be canceled.</summary>
/// <param name="Order">The order.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record CancelPlan(Order Order, string Reason);

/// <summary>The decision about one strategy: its next state, orders to place, orders to cancel.</summary>
public sealed class Decision
{
    /// <summary>Nothing to do; the one instance, so that deciding nothing allocates nothing.</summary>
    public static Decision None { get; } = new();

    /// <summary>The changed strategy; null when unchanged.</summary>
    public Strategy? Next { get; init; }

    /// <summary>Orders to place.</summary>
    public IReadOnlyList<OrderPlan> Place { get; init; } = [];

    /// <summary>Orders to cancel.</summary>
    public IReadOnlyList<CancelPlan> Cancel { get; init; } = [];

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsNone => ReferenceEquals(this, None);

    /// <summary>A change of state only.</summary>
    public static Decision Change(Strategy next) => new() { Next = next };

    /// <summary>A change of state from <paramref name="before"/>; nothing where both are the same.</summary>
    public static Decision Change(Strategy before, Strategy next) => next == before ? None : Change(next);

    /// <summary>Orders to place.</summary>
    public static Decision PlaceOrders(params IReadOnlyList<OrderPlan> plans) => plans.Count == 0 ? None : new() { Place = plans };

    /// <summary>Orders to cancel.</summary>
    public static Decision CancelOrders(IReadOnlyList<CancelPlan> plans) => plans.Count == 0 ? None : new() { Cancel = plans };

    /// <summary>Both; the other's state wins where both change it.</summary>
    public Decision And(Decision other) =>
        IsNone ? other
        : other.IsNone ? this
        : new()
        {
            Next = other.Next ?? Next,
            Place = [.. Place, .. other.Place],
            Cancel = [.. Cancel, .. other.Cancel],
        };
}
