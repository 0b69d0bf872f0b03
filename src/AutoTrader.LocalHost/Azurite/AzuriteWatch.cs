using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Azurite;

/// <summary>The Azurite to watch.</summary>
internal interface IWatchedStorage
{
    /// <summary>Where it keeps its data.</summary>
    AzuriteFiles Files { get; }

    /// <summary>Whether its process is gone.</summary>
    bool HasEnded { get; }

    /// <summary>Starts it again on the same ports and folder.</summary>
    /// <exception cref="AzuriteException">It does not start.</exception>
    Task RestartAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Watches the Azurite that this process started: restarts it when it dies, and reports when acknowledged writes do not reach the disk.
/// Azurite itself returns 201 with a full disk, and loses everything when it ends.
/// </summary>
/// <param name="storage">The Azurite.</param>
/// <param name="probe">Writes something to a table, so that there is something to save.</param>
/// <param name="safety">Receives problems.</param>
/// <param name="logger">The log.</param>
/// <param name="failed">Called with a sentence when the host must end.</param>
internal sealed partial class AzuriteWatch(
    IWatchedStorage storage,
    Func<CancellationToken, Task> probe,
    StorageSafety safety,
    ILogger logger,
    Action<string> failed
) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;
    private long? _probed;
    private long? _unsavedSince;
    private DateTime? _saveBefore;

    /// <summary>How often it writes something. Azurite saves every five seconds.</summary>
    internal TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an acknowledged write may wait for its save.</summary>
    internal TimeSpan LongestUnsaved { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Starts to look, every second of the wall clock.</summary>
    public void Start() => _watching = Task.Run(WatchAsync);

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (storage.HasEnded)
        {
            LogDied(logger);
            // Writes acknowledged in its last seconds are lost; the app reads everything again and repairs what it can.
            await storage.RestartAsync(cancellationToken);
            _unsavedSince = null;
            LogRestarted(logger);
        }

        Report(storage.Files.WhyNotWritable() ?? await WhyNotSavedAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await LookAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
        catch (Exception failure)
        {
            var reason = failure.Message.ReplaceLineEndings(" ");
            safety.Problem = reason;
            failed($"The app stops: Azurite ended and cannot be started again. {reason}");
        }
    }

    // A write acknowledged long enough ago must have been saved since. Measured on the monotonic clock from the response on: a slow write
    // is not a lost one.
    private async Task<string?> WhyNotSavedAsync(CancellationToken cancellationToken)
    {
        // Also while nothing is saved: so that there is something to save when it can be again.
        if (_probed is null || Stopwatch.GetElapsedTime(_probed.Value) >= ProbeInterval)
        {
            _probed = Stopwatch.GetTimestamp();
            try
            {
                await probe(cancellationToken);
                if (_unsavedSince is null)
                {
                    (_unsavedSince, _saveBefore) = (Stopwatch.GetTimestamp(), storage.Files.LastSave);
                }
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                // It died a moment ago, which the next look sees.
                LogProbe(logger, failure.Message);
            }
        }

        var saved = storage.Files.LastSave;
        if (saved != _saveBefore)
        {
            _unsavedSince = null;
        }
        if (_unsavedSince is not { } since || Stopwatch.GetElapsedTime(since) <= LongestUnsaved)
        {
            return null;
        }
        var last = saved is { } at ? FormattableString.Invariant($"{at:yyyy-MM-dd HH:mm:ss} UTC") : "it was started";
        return $"Azurite has saved nothing since {last}: what it acknowledges is lost when it ends. Check azurite.log in its folder "
            + "and at the disk.";
    }

    private void Report(string? problem)
    {
        if ((safety.Problem is null) != (problem is null))
        {
            if (problem is null)
            {
                LogSafe(logger);
            }
            else
            {
                LogUnsafe(logger, problem);
            }
        }

        safety.Problem = problem;
    }

    [LoggerMessage(944, LogLevel.Warning, "Azurite died and is being restarted. Writes of its last five seconds may be lost")]
    private static partial void LogDied(ILogger logger);

    [LoggerMessage(945, LogLevel.Information, "Azurite is running again")]
    private static partial void LogRestarted(ILogger logger);

    [LoggerMessage(946, LogLevel.Error, "Changes are refused: {Problem}")]
    private static partial void LogUnsafe(ILogger logger, string problem);

    [LoggerMessage(947, LogLevel.Information, "Storage is saving again; changes are accepted")]
    private static partial void LogSafe(ILogger logger);

    [LoggerMessage(948, LogLevel.Debug, "The storage probe failed: {Failure}")]
    private static partial void LogProbe(ILogger logger, string failure);
}
