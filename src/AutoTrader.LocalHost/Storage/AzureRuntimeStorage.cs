using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Storage;

/// <summary>State in a table and leases on blobs, both named for the local host and apart for each app.</summary>
internal sealed class AzureRuntimeStorage(StorageServices services, string app, ILogger logger) : IRuntimeStorage
{
    private const string TableName = "LocalHost";
    private const string ContainerName = "local-host";

    private readonly TableClient _table = services.Table(TableName);
    private readonly BlobContainerClient _container = services.Container(ContainerName);

    public AzureRuntimeStorage(string connectionString, string app, ILogger logger)
        : this(StorageServices.Of(connectionString), app, logger) { }

    public StorageServices? Services => services;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await _table.CreateIfNotExistsAsync(cancellationToken);
        await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    public async Task<TimerStatus?> ReadTimerAsync(string scope, string function, CancellationToken cancellationToken)
    {
        return await FindAsync(scope, $"timer|{function}", cancellationToken) is { } row
            ? new TimerStatus(Instant(row, "Last"), Instant(row, "Next"), Instant(row, "LastUpdated"))
            : null;
    }

    public Task WriteTimerAsync(string scope, string function, TimerStatus status, CancellationToken cancellationToken) =>
        // As text: a table knows no dates before 1601, and the default instant means never.
        _table.UpsertEntityAsync(
            new TableEntity(Partition(scope), $"timer|{function}")
            {
                ["Last"] = Text(status.Last),
                ["Next"] = Text(status.Next),
                ["LastUpdated"] = Text(status.LastUpdated),
            },
            TableUpdateMode.Replace,
            cancellationToken
        );

    public async Task<DateTimeOffset?> ReadPositionAsync(string scope, CancellationToken cancellationToken)
    {
        return await FindAsync(scope, ReplayRows.PositionKey, cancellationToken) is { } row
            ? new DateTimeOffset(Instant(row, "Position"), TimeSpan.Zero)
            : null;
    }

    public async Task WritePositionAsync(string scope, DateTimeOffset position, IReadOnlyList<InstanceChange> changes)
    {
        foreach (var group in ReplayRows.Groups(Partition(scope), position, changes))
        {
            await _table.SubmitTransactionAsync(group);
        }
    }

    public async Task<IReadOnlyList<InstanceChange>> ReadInstancesAsync(string scope, CancellationToken cancellationToken)
    {
        var partition = Partition(scope);
        List<InstanceChange> found = [];
        var rows = _table.QueryAsync<TableEntity>(
            row =>
                row.PartitionKey == partition
                && row.RowKey.CompareTo(ReplayRows.InstancePrefix) > 0
                && row.RowKey.CompareTo(ReplayRows.AfterInstances) < 0,
            cancellationToken: cancellationToken
        );
        await foreach (var row in rows)
        {
            if (ReplayRows.Read(row) is { Json: not null } instance)
            {
                found.Add(instance);
            }
        }

        return found;
    }

    public async Task<IRuntimeLease?> TryLeaseAsync(string name, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlobClient($"{app}/{name}");
        try
        {
            await blob.UploadAsync(BinaryData.Empty, overwrite: false, cancellationToken);
        }
        catch (RequestFailedException exists) when (exists.Status is 409 or 412)
        {
            // It exists, which is enough; the next call shows whether it is leased.
        }

        return await BlobLease.TryTakeAsync(blob, logger, cancellationToken);
    }

    private static DateTime Instant(TableEntity row, string column) =>
        DateTime.Parse(row.GetString(column), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);

    private static string Text(DateTime instant) => instant.ToString("O", CultureInfo.InvariantCulture);

    private async Task<TableEntity?> FindAsync(string scope, string key, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(Partition(scope), key, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    private string Partition(string scope) => $"{app}|{scope}";
}
