using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>
/// The pace of one account, shared by trading and market data: so many requests in any minute, and none at all while a <c>429</c> asks to
/// wait or Alpaca says that the account has none left. The latter holds over processes: timers, HTTP and orchestrations may be processes of
/// their own, and each hears from every answer what all of them have used. Times are wall-clock times. Thread-safe.
/// </summary>
internal sealed class RateLimiter : IDisposable
{
    private const int Segments = 12;
    private const int LongestQueue = 1000;
    private const string Remaining = "X-RateLimit-Remaining";
    private const string Reset = "X-RateLimit-Reset";
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly SlidingWindowRateLimiter _limiter;
    private readonly int _reserve;
    private readonly TimeSpan _defaultPause;
    private readonly TimeProvider _time;
    private long _pausedUntil;

    public RateLimiter(AlpacaOptions options, TimeProvider? time = null)
    {
        _defaultPause = options.RetryDelay;
        _time = time ?? TimeProvider.System;
        _reserve = options.RequestsPerMinute / 5;
        _limiter = new(
            new()
            {
                PermitLimit = options.RequestsPerMinute,
                Window = TimeSpan.FromMinutes(1),
                SegmentsPerWindow = Segments,
                QueueLimit = LongestQueue,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            }
        );
    }

    /// <summary>The rest of the pause that a <c>429</c> requested.</summary>
    public TimeSpan Pause => new(Math.Max(0, Interlocked.Read(ref _pausedUntil) - _time.GetUtcNow().UtcTicks));

    /// <summary>Whether more than the last fifth of the minute's requests is left, which is kept for what protects and closes positions,
    /// and for reads.</summary>
    public bool HasRoomForEntries => Pause <= TimeSpan.Zero && _limiter.GetStatistics()!.CurrentAvailablePermits > _reserve;

    /// <summary>Waits until a request may be sent.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var permit = await _limiter.AcquireAsync(1, cancellationToken);
        if (!permit.IsAcquired)
        {
            throw new HttpRequestException("Too many requests are waiting for Alpaca's rate limit; this one was not sent.");
        }

        while (Pause is var pause && pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, _time, cancellationToken);
        }
    }

    /// <summary>Takes in an answer: after a <c>429</c>, or when it used the account's last request, all requests of the account
    /// pause.</summary>
    public void Note(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            PauseFor(
                response.Headers.RetryAfter is not { } after
                    ? _defaultPause
                    : after.Delta ?? (after.Date is { } date ? date - _time.GetUtcNow() : _defaultPause)
            );
        }
        else if (Number(response, Remaining) is <= 0)
        {
            PauseFor(Number(response, Reset) is { } reset ? DateTimeOffset.FromUnixTimeSeconds(reset) - _time.GetUtcNow() : _defaultPause);
        }
    }

    public void Dispose() => _limiter.Dispose();

    // An unreadable header, or one out of range, is ignored.
    private static long? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
        && long.TryParse(values.FirstOrDefault(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
        && number <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? number
            : null;

    private void PauseFor(TimeSpan asked)
    {
        var until = (_time.GetUtcNow() + (asked > LongestPause ? LongestPause : asked)).UtcTicks;
        for (var known = Interlocked.Read(ref _pausedUntil); until > known;)
        {
            var seen = Interlocked.CompareExchange(ref _pausedUntil, until, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }
}

/// <summary>The last handler before the wire: keeps the pace, adds the key, and reads the whole answer, so that time-outs and retries cover
/// its body.</summary>
internal sealed class AlpacaHandler(RateLimiter pace, AlpacaVenue venue, TimeSpan timeout) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await pace.WaitAsync(cancellationToken);
        // The time-out begins here: waiting for one's turn is not the broker's silence.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        HttpResponseMessage? response = null;
        try
        {
            request.Headers.Remove("APCA-API-KEY-ID");
            request.Headers.Remove("APCA-API-SECRET-KEY");
            request.Headers.Add("APCA-API-KEY-ID", venue.KeyId);
            request.Headers.Add("APCA-API-SECRET-KEY", venue.SecretKey);
            response = await base.SendAsync(request, patience.Token);
            pace.Note(response);
            await response.Content.LoadIntoBufferAsync(patience.Token);
            return response;
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new TimeoutException(
                FormattableString.Invariant($"Alpaca did not respond within {timeout.TotalSeconds:0.###} seconds."),
                late
            );
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }
}
