namespace AutoTrader.Storage.Tables;

/// <summary>
/// A table to which many write at once: what comes for a partition while some writes to it are under way goes together in the next, so that a thousand
/// small groups of one instant cost a few requests. Each group is still written whole or not at all, and has its own result.
/// </summary>
internal sealed class GroupedTable(IEntityTable table) : IEntityTable
{
    // A group that is this large gains nothing from company.
    private const int Large = EntityGroup.MaxEntities / 2;

    // One that is on its way, and one that is being served.
    private const int AtOnce = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken) =>
        table.PageAsync(query, pageSize, continuation, cancellationToken);

    public Task<Azure.Data.Tables.TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken) =>
        table.ReadAsync(partitionKey, rowKey, cancellationToken);

    public Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
    {
        if (group.Writes.Count >= Large)
        {
            return table.WriteAsync(group, cancellationToken);
        }

        lock (_gate)
        {
            if (!_lanes.TryGetValue(group.PartitionKey, out var lane))
            {
                _lanes.Add(group.PartitionKey, lane = new());
            }

            if (lane.UnderWay == AtOnce)
            {
                var waiting = new Waiting(group, cancellationToken);
                lane.Queue.Enqueue(waiting);
                return waiting.Result.Task.WaitAsync(cancellationToken);
            }

            lane.UnderWay++;
        }

        return WriteNowAsync(group, cancellationToken);
    }

    private async Task<GroupResult> WriteNowAsync(EntityGroup group, CancellationToken cancellationToken)
    {
        try
        {
            return await table.WriteAsync(group, cancellationToken);
        }
        finally
        {
            _ = WriteWaitingAsync(group.PartitionKey);
        }
    }

    // In place of the write that ended, until nobody waits.
    private async Task WriteWaitingAsync(string partitionKey)
    {
        while (TakeWaiting(partitionKey) is { Count: > 0 } together)
        {
            if (together.Count == 1 || !await TryWriteAsync(partitionKey, together))
            {
                foreach (var one in together)
                {
                    await WriteAsync(one);
                }
            }
        }
    }

    private List<Waiting> TakeWaiting(string partitionKey)
    {
        lock (_gate)
        {
            var lane = _lanes[partitionKey];
            var together = new List<Waiting>();
            var rows = new HashSet<string>(StringComparer.Ordinal);
            while (lane.Queue.TryPeek(out var next))
            {
                // Who does not wait any more has not been written, and must not be.
                if (!next.Cancellation.IsCancellationRequested)
                {
                    if (rows.Count + next.Group.Writes.Count > EntityGroup.MaxEntities || next.Group.Writes.Any(write => rows.Contains(write.RowKey)))
                    {
                        break;
                    }

                    rows.UnionWith(next.Group.Writes.Select(write => write.RowKey));
                    together.Add(next);
                }

                lane.Queue.Dequeue();
            }

            if (together.Count == 0 && --lane.UnderWay == 0)
            {
                _lanes.Remove(partitionKey);
            }

            return together;
        }
    }

    /// <returns>False when nothing was written, because of one of them or of their size: each is to be written alone.</returns>
    private async Task<bool> TryWriteAsync(string partitionKey, List<Waiting> together)
    {
        try
        {
            var result = await table.WriteAsync(new(partitionKey, [.. together.SelectMany(one => one.Group.Writes)]), CancellationToken.None);
            if (result.ETags is not { } etags)
            {
                return false;
            }

            var next = 0;
            foreach (var one in together)
            {
                one.Result.SetResult(new([.. etags.Skip(next).Take(one.Group.Writes.Count)]));
                next += one.Group.Writes.Count;
            }

            return true;
        }
        catch (TableLimitException)
        {
            return false;
        }
        catch (Exception failure)
        {
            // It may have been written: sent again, each would meet itself.
            together.ForEach(one => one.Result.SetException(failure));
            return true;
        }
    }

    private async Task WriteAsync(Waiting one)
    {
        try
        {
            one.Result.SetResult(await table.WriteAsync(one.Group, one.Cancellation));
        }
        catch (Exception failure)
        {
            one.Result.SetException(failure);
        }
    }

    private sealed class Lane
    {
        public int UnderWay { get; set; }

        public Queue<Waiting> Queue { get; } = new();
    }

    private sealed record Waiting(EntityGroup Group, CancellationToken Cancellation)
    {
        public TaskCompletionSource<GroupResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
