using System.Text.Json;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application;

/// <summary>Writes down who changed what through a service.</summary>
public sealed class ChangeLog(IAuditLog log, IBroker broker, TimeProvider clock)
{
    /// <summary>Writes down a change, or the attempt of one that was refused.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="action">What was done, for example <c>place_order</c> or <c>create_strategy</c>.</param>
    /// <param name="target">On what.</param>
    /// <param name="details">What exactly; no secrets.</param>
    /// <param name="error">The error code when it was refused.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public Task RecordAsync(
        string caller,
        string action,
        string? target,
        IReadOnlyDictionary<string, string?>? details,
        string? error,
        CancellationToken cancellationToken
    ) =>
        log.AppendAsync(
            broker.AccountKey,
            new(
                clock.GetUtcNow(),
                Guid.NewGuid().ToString("N"),
                caller,
                action,
                target,
                details is null ? null : JsonSerializer.Serialize(details),
                error
            ),
            cancellationToken
        );

    /// <summary>Writes down that a row that could not be read was deleted.</summary>
    public Task UnreadableDeletedAsync(string caller, UnreadableRow row, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        var details = new Dictionary<string, string?>(StringComparer.Ordinal) { ["problem"] = row.Problem };
        return RecordAsync(caller, "delete_unreadable", row.RowKey, details, null, cancellationToken);
    }

    /// <summary>The entries, newest first.</summary>
    public Task<Page<AuditEntry>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        log.ListAsync(broker.AccountKey, pageSize, continuation, cancellationToken);
}
