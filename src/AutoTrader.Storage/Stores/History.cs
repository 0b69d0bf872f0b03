using System.Globalization;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>What happened, read by ranges of keys: those of cycles, changes and ended runs begin with an inverted instant.</summary>
/// <param name="tables">The storage account.</param>
public sealed class History(IEntityTables tables) : IHistory
{
    private readonly IEntityTable _engine = tables.Table(TableNames.Engine);
    private readonly IEntityTable _audit = tables.Table(TableNames.Audit);
    private readonly IEntityTable _trading = tables.Table(TableNames.Trading);
    private readonly IEntityTable _schedules = tables.Table(TableNames.Schedules);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PastCycle>> CyclesAsync(
        string account,
        DateTimeOffset from,
        DateTimeOffset before,
        CancellationToken cancellationToken
    )
    {
        var query = EntityQuery.Of(account, Span(EngineStore.CyclePrefix, from, before));
        return
        [
            .. from entity in await _engine.AllAsync(query, cancellationToken)
            let cycle = Read(CycleRecordColumns.Mapper, entity)
            where cycle is not null
            select new PastCycle(EngineStore.CycleId(entity.RowKey), cycle),
        ];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AuditEntry>> ChangesAsync(
        string account,
        DateTimeOffset from,
        DateTimeOffset before,
        CancellationToken cancellationToken
    )
    {
        // Later days come first.
        var days = new KeyRange(TableNames.DayOf(account, before), KeyRange.Only(TableNames.DayOf(account, from)).Before);
        var found = await Task.WhenAll([
            ReadAsync(_audit, new(days, Span("", from, before)), AuditRecord.Mapper, cancellationToken),
            ReadAsync(_trading, EntityQuery.Of(account, Span(TradingKey.AuditPrefix, from, before)), AuditRecord.Mapper, cancellationToken),
            .. OfShards(Span(ScheduleKey.Audits(account), from, before), AuditRecord.Mapper, cancellationToken),
        ]);
        // An entry that is being moved to the log's table is in two places.
        return [.. found.SelectMany(entries => entries).DistinctBy(entry => entry.Key, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EquityDay>> EquityAsync(string account, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var days = new KeyRange(EngineStore.EquityKey(from), KeyRange.Only(EngineStore.EquityKey(to)).Before);
        return
        [
            .. (await ReadAsync(_engine, EntityQuery.Of(account, days), EquityRecord.Mapper, cancellationToken)).Where(day =>
                day.Samples.Count > 0
            ),
        ];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ScheduleRun>> RunsAsync(DateTimeOffset from, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var ended = Span(ScheduleRows.EndedPrefix, from, before);
        var found = await Task.WhenAll(OfShards(ended, ScheduleRunRecord.EndedMapper, cancellationToken));
        return [.. found.SelectMany(runs => runs)];
    }

    // A range of one partition is found by its keys; one over all partitions would be sought in all their rows.
    private IEnumerable<Task<IReadOnlyList<T>>> OfShards<T>(KeyRange rows, RecordMapper<T> mapper, CancellationToken cancellationToken)
        where T : class =>
        Enumerable
            .Range(0, ScheduleRows.ShardCount)
            .Select(number => ReadAsync(_schedules, EntityQuery.Of(ScheduleRows.Shard(number), rows), mapper, cancellationToken));

    // A bar follows the instant in every key: what is at the instant itself sorts before its "~".
    private static KeyRange Span(string prefix, DateTimeOffset from, DateTimeOffset before) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"{prefix}{TableNames.Inverted(before)}~"),
            string.Create(CultureInfo.InvariantCulture, $"{prefix}{TableNames.Inverted(from)}~")
        );

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(
        IEntityTable table,
        EntityQuery query,
        RecordMapper<T> mapper,
        CancellationToken cancellationToken
    )
        where T : class => [.. (await table.AllAsync(query, cancellationToken)).Select(entity => Read(mapper, entity)).OfType<T>()];

    private static T? Read<T>(RecordMapper<T> mapper, TableEntity entity)
        where T : class => mapper.TryToRow(entity, out var row) is null ? row!.Value : null;
}
