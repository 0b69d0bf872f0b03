using System.Globalization;
using Azure;
using Azure.Data.Tables;

namespace AutoTrader.LocalRuntime.Durable.Storage;

/// <summary>Orchestrations in two tables of a task hub: the rows, and the bell.</summary>
internal sealed class TableDurableStore(string connectionString, string hub) : IDurableStore, IDisposable
{
    private const string Partition = "hub";
    private const string OpenColumn = "Open";
    private const int ColumnLength = 32_000;

    private readonly TableClient _rows = new(connectionString, $"{hub}Durable");
    private readonly TableClient _bell = new(connectionString, $"{hub}DurableBell");
    private readonly LocalBell _localBell = new(new TableClient(connectionString, $"{hub}DurableBell").Uri);

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await _rows.CreateIfNotExistsAsync(cancellationToken);
        await _bell.CreateIfNotExistsAsync(cancellationToken);
    }

    public async Task<StoredRow?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var found = await _rows.GetEntityIfExistsAsync<TableEntity>(Partition, key, cancellationToken: cancellationToken);
        return found.HasValue && found.Value is { } entity ? Row(entity) : null;
    }

    public async Task<IReadOnlyList<StoredRow>> ReadRangeAsync(string from, string to, CancellationToken cancellationToken, bool onlyOpen = false)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey ge {from} and RowKey lt {to}");
        if (onlyOpen)
            filter += $" and {OpenColumn} eq true";
        List<StoredRow> rows = [];
        await foreach (var entity in _rows.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
            rows.Add(Row(entity));
        rows.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return rows;
    }

    public async Task<IReadOnlyList<string>> CommitAsync(IReadOnlyList<RowChange> changes, CancellationToken cancellationToken)
    {
        // The client repeats a request whose answer was lost; this tells its own change from another's.
        var writeId = Guid.NewGuid().ToString("N");
        try
        {
            var answer = await _rows.SubmitTransactionAsync(changes.Select(change => Action(change, writeId)), cancellationToken);
            return [.. answer.Value.Select(response => response.Headers.ETag?.ToString() ?? "")];
        }
        catch (RequestFailedException failure) when (failure.Status is 404 or 409 or 412)
        {
            return await AppliedAsync(changes, writeId, cancellationToken) ?? throw new StoreConflictException(failure.Message, failure);
        }
    }

    public async Task RingAsync(string messageKey, CancellationToken cancellationToken)
    {
        await _bell.UpsertEntityAsync(new TableEntity(Partition, messageKey), TableUpdateMode.Replace, cancellationToken);
        _localBell.Ring();
    }

    public Task WaitForBellAsync(TimeSpan atMost, CancellationToken cancellationToken) => _localBell.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _localBell.Dispose();

    public async Task<IReadOnlyList<string>> ReadBellAsync(CancellationToken cancellationToken)
    {
        List<string> keys = [];
        await foreach (var entity in _bell.QueryAsync<TableEntity>(cancellationToken: cancellationToken))
            keys.Add(entity.RowKey);
        return keys;
    }

    public async Task ClearBellAsync(IReadOnlyList<string> messageKeys, CancellationToken cancellationToken)
    {
        foreach (var keys in messageKeys.Chunk(100))
        {
            try
            {
                await _bell.SubmitTransactionAsync(keys.Select(key => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(Partition, key), ETag.All)), cancellationToken);
            }
            catch (RequestFailedException gone) when (gone.Status == 404)
            {
                // A former owner has cleared some of them: those that are left are seen again.
                foreach (var key in keys)
                    await _bell.DeleteEntityAsync(Partition, key, ETag.All, cancellationToken);
            }
        }
    }

    private static TableTransactionAction Action(RowChange change, string writeId) => change.Kind switch
    {
        ChangeKind.Insert => new TableTransactionAction(TableTransactionActionType.Add, Entity(change, writeId)),
        ChangeKind.Replace => new TableTransactionAction(TableTransactionActionType.UpdateReplace, Entity(change, writeId), new ETag(change.ETag!)),
        ChangeKind.Delete => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(Partition, change.Key), ETag.All),
        _ => new TableTransactionAction(TableTransactionActionType.UpsertReplace, Entity(change, writeId)),
    };

    private static TableEntity Entity(RowChange change, string writeId)
    {
        var entity = new TableEntity(Partition, change.Key) { ["W"] = writeId };
        if (change.IsOpen)
            entity[OpenColumn] = true;
        for (var start = 0; start < change.Text.Length; start += ColumnLength)
            entity[string.Create(CultureInfo.InvariantCulture, $"T{start / ColumnLength:D2}")] = change.Text.Substring(start, Math.Min(ColumnLength, change.Text.Length - start));
        return entity;
    }

    private static StoredRow Row(TableEntity entity)
    {
        var columns = entity.Keys.Where(name => name.Length == 3 && name[0] == 'T').Order(StringComparer.Ordinal);
        // A column of another type was not written by us: what is left is no JSON, and is reported as such.
        return new StoredRow(entity.RowKey, string.Concat(columns.Select(name => entity[name] as string)), entity.ETag.ToString());
    }

    private async Task<IReadOnlyList<string>?> AppliedAsync(IReadOnlyList<RowChange> changes, string writeId, CancellationToken cancellationToken)
    {
        if (changes.FirstOrDefault(change => change.Kind != ChangeKind.Delete) is not { } written)
            return null;
        var found = await _rows.GetEntityIfExistsAsync<TableEntity>(Partition, written.Key, cancellationToken: cancellationToken);
        if (!found.HasValue || found.Value!.GetString("W") != writeId)
            return null;
        var tags = new string[changes.Count];
        for (var i = 0; i < changes.Count; i++)
            tags[i] = changes[i].Kind == ChangeKind.Delete ? "" : (await _rows.GetEntityAsync<TableEntity>(Partition, changes[i].Key, cancellationToken: cancellationToken)).Value.ETag.ToString();
        return tags;
    }
}
