using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;

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

    /// <summary>The entry of the deletion of a row of trading that cannot be read, for the group in which that commits.</summary>
    public TradingWrite TradingDeleted(string caller, UnreadableRow row) => TradingWrite.Of(Deleted(caller, row));

    /// <summary>The same of a row of schedules.</summary>
    public ScheduleWrite ScheduleDeleted(string caller, UnreadableRow row) => ScheduleWrite.Of(broker.AccountKey, Deleted(caller, row));

    /// <summary>The same of a row beside which no entry can lie: written before it is deleted, so that a crash leaves an entry too many
    /// rather than none.</summary>
    public Task DeletedAsync(string caller, UnreadableRow row, CancellationToken cancellationToken) =>
        log.AppendAsync(broker.AccountKey, Deleted(caller, row), cancellationToken);

    /// <summary>The entries, newest first.</summary>
    public Task<Page<AuditEntry>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        log.ListAsync(broker.AccountKey, pageSize, continuation, cancellationToken);

    private AuditEntry Deleted(string caller, UnreadableRow row) =>
        Entry(
            caller,
            "delete_unreadable",
            row.RowKey,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["problem"] = row.Problem },
            null
        );

    private AuditEntry Entry(string caller, string action, string? target, IReadOnlyDictionary<string, string?>? details, string? error) =>
        new(clock.GetUtcNow(), Guid.NewGuid().ToString("N"), caller, action, target, AuditEntry.DetailsOf(details), error);
}
