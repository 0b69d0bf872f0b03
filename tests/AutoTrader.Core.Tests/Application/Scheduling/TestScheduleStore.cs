using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Stores;
using AutoTrader.Testing;

namespace AutoTrader.Core.Tests.Application.Scheduling;

/// <summary>The store of schedules in memory, every call of which may be the last of the process.</summary>
internal sealed class TestScheduleStore(IGate gate) : IScheduleStore
{
    private const int Most = 1000;

    private readonly MemoryScheduleStore _inner = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>All runs, also of schedules that were deleted, by their planned instants. For the test: no call of the process.</summary>
    public IReadOnlyList<ScheduleRun> Runs
    {
        get
        {
            lock (_ids)
            {
                return [.. _ids.SelectMany(AllRuns).OrderBy(run => run.Planned).ThenBy(run => run.ScheduleId, StringComparer.Ordinal)];
            }
        }
    }

    public Schedule Schedule(string id) => _inner.ReadAsync(id, CancellationToken.None).Result.ShouldNotBeNull().Value;

    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, nameof(ReadAsync)), () => _inner.ReadAsync(id, cancellationToken));

    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, nameof(ListAsync)), () => _inner.ListAsync(pageSize, continuation, cancellationToken));

    public Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken)
    {
        lock (_ids)
        {
            _ids.Add(id);
        }

        return gate.CallAsync(new(Port.Schedules, nameof(CommitAsync), IsWrite: true), () =>
            _inner.CommitAsync(id, group, cancellationToken)
        );
    }

    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, nameof(ReadRunAsync)), () => _inner.ReadRunAsync(id, planned, cause, cancellationToken));

    public Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, nameof(FindTriggeredAsync)), () => _inner.FindTriggeredAsync(id, cause, cancellationToken));

    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, nameof(ListRunsAsync)), () =>
            _inner.ListRunsAsync(id, pageSize, continuation, cancellationToken)
        );

    public Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        gate.CallAsync(new(Port.Schedules, nameof(ListOpenRunsAsync)), () =>
            _inner.ListOpenRunsAsync(pageSize, continuation, cancellationToken)
        );

    public Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        _inner.ListUnreadableAsync(cancellationToken);

    public Task<UnreadableRow?> DeleteUnreadableAsync(
        string rowKey,
        Func<UnreadableRow, ScheduleWrite> audit,
        CancellationToken cancellationToken
    ) => _inner.DeleteUnreadableAsync(rowKey, audit, cancellationToken);

    public Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        _inner.PruneRunsAsync(before, cancellationToken);

    // In memory a call has ended when it returns.
    private IEnumerable<ScheduleRun> AllRuns(string id)
    {
        string? continuation = null;
        do
        {
            var page = _inner.ListRunsAsync(id, Most, continuation, CancellationToken.None).Result;
            foreach (var row in page.Items)
            {
                yield return row.Value;
            }

            continuation = page.Continuation;
        } while (continuation is not null);
    }
}
