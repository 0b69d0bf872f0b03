using System.Diagnostics;
using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Storage;

/// <summary>
/// A lease on a blob, renewed by the wall clock. Its holder writes down which process it is, so that a holder that was killed on this
/// machine does not make the next run wait until its lease runs out.
/// </summary>
internal sealed partial class BlobLease : IRuntimeLease
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    private readonly BlobLeaseClient _lease;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewal;

    private BlobLease(BlobLeaseClient lease, long taken, ILogger logger)
    {
        _lease = lease;
        _logger = logger;
        _renewal = Task.Run(() => RenewAsync(taken));
    }

    public CancellationToken Lost => _lost.Token;

    public static async Task<BlobLease?> TryTakeAsync(BlobClient blob, ILogger logger, CancellationToken cancellationToken)
    {
        var taken = Stopwatch.GetTimestamp();
        var lease = blob.GetBlobLeaseClient();
        try
        {
            await lease.AcquireAsync(Length, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException held) when (held.Status == 409)
        {
            if (!await BreakOfDeadAsync(blob, logger, cancellationToken))
            {
                return null;
            }
            try
            {
                await lease.AcquireAsync(Length, cancellationToken: cancellationToken);
            }
            catch (RequestFailedException heldAgain) when (heldAgain.Status == 409)
            {
                return null;
            }
        }

        await blob.SetMetadataAsync(Holder.Self.ToMetadata(), new BlobRequestConditions { LeaseId = lease.LeaseId }, cancellationToken);
        return new BlobLease(lease, taken, logger);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewal;
        try
        {
            if (!_lost.IsCancellationRequested)
            {
                await _lease.ReleaseAsync();
            }
        }
        catch (RequestFailedException failure)
        {
            LogReleaseFailed(_logger, failure, _lease.Uri.AbsolutePath);
        }

        _stop.Dispose();
        _lost.Dispose();
    }

    private static async Task<bool> BreakOfDeadAsync(BlobClient blob, ILogger logger, CancellationToken cancellationToken)
    {
        var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        if (properties.LeaseState != LeaseState.Leased)
        {
            return true;
        }
        if (Holder.FromMetadata(properties.Metadata) is not { } holder || !holder.IsDead())
        {
            return false;
        }
        LogBreaking(logger, blob.Name, holder.ProcessId);
        // Only if no other process has taken it since: taking it writes the metadata.
        await blob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, new RequestConditions { IfMatch = properties.ETag }, cancellationToken);
        return true;
    }

    private async Task RenewAsync(long renewed)
    {
        while (true)
        {
            await Task.Delay(RenewEvery, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
            {
                return;
            }
            var sent = Stopwatch.GetTimestamp();
            try
            {
                await _lease.RenewAsync(cancellationToken: _stop.Token);
                renewed = sent;
            }
            catch (Exception failure) when (failure is RequestFailedException or OperationCanceledException or AggregateException)
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }
                var gone = failure is RequestFailedException { Status: 409 or 412 or 404 };
                if (gone || Stopwatch.GetElapsedTime(renewed) > Length - RenewEvery)
                {
                    LogLost(_logger, failure, _lease.Uri.AbsolutePath);
                    await _lost.CancelAsync();
                    return;
                }
            }
        }
    }

    [LoggerMessage(940, LogLevel.Warning, "Breaking the lease on {Blob}: its holder, process {ProcessId}, is no longer running")]
    private static partial void LogBreaking(ILogger logger, string blob, int processId);

    [LoggerMessage(941, LogLevel.Error, "The lease on {Blob} is lost")]
    private static partial void LogLost(ILogger logger, Exception failure, string blob);

    [LoggerMessage(942, LogLevel.Warning, "The lease on {Blob} could not be released and will expire")]
    private static partial void LogReleaseFailed(ILogger logger, Exception failure, string blob);

    private sealed record Holder(string Machine, int ProcessId, long Started)
    {
        public static Holder Self { get; } = new(Environment.MachineName, Environment.ProcessId, StartOf(Process.GetCurrentProcess()));

        public static Holder? FromMetadata(IDictionary<string, string> metadata) =>
            metadata.TryGetValue("machine", out var machine)
            && metadata.TryGetValue("process", out var process)
            && int.TryParse(process, CultureInfo.InvariantCulture, out var processId)
            && metadata.TryGetValue("started", out var text)
            && long.TryParse(text, CultureInfo.InvariantCulture, out var started)
                ? new Holder(machine, processId, started)
                : null;

        public Dictionary<string, string> ToMetadata() =>
            new(StringComparer.Ordinal)
            {
                ["machine"] = Machine,
                ["process"] = ProcessId.ToString(CultureInfo.InvariantCulture),
                ["started"] = Started.ToString(CultureInfo.InvariantCulture),
            };

        public bool IsDead()
        {
            if (!string.Equals(Machine, Environment.MachineName, StringComparison.Ordinal))
            {
                return false;
            }
            try
            {
                using var process = Process.GetProcessById(ProcessId);
                // Ids are used again; and the start is computed from the uptime, so it differs a little from one reader to the next.
                return process.HasExited || Math.Abs(StartOf(process) - Started) > 5;
            }
            catch (ArgumentException)
            {
                return true;
            }
        }

        private static long StartOf(Process process) => new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeSeconds();
    }
}
