namespace AutoTrader.Core.Application.Backups;

/// <summary>What a restore did, or (in a dry run) would do.</summary>
public sealed record RestoreReport
{
    /// <summary>Whose backup it is.</summary>
    public required string Account { get; init; }

    /// <summary>When it was taken (UTC).</summary>
    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>The version of the app that took it.</summary>
    public required string AppVersion { get; init; }

    /// <summary>Its checksum.</summary>
    public required string Checksum { get; init; }

    /// <summary>Whether nothing was changed.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether this continued an interrupted restore.</summary>
    public bool Resumed { get; init; }

    /// <summary>Why a restore would be refused now, in a sentence; null when it would not.</summary>
    public string? Refused { get; init; }

    /// <summary>Rows in the file by kind.</summary>
    public required IReadOnlyDictionary<string, int> Rows { get; init; }

    /// <summary>In a dry run: the differences between this account and the file, at most
    /// <see cref="RestoreService.MostDifferences"/>.</summary>
    public IReadOnlyList<RowDifference> Differences { get; init; } = [];

    /// <summary>Of a dry run: how many differences there are.</summary>
    public int DifferenceCount { get; init; }

    /// <summary>Symbols whose quantity in the file differs from the broker's.</summary>
    public IReadOnlyList<PositionDifference> Positions { get; init; } = [];

    /// <summary>What else to know, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A row that is not the same in a file and here.</summary>
/// <param name="Table">The table.</param>
/// <param name="RowKey">Its key.</param>
/// <param name="How">How it differs.</param>
/// <param name="Columns">The columns that differ; empty when the whole row is missing.</param>
public sealed record RowDifference(string Table, string RowKey, DifferenceKind How, IReadOnlyList<string> Columns);

/// <summary>How a row differs.</summary>
public enum DifferenceKind
{
    /// <summary>It is in the file alone.</summary>
    OnlyInFile,

    /// <summary>It is here alone.</summary>
    OnlyHere,

    /// <summary>It is in both with other content.</summary>
    Changed,
}

/// <summary>A symbol whose quantity in our records differs from the broker's.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Recorded">Shares by our records.</param>
/// <param name="Broker">Shares at the broker.</param>
public sealed record PositionDifference(string Symbol, decimal Recorded, decimal Broker);
