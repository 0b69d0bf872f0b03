using System.Collections.Concurrent;
using System.Globalization;
using AutoTrader.Storage.Tables;
using AutoTrader.Core.Ports;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AutoTrader.Storage.Lease;

/// <summary>
/// The engine lease on a blob per account. It lasts 60 s and is renewed every 20 s of wall-clock time. The holder's name is metadata of
/// the blob, for people; it is written when it changes, and refreshed by the first renewal, so that a short cycle costs two requests.
/// </summary>
/// <param name="service">The storage account.</param>
/// <param name="container">The container's name; it is created when it is missing.</param>
/// <param name="wallClock">Infrastructure time, never business time; null for the system's.</param>
public sealed class BlobEngineLease(BlobServiceClient service, string container, TimeProvider? wallClock = null) : IEngineLease
{
    /// <summary>How long a lease lasts after the last renewal.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    /// <summary>How often it is renewed.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(20);

    /// <summary>How soon a renewal that got no answer is tried again.</summary>
    public static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(5);

    private const string HolderKey = "holder";
    private const string SinceKey = "since";
    private readonly TimeProvider _clock = wallClock ?? TimeProvider.System;

    // Lease operations do not change a blob's ETag: while it is the one from our metadata write, the metadata is still ours.
    private readonly ConcurrentDictionary<string, (string Holder, ETag ETag)> _written = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken cancellationToken)
    {
        var blob = BlobOf(account);
        var client = blob.GetBlobLeaseClient();
        try
        {
            var sentAt = _clock.GetTimestamp();
            Response<BlobLease> lease;
            try
            {
                lease = await client.AcquireAsync(Duration, cancellationToken: cancellationToken);
            }
            catch (RequestFailedException missing) when (missing.Status == 404)
            {
                await CreateAsync(blob, cancellationToken);
                sentAt = _clock.GetTimestamp();
                lease = await client.AcquireAsync(Duration, cancellationToken: cancellationToken);
            }

            var since = _clock.GetUtcNow();
            var held = new HeldBlobLease(client, _clock, sentAt, () => DescribeAsync(account, new(holder, since), client));
            if (_written.TryGetValue(account, out var written) && written.Holder == holder && written.ETag == lease.Value.ETag)
            {
                return held;
            }

            await held.DescribeAsync();
            return held;
        }
        catch (RequestFailedException taken) when (taken.Status == 409 && taken.ErrorCode == BlobErrorCode.LeaseAlreadyPresent)
        {
            return null;
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, cancellationToken))
        {
            throw BlobFailures.Unavailable("taken", failure);
        }
    }

    /// <summary>Takes the lease from its holder, who must be known to be dead; the next to ask for it gets it.</summary>
    public async Task BreakAsync(string account, CancellationToken cancellationToken)
    {
        try
        {
            await BlobOf(account).GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException gone) when (gone.Status is 404 or 409)
        {
            // It is no longer held.
        }
    }

    /// <inheritdoc/>
    public async Task<LeaseHolder?> PeekAsync(string account, CancellationToken cancellationToken)
    {
        try
        {
            var properties = (await BlobOf(account).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            if (properties.LeaseStatus != LeaseStatus.Locked)
            {
                return null;
            }

            var holder = properties.Metadata.TryGetValue(HolderKey, out var name) ? Uri.UnescapeDataString(name) : "unknown";
            return new(
                holder,
                properties.Metadata.TryGetValue(SinceKey, out var since)
                && DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
                    ? instant
                    : properties.LastModified
            );
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, cancellationToken))
        {
            throw BlobFailures.Unavailable("looked at", failure);
        }
    }

    internal BlobClient BlobOf(string account) => service.GetBlobContainerClient(container).GetBlobClient("engine/" + account);

    private async Task DescribeAsync(string account, LeaseHolder holder, BlobLeaseClient client)
    {
        try
        {
            var info = await BlobOf(account)
                .SetMetadataAsync(
                    new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        [HolderKey] = Uri.EscapeDataString(holder.Holder),
                        [SinceKey] = holder.Since.ToString("O", CultureInfo.InvariantCulture),
                    },
                    new BlobRequestConditions { LeaseId = client.LeaseId }
                );
            _written[account] = (holder.Holder, info.Value.ETag);
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, CancellationToken.None))
        {
            // For people only: whether the lease is held does not depend on it.
            _written.TryRemove(account, out _);
        }
    }

    private static async Task CreateAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            await blob.GetParentBlobContainerClient().CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await blob.UploadAsync(
                BinaryData.Empty,
                new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } },
                cancellationToken
            );
        }
        catch (RequestFailedException exists) when (exists.Status is 409 or 412)
        {
            // Another host was first, and may hold the lease already.
        }
    }
}

/// <summary>The error for an unreachable lease blob.</summary>
internal static class BlobFailures
{
    public static StorageUnavailableException Unavailable(string tried, Exception failure) =>
        new(
            $"The engine lease could not be {tried}: {failure.Message.Split('\n')[0].TrimEnd()} Check that AzureWebJobsStorage names a "
                + "storage account whose blobs can be reached and written to.",
            failure
        );
}
