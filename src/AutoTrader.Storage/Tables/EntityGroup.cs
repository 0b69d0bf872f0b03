using System.Buffers;
using AutoTrader.Core.Ports;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Tables;

/// <summary>What an entity write does.</summary>
public enum EntityWriteKind
{
    /// <summary>Inserts an entity that must not exist.</summary>
    Insert,

    /// <summary>Replaces the entity, all columns of it, if it still has the expected version.</summary>
    Replace,

    /// <summary>Inserts or replaces unconditionally.</summary>
    Upsert,

    /// <summary>Deletes the entity if it still has the expected version.</summary>
    Delete,
}

/// <summary>One write of an entity group.</summary>
/// <param name="Kind">The kind of write.</param>
/// <param name="RowKey">The row.</param>
/// <param name="Columns">Its columns, without keys; null to delete.</param>
/// <param name="ETag">The expected version of a replacement or deletion; <c>*</c> for any.</param>
public sealed record EntityWrite(EntityWriteKind Kind, string RowKey, TableEntity? Columns, string? ETag)
{
    /// <summary>Inserts <paramref name="columns"/> as a row that must not exist.</summary>
    public static EntityWrite Insert(string rowKey, TableEntity columns) => new(EntityWriteKind.Insert, rowKey, columns, null);

    /// <summary>Replaces the row by <paramref name="columns"/> if it still has version <paramref name="etag"/>.</summary>
    public static EntityWrite Replace(string rowKey, TableEntity columns, string etag) =>
        new(EntityWriteKind.Replace, rowKey, columns, etag);

    /// <summary>Writes the row unconditionally.</summary>
    public static EntityWrite Upsert(string rowKey, TableEntity columns) => new(EntityWriteKind.Upsert, rowKey, columns, null);

    /// <summary>Deletes the row if it still has version <paramref name="etag"/>; <c>*</c> for any.</summary>
    public static EntityWrite Delete(string rowKey, string etag) => new(EntityWriteKind.Delete, rowKey, null, etag);
}

/// <summary>
/// Writes to one partition that are done together or not at all, checked against the limits of Azure Table Storage: Azurite does not
/// enforce them, so they are enforced here, for every implementation (source: "Understanding the Table service data model" and
/// "Performing entity group transactions" of the Azure Storage REST reference). Every entity gets a write id, which distinguishes this
/// write attempt from all others.
/// </summary>
public sealed class EntityGroup
{
    /// <summary>The most entities in a group.</summary>
    public const int MaxEntities = GroupLimits.Rows;

    /// <summary>The most characters in a string.</summary>
    public const int MaxStringLength = 32_768;

    /// <summary>The most columns of an entity, without its keys and timestamp.</summary>
    public const int MaxProperties = 252;

    /// <summary>The largest entity, in bytes as the service counts them.</summary>
    public const int MaxEntitySize = 1024 * 1024;

    /// <summary>The largest group, in bytes as sent.</summary>
    public const int MaxGroupSize = 4 * 1024 * 1024;

    /// <summary>The column with the id of the row's last write.</summary>
    public const string WriteIdColumn = "write_id";

    private const int MaxKeyLength = 512;
    private const int MaxNameLength = 255;
    private const int BatchHeaderSize = 700;
    private static readonly SearchValues<char> SentAsIs = SearchValues.Create(
        " !#$%()*,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~"
    );

    private static readonly DateTimeOffset Earliest = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Checks and stamps <paramref name="writes"/>.</summary>
    /// <exception cref="TableLimitException">A limit is broken; the message says which, and by which row.</exception>
    public EntityGroup(string partitionKey, IReadOnlyList<EntityWrite> writes)
    {
        CheckKey(partitionKey);
        if (writes.Count is 0 or > MaxEntities)
        {
            throw new TableLimitException($"An entity group holds 1 to {MaxEntities} entities, not {writes.Count}.");
        }

        PartitionKey = partitionKey;
        var writeId = Guid.NewGuid().ToString("N");
        var seen = new HashSet<string>(writes.Count, StringComparer.Ordinal);
        var stamped = new EntityWrite[writes.Count];
        var size = 0L;
        for (var i = 0; i < stamped.Length; i++)
        {
            var write = writes[i];
            CheckKey(write.RowKey);
            if (!seen.Add(write.RowKey))
            {
                throw new TableLimitException($"Row '{write.RowKey}' is twice in the group.");
            }

            if (write.Kind is EntityWriteKind.Replace or EntityWriteKind.Delete && string.IsNullOrEmpty(write.ETag))
            {
                throw new TableLimitException($"Row '{write.RowKey}' is replaced or deleted without a version.");
            }

            if ((write.Kind == EntityWriteKind.Delete) != (write.Columns is null))
            {
                throw new TableLimitException($"Row '{write.RowKey}' must have columns if, and only if, it is not deleted.");
            }

            stamped[i] = write.Columns is null ? write : write with { Columns = Stamp(write, writeId) };
            size += BatchHeaderSize + (stamped[i].Columns is { } columns ? CheckColumns(write.RowKey, columns) : 0);
        }

        if (size > MaxGroupSize)
        {
            throw new TableLimitException($"The entity group is {size} bytes long, more than {MaxGroupSize}.");
        }

        (Writes, Size) = (stamped, size);
    }

    private EntityGroup(string partitionKey, IReadOnlyList<EntityWrite> stamped, long size) =>
        (PartitionKey, Writes, Size) = (partitionKey, stamped, size);

