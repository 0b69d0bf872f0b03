namespace AutoTrader.Core.Ports;

/// <summary>One change and who made it.</summary>
/// <param name="At">When (UTC, business time).</param>
/// <param name="Id">Unique.</param>
/// <param name="Caller">A short hash of the key, a schedule, or <c>engine</c>; never a secret.</param>
/// <param name="Action">What was done: <c>place_order</c>, <c>create_strategy</c>...</param>
/// <param name="Target">What it was done to.</param>
/// <param name="Details">What exactly, as one line of JSON.</param>
/// <param name="Error">The error code when it was refused.</param>
public sealed record AuditEntry(
    DateTimeOffset At,
    string Id,
    string Caller,
    string Action,
    string? Target,
    string? Details = null,
    string? Error = null
);

/// <summary>The record of every change.</summary>
public interface IAuditLog
{
    /// <summary>Appends an entry.</summary>
    Task AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Entries, newest first.</summary>
    Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken);

    /// <summary>Deletes entries older than <paramref name="before"/> (UTC).</summary>
    Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken);
}
