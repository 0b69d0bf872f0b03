using System.Globalization;
using System.IO.Hashing;
using System.Text;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Records;

/// <summary>
/// The keys of schedule rows. A schedule, its runs and their marks share a partition. A run that is started and not ended has a mark,
/// a row without columns whose key is the run's with another beginning: open runs are found without reading all the others. A run that
/// was triggered has a row by the trigger's id with its instant: a request that is sent again finds it however many runs came since. A run
/// that ended has a copy by the instant of its end: recent runs are found without reading each schedule.
/// </summary>
internal static class ScheduleRows
{
    /// <summary>The key prefix of marks.</summary>
    public const string MarkPrefix = "open|";

    /// <summary>The key prefix of triggers.</summary>
    public const string TriggerPrefix = "trigger|";

    /// <summary>The key prefix of the copies of ended runs; the inverted instant of the end follows.</summary>
    public const string EndedPrefix = "ended|";

    /// <summary>The number of partitions. Changing it loses their rows.</summary>
    public const int ShardCount = 8;

    private const string ShardPrefix = "shard-";
    private const string Planned = "planned";

    private static readonly string[] Aside = [MarkPrefix, TriggerPrefix, EndedPrefix];

    private const string ForeignKey = "This version does not know rows with such a key.";

    /// <summary>Ranges of partitions that cover every row, even misplaced ones: one for each partition.</summary>
    public static IEnumerable<KeyRange> Everywhere =>
        Enumerable
            .Range(0, ShardCount)
            .Select(number => new KeyRange(number == 0 ? "" : Shard(number), number == ShardCount - 1 ? null : Shard(number + 1)));

    /// <summary>All partitions.</summary>
    public static KeyRange Shards { get; } = KeyRange.Prefix(ShardPrefix);

