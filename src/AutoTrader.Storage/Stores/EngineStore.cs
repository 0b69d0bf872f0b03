using System.Globalization;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The engine's memory and cycle records in a table: one account is one partition, the latest cycle first.</summary>
public abstract class EngineStore : IEngineStore
{
    private const string Heartbeat = "heartbeat";
    private const string CyclePrefix = "cycle|";
    private readonly IEntityTable _table;
    private long _saved;

    private protected EngineStore(IEntityTables tables) => _table = tables.Table(TableNames.Engine);

    /// <inheritdoc/>
    /// <exception cref="StorageUnavailableException">Also when the memory is there and cannot be read; the message says why.</exception>
    public async Task<Row<EngineMemory>?> LoadAsync(string account, CancellationToken cancellationToken)
    {
        var entity = await _table.ReadAsync(account, Heartbeat, cancellationToken);
        try
        {
            return entity is null ? null : MemoryRecord.Mapper.ToRow(entity);
        }
        catch (FormatException wrong)
        {
            throw new StorageUnavailableException(
                $"The engine's memory (table {TableNames.Engine}, row '{Heartbeat}' of '{account}') cannot be read. {wrong.Message} Correct the column; deleting the row makes the engine forget holds and the last tick.",
                wrong);
        }
    }

    /// <inheritdoc/>
    public async Task<RowVersion?> SaveAsync(
        string account, EngineMemory memory, RowVersion? expected, CycleRecord cycle, CancellationToken cancellationToken)
    {
        var columns = MemoryRecord.Mapper.ToEntity(memory, expected?.Unknown);
        EntityWrite[] group =
        [
            expected is null ? EntityWrite.Insert(Heartbeat, columns) : EntityWrite.Replace(Heartbeat, columns, expected.ETag),
            EntityWrite.Insert(CycleKey(cycle), CycleRecordColumns.Mapper.ToEntity(cycle)),
        ];
        var result = await _table.WriteAsync(new EntityGroup(account, group), cancellationToken);
        return result.ETags is [{ } etag, _] ? new(etag, expected?.Unknown) : null;
    }

    /// <inheritdoc/>
    public async Task<CycleListing> ListCyclesAsync(string account, int count, CancellationToken cancellationToken)
    {
        var cycles = new List<CycleRecord>();
        var unreadable = new List<UnreadableRow>();
        string? continuation = null;
        do
        {
            var page = await _table.PageAsync(
                EntityQuery.Of(account, KeyRange.Prefix(CyclePrefix)), Math.Clamp(count - cycles.Count, 1, 1000), continuation, cancellationToken);
            foreach (var entity in page.Entities)
            {
                try
                {
                    cycles.Add(CycleRecordColumns.Mapper.ToRow(entity).Value);
                }
                catch (FormatException wrong)
                {
                    unreadable.Add(new(entity.RowKey, wrong.Message));
                }
            }

            continuation = page.Continuation;
        }
        while (cycles.Count < count && continuation is not null);

        return new(cycles.Count > count ? cycles[..count] : cycles, unreadable);
    }

    /// <inheritdoc/>
    public async Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        rowKey.StartsWith(CyclePrefix, StringComparison.Ordinal) && EntityGroup.IsKey(rowKey)
        && await _table.ReadAsync(account, rowKey, cancellationToken) is { } entity
        && CycleRecordColumns.Mapper.ProblemOf(entity) is { } problem
        && (await _table.WriteAsync(new EntityGroup(account, [EntityWrite.Delete(rowKey, entity.ETag.ToString())]), cancellationToken)).ETags is not null
            ? new(rowKey, problem)
            : null;

    /// <inheritdoc/>
    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) => _table.DeleteAllAsync(
        EntityQuery.Of(account, new KeyRange(CyclePrefix + TableNames.Inverted(before) + "~", KeyRange.Prefix(CyclePrefix).Before)), cancellationToken);

    // Cycles of a virtual clock may begin at the same instant: the later of them comes first, in this process by its number.
    private string CycleKey(CycleRecord cycle) =>
        CyclePrefix + TableNames.Inverted(cycle.StartedAt)
        + "|" + (long.MaxValue - Interlocked.Increment(ref _saved)).ToString("D19", CultureInfo.InvariantCulture)
        + "|" + Guid.NewGuid().ToString("N")[..8];
}
