using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Application.Backups;

/// <summary>The result of a rebuild from the broker, or (in a dry run) what it would be.</summary>
public sealed record RebuildReport
{
    /// <summary>Whether nothing was changed.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether this continued an interrupted rebuild or restore.</summary>
    public bool Resumed { get; init; }

    /// <summary>Strategies that hold shares again.</summary>
    public required IReadOnlyList<RebuiltStrategy> Strategies { get; init; }

    /// <summary>Shares that belong to no strategy as far as is known.</summary>
    public required IReadOnlyList<PositionDifference> Unmanaged { get; init; }

    /// <summary>Our ids of the working orders that were taken over.</summary>
    public required IReadOnlyList<string> Orders { get; init; }

    /// <summary>What could not be known, and what to do about it, a sentence each.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }
}

/// <summary>A strategy that a rebuild gave its shares back.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="StrategyType">Its type now.</param>
/// <param name="Quantity">Shares that it holds.</param>
/// <param name="Covered">Shares that its working orders at the broker cover; the next cycle protects the others.</param>
/// <param name="IsNew">Whether its definition was made up from its orders, since none was here.</param>
/// <param name="Assumed">What of its definition is a guess, in a sentence; null for nothing.</param>
public sealed record RebuiltStrategy(
    string Id,
    string Symbol,
    StrategyType StrategyType,
    decimal Quantity,
    decimal Covered,
    bool IsNew,
    string? Assumed
);
