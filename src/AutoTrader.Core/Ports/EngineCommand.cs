using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Ports;

/// <summary>What a service asks of the holder of the engine lease.</summary>
public enum CommandKind
{
    /// <summary>Place a manual order.</summary>
    PlaceOrder,

    /// <summary>Cancel an order.</summary>
    CancelOrder,

    /// <summary>Sell what a strategy holds, at market.</summary>
    CloseStrategy,

    /// <summary>Stop a strategy's entries; its protection runs on.</summary>
    PauseStrategy,

    /// <summary>Let a paused strategy go on where it was.</summary>
    ResumeStrategy,

    /// <summary>Let a strategy enter; arms a completed one anew.</summary>
    EnableStrategy,

    /// <summary>Stop a strategy's entries until it is enabled.</summary>
    DisableStrategy,

    /// <summary>Cancel a strategy's orders, record its shares as unmanaged, and remove it.</summary>
    DeleteStrategy,

    /// <summary>Sell what all strategies hold; with <see cref="EngineCommand.WholeAccount"/> everything.</summary>
    Flatten,

    /// <summary>Let the decisions of a symbol go on that was held for a corporate action which the user has looked at.</summary>
    ReleaseHold,

    /// <summary>Book the difference between the broker's cash and the ledger, which the user has looked at.</summary>
    AcceptCash,
}

/// <summary>Whether a command was served.</summary>
public enum CommandStatus
{
    /// <summary>No cycle has seen it yet.</summary>
    Pending,

    /// <summary>Served.</summary>
    Done,

    /// <summary>Refused; code and message say why.</summary>
    Refused,
}

/// <summary>A request that only the holder of the engine lease may carry out (docs/trading-rules.md, "Single writer"), with its
/// outcome.</summary>
public sealed record EngineCommand
{
    /// <summary>How long it is kept after it was served.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>Its id; the same request sent again has the same id.</summary>
    public required string Id { get; init; }

    /// <summary>What is asked.</summary>
    public required CommandKind Kind { get; init; }

    /// <summary>The strategy id, the client order id, or the symbol that it is about; null for all.</summary>
    public string? Target { get; init; }

    /// <summary>The order to place.</summary>
    public OrderTerms? Order { get; init; }

    /// <summary>The difference in dollars that is to be accepted.</summary>
    public decimal? Amount { get; init; }

    /// <summary>The client order id that the order will have.</summary>
    public string? ClientOrderId { get; init; }

    /// <summary>A hash of the request's body: the same id with another body is refused.</summary>
    public string? RequestHash { get; init; }

    /// <summary>Whether a flatten or a deletion means more than what is asked without it: unmanaged shares; a strategy that holds
    /// shares.</summary>
    public bool WholeAccount { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>Who asked: a short hash of the key, a schedule, or a name.</summary>
    public required string Caller { get; init; }

    /// <summary>The schedule occurrence that asked; the target serves each only once.</summary>
    public string? Occurrence { get; init; }

    /// <summary>When it was asked (UTC).</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>After this instant (UTC) it is refused instead of served; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Before this instant (UTC) its id cannot have been used; null when that is not known.</summary>
    public DateTimeOffset? KeySince { get; init; }

    /// <summary>Whether it was served.</summary>
    public CommandStatus Status { get; init; }

    /// <summary>The error code of a refusal.</summary>
    public string? Code { get; init; }

    /// <summary>What came of it, in a sentence.</summary>
    public string? Outcome { get; init; }

    /// <summary>When it was served or refused (UTC).</summary>
    public DateTimeOffset? HandledAt { get; init; }

    /// <summary>
    /// Whether the same may have been asked before, and served, by a command that is gone since. With room for clocks that differ.
    /// </summary>
    public bool MayRepeat(DateTimeOffset now) => KeySince is not { } since || now - since > KeptFor / 2;
}
