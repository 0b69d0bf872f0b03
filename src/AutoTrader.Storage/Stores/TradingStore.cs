using System.Collections.Concurrent;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>The trading state in a table: one account is one partition.</summary>
public abstract class TradingStore : ITradingStore
{
    private readonly IEntityTable _table;
    private readonly ConcurrentDictionary<string, LoadPlan> _plans = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Dictionary<string, object>> _loaded = new(StringComparer.Ordinal);

    private protected TradingStore(IEntityTables tables) => _table = tables.Table(TableNames.Trading);

    /// <inheritdoc/>
    public async Task<TradingSnapshot> LoadAsync(string account, CancellationToken cancellationToken)
    {
        var plan = _plans.GetOrAdd(account, _ => new LoadPlan());
        var entities = await plan.LoadAsync(_table, account, cancellationToken);

        // Most rows are as they were at the load before: the same version is the same record.
        var before = _loaded.GetValueOrDefault(account) ?? [];
        var now = new Dictionary<string, object>(entities.Count, StringComparer.Ordinal);
        var snapshot = ToSnapshot(entities, before, now);
        _loaded[account] = now;
        return snapshot;
    }

    /// <inheritdoc/>
    public async Task<TradingSnapshot> PeekAsync(string account, CancellationToken cancellationToken) =>
        ToSnapshot(
            await _table.AllAsync(
                EntityQuery.Of(account, KeyRange.Only(TradingKey.Account), KeyRange.Prefix(TradingKey.CommandPrefix)),
                cancellationToken
            ),
            [],
            new(StringComparer.Ordinal)
        );

    /// <inheritdoc/>
    public async Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken cancellationToken)
    {
        var result = await _table.WriteAsync(new EntityGroup(account, [.. group.Select(TradingRows.ToEntityWrite)]), cancellationToken);
        if (result.ETags is null)
        {
            return new CommitResult.Conflict(group[result.Conflict].RowKey);
        }

        var versions = new RowVersion?[group.Count];
        for (var i = 0; i < versions.Length; i++)
        {
            versions[i] = result.ETags[i] is { } etag ? new(etag, group[i].Expected?.Unknown) : null;
        }

        return new CommitResult.Committed(versions);
    }

    /// <inheritdoc/>
    public async Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken cancellationToken)
        where T : class
    {
        var mapper = TradingRows.Of<T>(rowKey);
        var entity = await _table.ReadAsync(account, rowKey, cancellationToken);
        try
        {
            return entity is null ? null : mapper.ToRow(entity);
        }
        catch (FormatException wrong)
        {
            throw new UnreadableRowException($"Row '{rowKey}' of account '{account}' cannot be read. {wrong.Message}", wrong);
        }
    }

    /// <inheritdoc/>
    public async Task<Page<Row<T>>> ListAsync<T>(
        string account,
        string prefix,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var mapper = TradingRows.Of<T>(prefix);
        return mapper.ToPage(
            await _table.PageAsync(EntityQuery.Of(account, KeyRange.Prefix(prefix)), pageSize, continuation, cancellationToken)
        );
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string account, string rowKey, TradingWrite? audit, CancellationToken cancellationToken)
    {
        var delete = EntityWrite.Delete(rowKey, "*");
        var group = new EntityGroup(account, audit is null ? [delete] : [delete, TradingRows.ToEntityWrite(audit)]);
        return (await _table.WriteAsync(group, cancellationToken)).ETags is not null;
    }

    private static TradingSnapshot ToSnapshot(List<TableEntity> entities, Dictionary<string, object> before, Dictionary<string, object> now)
    {
        var accounts = new List<Row<AccountState>>(1);
        var strategies = new List<Row<Strategy>>();
        var orders = new List<Row<Order>>();
        var unmanaged = new List<Row<UnmanagedHolding>>();
        var commands = new List<Row<CommandEnvelope>>();
        var unreadable = new List<UnreadableRow>();
        foreach (var entity in entities)
        {
            switch (TradingRows.Of(entity.RowKey))
            {
                case RecordMapper<Strategy> mapper:
                    Add(entity, mapper, strategies);
                    break;
                case RecordMapper<Order> mapper:
                    Add(entity, mapper, orders);
                    break;
                case RecordMapper<UnmanagedHolding> mapper:
                    Add(entity, mapper, unmanaged);
                    break;
                case RecordMapper<CommandEnvelope> mapper:
                    Add(entity, mapper, commands);
                    break;
                case RecordMapper<AccountState> mapper:
                    Add(entity, mapper, accounts);
                    break;
                default:
                    unreadable.Add(new(entity.RowKey, "This version does not know rows with such a key."));
                    break;
            }
        }

        return new()
        {
            Account = accounts is [var account] ? account : null,
            Strategies = strategies,
            Orders = orders,
            Unmanaged = unmanaged,
            Commands = commands,
            Unreadable = unreadable,
        };

        void Add<T>(TableEntity entity, RecordMapper<T> mapper, List<Row<T>> rows)
            where T : class
        {
            if (before.TryGetValue(entity.RowKey, out var known) && known is Row<T> row && row.Version.ETag == entity.ETag.ToString())
            {
                rows.Add(row);
                now.Add(entity.RowKey, row);
            }
            else if (mapper.TryToRow(entity, out var read) is { } problem)
            {
                unreadable.Add(new(entity.RowKey, problem));
            }
            else
            {
                rows.Add(read!);
                now.Add(entity.RowKey, read!);
            }
        }
    }
}
