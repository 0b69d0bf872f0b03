using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application.Backups;

/// <summary>The engine lease for work that must not meet a cycle.</summary>
internal static class EngineLeases
{
    /// <summary>Takes the lease, waiting for a cycle that runs.</summary>
    /// <exception cref="RefusedException">It was not given back in time.</exception>
    public static async Task<IHeldLease> WaitAsync(
        IEngineLease lease,
        string account,
        string holder,
        CommandTimeouts patience,
        CancellationToken cancellationToken
    )
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await lease.TryAcquireAsync(account, holder, cancellationToken) is { } held)
            {
                return held;
            }

            if (TimeProvider.System.GetElapsedTime(started) >= patience.AtMost)
            {
                throw new RefusedException(
                    Refusal.Conflict,
                    "ENGINE_LOCK_ERROR",
                    "A cycle is running. Nothing was done; try again in a few seconds."
                );
            }

            await Task.Delay(patience.Between, TimeProvider.System, cancellationToken);
        }
    }
}
