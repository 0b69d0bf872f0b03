using System.Globalization;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>
/// The ledger by New York trading day, and the archive. The <c>Fills</c> table is a projection of the <c>fill|</c> rows, which can be
/// made again from them, until a night moves rows that are old enough out of the trading partition: from then on it is where they are.
/// Every step may be repeated, and may end anywhere: rows are copied first and deleted after.
/// </summary>
/// <param name="tables">The storage account.</param>
public sealed class FillsProjection(IEntityTables tables) : IArchive
{
    private readonly IEntityTable _trading = tables.Table(TableNames.Trading);
    private readonly IEntityTable _fills = tables.Table(TableNames.Fills);
    private readonly IEntityTable _orders = tables.Table(TableNames.Orders);

    /// <summary>Writes <paramref name="fills"/> to their days; existing ones stay unchanged.</summary>
    public Task ProjectAsync(string account, IReadOnlyList<Fill> fills, CancellationToken cancellationToken) =>
        ProjectAsync(
            account,
            fills.Select(fill => (fill.TradingDay, fill.ExecutionId, FillRecord.Mapper.ToEntity(fill))),
            cancellationToken
        );

    /// <summary>Makes the projection of all fills in the trading partition again.</summary>
    /// <returns>How many fills were written.</returns>
    public async Task<int> RebuildAsync(string account, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var page in _trading.PagesAsync(EntityQuery.Of(account, KeyRange.Prefix(TradingKey.FillPrefix)), cancellationToken))
        {
            var read = Readable(page, FillRecord.Mapper);
            await ProjectAsync(
                account,
                read.Select(fill => (fill.Record.TradingDay, fill.Record.ExecutionId, fill.Entity)),
                cancellationToken
            );
            count += read.Count;
        }

        return count;
    }

    /// <inheritdoc/>
    /// <remarks>Unreadable rows stay, and so do manual orders: their idempotency keys must never be reused.</remarks>
    public async Task<(int Orders, int Fills)> ArchiveAsync(
        string account,
        DateTimeOffset ordersBefore,
        DateTimeOffset fillsBefore,
        CancellationToken cancellationToken
    )
    {
        var orders = await MoveAsync(
            account,
            TradingKey.DonePrefix,
            OrderRecord.Mapper,
            order => order.StrategyId != Order.ManualOwner && (order.EndedAt ?? order.DecidedAt) < ordersBefore,
            async old =>
                await UpsertAsync(
                    _orders,
                    account,
                    old.Select(order => (order.Entity.RowKey[TradingKey.DonePrefix.Length..], order.Entity)),
                    cancellationToken
                ),
            cancellationToken
        );
        var fills = await MoveAsync(
            account,
            TradingKey.FillPrefix,
            FillRecord.Mapper,
            fill => fill.At < fillsBefore,
            async old =>
                await ProjectAsync(
                    account,
                    old.Select(fill => (fill.Record.TradingDay, fill.Record.ExecutionId, fill.Entity)),
                    cancellationToken
                ),
            cancellationToken
        );
        return (orders, fills);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Fill>> ListFillsAsync(string account, CancellationToken cancellationToken) =>
        [
            .. Readable(
                    await _fills.AllAsync(new EntityQuery(KeyRange.Prefix(account + "|"), KeyRange.All), cancellationToken),
                    FillRecord.Mapper
                )
                .Select(fill => fill.Record),
        ];

    /// <summary>The fills of one New York trading day, in no particular order.</summary>
    public async Task<IReadOnlyList<Fill>> ListFillsAsync(string account, DateOnly day, CancellationToken cancellationToken) =>
        [
            .. Readable(
                    await _fills.AllAsync(EntityQuery.Of(PartitionOf(account, day), KeyRange.All), cancellationToken),
                    FillRecord.Mapper
                )
                .Select(fill => fill.Record),
        ];

    /// <summary>Archived orders of one strategy, in key order.</summary>
    public async Task<Page<Order>> ListOrdersAsync(
        string account,
        string strategyId,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
    {
        var page = await _orders.PageAsync(
            EntityQuery.Of(account, KeyRange.Prefix(strategyId + "|")),
            pageSize,
            continuation,
            cancellationToken
        );
        return new([.. Readable(page.Entities, OrderRecord.Mapper).Select(order => order.Record)], page.Continuation);
    }

    private async Task<int> MoveAsync<T>(
        string account,
        string prefix,
        RecordMapper<T> mapper,
        Func<T, bool> isOld,
        Func<List<(T Record, TableEntity Entity)>, Task> copy,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var moved = 0;
        await foreach (var page in _trading.PagesAsync(EntityQuery.Of(account, KeyRange.Prefix(prefix)), cancellationToken))
        {
            var old = Readable(page, mapper).FindAll(row => isOld(row.Record));
            if (old.Count > 0)
            {
                await copy(old);
                await _trading.DeleteAsync(account, [.. old.Select(row => row.Entity)], cancellationToken);
                moved += old.Count;
            }
        }

        return moved;
    }

    private async Task ProjectAsync(
        string account,
        IEnumerable<(DateOnly Day, string Id, TableEntity Columns)> fills,
        CancellationToken cancellationToken
    )
    {
        foreach (var day in fills.GroupBy(fill => fill.Day))
        {
            await UpsertAsync(_fills, PartitionOf(account, day.Key), day.Select(fill => (fill.Id, fill.Columns)), cancellationToken);
        }
    }

    private static async Task UpsertAsync(
        IEntityTable table,
        string partitionKey,
        IEnumerable<(string RowKey, TableEntity Columns)> rows,
        CancellationToken cancellationToken
    )
    {
        foreach (var chunk in rows.DistinctBy(row => row.RowKey, StringComparer.Ordinal).Chunk(EntityGroup.MaxEntities))
        {
            var group = new EntityGroup(partitionKey, [.. chunk.Select(row => EntityWrite.Upsert(row.RowKey, row.Columns))]);
            if (await table.WriteAsync(group, cancellationToken) is { ETags: null })
            {
                // An upsert has no condition that could fail; after such a response the deletion must not follow.
                throw new StorageUnavailableException($"Storage refused a copy to partition '{partitionKey}'. The next run tries again.");
            }
        }
    }

    private static List<(T Record, TableEntity Entity)> Readable<T>(IReadOnlyList<TableEntity> entities, RecordMapper<T> mapper)
        where T : class
    {
        var rows = new List<(T, TableEntity)>(entities.Count);
        foreach (var entity in entities)
        {
            try
            {
                rows.Add((mapper.ToRow(entity).Value, entity));
            }
            catch (FormatException)
            {
                // It stays, so that someone can inspect it.
            }
        }

        return rows;
    }

    // The account comes first, as in every trading key: ids of splits are alike in all accounts.
    private static string PartitionOf(string account, DateOnly day) =>
        account + "|" + day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
