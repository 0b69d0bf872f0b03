using System.Globalization;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Scheduling;
using AutoTrader.Tests.Shared;

namespace AutoTrader.Core.Tests.Scheduling;

/// <summary>Schedules and runs in memory, every call of which may be the last of the process.</summary>
internal sealed class TestScheduleStore(CrashPoint crash) : IScheduleStore
{
    private readonly SortedDictionary<string, (object Record, int Version)> _rows = new(StringComparer.Ordinal);
    private int _versions;

    public IReadOnlyList<ScheduleRun> Runs => [.. _rows.Values.Select(row => row.Record).OfType<ScheduleRun>().OrderBy(run => run.Planned).ThenBy(run => run.ScheduleId, StringComparer.Ordinal)];

    public Schedule Schedule(string id) => (Schedule)_rows["schedule|" + id].Record;

    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) => crash.CallAsync(new(Port.Schedules, nameof(ReadAsync)), () => Task.FromResult(Find<Schedule>("schedule|" + id)));

    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        crash.CallAsync(new(Port.Schedules, nameof(ReadRunAsync)), () => Task.FromResult(Find<ScheduleRun>(ScheduleKey.Run(id, planned, cause))));

    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) => crash.CallAsync(new(Port.Schedules, nameof(ListAsync)), () => Task.FromResult(All<Schedule>("schedule|")));

    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        crash.CallAsync(new(Port.Schedules, nameof(ListRunsAsync)), () => Task.FromResult(All<ScheduleRun>($"run|{id}|")));

    public Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken) => crash.CallAsync(new(Port.Schedules, nameof(ListOpenRunsAsync)), () => Task.FromResult(
        new Page<Row<ScheduleRun>>([.. All<ScheduleRun>("run|").Items.Where(row => row.Value.Status == RunStatus.Started)], null)));

    public Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<UnreadableRow>>([]);

    public Task<bool> DeleteAsync(string id, string rowKey, CancellationToken cancellationToken) => Task.FromResult(_rows.Remove(rowKey));

    public Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken) => crash.CallAsync(new(Port.Schedules, nameof(CommitAsync), IsWrite: true), () =>
    {
        group.Count.ShouldBeLessThanOrEqualTo(100);
        group.Select(write => write.RowKey).Distinct(StringComparer.Ordinal).Count().ShouldBe(group.Count);
        var conflict = group.FirstOrDefault(write => _rows.TryGetValue(write.RowKey, out var row) ? Tag(row.Version) != write.Expected?.ETag : write.Expected is not null);
        if (conflict is not null)
        {
            return Task.FromResult<CommitResult>(new CommitResult.Conflict(conflict.RowKey));
        }

        return Task.FromResult<CommitResult>(new CommitResult.Committed([.. group.Select(Write)]));
    });

    private static string Tag(int version) => version.ToString(CultureInfo.InvariantCulture);

    private RowVersion? Write(ScheduleWrite write)
    {
        if (write.Record is null)
        {
            _rows.Remove(write.RowKey);
            return null;
        }

        _rows[write.RowKey] = (write.Record, ++_versions);
        return new(Tag(_versions));
    }

    private Row<T>? Find<T>(string key) => _rows.TryGetValue(key, out var row) ? new((T)row.Record, new(Tag(row.Version))) : null;

    private Page<Row<T>> All<T>(string prefix) => new([.. _rows.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => new Row<T>((T)pair.Value.Record, new(Tag(pair.Value.Version))))], null);
}
