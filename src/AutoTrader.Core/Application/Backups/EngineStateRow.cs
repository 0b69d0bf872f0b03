using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application.Backups;

/// <summary>Changes the engine state outside a cycle, under the engine lease.</summary>
internal static class EngineStateRow
{
    /// <summary>Saves the state that <paramref name="change"/> returns, together with a cycle record that says so.</summary>
    public static async Task ChangeAsync(
        IEngineStore engine,
        string account,
        string holder,
        DateTimeOffset now,
        string what,
        Func<EngineState, EngineState> change,
        CancellationToken cancellationToken
    )
    {
        var record = new CycleRecord
        {
            Planned = now,
            StartedAt = now,
            Cause = "restore",
            Holder = holder,
            Events = [what],
        };
        Row<EngineState>? present;
        do
        {
            present = await engine.LoadAsync(account, cancellationToken);
        } while (
            await engine.SaveAsync(account, change(present?.Value ?? new EngineState()), present?.Version, record, cancellationToken)
                is null
        );
    }
}
