using System.Buffers.Text;
using System.Text;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Tables;

/// <summary>
/// A table of entities: Azure Table Storage, or its strict twin in memory. The stores are written once, above it.
/// Failures that retries did not help surface as <see cref="Core.Ports.StorageUnavailableException"/>.
/// </summary>
public interface IEntityTable
{
    /// <summary>One page of the entities that match, ordered by partition key, then row key. It may be empty although more pages
    /// follow.</summary>
    /// <param name="query">Which entities.</param>
    /// <param name="pageSize">At most 1,000.</param>
    /// <param name="continuation">From the page before; null for the first.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ArgumentException"><paramref name="continuation"/> is not from this table.</exception>
    Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken);

    /// <summary>One entity; null when there is none.</summary>
    Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="group"/> or nothing.</summary>
    Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken);
}

/// <summary>The tables of one storage account, by name.</summary>
public interface IEntityTables
{
    /// <summary>The table called <paramref name="name"/>; it comes into being with its first write.</summary>
    IEntityTable Table(string name);
}

/// <summary>A range of keys in ordinal order.</summary>
/// <param name="From">The first key.</param>
/// <param name="Before">The first key after the range; null for no end.</param>
public readonly record struct KeyRange(string From, string? Before)
{
    // No key that is allowed in Table Storage lies between a key and the key with this behind it.
    private const string Next = "\0";

    /// <summary>Every key.</summary>
    public static KeyRange All { get; } = new("", null);

    /// <summary>Whether the range is a single key.</summary>
    public bool IsSingle => Before == From + Next;

    /// <summary>The one key <paramref name="key"/>.</summary>
    public static KeyRange Only(string key) => new(key, key + Next);

    /// <summary><paramref name="key"/> and all keys after it.</summary>
    public static KeyRange AtOrAfter(string key) => new(key, null);

    /// <summary>All keys that begin with <paramref name="prefix"/>, which must not be empty.</summary>
    public static KeyRange Prefix(string prefix) => new(prefix, prefix[..^1] + (char)(prefix[^1] + 1));

    /// <summary>What of the range lies at or after <paramref name="from"/> and before <paramref name="before"/>, which may be null for no
    /// end; null when nothing does.</summary>
    public KeyRange? Within(string from, string? before)
    {
        var start = string.CompareOrdinal(From, from) > 0 ? From : from;
        var end = Before is null || (before is not null && string.CompareOrdinal(before, Before) < 0) ? before : Before;
        return end is null || string.CompareOrdinal(start, end) < 0 ? new(start, end) : null;
    }

    /// <summary>Whether <paramref name="key"/> lies in the range.</summary>
    public bool Contains(string key) => string.CompareOrdinal(key, From) >= 0 && (Before is null || string.CompareOrdinal(key, Before) < 0);
}

/// <summary>Which entities are asked for: those whose partition key is in <paramref name="Partitions"/> and whose row key is in one of
/// <paramref name="Rows"/>.</summary>
/// <param name="Partitions">The partition keys.</param>
/// <param name="Rows">The row keys: ranges that do not overlap, in order.</param>
public sealed record EntityQuery(KeyRange Partitions, params IReadOnlyList<KeyRange> Rows)
{
    /// <summary>The rows of one partition.</summary>
    public static EntityQuery Of(string partitionKey, params IReadOnlyList<KeyRange> rows) => new(KeyRange.Only(partitionKey), rows);
}

/// <summary>A page of entities.</summary>
/// <param name="Entities">The entities, each the caller's own.</param>
/// <param name="Continuation">Opaque; null when this was the last page.</param>
public sealed record EntityPage(IReadOnlyList<TableEntity> Entities, string? Continuation);

/// <summary>What came of an entity group.</summary>
/// <param name="ETags">The new version of each entity, in order, null for deleted ones; null when nothing was written.</param>
/// <param name="Conflict">When nothing was written: the index of the first entity that had changed, existed already, or was gone.</param>
public sealed record GroupResult(IReadOnlyList<string?>? ETags, int Conflict = -1);

/// <summary>Continuations as callers see them: opaque, safe in an address, and refused when they are not ours.</summary>
internal static class Continuation
{
    public static string? Encode(string? token) => token is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token));

    /// <exception cref="ArgumentException">It is not a continuation.</exception>
    public static string? Decode(string? continuation)
    {
        if (continuation is null)
        {
            return null;
        }

        // Both kinds of token name a partition and a row.
        var token = Base64Url.IsValid(continuation) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(continuation)) : "";
        return token.Split(' ').Length == 2
            ? token
            : throw new ArgumentException("The continuation token is not from this table.", nameof(continuation));
    }
}

/// <summary>Queries that span pages.</summary>
public static class EntityTableQueries
{
    private const int PageSize = 1000;

    /// <summary>All entities that match.</summary>
    public static async Task<List<TableEntity>> AllAsync(this IEntityTable table, EntityQuery query, CancellationToken cancellationToken)
    {
        var page = await table.PageAsync(query, PageSize, null, cancellationToken);
        var all = page.Entities as List<TableEntity> ?? [.. page.Entities];
        while (page.Continuation is not null)
        {
            page = await table.PageAsync(query, PageSize, page.Continuation, cancellationToken);
            all.AddRange(page.Entities);
        }

        return all;
    }

    /// <summary>The entities that match, page by page, so that more of them can be processed than fit in memory.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<TableEntity>> PagesAsync(
        this IEntityTable table,
        EntityQuery query,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? continuation = null;
        do
        {
            var page = await table.PageAsync(query, PageSize, continuation, cancellationToken);
            continuation = page.Continuation;
            if (page.Entities.Count > 0)
            {
                yield return page.Entities;
            }
        } while (continuation is not null);
    }

    /// <summary>Deletes the matching entities; one that changes concurrently or is gone is skipped.</summary>
    public static async Task DeleteAllAsync(this IEntityTable table, EntityQuery query, CancellationToken cancellationToken)
    {
        await foreach (var page in table.PagesAsync(query, cancellationToken))
        {
            foreach (var partition in page.GroupBy(entity => entity.PartitionKey, StringComparer.Ordinal))
            {
                await table.DeleteAsync(partition.Key, [.. partition], cancellationToken);
            }
        }
    }

    /// <summary>Deletes entities as they were read, 100 at a time; one that changed since or is gone is skipped.</summary>
    public static async Task DeleteAsync(
        this IEntityTable table,
        string partitionKey,
        IReadOnlyList<TableEntity> entities,
        CancellationToken cancellationToken
    )
    {
        foreach (var chunk in entities.Chunk(EntityGroup.MaxEntities))
        {
            List<EntityWrite> writes = [.. chunk.Select(entity => EntityWrite.Delete(entity.RowKey, entity.ETag.ToString()))];
            while (
                writes.Count > 0
                && await table.WriteAsync(new EntityGroup(partitionKey, writes), cancellationToken) is { ETags: null } refused
            )
            {
                writes.RemoveAt(refused.Conflict);
            }
        }
    }
}
