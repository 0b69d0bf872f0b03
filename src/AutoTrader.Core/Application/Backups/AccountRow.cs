using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Application.Backups;

/// <summary>Changes of the account row beside others that change it.</summary>
internal static class AccountRow
{
    /// <summary>Writes what <paramref name="change"/> makes of the row as it is then, and with it <paramref name="entry"/>, who had that
    /// done.</summary>
    public static async Task ChangeAsync(
        ITradingStore trading,
        string account,
        Func<AccountState, AccountState> change,
        TradingWrite? entry,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var row = await trading.ReadAsync<AccountState>(account, TradingKey.Account, cancellationToken);
            var next = change(row?.Value ?? new AccountState());
            var write = new TradingWrite(TradingKey.Account, next, row?.Version);
            if (await trading.CommitAsync(account, entry is null ? [write] : [write, entry], cancellationToken) is CommitResult.Committed)
            {
                return;
            }
        }
    }
}

/// <summary>Changes of what the engine remembers, made outside a cycle and under its lease.</summary>
internal static class EngineMemory
{
    /// <summary>Saves what <paramref name="change"/> makes of the memory, with a record that tells of it.</summary>
    public static async Task SaveAsync(
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
