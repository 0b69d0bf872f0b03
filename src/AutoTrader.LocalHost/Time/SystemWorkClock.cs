using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalHost.Time;

/// <summary>Business time passes as on the wall: sources are released as their instants come.</summary>
/// <param name="time">The clock of the app; the system's, unless the app brings another.</param>
/// <param name="logger">Receives failures.</param>
internal sealed partial class SystemWorkClock(TimeProvider time, ILogger<SystemWorkClock> logger) : IWorkClock, IDisposable
{
    // Short enough to see soon that the machine slept or its clock was set.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly DueWork _due = new();
    private readonly WakeSignal _wake = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public TimeProvider Time => time;

    public void Add(IDueWork source) => _due.Add(source);

    public void Wake() => _wake.Set();

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Releases nothing more; running work continues.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var now = Time.GetUtcNow();
            var next = _due.Earliest();
            if (next is { } due && due.At <= now)
            {
                Release(due.Source, now);
                continue;
            }

            var wait = next is { } later && later.At - now < LongestWait ? later.At - now : LongestWait;
            await _wake.WaitAsync(wait, _stop.Token);
        }
    }

    private void Release(IDueWork source, DateTimeOffset now)
    {
        try
        {
            source.ReleaseNext(now);
        }
        catch (Exception failure)
        {
            LogReleaseFailed(logger, failure, source.GetType().Name);
        }
    }

    [LoggerMessage(910, LogLevel.Error, "{Source} failed to start due work")]
    private static partial void LogReleaseFailed(ILogger logger, Exception failure, string source);
}
