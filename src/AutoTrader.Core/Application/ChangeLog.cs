using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application;

/// <summary>Who changed what through a service.</summary>
public sealed class ChangeLog(IAuditLog log, IBroker broker, TimeProvider clock)
{
    /// <summary>The entry of a change of a row of trading, for the group in which that commits.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="action">The action, for example <c>create_strategy</c>.</param>
    /// <param name="target">On what.</param>
    /// <param name="details">What exactly; no secrets.</param>
    public TradingWrite Trading(string caller, string action, string target, IReadOnlyDictionary<string, string?>? details) =>
        TradingWrite.Of(Entry(caller, action, target, details, null));

    /// <summary>The entry of a change of a schedule, for the group in which that commits.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="action">The action, for example <c>create_schedule</c>.</param>
    /// <param name="id">The schedule.</param>
    /// <param name="details">What exactly; no secrets.</param>
    public ScheduleWrite Schedule(string caller, string action, string id, IReadOnlyDictionary<string, string?>? details) =>
        ScheduleWrite.Of(broker.AccountKey, Entry(caller, action, id, details, null));

    /// <summary>Records an action that commits no row, or a refused attempt.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="action">The action, for example <c>run_engine</c>.</param>
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
    ) => log.AppendAsync(broker.AccountKey, Entry(caller, action, target, details, error), cancellationToken);

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

    private AuditEntry Entry(string caller, string action, string? target, IReadOnlyDictionary<string, string?>? details, string? error) =>
        new(clock.GetUtcNow(), Guid.NewGuid().ToString("N"), caller, action, target, AuditEntry.DetailsOf(details), error);
}
