using AutoTrader.Core.Application.Backups;

namespace AutoTrader.Contracts;

/// <summary>What a restore did, or (in a dry run) would do.</summary>
/// <param name="Account">Whose backup it is.</param>
/// <param name="TakenAt">When it was taken (UTC).</param>
/// <param name="AppVersion">The version of the app that took it.</param>
/// <param name="Checksum">Its checksum (SHA-256).</param>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Resumed">Whether a restore that had not ended was begun anew.</param>
/// <param name="Refused">Of a dry run: why a restore would be refused now; null when it would not.</param>
/// <param name="Rows">Rows in the file by kind.</param>
/// <param name="Differences">Of a dry run: how what is here differs from the file, the first 200.</param>
/// <param name="DifferenceCount">Of a dry run: how many differences there are.</param>
/// <param name="Positions">Symbols of which the file says another quantity than the broker now.</param>
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

/// <summary>A symbol of which our records and the broker say different quantities.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Recorded">Shares by our records.</param>
/// <param name="Broker">Shares at the broker.</param>
public sealed record PositionDifferenceView(string Symbol, decimal Recorded, decimal Broker);
