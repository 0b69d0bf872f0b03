namespace AutoTrader.Core.Ports;

/// <summary>Records of past cycles.</summary>
/// <param name="Cycles">The cycles, newest first.</param>
/// <param name="Unreadable">Records among them that cannot be read.</param>
public sealed record CycleListing(IReadOnlyList<CycleRecord> Cycles, IReadOnlyList<UnreadableRow> Unreadable);

/// <summary>What the engine remembers between cycles, and the record of past cycles.</summary>
public interface IEngineStore
{
    /// <summary>
    /// The memory of the account's engine; null before the first cycle. When its row cannot be read, what could be read of it stands in
    /// for it, then what was saved since: the row itself stays as it is until it is mended or deleted
    /// (<see cref="EngineState.Unreadable"/>).
    /// </summary>
    /// <exception cref="UnreadableRowException">What stands in for the row cannot be read either.</exception>
    Task<Row<EngineState>?> LoadAsync(string account, CancellationToken cancellationToken);

    /// <summary>Writes the memory, and the record of the cycle that led to it, in one entity group; with them the day's equity where the
    /// cycle sampled it.</summary>
    /// <returns>The memory's new version; null when another wrote it since <paramref name="expected"/>.</returns>
    Task<RowVersion?> SaveAsync(
        string account,
        EngineState memory,
        RowVersion? expected,
        CycleRecord cycle,
        CancellationToken cancellationToken
    );

    /// <summary>The latest cycles, newest first, and the records among them that cannot be read.</summary>
    Task<CycleListing> ListCyclesAsync(string account, int count, CancellationToken cancellationToken);

    /// <summary>
    /// The row with a key, if it is the record of a cycle, or the engine state, and cannot be read; else null.
    /// </summary>
    Task<UnreadableRow?> FindUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the record of a cycle, or the engine state, that cannot be read; what can be read stays. What stood in for the engine state
    /// takes its place.
    /// </summary>
    /// <returns>The row that was deleted; null when none with the key is unreadable.</returns>
    Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken);

    /// <summary>Deletes cycle records older than <paramref name="before"/> (UTC).</summary>
    Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken);
}