    /// <summary>The partition.</summary>
    public string PartitionKey { get; }

    /// <summary>The writes in the order given, with keys, without null columns, and with the write id.</summary>
    public IReadOnlyList<EntityWrite> Writes { get; }

    /// <summary>Its size in bytes as sent, as <see cref="MaxGroupSize"/> counts it.</summary>
    public long Size { get; }

    /// <summary>Groups of one partition as one, each row with the write id that it has. The caller ensures that the whole is within the
    /// limits.</summary>
    internal static EntityGroup Of(string partitionKey, IEnumerable<EntityGroup> groups)
    {
        List<EntityGroup> parts = [.. groups];
        return parts is [var only] ? only : new(partitionKey, [.. parts.SelectMany(part => part.Writes)], parts.Sum(part => part.Size));
    }

    /// <summary>Whether the column belongs to the store, not to the record.</summary>
    public static bool IsSystemColumn(string name) => name is "PartitionKey" or "RowKey" or "Timestamp" or "odata.etag" or WriteIdColumn;

    /// <summary>Whether Table Storage allows <paramref name="key"/> as a partition or row key.</summary>
    public static bool IsKey(string key) =>
        key.Length <= MaxKeyLength && !key.Any(character => character is '/' or '\\' or '#' or '?' || char.IsControl(character));

    private TableEntity Stamp(EntityWrite write, string writeId)
    {
        var entity = new TableEntity(PartitionKey, write.RowKey);
        foreach (var (name, value) in write.Columns!)
        {
            if (value is not null && !IsSystemColumn(name))
            {
                entity[name] = value;
            }
        }

        entity[WriteIdColumn] = writeId;
        return entity;
    }

    private static void CheckKey(string key)
    {
        if (key.Length > MaxKeyLength)
        {
            throw new TableLimitException($"The key '{key[..40]}...' is longer than {MaxKeyLength} characters.");
        }

        if (!IsKey(key))
        {
            throw new TableLimitException($"The key '{key}' has a character that Table Storage does not allow in keys.");
        }
    }

    // The size as the service counts it decides about the entity, the size as sent about the group.
    private static long CheckColumns(string rowKey, TableEntity entity)
    {
        var stored = 4L + (2 * (entity.PartitionKey.Length + rowKey.Length));
        var sent = 0L;
        var count = 0;
        foreach (var (name, value) in entity)
        {
            if (name is "PartitionKey" or "RowKey" or "Timestamp" or "odata.etag")
            {
                continue;
            }

            count++;
            if (name.Length is 0 or > MaxNameLength || !IsIdentifier(name))
            {
                throw new TableLimitException($"Row '{rowKey}': '{name}' cannot be the name of a column.");
            }

            var (bytes, text) = Measure(rowKey, name, value);
            stored += 8 + (2 * name.Length) + bytes;
            sent += 40 + (2 * name.Length) + text;
        }

        if (count > MaxProperties)
        {
            throw new TableLimitException($"Row '{rowKey}' has {count} columns, more than {MaxProperties}.");
        }

        return stored <= MaxEntitySize
            ? sent
            : throw new TableLimitException($"Row '{rowKey}' is {stored} bytes long, more than {MaxEntitySize}.");
    }

    private static (long Stored, long Sent) Measure(string rowKey, string name, object value)
    {
        switch (value)
        {
            case string text:
                return text.Length <= MaxStringLength
                    ? (4 + (2 * text.Length), Escaped(text))
                    : throw new TableLimitException(
                        $"Row '{rowKey}', column '{name}': {text.Length} characters are more than {MaxStringLength}."
                    );
            case byte[] binary:
                return binary.Length <= 2 * MaxStringLength
                    ? (4 + binary.Length, (binary.Length * 4 / 3) + 4)
                    : throw new TableLimitException(
                        $"Row '{rowKey}', column '{name}': {binary.Length} bytes are more than {2 * MaxStringLength}."
                    );
            case DateTimeOffset instant:
                return instant >= Earliest
                    ? (8, 40)
                    : throw new TableLimitException(
                        $"Row '{rowKey}', column '{name}': {instant:O} is before 1601, which Table Storage cannot hold."
                    );
            case bool:
                return (1, 5);
            case int:
                return (4, 11);
            case long:
                return (8, 22);
            case double:
                return (8, 25);
            case Guid:
                return (16, 38);
            default:
                throw new TableLimitException($"Row '{rowKey}', column '{name}': Table Storage has no type for {value.GetType().Name}.");
        }
    }

    // The client's JSON writer sends every other character as \uXXXX.
    private static long Escaped(string text)
    {
        var length = (long)text.Length;
        var rest = text.AsSpan();
        for (var at = rest.IndexOfAnyExcept(SentAsIs); at >= 0; at = rest.IndexOfAnyExcept(SentAsIs))
        {
            length += 5;
            rest = rest[(at + 1)..];
        }

        return length;
    }

    private static bool IsIdentifier(string name)
    {
        foreach (var character in name)
        {
            if (!char.IsLetterOrDigit(character) && character != '_')
            {
                return false;
            }
        }

        return !char.IsDigit(name[0]);
    }
}

/// <summary>A write breaks a limit of Azure Table Storage.</summary>
/// <param name="message">Which limit, and which row breaks it.</param>
public sealed class TableLimitException(string message) : ArgumentException(message);
