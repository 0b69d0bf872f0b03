namespace AutoTrader.Core.Orders;

/// <summary>What an order is for.</summary>
public enum OrderRole
{
    /// <summary>Opens or enlarges a position: an entry, a grid buy.</summary>
    Entry,

    /// <summary>Covers held shares as the strategy declares: a stop, a trailing stop, an OCO.</summary>
    Protection,

    /// <summary>A resting take-profit without a stop: a scale-out tranche, a grid sell.</summary>
    Target,

    /// <summary>Sells held shares at market now.</summary>
    Exit,

    /// <summary>Buys back shares sold short by mistake.</summary>
    Cover,

    /// <summary>Placed by a person or a schedule.</summary>
    Manual,
}

/// <summary>Why an order was asked to end, or why it ended.</summary>
public enum EndReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>Filled.</summary>
    Filled,

    /// <summary>We canceled it.</summary>
    CanceledByUs,

    /// <summary>Its time in force was over.</summary>
    Expired,

    /// <summary>Someone else ended it: the broker, the exchange, or the user at the broker.</summary>
    External,

    /// <summary>The broker refused it.</summary>
    Refused,

    /// <summary>Its successor took its place.</summary>
    Replaced,

    /// <summary>It was never sent.</summary>
    Abandoned,

    /// <summary>The broker would not take it now (held shares, wash trade); the decision is taken again later.</summary>
    Waiting,
}

/// <summary>An order of ours: the intent, and its state at the broker.</summary>
public sealed record Order
{
    /// <summary>The pseudo-strategy that owns orders of people and schedules, and all unmanaged shares.</summary>
    public const string ManualOwner = "manual";

    /// <summary>Our id at the broker; unique for ever (docs/trading-rules.md, "Client order ids").</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>The strategy that owns it, or <see cref="ManualOwner"/>.</summary>
    public required string StrategyId { get; init; }

    /// <summary>The arming of the strategy that it belongs to.</summary>
    public required string Arm { get; init; }

    /// <summary>The order's number within its strategy.</summary>
    public required int Sequence { get; init; }

    /// <summary>Its role.</summary>
    public required OrderRole Role { get; init; }

    /// <summary>Its terms.</summary>
    public required OrderTerms Terms { get; init; }

    /// <summary>Where it is in its life.</summary>
    public OrderStatus Status { get; init; } = OrderStatus.Intended;

    /// <summary>The broker's own word for its status, verbatim.</summary>
    public string? BrokerStatus { get; init; }

    /// <summary>The broker's id, once known; of the successor after a replacement by the broker.</summary>
    public string? BrokerOrderId { get; init; }

    /// <summary>Other ids that its executions may carry at the broker: the stop leg of an OCO, predecessors before a replacement.</summary>
    public ValueList<string> OtherBrokerIds { get; init; }

    /// <summary>The greatest cumulative filled quantity seen by any route, in shares. Exits are sized from it.</summary>
    public decimal FilledQuantity { get; init; }

    /// <summary>The quantity of the executions applied to the ledger so far, in shares.</summary>
    public decimal ExecutedQuantity { get; init; }

    /// <summary>The average price of what filled, in dollars.</summary>
    public decimal? AverageFillPrice { get; init; }

    /// <summary>When it was decided (UTC).</summary>
    public required DateTimeOffset DecidedAt { get; init; }

    /// <summary>The mid when it was decided, in dollars; an entry is not sent after the mid has moved 0.5 %.</summary>
    public decimal? DecisionMid { get; init; }

    /// <summary>The last instant at which it may be sent (UTC); null for orders that are always sent.</summary>
    public DateTimeOffset? SubmitBy { get; init; }

    /// <summary>When it was last sent (UTC).</summary>
    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>When the broker first said that it does not know the id (UTC); cleared by any other answer.</summary>
    public DateTimeOffset? AbsentAt { get; init; }

    /// <summary>When the broker says that it will age out (UTC).</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Since when a cancel is wanted (UTC).</summary>
    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>When it ended (UTC).</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended.</summary>
    public EndReason EndReason { get; init; }

    /// <summary>A sentence: why it was placed, why a cancel was requested, or the broker's reject reason.</summary>
    public string? Note { get; init; }

    /// <summary>The order that this one takes the place of at the broker, when it was sent as a replacement.</summary>
    public string? Replaces { get; init; }

    /// <summary>The <see cref="Strategies.Strategy.ExitRevision"/> of its strategy that its prices are of.</summary>
    public int ExitRevision { get; init; }

    /// <summary>Of an OCO, the prices that it is being moved to; null when it is not.</summary>
    public OcoPrices? Amendment { get; init; }

    /// <summary>The grid level of a grid order, or the tranche of a scale-out order, counted from zero.</summary>
    public int? Slot { get; init; }

    /// <summary>The stop price that the broker shows for a trailing stop or a stop, in dollars.</summary>
    public decimal? BrokerStopPrice { get; init; }

    /// <summary>The high-water mark that the broker shows for a trailing stop, in dollars.</summary>
    public decimal? BrokerHighWatermark { get; init; }

    /// <summary>A hash of caller and request body for manual orders: the same key with another body is refused.</summary>
    public string? RequestHash { get; init; }

    /// <summary>The id of the command that sells unmanaged shares by it; null of every other order.</summary>
    public string? CommandId { get; init; }

    /// <summary>Whether it may still trade at the broker.</summary>
    public bool IsWorking => Status.IsWorking();

    /// <summary>Whether a cancel is wanted and the order has not ended.</summary>
    public bool IsCancelWanted => CancelRequestedAt is not null && IsWorking;

    /// <summary>Shares that it may still trade: nothing once it has ended.</summary>
    public decimal OpenQuantity => IsWorking ? Math.Max(0, Terms.Quantity - FilledQuantity) : 0;

    /// <summary>Fills known from the order but not yet explained by an execution, in shares.</summary>
    public decimal UnexplainedQuantity => FilledQuantity - ExecutedQuantity;

    /// <summary>Whether it ended and every fill has its execution: it can leave the working set.</summary>
    public bool IsSettled => !IsWorking && Status != OrderStatus.Abandoned && UnexplainedQuantity <= 0;
}
