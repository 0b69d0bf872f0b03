using System.Collections.Concurrent;
using System.Text;
using AutoTrader.Core.Ports;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace AutoTrader.Storage.Tables;

/// <summary>The tables of a storage account (or of Azurite), whose names all begin with a prefix.</summary>
/// <param name="service">The account.</param>
/// <param name="prefix">Letters and digits, beginning with a letter; empty for none.</param>
public sealed class AzureTables(TableServiceClient service, string prefix = "") : IEntityTables
{
    private readonly ConcurrentDictionary<string, IEntityTable> _tables = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEntityTable Table(string name) =>
        _tables.GetOrAdd(name, _ => new BatchingTable(new AzureTable(service.GetTableClient(prefix + name))));
}

/// <summary>
/// A table of Azure Table Storage. It is created by the first write that finds it missing; a missing table reads as empty.
/// An ambiguous write (no answer, or a refusal after a silent retry) is resolved by reading back: rows with the write id that they were
/// sent with are ours.
/// </summary>
internal sealed class AzureTable(TableClient client) : IEntityTable
{
    private const int ReadsAtOnce = 8;

    // Matches no row: it is the version of a row that we wrote and that was overwritten since.
    private const string OverwrittenETag = "W/\"datetime'1601-01-01T00%3A00%3A00.0000000Z'\"";

