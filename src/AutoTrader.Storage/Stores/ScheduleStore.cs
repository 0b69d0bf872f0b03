using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Storage.Records;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Stores;

/// <summary>Schedules and their runs in a table; see <see cref="ScheduleRows"/> for the keys.</summary>
public abstract class ScheduleStore : IScheduleStore
{
    private const int ReadsAtOnce = 8;
    private readonly IEntityTable _table;

    private protected ScheduleStore(IEntityTables tables) => _table = tables.Table(TableNames.Schedules);

    /// <inheritdoc/>
    public Task<Row<Schedule>?> ReadAsync(string id, CancellationToken cancellationToken) =>
        ReadAsync(id, ScheduleKey.Schedule(id), ScheduleRecord.Mapper, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<Row<Schedule>>> ListAsync(int pageSize, string? continuation, CancellationToken cancellationToken) =>
        ListAsync(
            new(ScheduleRows.Shards, KeyRange.Prefix(ScheduleKey.SchedulePrefix)),
            ScheduleRecord.Mapper,
            pageSize,
            continuation,
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<CommitResult> CommitAsync(string id, IReadOnlyList<ScheduleWrite> group, CancellationToken cancellationToken)
    {
        EntityWrite[] writes = [.. group.Select(write => ScheduleRows.ToEntityWrite(id, write))];
        var result = await WriteAsync(ScheduleRows.ShardOf(id), writes, [.. group.SelectMany(ScheduleRows.AsideOf)], cancellationToken);
        return result.ETags is { } etags
            ? new CommitResult.Committed([
                .. group.Select((write, i) => etags[i] is { } etag ? new RowVersion(etag, write.Expected?.Unknown) : null),
            ])
            : new CommitResult.Conflict(group[result.Conflict].RowKey);
    }

    /// <inheritdoc/>
    public Task<Row<ScheduleRun>?> ReadRunAsync(string id, DateTimeOffset planned, string cause, CancellationToken cancellationToken) =>
        ReadAsync(id, ScheduleKey.Run(id, planned, cause), ScheduleRunRecord.Mapper, cancellationToken);

    /// <inheritdoc/>
    public async Task<Row<ScheduleRun>?> FindTriggeredAsync(string id, string cause, CancellationToken cancellationToken) =>
        await _table.ReadAsync(ScheduleRows.ShardOf(id), ScheduleRows.Trigger(id, cause), cancellationToken) is { } trigger
        && ScheduleRows.PlannedOf(trigger) is { } planned
            ? await ReadRunAsync(id, planned, cause, cancellationToken)
            : null;

    /// <inheritdoc/>
    public Task<Page<Row<ScheduleRun>>> ListRunsAsync(string id, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        ListAsync(
            EntityQuery.Of(ScheduleRows.ShardOf(id), KeyRange.Prefix(ScheduleKey.Runs(id))),
            ScheduleRunRecord.Mapper,
            pageSize,
            continuation,
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<Page<Row<ScheduleRun>>> ListOpenRunsAsync(int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        var marks = await _table.PageAsync(Marks, pageSize, continuation, cancellationToken);
        var found = new TableEntity?[marks.Entities.Count];
        await Parallel.ForAsync(
            0,
            found.Length,
            new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (i, cancellation) =>
                found[i] = await _table.ReadAsync(
                    marks.Entities[i].PartitionKey,
                    ScheduleRows.RunOf(marks.Entities[i].RowKey),
                    cancellation
                )
        );

        // A run may have ended since its mark was listed.
        var page = ScheduleRunRecord.Mapper.ToPage(new([.. found.OfType<TableEntity>()], marks.Continuation));
        return page with { Items = [.. page.Items.Where(run => run.Value.Status == RunStatus.Started)] };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UnreadableRow>> ListUnreadableAsync(CancellationToken cancellationToken) =>
        [
            .. (
                await Task.WhenAll(
                    ScheduleRows.Everywhere.Select(partitions => UnreadableAsync(new(partitions, KeyRange.All), cancellationToken))
                )
            )
                .SelectMany(rows => rows)
                .Select(row => new UnreadableRow(row.Entity.RowKey, row.Problem)),
        ];

    /// <inheritdoc/>
    public async Task<UnreadableRow?> DeleteUnreadableAsync(
        string rowKey,
        Func<UnreadableRow, ScheduleWrite> audit,
        CancellationToken cancellationToken
    )
    {
        if (!EntityGroup.IsKey(rowKey))
        {
            return null;
        }

        foreach (var (entity, problem) in await UnreadableAsync(new(KeyRange.All, KeyRange.Only(rowKey)), cancellationToken))
        {
            var unreadable = new UnreadableRow(rowKey, problem);
            List<EntityWrite> marks = ScheduleRows.Unmark(rowKey) is { } unmark ? [unmark] : [];
            EntityWrite[] group =
            [
                EntityWrite.Delete(rowKey, entity.ETag.ToString()),
                ScheduleRows.ToEntityWrite(rowKey, audit(unreadable)),
            ];
            if ((await WriteAsync(entity.PartitionKey, group, marks, cancellationToken)).ETags is not null)
            {
                return unreadable;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async Task PruneRunsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (var number = 0; number < ScheduleRows.ShardCount; number++)
        {
            // From one schedule that has runs to the next, so that only what is to be deleted is read.
            var shard = ScheduleRows.Shard(number);
            await PruneTriggersAsync(shard, before, cancellationToken);
            await _table.DeleteAllAsync(
                EntityQuery.Of(
                    shard,
                    new KeyRange(
                        ScheduleRows.EndedPrefix + TableNames.Inverted(before) + "~",
                        KeyRange.Prefix(ScheduleRows.EndedPrefix).Before
                    )
                ),
                cancellationToken
            );
            var rest = KeyRange.Prefix(ScheduleKey.RunPrefix);
            while (await FirstKeyAsync(shard, rest, cancellationToken) is { } key)
            {
                var runs = ScheduleKey.Runs(ScheduleRows.IdOf(key));
                if (!key.StartsWith(runs, StringComparison.Ordinal))
                {
                    // The key of no run: on to the very next one.
                    rest = rest with { From = key + TableNames.LowestInKeys };
                    continue;
                }

                var end = KeyRange.Prefix(runs).Before!;
                await PruneRunsAsync(shard, new(runs + TableNames.Inverted(before) + "~", end), cancellationToken);
                rest = rest with { From = end };
            }
        }
    }

    private async Task<List<(TableEntity Entity, string Problem)>> UnreadableAsync(EntityQuery query, CancellationToken cancellationToken)
    {
        var unreadable = new List<(TableEntity, string)>();
        await foreach (var page in _table.PagesAsync(query, cancellationToken))
        {
            foreach (var entity in page)
            {
                if (ScheduleRows.ProblemOf(entity) is { } problem)
                {
                    unreadable.Add((entity, problem));
                }
            }
        }

        return unreadable;
    }

    private static EntityQuery Marks => new(ScheduleRows.Shards, KeyRange.Prefix(ScheduleRows.MarkPrefix));

    private async Task PruneRunsAsync(string shard, KeyRange runs, CancellationToken cancellationToken)
    {
        await foreach (var page in _table.PagesAsync(EntityQuery.Of(shard, runs), cancellationToken))
        {
            await _table.DeleteAsync(shard, [.. page.Where(HasEnded)], cancellationToken);
        }
    }

    private async Task PruneTriggersAsync(string shard, DateTimeOffset before, CancellationToken cancellationToken)
    {
        await foreach (var page in _table.PagesAsync(EntityQuery.Of(shard, KeyRange.Prefix(ScheduleRows.TriggerPrefix)), cancellationToken))
        {
            await _table.DeleteAsync(shard, [.. page.Where(trigger => !(ScheduleRows.PlannedOf(trigger) >= before))], cancellationToken);
        }
    }

    // The rest of the row does not matter.
    private static bool HasEnded(TableEntity run) =>
        run.TryGetValue(ScheduleRunRecord.Status, out var word)
        && WireNames.Parse<RunStatus>(word as string) is { } status
        && status != RunStatus.Started;

    private async Task<string?> FirstKeyAsync(string shard, KeyRange keys, CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var page = await _table.PageAsync(EntityQuery.Of(shard, keys), 1, continuation, cancellationToken);
            if (page.Entities is [var first, ..])
            {
                return first.RowKey;
            }

            continuation = page.Continuation;
        } while (continuation is not null);

        return null;
    }

    // A mark that is missing although it is to be removed must not keep its run from ending: the group is written without that removal.
    private async Task<GroupResult> WriteAsync(
        string shard,
        EntityWrite[] rows,
        List<EntityWrite> marks,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var result = await _table.WriteAsync(new EntityGroup(shard, [.. rows, .. marks]), cancellationToken);
            if (result.ETags is not null || result.Conflict < rows.Length)
            {
                return result;
            }

            marks.RemoveAt(result.Conflict - rows.Length);
        }
    }

    private async Task<Row<T>?> ReadAsync<T>(string id, string rowKey, RecordMapper<T> mapper, CancellationToken cancellationToken)
        where T : class
    {
        var entity = await _table.ReadAsync(ScheduleRows.ShardOf(id), rowKey, cancellationToken);
        try
        {
            return entity is null ? null : mapper.ToRow(entity);
        }
        catch (FormatException wrong)
        {
            throw new UnreadableRowException(
                $"Row '{rowKey}' of table {TableNames.Schedules} (partition '{ScheduleRows.ShardOf(id)}') cannot be read. {wrong.Message}",
                wrong
            );
        }
    }

    private async Task<Page<Row<T>>> ListAsync<T>(
        EntityQuery query,
        RecordMapper<T> mapper,
        int pageSize,
        string? continuation,
        CancellationToken cancellationToken
    )
        where T : class => mapper.ToPage(await _table.PageAsync(query, pageSize, continuation, cancellationToken));
}
