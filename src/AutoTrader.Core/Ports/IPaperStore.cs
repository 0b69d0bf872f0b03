namespace AutoTrader.Core.Ports;

/// <summary>A row of the paper broker's partition.</summary>
/// <param name="RowKey">Its key.</param>
/// <param name="Json">Its content; empty when the row exists without readable content.</param>
/// <param name="ETag">Its version; empty for a row to be inserted.</param>
public sealed record PaperRow(string RowKey, string Json, string ETag);

/// <summary>One write of a paper entity group.</summary>
/// <param name="RowKey">The row.</param>
/// <param name="Json">Its new content; null deletes it.</param>
/// <param name="ExpectedETag">The version that it must still have; null inserts a row that must not exist.</param>
public sealed record PaperWrite(string RowKey, string? Json, string? ExpectedETag);

/// <summary>Where the paper broker keeps its account: one partition, each event one entity group (docs/trading-rules.md, "Paper
/// broker").</summary>
public interface IPaperStore
{
    /// <summary>All rows whose key is at or after <paramref name="fromKey"/> and before <paramref name="toKey"/> (null: to the end), in key
    /// order.</summary>
    Task<IReadOnlyList<PaperRow>> LoadAsync(string account, string fromKey, string? toKey, CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="group"/> or nothing.</summary>
    /// <returns>The new version of each row, in order (null for deleted ones); null when a row had changed or existed already.</returns>
    Task<IReadOnlyList<string?>?> CommitAsync(string account, IReadOnlyList<PaperWrite> group, CancellationToken cancellationToken);
}
