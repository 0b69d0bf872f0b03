namespace AutoTrader.Functions.Upkeep;

/// <summary>One of several pieces of work: that it fails is told and must not stop the others.</summary>
internal static class UpkeepStep
{
    /// <summary>Does <paramref name="work"/>, and tells why when it fails.</summary>
    /// <param name="work">What.</param>
    /// <param name="failed">Told the failure.</param>
    /// <param name="cancellationToken">When it is canceled, so is the rest.</param>
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
