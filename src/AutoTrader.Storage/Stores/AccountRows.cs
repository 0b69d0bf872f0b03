using System.Runtime.CompilerServices;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The rows of an account over all tables, for backups.</summary>
/// <param name="tables">The storage account, or memory.</param>
public sealed class AccountRows(IEntityTables tables) : IAccountRows
{
    // Each is one partition of the account; of the others a day of the account is one.
    private static readonly string[] OfAccount = [TableNames.Trading, TableNames.Paper, TableNames.Engine];
    private static readonly string[] ByDay = [TableNames.Fills, TableNames.Orders, TableNames.Outbox, TableNames.Audit];
    private static readonly KeyRange BeforeAudit = new("", TradingKey.AuditPrefix);
    private static readonly KeyRange AfterAudit = KeyRange.AtOrAfter(KeyRange.Prefix(TradingKey.AuditPrefix).Before!);
    private static readonly EntityQuery Everything = new(KeyRange.All, KeyRange.All);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredRow> ListStateAsync(string account, CancellationToken cancellationToken) =>
        ListAsync(
            [.. OfAccount.Select(table => (table, EntityQuery.Of(account, KeyRange.All))), (TableNames.Schedules, Everything)],
            cancellationToken
        );

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredRow> ListHistoryAsync(string account, CancellationToken cancellationToken) =>
        // Another account's key may begin with this one's.
        ListAsync(
            [
                .. ByDay.Select(table => (table, EntityQuery.Of(account, KeyRange.All))),
                .. ByDay.Select(table => (table, new EntityQuery(KeyRange.Prefix(account + "|"), KeyRange.All))),
            ],
            cancellationToken
        );

    /// <inheritdoc/>
    public bool IsOf(string account, StoredRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Table == TableNames.Schedules
            || (OfAccount.Contains(row.Table, StringComparer.Ordinal) && row.Partition == account)
            || (
                ByDay.Contains(row.Table, StringComparer.Ordinal)
                && (row.Partition == account || row.Partition.StartsWith(account + "|", StringComparison.Ordinal))
            );
    }

    /// <inheritdoc/>
    public string? BrokenLimit(StoredRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        try
        {
            _ = new EntityGroup(row.Partition, [WriteOf(row)]);
            return null;
        }
        catch (TableLimitException broken)
        {
            return broken.Message;
        }
    }

    /// <inheritdoc/>
    public object? RecordOf(StoredRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var entity = EntityOf(row);
        return MapperOf(row) switch
        {
            RecordMapper<Core.Risk.AccountState> mapper => Read(mapper),
            RecordMapper<Core.Strategies.Strategy> mapper => Read(mapper),
            RecordMapper<Core.Orders.Order> mapper => Read(mapper),
            RecordMapper<Core.Portfolio.UnmanagedHolding> mapper => Read(mapper),
            RecordMapper<CommandEnvelope> mapper => Read(mapper),
            RecordMapper<EngineState> mapper => Read(mapper),
            RecordMapper<Schedule> mapper => Read(mapper),
            RecordMapper<ScheduleRun> mapper => Read(mapper),
            _ => null,
        };

        object? Read<T>(RecordMapper<T> mapper)
            where T : class => mapper.TryToRow(entity, out var read) is null ? read!.Value : null;
    }

    /// <inheritdoc/>
    public StoredRow With(StoredRow row, object record)
    {
        ArgumentNullException.ThrowIfNull(row);
        var mapper = MapperOf(row) ?? throw new ArgumentException($"Row '{row.RowKey}' holds no record.", nameof(row));
        return row with { Columns = ColumnsOf(mapper.ToEntity(record, mapper.UnknownOf(EntityOf(row)))) };
    }

