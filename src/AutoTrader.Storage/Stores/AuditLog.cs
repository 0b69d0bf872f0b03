using System.Globalization;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>
/// The audit log in a table. A partition is a day of an account; days and instants are inverted in the keys, so that the log reads
/// newest first over all days in one query. Entries that committed with their change stay beside it until they are moved here; they keep
/// the same key, so an entry that is being moved is listed once.
/// </summary>
public abstract class AuditLog : IAuditLog
{
    private const int LargestPage = 1000;
    private const string InTrading = TradingKey.AuditPrefix;

    private readonly IEntityTable _table;
    private readonly IEntityTable _trading;
    private readonly IEntityTable _schedules;

    private protected AuditLog(IEntityTables tables) =>
        (_table, _trading, _schedules) = (
            tables.Table(TableNames.Audit),
            tables.Table(TableNames.Trading),
            tables.Table(TableNames.Schedules)
        );

    /// <inheritdoc/>
    public async Task AppendAsync(string account, AuditEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        await _table.WriteAsync(
            new EntityGroup(TableNames.DayOf(account, entry.At), [EntityWrite.Insert(entry.Key, AuditRecord.Mapper.ToEntity(entry))]),
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public async Task<Page<AuditEntry>> ListAsync(string account, int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        // A cursor names the last returned entry: later pages are in its day or an earlier one.
        var from = continuation is null ? "" : continuation + TableNames.LowestInKeys;
        var days = KeyRange.Prefix(account + "|");
        var kept = continuation is null ? days : days with { From = TableNames.DayOf(account, InstantOf(continuation)) };
        var sources = await Task.WhenAll(
            FirstAsync(_table, new(kept, KeyRange.AtOrAfter(from)), "", pageSize + 1, cancellationToken),
            FirstAsync(_trading, EntityQuery.Of(account, After(InTrading, from)), InTrading, pageSize + 1, cancellationToken),
            // Over several partitions only all of them are in order; there are as many as changes of schedules in a day.
            FirstAsync(_schedules, InSchedules(account, from), ScheduleKey.Audits(account), int.MaxValue, cancellationToken)
        );
        List<Located> found =
        [
            .. sources
                .SelectMany(rows => rows)
                .OrderBy(row => row.Key, StringComparer.Ordinal)
                .DistinctBy(row => row.Key, StringComparer.Ordinal)
                .Take(pageSize + 1),
        ];
        return new([.. found.Take(pageSize).Select(Read)], found.Count > pageSize ? found[pageSize - 1].Key : null);
    }

    /// <inheritdoc/>
    public async Task ProjectAsync(string account, CancellationToken cancellationToken)
    {
        await ProjectAsync(_trading, account, EntityQuery.Of(account, After(InTrading, "")), InTrading, cancellationToken);
        await ProjectAsync(_schedules, account, InSchedules(account, ""), ScheduleKey.Audits(account), cancellationToken);
    }

    /// <inheritdoc/>
    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        _table.DeleteAllAsync(
            new EntityQuery(
                new KeyRange(TableNames.DayOf(account, before), KeyRange.Prefix(account + "|").Before),
                KeyRange.AtOrAfter(TableNames.Inverted(before) + "~")
            ),
            cancellationToken
        );

    private async Task ProjectAsync(
        IEntityTable from,
        string account,
        EntityQuery query,
        string prefix,
        CancellationToken cancellationToken
    )
    {
        await foreach (var page in from.PagesAsync(query, cancellationToken))
        {
            var days = page.Select(row => Located.Under(prefix, row))
                .GroupBy(row => TableNames.DayOf(account, InstantOf(row.Key)), StringComparer.Ordinal);
            foreach (var (day, rows) in days.SelectMany(day => day.Chunk(EntityGroup.MaxEntities).Select(rows => (day.Key, rows))))
            {
                await _table.WriteAsync(
                    new EntityGroup(day, [.. rows.Select(row => EntityWrite.Upsert(row.Key, row.Entity))]),
                    cancellationToken
                );
            }

            foreach (var partition in page.GroupBy(row => row.PartitionKey, StringComparer.Ordinal))
            {
                await from.DeleteAsync(partition.Key, [.. partition], cancellationToken);
            }
        }
    }

    private static KeyRange After(string prefix, string from) => KeyRange.Prefix(prefix) with { From = prefix + from };

    private static EntityQuery InSchedules(string account, string from) =>
        new(ScheduleRows.Shards, After(ScheduleKey.Audits(account), from));

    private static async Task<List<Located>> FirstAsync(
        IEntityTable table,
        EntityQuery query,
        string prefix,
        int count,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Located>();
        string? continuation = null;
        do
        {
            var page = await table.PageAsync(query, Math.Min(count - found.Count, LargestPage), continuation, cancellationToken);
            found.AddRange(page.Entities.Select(row => Located.Under(prefix, row)));
            continuation = page.Continuation;
        } while (continuation is not null && found.Count < count);

        return found;
    }

    private static DateTimeOffset InstantOf(string key) =>
        long.TryParse(key.Split('|')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new(DateTimeOffset.MaxValue.UtcTicks - ticks, TimeSpan.Zero)
            : DateTimeOffset.UnixEpoch;

    private static AuditEntry Read(Located row)
    {
        try
        {
            return AuditRecord.Mapper.ToRow(row.Entity).Value;
        }
        catch (FormatException wrong)
        {
            return new(default, row.Entity.RowKey, "unknown", "unreadable", row.Entity.RowKey, null, wrong.Message);
        }
    }

    /// <summary>An entry with its key in the log, wherever it is stored.</summary>
    private sealed record Located(TableEntity Entity, string Key)
    {
        public static Located Under(string prefix, TableEntity entity) => new(entity, entity.RowKey[prefix.Length..]);
    }
}
