using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Ports;

/// <summary>What kind of event it is; the numbers are the event ids of the log.</summary>
public enum EngineEventKind
{
    /// <summary>An order was sent.</summary>
    OrderSubmitted = 1001,

    /// <summary>A cancel was requested.</summary>
    CancelRequested = 1002,

    /// <summary>An order filled, wholly or partly.</summary>
    OrderFilled = 1003,

    /// <summary>An order ended without filling wholly.</summary>
    OrderEnded = 1004,

    /// <summary>The broker refused.</summary>
    OrderRefused = 1005,

    /// <summary>A strategy changed its phase.</summary>
    PhaseChanged = 1006,

    /// <summary>A watermark or reference was raised.</summary>
    WatermarkRaised = 1007,

    /// <summary>A command ran or was refused.</summary>
    CommandHandled = 1008,

    /// <summary>A new attention item.</summary>
    AttentionRaised = 1009,

    /// <summary>An attention item was cleared.</summary>
    AttentionCleared = 1010,

    /// <summary>A risk check refused an order.</summary>
    RiskRefused = 1011,

    /// <summary>A corporate action was processed.</summary>
    CorporateAction = 1012,

    /// <summary>A strategy failed or was skipped.</summary>
    StrategySkipped = 1013,

    /// <summary>A cycle ended.</summary>
    CycleEnded = 1014,

    /// <summary>Cash moved without a fill.</summary>
    CashMoved = 1015,
}

/// <summary>An event of a cycle, published as it happens.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="At">When (UTC, business time).</param>
/// <param name="StrategyId">Whose; null for the account.</param>
/// <param name="Symbol">On what; null for the account.</param>
/// <param name="Message">One line for people.</param>
/// <param name="Status">Of what happens to an order: the status that it has from now on; else null.</param>
/// <param name="Attention">The item that was raised or cleared; else null.</param>
public sealed record EngineEvent(
    EngineEventKind Kind,
    DateTimeOffset At,
    string? StrategyId,
    string? Symbol,
    string Message,
    OrderStatus? Status = null,
    Attention? Attention = null
);

/// <summary>Where events of the engine go: the log, the meter, later the outbox.</summary>
public interface IEngineEvents
{
    /// <summary>Publishes <paramref name="happened"/>. Must not throw.</summary>
    void Publish(EngineEvent happened);

    /// <summary>Called when a cycle ended, with its record.</summary>
    void CycleEnded(CycleRecord record);

    /// <summary>Called for a bug; records have only its message. For the log; other listeners can ignore it.</summary>
    void Faulted(string what, Exception failure) { }

    /// <summary>Called when a cycle was skipped because another host holds the lease.</summary>
    void LeaseContended();
}
