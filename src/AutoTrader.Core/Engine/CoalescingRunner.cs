namespace AutoTrader.Core.Engine;

/// <summary>
/// Shares one run among concurrent callers: who asks while one runs shares the next, so that a thousand requests at one instant make two
/// runs. Thread-safe.
/// </summary>
/// <typeparam name="T">What a run results in.</typeparam>
/// <param name="run">Runs it once.</param>
public sealed class CoalescingRunner<T>(Func<Task<T>> run)
{
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private Task<T>? _next;

    /// <summary>The result of a run that begins after this call.</summary>
    /// <param name="cancellationToken">Cancels the waiting, not the run, which others wait for too.</param>
    public Task<T> RunAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _next ??= AfterAsync(_running);
            return _next.WaitAsync(cancellationToken);
        }
    }

    private async Task<T> AfterAsync(Task before)
    {
        // The caller holds the gate until this task is known to others.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (_gate)
        {
            _running = _next!;
            _next = null;
        }

        return await run();
    }
}