    public async Task<EntityPage> PageAsync(EntityQuery query, int pageSize, string? continuation, CancellationToken cancellationToken)
    {
        var token = Continuation.Decode(continuation);
        try
        {
            var pages = client
                .QueryAsync<TableEntity>(Filter(query), pageSize, cancellationToken: cancellationToken)
                .AsPages(token, pageSize);
            await foreach (var page in pages)
            {
                return new(page.Values as List<TableEntity> ?? [.. page.Values], Continuation.Encode(page.ContinuationToken));
            }

            return new([], null);
        }
        catch (RequestFailedException missing) when (IsTableMissing(missing))
        {
            return new([], null);
        }
        catch (Exception wrong) when (continuation is not null && wrong is RequestFailedException { Status: 400 })
        {
            throw new ArgumentException("The continuation token is not from this table.", nameof(continuation), wrong);
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, cancellationToken))
        {
            throw Unavailable("read", failure);
        }
    }

    public async Task<TableEntity?> ReadAsync(string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        try
        {
            var found = await client.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, cancellationToken: cancellationToken);
            return found.HasValue ? found.Value : null;
        }
        catch (RequestFailedException missing) when (IsTableMissing(missing))
        {
            return null;
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, cancellationToken))
        {
            throw Unavailable("read", failure);
        }
    }

    public async Task<GroupResult> WriteAsync(EntityGroup group, CancellationToken cancellationToken)
    {
        var attempts = WriteAttempts.Begin();
        try
        {
            return await SendAsync(group, cancellationToken);
        }
        catch (RequestFailedException missing) when (IsTableMissing(missing))
        {
            await CreateAsync(cancellationToken);
            return await WriteAsync(group, cancellationToken);
        }
        catch (RequestFailedException refused)
            when (refused.Status is 404 or 409 or 412 && refused.ErrorCode != TableErrorCode.TableBeingDeleted)
        {
            var index = (refused as TableTransactionFailedException)?.FailedTransactionActionIndex ?? 0;
            return await OursAsync(group, attempts.IsOne ? index : null, cancellationToken) ?? new(null, index);
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, cancellationToken))
        {
            return await OursAsync(group, null, cancellationToken) ?? throw Unavailable("written to", failure);
        }
    }

    private async Task<GroupResult> SendAsync(EntityGroup group, CancellationToken cancellationToken)
    {
        var actions = new List<TableTransactionAction>(group.Writes.Count);
        foreach (var write in group.Writes)
        {
            actions.Add(
                write.Kind switch
                {
                    EntityWriteKind.Insert => new(TableTransactionActionType.Add, write.Columns),
                    EntityWriteKind.Replace => new(TableTransactionActionType.UpdateReplace, write.Columns, new ETag(write.ETag!)),
                    EntityWriteKind.Upsert => new(TableTransactionActionType.UpsertReplace, write.Columns),
                    _ => new(TableTransactionActionType.Delete, new TableEntity(group.PartitionKey, write.RowKey), new ETag(write.ETag!)),
                }
            );
        }

        var responses = (await client.SubmitTransactionAsync(actions, cancellationToken)).Value;
        var etags = new string?[responses.Count];
        for (var i = 0; i < etags.Length; i++)
        {
            etags[i] = group.Writes[i].Kind == EntityWriteKind.Delete ? null : responses[i].Headers.ETag?.ToString();
        }

        return new(etags);
    }

    /// <summary>The result of a write that turns out to have been done; null when it was not.</summary>
    /// <param name="group">The group that was sent.</param>
    /// <param name="refused">The row to check when the first attempt was certainly refused; null to check all.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    private async Task<GroupResult?> OursAsync(EntityGroup group, int? refused, CancellationToken cancellationToken)
    {
        if (
            refused is { } index
            && (
                group.Writes[index].Kind == EntityWriteKind.Delete
                || !IsOurs(await ReadAsync(group.PartitionKey, group.Writes[index].RowKey, cancellationToken), group.Writes[index])
            )
        )
        {
            return null;
        }

        var found = new TableEntity?[group.Writes.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, found.Length),
            new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (i, cancellation) => found[i] = await ReadAsync(group.PartitionKey, group.Writes[i].RowKey, cancellation)
        );

        // A group of deletions leaves no write id: if all its rows are gone, it has succeeded.
        var isOurs = group.Writes.All(write => write.Kind == EntityWriteKind.Delete)
            ? Array.TrueForAll(found, entity => entity is null)
            : group.Writes.Zip(found).Any(row => IsOurs(row.Second, row.First));
        return isOurs
            ? new([
                .. found.Select(
                    (entity, i) =>
                        (group.Writes[i].Kind, IsOurs(entity, group.Writes[i])) switch
                        {
                            (EntityWriteKind.Delete, _) => null,
                            (_, true) => entity!.ETag.ToString(),
                            _ => OverwrittenETag,
                        }
                ),
            ])
            : null;
    }

    private static bool IsOurs(TableEntity? entity, EntityWrite write) =>
        entity is not null
        && entity.TryGetValue(EntityGroup.WriteIdColumn, out var found)
        && write.Columns is { } written
        && found as string == (string)written[EntityGroup.WriteIdColumn];

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateIfNotExistsAsync(cancellationToken);
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, cancellationToken))
        {
            throw Unavailable("created", failure);
        }
    }

    private static bool IsTableMissing(RequestFailedException failure) =>
        failure.Status == 404 && failure.ErrorCode == TableErrorCode.TableNotFound;

    private StorageUnavailableException Unavailable(string tried, Exception failure)
    {
        var cause = failure is AggregateException { InnerExceptions: [var first, ..] } ? first : failure;
        var reason = cause is RequestFailedException { Status: > 0 } refused
            ? $"{refused.Status} {refused.ErrorCode}"
            : cause.Message.Split('\n')[0].TrimEnd();
        return new(
            $"Table {client.Name} could not be {tried}: {reason}. Check that AzureWebJobsStorage names a storage account that can "
                + "be reached and written to.",
            failure
        );
    }

    private static string Filter(EntityQuery query)
    {
        var filter = new StringBuilder();
        Append(filter, "PartitionKey", query.Partitions);
        if (query.Rows is [var only] && only == KeyRange.All)
        {
            return filter.ToString();
        }

        filter.Append(" and (");
        for (var i = 0; i < query.Rows.Count; i++)
        {
            filter.Append(i == 0 ? "" : " or ");
            Append(filter, "RowKey", query.Rows[i]);
        }

        return filter.Append(')').ToString();
    }

    private static void Append(StringBuilder filter, string column, KeyRange range)
    {
        if (range.IsSingle)
        {
            filter.Append(column).Append(" eq '").Append(Escape(range.From)).Append('\'');
            return;
        }

        filter.Append('(').Append(column).Append(" ge '").Append(Escape(range.From)).Append('\'');
        if (range.Before is { } before)
        {
            filter.Append(" and ").Append(column).Append(" lt '").Append(Escape(before)).Append('\'');
        }

        filter.Append(')');
    }

    private static string Escape(string key) => key.Replace("'", "''", StringComparison.Ordinal);
}
