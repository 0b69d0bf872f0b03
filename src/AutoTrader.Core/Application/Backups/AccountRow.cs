using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Application.Backups;

/// <summary>Changes the account row, retrying when another writer was first.</summary>
internal static class AccountRow
{
    /// <summary>Writes the row that <paramref name="change"/> returns, and in the same group the audit <paramref name="entry"/>, if
    /// any.</summary>
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
