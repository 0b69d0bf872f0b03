using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Ports.Scheduling;

/// <summary>Base class for decorators of a schedule store: it forwards every call.</summary>
/// <param name="inner">The inner store.</param>
public abstract class DelegatingScheduleStore(IScheduleStore inner) : IScheduleStore
{
    /// <summary>The inner store.</summary>
    protected IScheduleStore Inner => inner;

    /// <inheritdoc/>
    public virtual Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken) =>
        inner.CommitAsync(id, group, cancellationToken);

    /// <inheritdoc/>
    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) => inner.ReadAsync(id, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListAsync(pageSize, continuation, cancellationToken);

    /// <inheritdoc/>
    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        inner.ReadRunAsync(id, planned, cause, cancellationToken);

    /// <inheritdoc/>
    public Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken) =>
        inner.FindTriggeredAsync(id, cause, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListRunsAsync(id, pageSize, continuation, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListOpenRunsAsync(pageSize, continuation, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        inner.ListUnreadableAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<UnreadableRow?> DeleteUnreadableAsync(
        string rowKey,
        Func<UnreadableRow, ScheduleWrite> audit,
        CancellationToken cancellationToken
    ) => inner.DeleteUnreadableAsync(rowKey, audit, cancellationToken);

    /// <inheritdoc/>
    public Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneRunsAsync(before, cancellationToken);
}
