namespace AutoTrader.Core.Ports;

/// <summary>Whether a command has run.</summary>
public enum CommandStatus
{
    /// <summary>No cycle has seen it yet.</summary>
    Pending,

    /// <summary>It ran.</summary>
    Done,

    /// <summary>Refused; code and message say why.</summary>
    Refused,
}

/// <summary>A command on its way to the holder of the engine lease: who asks, until when it counts, and what came of it.</summary>
public sealed record CommandEnvelope
{
    /// <summary>How long it is kept after it ran.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>Its id; the same request sent again has the same id.</summary>
    public required string Id { get; init; }

    /// <summary>The command.</summary>
    public required EngineCommand Command { get; init; }

    /// <summary>A hash of the request's body: the same id with another body is refused.</summary>
    public string? RequestHash { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>Who asked: a short hash of the key, a schedule, or a name.</summary>
    public required string Caller { get; init; }

    /// <summary>The schedule occurrence that sent it; the target handles each only once.</summary>
    public string? Occurrence { get; init; }

    /// <summary>When it was asked (UTC).</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>After this instant (UTC) it is refused; null for no limit.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Before this instant (UTC) its id cannot have been used; null when that is not known.</summary>
    public DateTimeOffset? KeySince { get; init; }

    /// <summary>Whether it has run.</summary>
    public CommandStatus Status { get; init; }

    /// <summary>The error code of a refusal.</summary>
    public string? Code { get; init; }

    /// <summary>What came of it, in a sentence.</summary>
    public string? Outcome { get; init; }

    /// <summary>When it ran or was refused (UTC).</summary>
    public DateTimeOffset? HandledAt { get; init; }

    /// <summary>The writes of a completed or refused command: its outcome and its audit entry.</summary>
    /// <param name="expected">The version that was read; null for a command that completes when written.</param>
    public IEnumerable<TradingWrite> Served(RowVersion? expected) =>
        [new(TradingKey.Command(Id), this, expected), TradingWrite.Of(AuditEntry.Of(this))];

    /// <summary>
    /// Whether the same command may have run before and been deleted since, allowing for clock differences.
    /// </summary>
    public bool MayRepeat(DateTimeOffset now) => KeySince is not { } since || now - since > KeptFor / 2;
}