    /// <summary>The partition with a number below <see cref="ShardCount"/>.</summary>
    public static string Shard(int number) => ShardPrefix + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The partition of the schedule with an id: the same on every machine and in every version.</summary>
    public static string ShardOf(string id) => Shard((int)(XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(id)) % ShardCount));

    /// <summary>The key of a mark's run.</summary>
    public static string RunOf(string mark) => ScheduleKey.RunPrefix + mark[MarkPrefix.Length..];

    /// <summary>The id of the schedule to which a run belongs, by the run's key: ids hold no bar.</summary>
    public static string IdOf(string run) => run.Split('|')[1];

    /// <summary>The write of the row itself.</summary>
    /// <exception cref="ArgumentException">The row is not one of the schedule with <paramref name="id"/>, or not that of its
    /// record.</exception>
    public static EntityWrite ToEntityWrite(string id, ScheduleWrite write)
    {
        var own = write.Record switch
        {
            Schedule schedule => ScheduleKey.Schedule(schedule.Id),
            ScheduleRun run => ScheduleKey.Run(run.ScheduleId, run.Planned, run.Cause),
            _ => write.RowKey,
        };
        if (write.Record is AuditEntry entry && entry.Target == id && IsAudit(write.RowKey))
        {
            return AuditRecord.Mapper.ToWrite(write.RowKey, entry, write.Expected);
        }

        if (own != write.RowKey)
        {
            throw new ArgumentException($"Row '{write.RowKey}' cannot hold the record of row '{own}'.", nameof(write));
        }

        CheckScheduleId(id, write.RowKey);
        RecordMapper mapper = IsRun(write.RowKey) ? ScheduleRunRecord.Mapper : ScheduleRecord.Mapper;
        return mapper.ToWrite(write.RowKey, write.Record, write.Expected);
    }

    /// <summary>The extra writes of a row, in the same group.</summary>
    public static IEnumerable<EntityWrite> AsideOf(ScheduleWrite write) =>
        new[] { MarkOf(write), TriggerOf(write), EndedOf(write) }.OfType<EntityWrite>();

    // What becomes of the mark of the row; null for nothing.
    private static EntityWrite? MarkOf(ScheduleWrite write) =>
        write switch
        {
            { Record: ScheduleRun { Status: RunStatus.Started } } => EntityWrite.Upsert(Mark(write.RowKey), new TableEntity()),

            // A run that was inserted as ended never had one.
            { Record: ScheduleRun, Expected: null } => null,
            _ => Unmark(write.RowKey),
        };

    /// <summary>The key of a trigger of a schedule.</summary>
    public static string Trigger(string id, string cause) => TriggerPrefix + id + "|" + cause;

    // The trigger that a row brings along; null when it is no run that was triggered now.
    private static EntityWrite? TriggerOf(ScheduleWrite write) =>
        write is { Expected: null, Record: ScheduleRun { Cause: not ScheduleRun.Scheduled } run }
            ? EntityWrite.Upsert(Trigger(run.ScheduleId, run.Cause), new TableEntity { [Planned] = run.Planned.UtcTicks })
            : null;

    // The copy of a run that a row brings along by the instant of its end; null when it is no run that ended.
    private static EntityWrite? EndedOf(ScheduleWrite write) =>
        write is { Record: ScheduleRun { Status: not RunStatus.Started } run }
            ? EntityWrite.Upsert(Ended(run), ScheduleRunRecord.EndedMapper.ToEntity(run))
            : null;

    /// <summary>The key of the copy of a run that ended.</summary>
    public static string Ended(ScheduleRun run) =>
        EndedPrefix
        + TableNames.Inverted(run.EndedAt ?? run.StartedAt)
        + "|"
        + ScheduleKey.Run(run.ScheduleId, run.Planned, run.Cause)[ScheduleKey.RunPrefix.Length..];

    /// <summary>The instant of a trigger's run; null when it cannot be read.</summary>
    public static DateTimeOffset? PlannedOf(TableEntity trigger) =>
        trigger.TryGetValue(Planned, out var value) && value is long ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>The deletion of the mark that a row may have; null for a row that is no run.</summary>
    public static EntityWrite? Unmark(string rowKey) => IsRun(rowKey) ? EntityWrite.Delete(Mark(rowKey), "*") : null;

    /// <summary>Whether the row lies where the one with the key belongs to the schedule with <paramref name="id"/>.</summary>
    public static bool IsAt(TableEntity row, string id, string rowKey) =>
        ScheduleValidation.IsValidId(id) && row.RowKey == rowKey && row.PartitionKey == ShardOf(id);

    /// <summary>The problem of an unreadable row; null when it is readable. Marks and copies of runs are not checked: nothing depends on
    /// them.</summary>
    public static string? ProblemOf(TableEntity row) =>
        MapperOf(row.RowKey) is { } mapper ? mapper.ProblemOf(row)
        : Aside.Any(prefix => row.RowKey.StartsWith(prefix, StringComparison.Ordinal)) ? null
        : ForeignKey;

    /// <exception cref="ArgumentException">The row is not one of the schedule with <paramref name="id"/>.</exception>
    public static void CheckScheduleId(string id, string rowKey)
    {
        if (rowKey != ScheduleKey.Schedule(id) && !rowKey.StartsWith(ScheduleKey.Runs(id), StringComparison.Ordinal))
        {
            throw new ArgumentException($"Row '{rowKey}' is not one of schedule '{id}'.", nameof(rowKey));
        }
    }

    /// <summary>The mapper of a row; null for a row without a record.</summary>
    public static RecordMapper? MapperOf(string rowKey) =>
        IsRun(rowKey) ? ScheduleRunRecord.Mapper
        : rowKey.StartsWith(ScheduleKey.SchedulePrefix, StringComparison.Ordinal) ? ScheduleRecord.Mapper
        : IsAudit(rowKey) ? AuditRecord.Mapper
        : null;

    private static bool IsAudit(string rowKey) => rowKey.StartsWith(ScheduleKey.AuditPrefix, StringComparison.Ordinal);

    private static bool IsRun(string rowKey) => rowKey.StartsWith(ScheduleKey.RunPrefix, StringComparison.Ordinal);

    private static string Mark(string run) => MarkPrefix + run[ScheduleKey.RunPrefix.Length..];
}
