namespace AutoTrader.Core.Engine;

/// <summary>
/// Cycles asked for at once: all who ask while one runs share the next, so that a thousand requests of one instant make two cycles and not a thousand.
/// Thread-safe.
/// </summary>
public sealed class SharedCycle(IEvaluationCycle cycles)
{
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private Task<CycleResult>? _next;

    /// <summary>The result of a cycle that begins after this call.</summary>
    /// <param name="cancellationToken">Cancels the waiting, not the cycle, which others wait for too.</param>
    public Task<CycleResult> RunAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _next ??= AfterAsync(_running);
            return _next.WaitAsync(cancellationToken);
        }
    }

    private async Task<CycleResult> AfterAsync(Task before)
    {
        // The caller holds the gate until this task is known to others.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (_gate)
        {
            _running = _next!;
            _next = null;
        }

        return await cycles.RunAsync(new(null, "wish"), CancellationToken.None);
    }
}
