namespace AutoTrader.Functions.Maintenance;

/// <summary>One of several maintenance steps: a failure is reported and does not stop the others.</summary>
internal static class MaintenanceStep
{
    /// <summary>Runs <paramref name="work"/> and reports a failure.</summary>
    /// <param name="work">The step.</param>
    /// <param name="failed">Receives the failure.</param>
    /// <param name="cancellationToken">Cancels the step; cancellation is not reported as a failure.</param>
    public static async Task RunAsync(Func<Task> work, Action<Exception> failed, CancellationToken cancellationToken)
    {
        try
        {
            await work();
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            failed(failure);
        }
    }
}
