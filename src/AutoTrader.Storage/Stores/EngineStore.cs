using System.Globalization;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The engine state and cycle records in a table: one account is one partition, the latest cycle first.</summary>
public abstract class EngineStore : IEngineStore
{
    /// <summary>The key of the engine state.</summary>
    internal const string Heartbeat = "heartbeat";

    // The stand-in for an unreadable engine state, and the version that it replaces.
    private const string StandIn = "heartbeat|stand_in";
    private const string InsteadOf = "instead_of";

    /// <summary>The key prefix of cycles; their inverted instant follows.</summary>
    internal const string CyclePrefix = "cycle|";

    /// <summary>The key prefix of equity days; the New York date follows.</summary>
    internal const string EquityPrefix = "equity|";

    private readonly IEntityTable _table;
    private long _saved;

    private protected EngineStore(IEntityTables tables) => _table = tables.Table(TableNames.Engine);

    /// <inheritdoc/>
    public async Task<Row<EngineState>?> LoadAsync(string account, CancellationToken cancellationToken)
    {
        Row<EngineState>? row = null;
        if (
            await _table.ReadAsync(account, Heartbeat, cancellationToken) is not { } entity
            || EngineStateRecord.Mapper.TryToRow(entity, out row) is not { } problem
        )
        {
            return row;
        }

        var standIn = await _table.ReadAsync(account, StandIn, cancellationToken);
        row =
            standIn is not null && StandsInFor(entity, standIn)
                ? Readable(standIn)
                : new(
                    EngineStateRecord.Salvage(entity),
                    new(
                        standIn?.ETag.ToString() ?? string.Empty,
                        new Dictionary<string, object>(StringComparer.Ordinal) { [InsteadOf] = entity.ETag.ToString() }
                    )
                );
        return row with { Value = row.Value with { Unreadable = new(Heartbeat, problem) } };
    }

