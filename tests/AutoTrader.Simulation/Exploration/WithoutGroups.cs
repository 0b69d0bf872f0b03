using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Simulation.Exploration;

/// <summary>Takes the entity group out: a schedule moves on, and then its runs are stored.</summary>
internal sealed class WithoutGroups(IScheduleStore inner) : IScheduleStore
{
    public async Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken)
    {
        var versions = new List<RowVersion?>();
        foreach (var write in group)
        {
            if (await inner.CommitAsync(id, [write], cancellationToken) is not CommitResult.Committed { Versions: [var version] })
            {
                return new CommitResult.Conflict(write.RowKey);
            }

            versions.Add(version);
        }

        return new CommitResult.Committed(versions);
    }

    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) => inner.ReadAsync(id, cancellationToken);

    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListAsync(pageSize, continuation, cancellationToken);

    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        inner.ReadRunAsync(id, planned, cause, cancellationToken);

    public Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken) =>
        inner.FindTriggeredAsync(id, cause, cancellationToken);

    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListRunsAsync(id, pageSize, continuation, cancellationToken);

    public Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        inner.ListOpenRunsAsync(pageSize, continuation, cancellationToken);

    public Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        inner.ListUnreadableAsync(cancellationToken);

    public Task<UnreadableRow?> DeleteUnreadableAsync(string rowKey, CancellationToken cancellationToken) =>
        inner.DeleteUnreadableAsync(rowKey, cancellationToken);

    public Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneRunsAsync(before, cancellationToken);
}
