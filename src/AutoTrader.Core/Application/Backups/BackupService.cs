using System.Runtime.CompilerServices;
using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Application.Backups;

/// <summary>Takes backups: everything of the account as one file (<see cref="BackupFile"/>).</summary>
public sealed class BackupService(
    IAccountRows rows,
    IBroker broker,
    IEngineLease lease,
    EngineOptions options,
    CommandTimeouts patience,
    ChangeLog log,
    TimeProvider clock
)
{
    /// <summary>Reads, under the engine lease, what trading depends on, so that no cycle is half in it; what only grows is read while the
    /// file is written.</summary>
    /// <param name="caller">Who asks; for the audit.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="RefusedException">A cycle runs for longer than this waits, or the state is half restored.</exception>
    public async Task<Backup> TakeAsync(string caller, CancellationToken cancellationToken)
    {
        var at = clock.GetUtcNow();
        var state = new List<StoredRow>();
        await using (var held = await EngineLeases.WaitAsync(lease, broker.AccountKey, options.Holder, patience, cancellationToken))
        {
            await foreach (var row in rows.ListStateAsync(broker.AccountKey, cancellationToken))
            {
                state.Add(row);
            }
        }

        var account = state.Find(row => row.Table == StoredRow.Trading && row.RowKey == TradingKey.Account);
        if (account is not null && rows.RecordOf(account) is AccountState { Restoring: not null })
        {
            throw new RefusedException(
                Refusal.Conflict,
                "RESTORE_NOT_ENDED",
                "A restore or rebuild did not finish, so the state is incomplete. Run it again first, then back up."
            );
        }

        await log.RecordAsync(caller, "backup", broker.AccountKey, null, null, cancellationToken);
        return new(broker.AccountKey, at, state, rows.ListHistoryAsync(broker.AccountKey, cancellationToken));
    }
}

/// <summary>A backup that is taken and not yet written.</summary>
/// <param name="Account">Whose.</param>
/// <param name="TakenAt">When (UTC).</param>
/// <param name="State">What trading depends on.</param>
/// <param name="History">What only grows.</param>
public sealed record Backup(string Account, DateTimeOffset TakenAt, IReadOnlyList<StoredRow> State, IAsyncEnumerable<StoredRow> History)
{
    /// <summary>The name of its file.</summary>
    public string FileName => FormattableString.Invariant($"autotrader-{Account}-{TakenAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.jsonl.gz");

    /// <summary>Writes the file.</summary>
    public Task WriteAsync(Stream to, CancellationToken cancellationToken) =>
        BackupFile.WriteAsync(to, Account, TakenAt, RowsAsync(cancellationToken), cancellationToken);

    private async IAsyncEnumerable<StoredRow> RowsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var row in State)
        {
            yield return row;
        }

        await foreach (var row in History.WithCancellation(cancellationToken))
        {
            yield return row;
        }
    }
}
