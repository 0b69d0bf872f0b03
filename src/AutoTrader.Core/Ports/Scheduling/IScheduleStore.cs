using System.Globalization;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Core.Ports.Scheduling;

/// <summary>The keys of the rows of schedules.</summary>
public static class ScheduleKey
{
    /// <summary>The key prefix of schedules.</summary>
    public const string SchedulePrefix = "schedule|";

    /// <summary>The key prefix of runs.</summary>
    public const string RunPrefix = "run|";

    /// <summary>The key prefix of audit entries that committed with their change.</summary>
    public const string AuditPrefix = "audit|";

    /// <summary>The key of a schedule.</summary>
    public static string Schedule(string id) => SchedulePrefix + id;

    /// <summary>The key of a run: of one schedule the latest occurrence comes first.</summary>
    public static string Run(string id, DateTimeOffset planned, string cause) => Runs(id) + Inverted(planned) + "|" + cause;

    /// <summary>The key of an audit entry of an account.</summary>
    public static string Audit(string account, AuditEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Audits(account) + entry.Key;
    }

    /// <summary>The key prefix of an account's audit entries.</summary>
    public static string Audits(string account) => AuditPrefix + account + "|";

    /// <summary>The key prefix of a schedule's runs.</summary>
    public static string Runs(string id) => RunPrefix + id + "|";

    private static string Inverted(DateTimeOffset instant) =>
        (DateTimeOffset.MaxValue.UtcTicks - instant.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);
}

/// <summary>One write of a group: insert (no version), replace (record and version) or delete (no record).</summary>
/// <param name="RowKey">The row's key; see <see cref="ScheduleKey"/>.</param>
/// <param name="Record">A <see cref="Schedule"/>, a <see cref="ScheduleRun"/> or an <see cref="AuditEntry"/>; null deletes the row.</param>
/// <param name="Expected">The version that the row must still have; null inserts a row that must not exist.</param>
public sealed record ScheduleWrite(string RowKey, object? Record, RowVersion? Expected)
{
    /// <summary>Writes a schedule.</summary>
    public static ScheduleWrite Of(Schedule schedule, RowVersion? expected) => new(ScheduleKey.Schedule(schedule.Id), schedule, expected);

    /// <summary>Writes a run.</summary>
    public static ScheduleWrite Of(ScheduleRun run, RowVersion? expected) =>
        new(ScheduleKey.Run(run.ScheduleId, run.Planned, run.Cause), run, expected);

    /// <summary>Inserts the audit entry of a change into the group of that change.</summary>
    public static ScheduleWrite Of(string account, AuditEntry entry) => new(ScheduleKey.Audit(account, entry), entry, null);

    /// <summary>Deletes a schedule.</summary>
    public static ScheduleWrite Delete(string id, RowVersion expected) => new(ScheduleKey.Schedule(id), null, expected);
}

/// <summary>
/// Schedules and their runs. A schedule and its runs are in one partition, so that an occurrence and its changes commit together; schedules
/// are spread over a fixed number of partitions. Listings skip unreadable rows (<see cref="ListUnreadableAsync"/> names them). An
/// unresolved storage failure throws <see cref="StorageUnavailableException"/>.
/// </summary>
public interface IScheduleStore
{
    /// <summary>A schedule; null when there is none.</summary>
    /// <exception cref="UnreadableRowException">It exists but cannot be read; the message says why.</exception>
    Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken);

    /// <summary>All schedules, partition by partition, in the order of their ids there.</summary>
    Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="group"/>, rows of the schedule with <paramref name="id"/>, its runs and their audit, or
    /// nothing.</summary>
    /// <exception cref="ArgumentException">The group breaks a limit of Azure Table Storage: more than 100 rows, a row twice, too
    /// large.</exception>
    Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken);

    /// <summary>A run; null when there is none.</summary>
    Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken);

    /// <summary>The run of a trigger, by the trigger's id; null when there is none, or it has expired.</summary>
    Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken);

    /// <summary>The runs of a schedule, latest occurrence first, even if it was deleted.</summary>
    Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken);

    /// <summary>The runs of all schedules that are started and not ended.</summary>
    Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken);

    /// <summary>Every row that cannot be read, by key: schedules, runs, and what this version does not know. Reads everything.</summary>
    Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken);

    /// <summary>Deletes an unreadable row, in one group with its audit entry; a readable one stays.</summary>
    /// <returns>The row that was deleted; null when none with the key is unreadable.</returns>
    Task<UnreadableRow?> DeleteUnreadableAsync(
        string rowKey,
        Func<UnreadableRow, ScheduleWrite> audit,
        CancellationToken cancellationToken
    );

    /// <summary>Deletes ended runs whose occurrence was before an instant (UTC).</summary>
    Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
