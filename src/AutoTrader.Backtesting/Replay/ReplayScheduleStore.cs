using System.Globalization;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Backtesting.Replay;

/// <summary>The schedules of a backtest and their runs, in memory. One backtest uses it, one call at a time.</summary>
internal sealed class ReplayScheduleStore : IScheduleStore
{
    private readonly SortedDictionary<string, Row<Schedule>> _schedules = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Row<ScheduleRun>> _runs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>All schedules as they are now.</summary>
    public IReadOnlyCollection<Row<Schedule>> Schedules => _schedules.Values;

    /// <summary>All runs.</summary>
    public IEnumerable<ScheduleRun> Runs => _runs.Values.Select(row => row.Value);

    /// <summary>The runs that are started and not ended.</summary>
    public IReadOnlyList<Row<ScheduleRun>> OpenRuns => [.. _open.Select(key => _runs[key])];

    /// <summary>Adds a schedule.</summary>
    public void Add(Schedule schedule) => Apply(ScheduleWrite.Of(schedule, null), new("0"));

    /// <inheritdoc/>
    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) =>
        Task.FromResult(_schedules.GetValueOrDefault(ScheduleKey.Schedule(id)));

    /// <inheritdoc/>
    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        Task.FromResult(new Page<Row<Schedule>>([.. _schedules.Values], null));

    /// <inheritdoc/>
    public Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken)
    {
        if (group.FirstOrDefault(write => VersionOf(write.RowKey)?.ETag != write.Expected?.ETag) is { } stale)
        {
            return Task.FromResult<CommitResult>(new CommitResult.Conflict(stale.RowKey));
        }

        var version = new RowVersion((++_version).ToString(CultureInfo.InvariantCulture));
        foreach (var write in group)
        {
            Apply(write, version);
        }

        return Task.FromResult<CommitResult>(new CommitResult.Committed([.. group.Select(write => write.Record is null ? null : version)]));
    }

    /// <inheritdoc/>
    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        Task.FromResult(_runs.GetValueOrDefault(ScheduleKey.Run(id, planned, cause)));

    /// <inheritdoc/>
    public Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken) =>
        Task.FromResult(_runs.Values.FirstOrDefault(row => row.Value.ScheduleId == id && row.Value.Cause == cause));

    /// <inheritdoc/>
    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        Task.FromResult(new Page<Row<ScheduleRun>>([.. _runs.Values.Where(row => row.Value.ScheduleId == id)], null));

    /// <inheritdoc/>
    public Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        Task.FromResult(new Page<Row<ScheduleRun>>(OpenRuns, null));

    /// <inheritdoc/>
    public Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<UnreadableRow>>([]);

    /// <inheritdoc/>
    public Task<UnreadableRow?> DeleteUnreadableAsync(
        string rowKey,
        Func<UnreadableRow, ScheduleWrite> audit,
        CancellationToken cancellationToken
    ) => Task.FromResult<UnreadableRow?>(null);

    /// <inheritdoc/>
    public Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken) => Task.CompletedTask;

    private RowVersion? VersionOf(string key) =>
        _schedules.TryGetValue(key, out var schedule) ? schedule.Version : _runs.GetValueOrDefault(key)?.Version;

    private void Apply(ScheduleWrite write, RowVersion version)
    {
        _open.Remove(write.RowKey);
        switch (write.Record)
        {
            case Schedule schedule:
                _schedules[write.RowKey] = new(schedule, version);
                break;
            case ScheduleRun run:
                _runs[write.RowKey] = new(run, version);
                if (run.Status == RunStatus.Started)
                {
                    _open.Add(write.RowKey);
                }

                break;
            default:
                _schedules.Remove(write.RowKey);
                _runs.Remove(write.RowKey);
                break;
        }
    }
}
