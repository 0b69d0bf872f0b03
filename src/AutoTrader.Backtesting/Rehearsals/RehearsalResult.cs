using AutoTrader.Contracts;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Rehearsals;

/// <summary>What stored strategies and schedules would have done on a recorded day. Money is in dollars, instants are those of the session
/// that is rehearsed (UTC).</summary>
public sealed record RehearsalResult
{
    /// <summary>The recorded day, whose prices were played.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>The session onto which they were moved: the next one that opens.</summary>
    public required SessionView Session { get; init; }

    /// <summary>The account whose strategies and schedules they are.</summary>
    public required string Account { get; init; }

    /// <summary>What is to be known before a figure is believed, a sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>What cash and the shares of the strategies that are played were worth at the prices before the day. Other shares of the
    /// account are not counted, and named in <see cref="Remarks"/>: unmanaged ones, and those of strategies that are left out.</summary>
    public required decimal EquityBefore { get; init; }

    /// <summary>What the same was worth at the close, with what schedules bought.</summary>
    public required decimal EquityAfter { get; init; }

    /// <summary>The difference, after fees.</summary>
    public required decimal Profit { get; init; }

    /// <summary>What the broker took.</summary>
    public required decimal Fees { get; init; }

    /// <summary>Each strategy at the end.</summary>
    public required IReadOnlyList<RehearsedStrategy> Strategies { get; init; }

    /// <summary>Every order, by the instant at which it was decided.</summary>
    public required IReadOnlyList<OrderView> Orders { get; init; }

    /// <summary>Every ledger entry, in order.</summary>
    public required IReadOnlyList<FillView> Fills { get; init; }

    /// <summary>Every occurrence of the schedules: what came of it, or why it was skipped.</summary>
    public required IReadOnlyList<RunView> Runs { get; init; }

    /// <summary>Shares that no order protected at the end.</summary>
    public required IReadOnlyList<UnprotectedShares> Unprotected { get; init; }

    /// <summary>Attention items that were raised, with how often.</summary>
    public required IReadOnlyDictionary<string, int> Attention { get; init; }

    /// <summary>SHA-256 of the bars and splits that were played.</summary>
    public required string DataHash { get; init; }
}

/// <summary>A strategy at the end of a rehearsal.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Symbol">Its symbol.</param>
/// <param name="StrategyType">Which of the five kinds it is.</param>
/// <param name="Phase">How far it had come.</param>
/// <param name="Enabled">Whether it could enter.</param>
/// <param name="HeldQuantity">Shares that it held.</param>
/// <param name="EffectiveStop">The price at which it would have sold, in dollars.</param>
/// <param name="RealizedPnl">What its sales of the day brought beyond cost, in dollars, before fees.</param>
/// <param name="UnrealizedPnl">What its shares were worth at the close beyond cost, in dollars.</param>
/// <param name="Fees">What the broker took, in dollars.</param>
/// <param name="WaitingFor">What its entry waited for, or why it could not enter, in a sentence; null when neither.</param>
public sealed record RehearsedStrategy(
    string Id,
    string Symbol,
    StrategyType StrategyType,
    StrategyPhase Phase,
    bool Enabled,
    decimal HeldQuantity,
    decimal? EffectiveStop,
    decimal RealizedPnl,
    decimal UnrealizedPnl,
    decimal Fees,
    string? WaitingFor
);

/// <summary>Shares that no order protected.</summary>
/// <param name="StrategyId">Whose; <c>manual</c> for those that an order of a schedule bought.</param>
/// <param name="Symbol">On what.</param>
/// <param name="Quantity">Shares.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record UnprotectedShares(string StrategyId, string Symbol, decimal Quantity, string Reason);