    /// <inheritdoc/>
    public async Task<RowVersion?> SaveAsync(
        string account,
        EngineState state,
        RowVersion? expected,
        CycleRecord cycle,
        CancellationToken cancellationToken
    )
    {
        if (cycle.Equity is not null && state.Equity is { Samples: [var first] })
        {
            state = state with { Equity = await ContinuedAsync(account, state.Equity.Day, first, cancellationToken) };
        }

        var columns = EngineStateRecord.Mapper.ToEntity(state, expected?.Unknown);
        var key = state.Unreadable is null ? Heartbeat : StandIn;
        List<EntityWrite> group =
        [
            expected is { ETag.Length: > 0 } ? EntityWrite.Replace(key, columns, expected.ETag) : EntityWrite.Insert(key, columns),
            EntityWrite.Insert(CycleKey(cycle), CycleRecordColumns.Mapper.ToEntity(cycle)),
        ];
        if (cycle.Equity is not null && state.Equity is { } day)
        {
            group.Add(EntityWrite.Upsert(EquityKey(day.Day), EquityRecord.Mapper.ToEntity(day)));
        }

        var result = await _table.WriteAsync(new EntityGroup(account, group), cancellationToken);
        return result.ETags is [{ } etag, ..] ? new(etag, expected?.Unknown) : null;
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
                EntityQuery.Of(account, KeyRange.Prefix(CyclePrefix)),
                Math.Clamp(count - cycles.Count, 1, 1000),
                continuation,
                cancellationToken
            );
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
        } while (cycles.Count < count && continuation is not null);

        return new(cycles.Count > count ? cycles[..count] : cycles, unreadable);
    }

    /// <inheritdoc/>
    public async Task<UnreadableRow?> FindUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken) =>
        (await UnreadableAsync(account, rowKey, cancellationToken))?.Row;

    private async Task<(TableEntity Entity, UnreadableRow Row)?> UnreadableAsync(
        string account,
        string rowKey,
        CancellationToken cancellationToken
    )
    {
        RecordMapper? mapper =
            rowKey is Heartbeat or StandIn ? EngineStateRecord.Mapper
            : !EntityGroup.IsKey(rowKey) ? null
            : rowKey.StartsWith(CyclePrefix, StringComparison.Ordinal) ? CycleRecordColumns.Mapper
            : rowKey.StartsWith(EquityPrefix, StringComparison.Ordinal) ? EquityRecord.Mapper
            : null;
        return
            mapper is not null
            && await _table.ReadAsync(account, rowKey, cancellationToken) is { } entity
            && mapper.ProblemOf(entity) is { } problem
            ? (entity, new(rowKey, problem))
            : null;
    }

    /// <inheritdoc/>
    public async Task<UnreadableRow?> DeleteUnreadableAsync(string account, string rowKey, CancellationToken cancellationToken)
    {
        if (await UnreadableAsync(account, rowKey, cancellationToken) is not (var entity, var unreadable))
        {
            return null;
        }

        var standIn = rowKey == Heartbeat ? await _table.ReadAsync(account, StandIn, cancellationToken) : null;
        EntityWrite[] group =
            standIn is not null && StandsInFor(entity, standIn) && EngineStateRecord.Mapper.TryToRow(standIn, out var row) is null
                ?
                [
                    EntityWrite.Replace(Heartbeat, EngineStateRecord.Mapper.ToEntity(row!.Value), entity.ETag.ToString()),
                    EntityWrite.Delete(StandIn, standIn.ETag.ToString()),
                ]
                : [EntityWrite.Delete(rowKey, entity.ETag.ToString())];
        return (await _table.WriteAsync(new EntityGroup(account, group), cancellationToken)).ETags is null ? null : unreadable;
    }

    /// <inheritdoc/>
    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken cancellationToken) =>
        _table.DeleteAllAsync(
            EntityQuery.Of(account, new KeyRange(CyclePrefix + TableNames.Inverted(before) + "~", KeyRange.Prefix(CyclePrefix).Before)),
            cancellationToken
        );

    // A state that was lost in the midst of a day begins the day anew; what was sampled before lies beside it.
    private async Task<EquityDay> ContinuedAsync(string account, DateOnly day, EquitySample sample, CancellationToken cancellationToken)
    {
        var kept =
            await _table.ReadAsync(account, EquityKey(day), cancellationToken) is { } entity
            && EquityRecord.Mapper.TryToRow(entity, out var row) is null
                ? row!.Value
                : null;
        return EquityDay.Sampled(kept, day, sample, isOpen: true) ?? kept!;
    }

    // One left behind when the row was fixed must not replace another damaged row.
    private static bool StandsInFor(TableEntity entity, TableEntity standIn) =>
        standIn.TryGetValue(InsteadOf, out var tag) && tag as string == entity.ETag.ToString();

    private static Row<EngineState> Readable(TableEntity standIn) =>
        EngineStateRecord.Mapper.TryToRow(standIn, out var row) is { } problem
            ? throw new UnreadableRowException(
                $"Neither the engine state (table {TableNames.Engine}, row '{Heartbeat}') nor its stand-in (row '{StandIn}') "
                    + $"can be read: {problem} Delete the latter: DELETE /api/attention/{Uri.EscapeDataString(StandIn)}."
            )
            : row!;

    /// <summary>Distinguishes cycles of the same instant; later ones sort after earlier ones.</summary>
    internal static string CycleId(string rowKey) =>
        rowKey.Split('|') is [_, _, var number, var unique] && long.TryParse(number, CultureInfo.InvariantCulture, out var inverted)
            ? (long.MaxValue - inverted).ToString("D19", CultureInfo.InvariantCulture) + "." + unique
            : rowKey;

    /// <summary>The key of a day of equity.</summary>
    internal static string EquityKey(DateOnly day) => EquityPrefix + day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    // Cycles of a virtual clock may begin at the same instant: the later of them comes first, in this process by its number.
    private string CycleKey(CycleRecord cycle) =>
        CyclePrefix
        + TableNames.Inverted(cycle.StartedAt)
        + "|"
        + (long.MaxValue - Interlocked.Increment(ref _saved)).ToString("D19", CultureInfo.InvariantCulture)
        + "|"
        + Guid.NewGuid().ToString("N")[..8];
}
