namespace AutoTrader.Core.Orders;

/// <summary>What kind of ledger entry a fill is.</summary>
public enum FillKind
{
    /// <summary>An execution.</summary>
    Trade,

    /// <summary>A busted or corrected execution, whose quantity is negative; or a split's fraction that left for cash in lieu or joined
    /// the unmanaged shares.</summary>
    Correction,

    /// <summary>A split: the owner's lots are scaled by <see cref="Fill.Ratio"/>.</summary>
    Split,
}

/// <summary>One entry of the ledger: an execution, applied once by its id (docs/trading-rules.md, "Fills" and "Ledger and cash").</summary>
public sealed record Fill
{
    /// <summary>The broker's execution id; for splits <c>split-{symbol}-{ex-date}-{owner}</c>, for their fractions
    /// <c>fraction-{symbol}-{ex-date}-{owner}</c>.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>The strategy that traded, or <see cref="Order.ManualOwner"/>.</summary>
    public required string StrategyId { get; init; }

    /// <summary>Our order id; null for executions of orders that are not ours, and for splits.</summary>
    public string? ClientOrderId { get; init; }

    /// <summary>The arming of the strategy.</summary>
    public string? Arm { get; init; }

    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>Buy or sell.</summary>
    public required OrderSide Side { get; init; }

    /// <summary>Shares.</summary>
    public required decimal Quantity { get; init; }

    /// <summary>Price per share in dollars.</summary>
    public required decimal Price { get; init; }

    /// <summary>Fees and commission in dollars.</summary>
    public decimal Fee { get; init; }

    /// <summary>When it executed (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The New York date of <see cref="At"/>.</summary>
    public required DateOnly TradingDay { get; init; }

    /// <summary>What it is.</summary>
    public FillKind Kind { get; init; } = FillKind.Trade;

    /// <summary>Profit or loss that it realized against FIFO lots, in dollars, before fees.</summary>
    public decimal RealizedPnl { get; init; }

    /// <summary>New shares per old share of a split; 1 otherwise.</summary>
    public decimal Ratio { get; init; } = 1;
}