    /// <inheritdoc/>
    public StoredRow RowOf(ScheduleRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new(
            TableNames.Schedules,
            ScheduleRows.ShardOf(run.ScheduleId),
            ScheduleKey.Run(run.ScheduleId, run.Planned, run.Cause),
            ColumnsOf(ScheduleRunRecord.Mapper.ToEntity(run))
        );
    }

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<StoredRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var partition in rows.GroupBy(row => (row.Table, row.Partition)))
        {
            foreach (var group in Groups(partition.Key.Partition, [.. partition]))
            {
                await tables.Table(partition.Key.Table).WriteAsync(group, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async Task ClearAsync(string account, bool withPaper, CancellationToken cancellationToken)
    {
        // Schedules first: none may act on rows that are being cleared. The audit stays.
        await tables.Table(TableNames.Schedules).DeleteAllAsync(new(KeyRange.All, BeforeAudit, AfterAudit), cancellationToken);
        if (withPaper)
        {
            await tables.Table(TableNames.Paper).DeleteAllAsync(EntityQuery.Of(account, KeyRange.All), cancellationToken);
        }

        await tables
            .Table(TableNames.Trading)
            .DeleteAllAsync(EntityQuery.Of(account, new("", TradingKey.Account), AfterAudit), cancellationToken);
    }

    private async IAsyncEnumerable<StoredRow> ListAsync(
        IReadOnlyList<(string Table, EntityQuery Query)> parts,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var (table, query) in parts)
        {
            await foreach (var page in tables.Table(table).PagesAsync(query, cancellationToken))
            {
                foreach (var entity in page.Where(entity => !IsOfTheInstallation(table, entity.RowKey)))
                {
                    yield return RowOf(table, entity);
                }
            }
        }
    }

    // Who is alive here says nothing anywhere else; a mark follows from its run.
    private static bool IsOfTheInstallation(string table, string rowKey) =>
        (table == TableNames.Engine && rowKey.StartsWith(HeartbeatStore.Prefix, StringComparison.Ordinal))
        || (table == TableNames.Schedules && rowKey.StartsWith(ScheduleRows.MarkPrefix, StringComparison.Ordinal));

    private static RecordMapper? MapperOf(StoredRow row) =>
        row.Table switch
        {
            TableNames.Trading => TradingRows.Of(row.RowKey),
            TableNames.Engine when row.RowKey == EngineStore.Heartbeat => EngineStateRecord.Mapper,
            TableNames.Schedules => ScheduleRows.MapperOf(row.RowKey),
            _ => null,
        };

    private static StoredRow RowOf(string table, TableEntity entity) => new(table, entity.PartitionKey, entity.RowKey, ColumnsOf(entity));

    private static Dictionary<string, object> ColumnsOf(TableEntity entity)
    {
        var columns = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in entity)
        {
            if (value is not null && !EntityGroup.IsSystemColumn(name))
            {
                columns[name] = value is BinaryData bytes ? bytes.ToArray() : value;
            }
        }

        return columns;
    }

    private static TableEntity EntityOf(StoredRow row)
    {
        var entity = new TableEntity(row.Partition, row.RowKey) { ETag = new ETag("none") };
        foreach (var (name, value) in row.Columns)
        {
            entity[name] = value;
        }

        return entity;
    }

    private static EntityWrite WriteOf(StoredRow row) => EntityWrite.Upsert(row.RowKey, new TableEntity(row.Columns.ToDictionary()));

    // As many rows together as fit a group.
    private static IEnumerable<EntityGroup> Groups(string partition, IReadOnlyList<StoredRow> rows)
    {
        for (var from = 0; from < rows.Count;)
        {
            var count = Math.Min(EntityGroup.MaxEntities, rows.Count - from);
            EntityGroup? group = null;
            while (group is null)
            {
                var writes = rows.Skip(from).Take(count).Select(WriteOf);
                try
                {
                    group = new(partition, [.. writes]);
                }
                catch (TableLimitException) when (count > 1)
                {
                    count /= 2;
                }
            }

            from += count;
            yield return group;
        }
    }
}
