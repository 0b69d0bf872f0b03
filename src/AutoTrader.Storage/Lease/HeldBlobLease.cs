using AutoTrader.Storage.Tables;
using AutoTrader.Core.Ports;
using Azure;
using Azure.Storage.Blobs.Specialized;

namespace AutoTrader.Storage.Lease;

/// <summary>A blob lease that is held and renewed until it is disposed or lost.</summary>
internal sealed class HeldBlobLease : IHeldLease
{
    private readonly BlobLeaseClient _client;
    private readonly TimeProvider _clock;
    private readonly Func<Task> _describe;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly ITimer _expiry;
    private readonly Task _renewals;
    private bool _described;
    private long _validFrom;

    public HeldBlobLease(BlobLeaseClient client, TimeProvider clock, long sentAt, Func<Task> describe)
    {
        (_client, _clock, _validFrom, _describe) = (client, clock, sentAt, describe);
        _expiry = clock.CreateTimer(_ => LoseIfExpired(), null, UntilExpiry, Timeout.InfiniteTimeSpan);
        _renewals = RenewUntilStoppedAsync();
    }

    public bool IsHeld => !_lost.IsCancellationRequested && !_stopped.IsCancellationRequested && Remaining > TimeSpan.Zero;

    public CancellationToken Lost => _lost.Token;

    private TimeSpan Remaining => BlobEngineLease.Duration - _clock.GetElapsedTime(Interlocked.Read(ref _validFrom));

    // A timer must not fire early, because the lease would not have expired yet.
    private TimeSpan UntilExpiry => Remaining > TimeSpan.Zero ? Remaining + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;

    /// <summary>Writes who holds it, for people.</summary>
    public Task DescribeAsync()
    {
        _described = true;
        return _describe();
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopped.IsCancellationRequested)
        {
            return;
        }

        await _stopped.CancelAsync();
        await _renewals;
        await _expiry.DisposeAsync();
        if (!_lost.IsCancellationRequested)
        {
            try
            {
                await _client.ReleaseAsync();
            }
            catch (Exception failure) when (StorageFailures.IsFailure(failure, CancellationToken.None))
            {
                // It ends by itself within its duration.
            }
        }
    }

    private async Task RenewUntilStoppedAsync()
    {
        var wait = BlobEngineLease.RenewEvery;
        while (!_lost.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(wait, _clock, _stopped.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            wait = await RenewAsync() ? BlobEngineLease.RenewEvery : BlobEngineLease.RetryEvery;
        }
    }

    private async Task<bool> RenewAsync()
    {
        // Never after it has expired: another may have held it in between, and a renewal would succeed all the same.
        if (!IsHeld)
        {
            LoseIfExpired();
            return false;
        }

        var sentAt = _clock.GetTimestamp();
        try
        {
            await _client.RenewAsync(cancellationToken: _stopped.Token);
            Interlocked.Exchange(ref _validFrom, sentAt);
            _expiry.Change(UntilExpiry, Timeout.InfiniteTimeSpan);
            if (!_described)
            {
                await DescribeAsync();
            }

            return true;
        }
        catch (RequestFailedException gone) when (gone.Status is 404 or 409 or 412)
        {
            await _lost.CancelAsync();
            return false;
        }
        catch (Exception failure) when (StorageFailures.IsFailure(failure, CancellationToken.None))
        {
            return false;
        }
    }

    private void LoseIfExpired()
    {
        if (Remaining <= TimeSpan.Zero)
        {
            _lost.Cancel();
        }
        else
        {
            _expiry.Change(UntilExpiry, Timeout.InfiniteTimeSpan);
        }
    }
}
