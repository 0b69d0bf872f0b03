using System.Collections.Concurrent;
using System.Globalization;
using Azure;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Tables;

/// <summary>Tables in memory, with the limits of Azure Table Storage. They live as long as this object: a restart of the app keeps
/// it.</summary>
public sealed class MemoryTables : IEntityTables
{
    private readonly ConcurrentDictionary<string, MemoryTable> _tables;
    private readonly Func<IEntityTable, IEntityTable> _through;

    /// <summary>New, empty tables.</summary>
    public MemoryTables()
        : this(new(StringComparer.Ordinal), table => table) { }

    private MemoryTables(ConcurrentDictionary<string, MemoryTable> tables, Func<IEntityTable, IEntityTable> through) =>
        (_tables, _through) = (tables, through);

    /// <summary>The same tables, for a process with an interceptor before each call.</summary>
    public MemoryTables Through(Func<IEntityTable, IEntityTable> through) => new(_tables, through);

    /// <inheritdoc/>
    public IEntityTable Table(string name) => _through(_tables.GetOrAdd(name, _ => new MemoryTable()));
}

/// <summary>A table in memory. Thread-safe; a query sees one state of the whole table.</summary>
public sealed class MemoryTable : IEntityTable
{
    private static readonly KeyOrder Order = new();
    private readonly Lock _lock = new();
    private readonly SortedList<Key, TableEntity> _entities = new(Order);
    private long _version;

    /// <inheritdoc/>
    public Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageSize, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(pageSize, 1);
        var token = Continuation.Decode(continuation);
        lock (_lock)
        {
            var at = IndexOf(token is null ? new(query.Partitions.From, query.Rows[0].From) : ParseContinuation(token));
            var found = new List<TableEntity>();
            for (; at < _entities.Count; at++)
            {
                var key = _entities.GetKeyAtIndex(at);
                if (query.Partitions.Before is { } before && string.CompareOrdinal(key.Partition, before) >= 0)
                {
                    break;
                }

                if (!query.Partitions.Contains(key.Partition) || !InRows(query.Rows, key.Row))
                {
                    continue;
                }

                if (found.Count == pageSize)
                {
                    return Task.FromResult(new EntityPage(found, Continuation.Encode(Encode(key.Partition) + " " + Encode(key.Row))));
                }

                found.Add(new TableEntity(_entities.GetValueAtIndex(at)));
            }

            return Task.FromResult(new EntityPage(found, null));
        }
    }

    /// <inheritdoc/>
    public Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_entities.TryGetValue(new(partitionKey, rowKey), out var entity) ? new TableEntity(entity) : null);
        }
    }

    /// <inheritdoc/>
    public Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            for (var i = 0; i < group.Writes.Count; i++)
            {
                var write = group.Writes[i];
                var exists = _entities.TryGetValue(new(group.PartitionKey, write.RowKey), out var entity);
                var fits = write.Kind switch
                {
                    EntityWriteKind.Insert => !exists,
                    EntityWriteKind.Upsert => true,
                    _ => exists && (write.ETag == "*" || write.ETag == entity!.ETag.ToString()),
                };
                if (!fits)
                {
                    return Task.FromResult(new GroupResult(null, i));
                }
            }

            return Task.FromResult(new GroupResult([.. group.Writes.Select(write => Write(group.PartitionKey, write))]));
        }
    }

    private string? Write(string partitionKey, EntityWrite write)
    {
        var key = new Key(partitionKey, write.RowKey);
        if (write.Columns is null)
        {
            _entities.Remove(key);
            return null;
        }

        var etag = "W/\"" + (++_version).ToString(CultureInfo.InvariantCulture) + "\"";
        _entities[key] = new TableEntity(write.Columns) { ETag = new ETag(etag) };
        return etag;
    }

    private int IndexOf(Key key)
    {
        var (low, high) = (0, _entities.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Order.Compare(_entities.GetKeyAtIndex(middle), key) < 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static bool InRows(IReadOnlyList<KeyRange> rows, string key)
    {
        foreach (var range in rows)
        {
            if (range.Contains(key))
            {
                return true;
            }
        }

        return false;
    }

    // Keys may hold spaces, which separate the two.
    private static string Encode(string key) => Uri.EscapeDataString(key);

    private static Key ParseContinuation(string token) =>
        Array.ConvertAll(token.Split(' '), Uri.UnescapeDataString) is [var partition, var row] ? new(partition, row) : default;

    private readonly record struct Key(string Partition, string Row);

    private sealed class KeyOrder : IComparer<Key>
    {
        public int Compare(Key x, Key y) =>
            string.CompareOrdinal(x.Partition, y.Partition) is var order && order != 0 ? order : string.CompareOrdinal(x.Row, y.Row);
    }
}
