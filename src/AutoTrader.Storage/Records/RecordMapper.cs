using System.Collections.Frozen;
using AutoTrader.Core.Ports;
using AutoTrader.Storage.Tables;
using Azure.Data.Tables;

namespace AutoTrader.Storage.Records;

/// <summary>Turns records into entities and back.</summary>
internal abstract class RecordMapper
{
    /// <summary>The type of the records.</summary>
    public abstract Type RecordType { get; }

    /// <summary>The problem of an unreadable entity; null when it is readable.</summary>
    public abstract string? ProblemOf(TableEntity entity);

    /// <summary>The columns of <paramref name="record"/>, with those that <paramref name="unknown"/> carried.</summary>
    public abstract TableEntity ToEntity(object record, IReadOnlyDictionary<string, object>? unknown);

    /// <summary>The columns of an entity that this version does not know; null when it cannot be read, or has none.</summary>
    public abstract IReadOnlyDictionary<string, object>? UnknownOf(TableEntity entity);

    /// <summary>The write of a record (inserted when it has no version), or the deletion of its row (no record).</summary>
    /// <exception cref="ArgumentException">The record is of another type, or neither record nor version is given.</exception>
    public EntityWrite ToWrite(string rowKey, object? record, RowVersion? expected) =>
        (record, expected) switch
        {
            (null, null) => throw new ArgumentException($"Row '{rowKey}' is to be deleted without a version.", nameof(expected)),
            (null, { } version) => EntityWrite.Delete(rowKey, version.ETag),
            ({ } value, _) when value.GetType() != RecordType => throw new ArgumentException(
                $"Row '{rowKey}' cannot hold a {value.GetType().Name}.",
                nameof(record)
            ),
            ({ } value, null) => EntityWrite.Insert(rowKey, ToEntity(value, null)),
            ({ } value, { } version) => EntityWrite.Replace(rowKey, ToEntity(value, version.Unknown), version.ETag),
        };
}

/// <summary>Turns records of one type into entities and back. Columns that are not read are kept as unknown.</summary>
/// <typeparam name="T">The record type.</typeparam>
/// <param name="write">Writes the columns.</param>
/// <param name="read">Reads them.</param>
/// <param name="isAt">
/// Whether the row is where its record belongs; null when any place will do. A row that someone copied holds the id of another: two rows
/// that pass for one record would each overwrite the other, or block it.
/// </param>
internal sealed class RecordMapper<T>(Action<T, ColumnWriter> write, Func<ColumnReader, T> read, Func<T, TableEntity, bool>? isAt = null)
    : RecordMapper
    where T : class
{
    // Every read uses the same columns; the first successful one determines them.
    private volatile FrozenSet<string>? _known;

    public override Type RecordType => typeof(T);

    public override string? ProblemOf(TableEntity entity) => TryToRow(entity, out _);

    public override IReadOnlyDictionary<string, object>? UnknownOf(TableEntity entity) =>
        TryToRow(entity, out var row) is null ? row!.Version.Unknown : null;

    public override TableEntity ToEntity(object record, IReadOnlyDictionary<string, object>? unknown) => ToEntity((T)record, unknown);

    public TableEntity ToEntity(T record, IReadOnlyDictionary<string, object>? unknown = null)
    {
        var entity = new TableEntity();
        if (unknown is not null)
        {
            foreach (var (name, value) in unknown)
            {
                entity[name] = value;
            }
        }

        write(record, new ColumnWriter(entity));
        entity[StoredRow.SchemaColumn] = StoredRow.Schema;
        return entity;
    }

    /// <summary>The record of <paramref name="entity"/>, with its version.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says why.</exception>
    public Row<T> ToRow(TableEntity entity)
    {
        RequireSchema(entity);
        var known = _known;
        var asked = known is null ? new HashSet<string>(StringComparer.Ordinal) : null;
        var record = read(new ColumnReader(entity, asked));
        known ??= _known = asked!.ToFrozenSet(StringComparer.Ordinal);
        if (isAt?.Invoke(record, entity) == false)
        {
            throw new FormatException("The row's content belongs to another key: it may be a copy of another row.");
        }

        Dictionary<string, object>? unknown = null;
        foreach (var (name, value) in entity)
        {
            if (
                !known.Contains(name)
                && name != StoredRow.SchemaColumn
                && !EntityGroup.IsSystemColumn(name)
                && !IsPieceOfKnown(name, known)
                && value is not null
            )
            {
                (unknown ??= new(StringComparer.Ordinal)).Add(name, value);
            }
        }

        return new(record, new RowVersion(entity.ETag.ToString(), unknown));
    }

    /// <summary>As <see cref="ToRow"/>; returns the problem when it is unreadable, otherwise null.</summary>
    public string? TryToRow(TableEntity entity, out Row<T>? row)
    {
        try
        {
            row = ToRow(entity);
            return null;
        }
        catch (FormatException wrong)
        {
            row = null;
            return wrong.Message;
        }
    }

    /// <summary>The rows of a page of entities, and the names of unreadable ones.</summary>
    public Page<Row<T>> ToPage(EntityPage page)
    {
        var rows = new List<Row<T>>(page.Entities.Count);
        var unreadable = new List<UnreadableRow>();
        foreach (var entity in page.Entities)
        {
            if (TryToRow(entity, out var row) is { } problem)
            {
                unreadable.Add(new(entity.RowKey, problem));
            }
            else
            {
                rows.Add(row!);
            }
        }

        return new(rows, page.Continuation) { Unreadable = unreadable };
    }

    // A newer app wrote it, and marked it as incompatible with this version: it stays unchanged until the app is upgraded again.
    private static void RequireSchema(TableEntity entity)
    {
        if (new ColumnReader(entity, null).Integer(StoredRow.SchemaColumn, StoredRow.Schema) is var schema and > StoredRow.Schema)
        {
            throw new FormatException(
                FormattableString.Invariant(
                    $"A newer AutoTrader wrote it (schema {schema}; this is {Core.AppVersion.Current} and reads up to {StoredRow.Schema})."
                ) + " Upgrade again; until then the row stays unchanged."
            );
        }
    }

    private static bool IsPieceOfKnown(string name, FrozenSet<string> known) =>
        name.LastIndexOf(ColumnWriter.PieceMark, StringComparison.Ordinal) is > 0 and var mark && known.Contains(name[..mark]);
}
