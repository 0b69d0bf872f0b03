using Azure.Data.Tables;

namespace AutoTrader.Storage.Tables;

/// <summary>
/// A table that sends small groups of many callers together: while a group for a partition is in flight, later groups for it are collected
/// and sent as one. A thousand schedules due at one instant then cost dozens of transactions, not thousands. Each caller's group stays
/// atomic, and only its caller gets its errors. A lone writer is not delayed. Thread-safe.
/// </summary>
/// <param name="table">Where the groups go.</param>
internal sealed class BatchingTable(IEntityTable table) : IEntityTable
{
    // Larger ones gain nothing from company, and would have to wait for their turn.
    private const int Small = 10;

    private readonly Lock _gate = new();

    // By partition, while a group for it is under way: who waits.
    private readonly Dictionary<string, List<Waiting>> _gathered = new(StringComparer.Ordinal);

    public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        table.PageAsync(query, pageSize, continuation, cancellationToken);

    public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken) =>
        table.ReadAsync(partitionKey, rowKey, cancellationToken);

    public async Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
    {
        if (group.Writes.Count > Small)
        {
            return await table.WriteAsync(group, cancellationToken);
        }

        Waiting? waiting = null;
        lock (_gate)
        {
            if (_gathered.TryGetValue(group.PartitionKey, out var others))
            {
                others.Add(waiting = new(group, cancellationToken));
            }
            else
            {
                _gathered.Add(group.PartitionKey, []);
            }
        }

        if (waiting is not null)
        {
            return await waiting.Result.Task.WaitAsync(cancellationToken);
        }

        try
        {
            return await table.WriteAsync(group, cancellationToken);
        }
        finally
        {
            _ = SendGatheredAsync(group.PartitionKey);
        }
    }

    private async Task SendGatheredAsync(string partition)
    {
        while (Take(partition) is { Count: > 0 } together)
        {
            await SendAsync(partition, together);
        }
    }

    // As many as fit in one group, in the order in which they came.
    private List<Waiting> Take(string partition)
    {
        lock (_gate)
        {
            var waiting = _gathered[partition];
            waiting.RemoveAll(one => one.CancellationToken.IsCancellationRequested);
            if (waiting.Count == 0)
            {
                _gathered.Remove(partition);
                return [];
            }

            var (rows, size, keys) = (0, 0L, new HashSet<string>(StringComparer.Ordinal));
            var together = new List<Waiting>();
            foreach (var one in waiting)
            {
                (rows, size) = (rows + one.Group.Writes.Count, size + one.Group.Size);
                // Two writes of one row cannot be in one group, and the later one must see the earlier one's result.
                if (
                    rows > EntityGroup.MaxEntities
                    || size > EntityGroup.MaxGroupSize
                    || !one.Group.Writes.All(write => keys.Add(write.RowKey))
                )
                {
                    break;
                }

                together.Add(one);
            }

            waiting.RemoveRange(0, together.Count);
            return together;
        }
    }

    private async Task SendAsync(string partition, List<Waiting> together)
    {
        while (together.Count > 0)
        {
            try
            {
                var result = await table.WriteAsync(
                    EntityGroup.Of(partition, together.Select(one => one.Group)),
                    together is [var only] ? only.CancellationToken : CancellationToken.None
                );
                together = Complete(together, result);
            }
            catch (Exception failure)
            {
                foreach (var one in together)
                {
                    one.Result.TrySetException(failure);
                }

                return;
            }
        }
    }

    // When one of them met a conflict, nothing of the others was written: they are sent again without it.
    private static List<Waiting> Complete(List<Waiting> together, GroupResult result)
    {
        var first = 0;
        foreach (var one in together)
        {
            var count = one.Group.Writes.Count;
            if (result.ETags is { } etags)
            {
                one.Result.TrySetResult(new([.. etags.Skip(first).Take(count)]));
            }
            else if (result.Conflict < first + count)
            {
                one.Result.TrySetResult(new(null, result.Conflict - first));
                return [.. together.Where(other => other != one)];
            }

            first += count;
        }

        return [];
    }

    private sealed record Waiting(EntityGroup Group, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<GroupResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
