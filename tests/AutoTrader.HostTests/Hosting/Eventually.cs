using System.Diagnostics;

namespace AutoTrader.HostTests.Hosting;

/// <summary>Waits for what comes by itself. How long it may take says nothing of how long it should take.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan GiveUp = TimeSpan.FromMinutes(3);

    /// <summary>Looks until there is something.</summary>
    /// <param name="what">What is waited for, for the failure.</param>
    /// <param name="look">Looks; null when it is not there yet. A host that is just not there is no failure.</param>
    public static async Task<T> FindAsync<T>(string what, Func<Task<T?>> look)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        Exception? last = null;
        do
        {
            try
            {
                if (await look() is { } found)
                {
                    return found;
                }

                last = null;
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or IOException)
            {
                last = failure;
            }
        } while (Stopwatch.GetElapsedTime(started) < GiveUp && await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken));
        throw new TimeoutException($"Waited in vain: {what}. {last?.Message}");
    }

    /// <summary>Looks until it is so.</summary>
    public static async Task IsTrueAsync(string what, Func<Task<bool>> look) => await FindAsync(what, async () => await look() ? "" : null);

    /// <summary>Waits until an instant is past.</summary>
    public static Task IsPastAsync(DateTimeOffset instant) =>
        IsTrueAsync($"{instant:O}", () => Task.FromResult(DateTimeOffset.UtcNow >= instant));
}
