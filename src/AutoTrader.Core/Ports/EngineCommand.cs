using AutoTrader.Core.Orders;

namespace AutoTrader.Core.Ports;

/// <summary>The commands by the names that storage and the API give them.</summary>
public enum CommandKind
{
    /// <summary><see cref="Ports.PlaceOrder"/>.</summary>
    PlaceOrder,

    /// <summary><see cref="Ports.CancelOrder"/>.</summary>
    CancelOrder,

    /// <summary><see cref="Ports.CloseStrategy"/>.</summary>
    CloseStrategy,

    /// <summary><see cref="Ports.PauseStrategy"/>.</summary>
    PauseStrategy,

    /// <summary><see cref="Ports.ResumeStrategy"/>.</summary>
    ResumeStrategy,

    /// <summary><see cref="Ports.EnableStrategy"/>.</summary>
    EnableStrategy,

    /// <summary><see cref="Ports.DisableStrategy"/>.</summary>
    DisableStrategy,

    /// <summary><see cref="Ports.DeleteStrategy"/>.</summary>
    DeleteStrategy,

    /// <summary><see cref="Ports.Flatten"/>.</summary>
    Flatten,

    /// <summary><see cref="Ports.ReleaseHold"/>.</summary>
    ReleaseHold,

    /// <summary><see cref="Ports.AcceptCash"/>.</summary>
    AcceptCash,

    /// <summary><see cref="Ports.SetKillSwitch"/>.</summary>
    SetKillSwitch,
}

/// <summary>
/// What only the holder of the engine lease may do (docs/trading-rules.md, "Single writer"); a <see cref="CommandEnvelope"/> carries it
/// there. The commands below are all that there are.
/// </summary>
public abstract record EngineCommand
{
    private protected EngineCommand() { }

    /// <summary>Its name.</summary>
    public abstract CommandKind Kind { get; }

    /// <summary>The strategy id, the client order id, or the symbol that it is about; null for the account.</summary>
    public virtual string? Target => null;
}

/// <summary>Place a manual order.</summary>
/// <param name="Terms">The order.</param>
/// <param name="ClientOrderId">The client order id that it will have.</param>
public sealed record PlaceOrder(OrderTerms Terms, string ClientOrderId) : EngineCommand
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.PlaceOrder;

    /// <inheritdoc/>
    public override string Target => Terms.Symbol;
}

/// <summary>Cancel an order.</summary>
/// <param name="OrderId">Its client order id, or the broker's id.</param>
public sealed record CancelOrder(string OrderId) : EngineCommand
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.CancelOrder;

    /// <inheritdoc/>
    public override string Target => OrderId;
}

/// <summary>A command to one strategy.</summary>
/// <param name="StrategyId">Which.</param>
public abstract record StrategyCommand(string StrategyId) : EngineCommand
{
    /// <inheritdoc/>
    public override string Target => StrategyId;
}

/// <summary>Sell what a strategy holds, at market.</summary>
/// <param name="StrategyId">Which.</param>
public sealed record CloseStrategy(string StrategyId) : StrategyCommand(StrategyId)
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.CloseStrategy;
}

/// <summary>Stop a strategy's entries; its protection runs on.</summary>
/// <param name="StrategyId">Which.</param>
public sealed record PauseStrategy(string StrategyId) : StrategyCommand(StrategyId)
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.PauseStrategy;
}

/// <summary>Resumes a paused strategy where it stopped.</summary>
/// <param name="StrategyId">Which.</param>
public sealed record ResumeStrategy(string StrategyId) : StrategyCommand(StrategyId)
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.ResumeStrategy;
}

/// <summary>Lets a strategy enter; rearms a completed one.</summary>
/// <param name="StrategyId">Which.</param>
public sealed record EnableStrategy(string StrategyId) : StrategyCommand(StrategyId)
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.EnableStrategy;
}

/// <summary>Stop a strategy's entries until it is enabled.</summary>
/// <param name="StrategyId">Which.</param>
public sealed record DisableStrategy(string StrategyId) : StrategyCommand(StrategyId)
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.DisableStrategy;
}

/// <summary>Cancel a strategy's orders, record its shares as unmanaged, and remove it.</summary>
/// <param name="StrategyId">Which.</param>
/// <param name="Force">Also when it holds shares.</param>
public sealed record DeleteStrategy(string StrategyId, bool Force = false) : StrategyCommand(StrategyId)
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.DeleteStrategy;
}

/// <summary>Sell what all strategies hold.</summary>
/// <param name="WholeAccount">Unmanaged shares too.</param>
public sealed record Flatten(bool WholeAccount = false) : EngineCommand
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.Flatten;
}

/// <summary>Releases a symbol's hold for a corporate action after the user checked it.</summary>
/// <param name="Symbol">Which.</param>
public sealed record ReleaseHold(string Symbol) : EngineCommand
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.ReleaseHold;

    /// <inheritdoc/>
    public override string Target => Symbol;
}

/// <summary>Books the difference between the broker's cash and the ledger after the user checked it.</summary>
/// <param name="Difference">The difference in dollars that was seen.</param>
public sealed record AcceptCash(decimal Difference) : EngineCommand
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.AcceptCash;
}

/// <summary>Turn the kill switch on or off. It is done when it is written: kept so that the same key does it once.</summary>
/// <param name="On">Whether the kill switch should be on.</param>
public sealed record SetKillSwitch(bool On) : EngineCommand
{
    /// <inheritdoc/>
    public override CommandKind Kind => CommandKind.SetKillSwitch;

    /// <inheritdoc/>
    public override string Target => On ? "on" : "off";
}
