using AutoTrader.Core.Application.Backups;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Contracts;

/// <summary>What a restore did, or (in a dry run) would do.</summary>
/// <param name="Account">Whose backup it is.</param>
/// <param name="TakenAt">When it was taken (UTC).</param>
/// <param name="AppVersion">The version of the app that took it.</param>
/// <param name="Checksum">Its checksum (SHA-256).</param>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Resumed">Whether this continued an interrupted restore.</param>
/// <param name="Refused">Of a dry run: why a restore would be refused now; null when it would not.</param>
/// <param name="Rows">Rows in the file by kind.</param>
/// <param name="Differences">In a dry run: the differences between this account and the file, the first 200.</param>
/// <param name="DifferenceCount">Of a dry run: how many differences there are.</param>
/// <param name="Positions">Symbols whose quantity in the file differs from the broker's.</param>
/// <param name="Notes">What else to know, a sentence each.</param>
public sealed record RestoreView(
    string Account,
    DateTimeOffset TakenAt,
    string AppVersion,
    string Checksum,
    bool DryRun,
    bool Resumed,
    string? Refused,
    IReadOnlyDictionary<string, int> Rows,
    IReadOnlyList<RowDifferenceView> Differences,
    int DifferenceCount,
    IReadOnlyList<PositionDifferenceView> Positions,
    IReadOnlyList<string> Notes
);

/// <summary>A row that is not the same in the file and here.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">Its key.</param>
/// <param name="How">How it differs.</param>
/// <param name="Columns">The columns that differ; empty when the whole row is missing.</param>
public sealed record RowDifferenceView(string Table, string Key, DifferenceKind How, IReadOnlyList<string> Columns);

/// <summary>A symbol whose quantity in our records differs from the broker's.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Recorded">Shares by our records.</param>
/// <param name="Broker">Shares at the broker.</param>
public sealed record PositionDifferenceView(string Symbol, decimal Recorded, decimal Broker);

/// <summary>How to rebuild the state from the broker.</summary>
/// <param name="TrailingStopPct">The trailing stop of shares whose strategy had no order at the broker, in percent; null for 5.</param>
public sealed record RebuildRequest(decimal? TrailingStopPct = null);

/// <summary>The result of a rebuild from the broker, or (in a dry run) what it would be.</summary>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Resumed">Whether this continued an interrupted rebuild or restore.</param>
/// <param name="Strategies">Strategies that hold shares again.</param>
/// <param name="Unmanaged">Shares that belong to no strategy as far as is known.</param>
/// <param name="Orders">Our ids of the working orders that were taken over.</param>
/// <param name="Unknown">What could not be known, and what to do about it, a sentence each.</param>
public sealed record RebuildView(
    bool DryRun,
    bool Resumed,
    IReadOnlyList<RebuiltStrategyView> Strategies,
    IReadOnlyList<UnmanagedSharesView> Unmanaged,
    IReadOnlyList<string> Orders,
    IReadOnlyList<string> Unknown
);

/// <summary>A strategy that a rebuild gave its shares back.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="StrategyType">Its type now.</param>
/// <param name="Quantity">Shares that it holds.</param>
/// <param name="Covered">Shares that its working orders cover; the next cycle protects the others.</param>
/// <param name="IsNew">Whether its definition was made up from its orders, since none was here.</param>
/// <param name="Assumed">What of its definition is a guess; null for nothing.</param>
public sealed record RebuiltStrategyView(
    string Id,
    string Symbol,
    StrategyType StrategyType,
    decimal Quantity,
    decimal Covered,
    bool IsNew,
    string? Assumed
);

/// <summary>Shares of no strategy.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">How many.</param>
public sealed record UnmanagedSharesView(string Symbol, decimal Quantity);

/// <summary>The list to go live by.</summary>
/// <param name="Account">The account key.</param>
/// <param name="Ready">Whether no item fails.</param>
/// <param name="Items">Its items.</param>
public sealed record ChecklistView(string Account, bool Ready, IReadOnlyList<ChecklistItemView> Items);

/// <summary>One check before trading with real money.</summary>
/// <param name="Id">Which.</param>
/// <param name="What">The subject of the check, in a few words.</param>
/// <param name="Status"><c>ok</c>, <c>warn</c> or <c>fail</c>.</param>
/// <param name="Found">The finding, in a sentence.</param>
/// <param name="Todo">What to do; null when the check passes.</param>
public sealed record ChecklistItemView(string Id, string What, ChecklistStatus Status, string Found, string? Todo);
