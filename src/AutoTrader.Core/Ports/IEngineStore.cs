namespace AutoTrader.Core.Ports;

/// <summary>Records of past cycles.</summary>
/// <param name="Cycles">The cycles, newest first.</param>
/// <param name="Unreadable">Records among them that cannot be read.</param>
public sealed record CycleListing(IReadOnlyList<CycleRecord> Cycles, IReadOnlyList<UnreadableRow> Unreadable);

/// <summary>The engine's state between cycles, and the records of past cycles.</summary>
public interface IEngineStore
{
    /// <summary>
    /// The engine state of the account; null before the first cycle. When its row cannot be read, the readable part replaces it, then later
    /// saves: the row itself stays unchanged until it is fixed or deleted (<see cref="EngineState.Unreadable"/>).
    /// </summary>
    /// <exception cref="UnreadableRowException">The row's stand-in cannot be read either.</exception>
    Task<Row<EngineState>?> LoadAsync(string account, CancellationToken cancellationToken);

    /// <summary>Writes the memory, and the record of the cycle that led to it, in one entity group; with them the day's equity where the
    /// cycle sampled it.</summary>
    /// <returns>The memory's new version; null when another wrote it since <paramref name="expected"/>.</returns>
    Task<RowVersion?> SaveAsync(
        string account,
        EngineState state,
        RowVersion? expected,
        CycleRecord cycle,
        CancellationToken cancellationToken
    );

    /// <summary>The latest cycles, newest first, and the records among them that cannot be read.</summary>
    Task<CycleListing> ListCyclesAsync(string account, int count, CancellationToken cancellationToken);

    /// <summary>
    /// The row with a key if it is an unreadable cycle record or engine state; else null.
    /// </summary>
    Task<UnreadableRow?> FindUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes an unreadable cycle record or engine state; a readable one stays. The state's stand-in replaces it.
    /// </summary>
    /// <returns>The row that was deleted; null when none with the key is unreadable.</returns>
    Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken);

    /// <summary>Deletes cycle records older than <paramref name="before"/> (UTC).</summary>
    Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken);
}
