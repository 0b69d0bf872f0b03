using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// Rebuilds the trading state from the broker when storage is lost: it adopts positions and working orders, and the next cycle places
/// missing protection. It sets the same mark as a restore: nothing trades on an incomplete rebuild, and running it again completes it.
/// </summary>
public sealed class RebuildService(
    IAccountRows rows,
    ITradingStore trading,
    IEngineStore engine,
    IBroker broker,
    IEngineLease lease,
    EngineOptions options,
    CommandTimeouts patience,
    CommandQueue commands,
    ChangeLog log,
    TimeProvider clock
)
{
    // What a good-till-canceled order lives.
    private const int DaysBack = 90;

    private const int Looks = 5;
    private const string Mark = "rebuild";

    private string Account => broker.AccountKey;

    /// <summary>Rebuilds, or reports the result of a rebuild.</summary>
    /// <param name="trailingStopPct">The trailing stop of shares of a strategy whose protection is not known, in percent.</param>
    /// <param name="dryRun">Whether nothing may change.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="RefusedException">The records exist, a cycle is running, or the broker's figures keep changing.</exception>
    public async Task<RebuildReport> RebuildAsync(decimal trailingStopPct, bool dryRun, string caller, CancellationToken cancellationToken)
    {
        await using var held = dryRun ? null : await EngineLeases.WaitAsync(lease, Account, options.Holder, patience, cancellationToken);
        var snapshot = await trading.LoadAsync(Account, cancellationToken);
        var mark = snapshot.Account?.Value.Restoring;
        var isHalfRestored = mark is { File: not Mark };
        await CheckAsync(snapshot, mark, cancellationToken);
        var seen = await LookAsync(cancellationToken);
        if (snapshot.Account?.Value.AccountNumber is { } number && number != seen.AccountNumber)
        {
            throw new RefusedException(
                Refusal.Conflict,
                "BACKUP_FOREIGN",
                $"This state belongs to the broker's account {number}, but the keys are for {seen.AccountNumber}. Nothing was changed."
            );
        }

        var plan = RebuildPlan.Of(
            seen.Positions,
            seen.Orders,
            isHalfRestored ? [] : [.. snapshot.Strategies.Select(row => row.Value)],
            trailingStopPct,
            seen.At
        );
        if (held is not null)
        {
            try
            {
                await WriteAsync(plan, seen, isHalfRestored, caller, held.Lost);
            }
            catch (OperationCanceledException)
            {
                throw new RefusedException(
                    Refusal.Unavailable,
                    "ENGINE_ERROR",
                    "The engine lease was lost during the rebuild. Nothing is traded until it is complete: run it again."
                );
            }

            await held.DisposeAsync();
            // Places missing protection.
            await commands.RunCycleAsync(cancellationToken);
        }

        return new()
        {
            DryRun = dryRun,
            Resumed = mark is not null,
            Strategies = plan.Rebuilt,
            Unmanaged = [.. plan.Unmanaged.Select(it => new PositionDifference(it.Symbol, 0, it.Holding.Quantity))],
            Orders = [.. plan.Orders.Select(order => order.ClientOrderId)],
            Unknown =
            [
                .. plan.Unknown,
                "The broker does not know strategies without shares and orders, targets and steps already reached, notes and "
                    + "schedules: import strategies.yaml and schedules.yaml.",
                "The limits are this installation's: check them with trader safety.",
                "Earlier fills are not in the ledger: realized profit and today's trades start from zero.",
                "The kill switch is on after a rebuild: nothing is bought until you turn it off.",
            ],
        };
    }

    private async Task CheckAsync(TradingSnapshot snapshot, RestoreMark? mark, CancellationToken cancellationToken)
    {
        if (mark is null)
        {
            var holding = snapshot.Strategies.Count(row => row.Value.Holding.Quantity != 0);
            if (snapshot.Orders.Count + holding > 0)
            {
                throw new RefusedException(
                    Refusal.Conflict,
                    "NOT_LOST",
                    FormattableString.Invariant($"The records exist: {snapshot.Orders.Count} orders, {holding} strategies with shares. ")
                        + "A rebuild is for lost storage and would lose data. Nothing was changed."
                );
            }
        }
        else if (mark.File != Mark)
        {
            await foreach (var row in rows.ListStateAsync(Account, cancellationToken))
            {
                if (row.Table == StoredRow.Paper)
                {
                    throw new RefusedException(
                        Refusal.Conflict,
                        "RESTORE_NOT_ENDED",
                        "A restore did not finish, and the paper broker's account is part of it: run the restore again. Nothing "
                            + "was changed."
                    );
                }
            }
        }
    }

    // A fill during the read would count twice, or not at all.
    private async Task<Seen> LookAsync(CancellationToken cancellationToken)
    {
        for (var look = 1; look <= Looks; look++)
        {
            var now = clock.GetUtcNow();
            var since = now - (options.ReadOverlap * 2);
            var before = await broker.GetExecutionsAsync(since, cancellationToken);
            var account = await broker.GetAccountAsync(cancellationToken);
            var positions = await broker.GetPositionsAsync(cancellationToken);
            var orders = await broker.GetOrdersAsync(now.AddDays(-DaysBack), cancellationToken);
            var after = await broker.GetExecutionsAsync(since, cancellationToken);
            if (before.Select(it => it.Id).ToHashSet(StringComparer.Ordinal).SetEquals(after.Select(it => it.Id)))
            {
                return new(now, account.Number, positions, orders, after);
            }
        }

        throw new RefusedException(
            Refusal.Unavailable,
            "BROKER_FETCH_FAILED",
            "Orders fill faster than they can be read. Try again in a minute, preferably while the market is closed. Nothing was changed."
        );
    }

    private async Task WriteAsync(RebuildPlan plan, Seen seen, bool isHalfRestored, string caller, CancellationToken cancellationToken)
    {
        await AccountRow.ChangeAsync(
            trading,
            Account,
            present => present with { Restoring = new(Mark, seen.At, caller) },
            entry: null,
            cancellationToken
        );
        if (isHalfRestored)
        {
            await rows.ClearAsync(Account, withPaper: false, cancellationToken);
        }

        var snapshot = await trading.LoadAsync(Account, cancellationToken);
        foreach (var group in Writes(plan, snapshot).Chunk(GroupLimits.Rows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await trading.CommitAsync(Account, group, cancellationToken) is CommitResult.Conflict conflict)
            {
                throw new RefusedException(
                    Refusal.Conflict,
                    "PRECONDITION_FAILED",
                    $"{conflict.RowKey} changed during the rebuild. Nothing is traded until it is complete: run it again."
                );
            }
        }

        await EngineStateRow.ChangeAsync(
            engine,
            Account,
            options.Holder,
            seen.At,
            "Rebuilt from the broker.",
            present =>
                present with
                {
                    Quotes = new EngineState().Quotes,
                    Mismatches = new EngineState().Mismatches,
                    StuckCancels = new EngineState().StuckCancels,
                    Quiet = null,
                    Attention = [],
                    Cash = new(),
                    ReadTo = seen.At,
                    Applied = seen.Executions.ToDictionary(it => it.Id, it => it.At, StringComparer.Ordinal),
                },
            cancellationToken
        );
        await AccountRow.ChangeAsync(
            trading,
            Account,
            present =>
                present with
                {
                    Restoring = null,
                    AccountNumber = seen.AccountNumber,
                    Cash = null,
                    Today = null,
                    KillSwitch = RestoreRules.Held("rebuilt from the broker", present.KillSwitch, seen.At),
                },
            log.Trading(caller, "rebuild", Account, null),
            cancellationToken
        );
    }

    // Replaces rows with the same key and deletes rows that are not in the plan: they are from a first cycle on empty storage, or from an
    // interrupted rebuild.
    private static IEnumerable<TradingWrite> Writes(RebuildPlan plan, TradingSnapshot snapshot)
    {
        var versions = snapshot
            .Strategies.Select(row => (Key: TradingKey.Strategy(row.Value.Id), row.Version))
            .Concat(snapshot.Orders.Select(row => (Key: TradingKey.Order(row.Value), row.Version)))
            .Concat(snapshot.Unmanaged.Select(row => (Key: TradingKey.Holding(row.Value.Symbol), row.Version)))
            .ToDictionary(it => it.Key, it => it.Version, StringComparer.Ordinal);
        var planned = plan
            .Strategies.Select(strategy => (Key: TradingKey.Strategy(strategy.Id), Record: (object)strategy))
            .Concat(plan.Orders.Select(order => (Key: TradingKey.Order(order), Record: (object)order)))
            .Concat(plan.Unmanaged.Select(holding => (Key: TradingKey.Holding(holding.Symbol), Record: (object)holding)))
            .ToList();
        var keys = planned.Select(it => it.Key).ToHashSet(StringComparer.Ordinal);
        return planned
            .Select(it => new TradingWrite(it.Key, it.Record, versions.GetValueOrDefault(it.Key)))
            .Concat(
                versions
                    .Where(it => !keys.Contains(it.Key) && !it.Key.StartsWith(TradingKey.StrategyPrefix, StringComparison.Ordinal))
                    .Select(it => new TradingWrite(it.Key, null, it.Value))
            );
    }

    private sealed record Seen(
        DateTimeOffset At,
        string AccountNumber,
        IReadOnlyList<BrokerPosition> Positions,
        IReadOnlyList<BrokerOrder> Orders,
        IReadOnlyList<Execution> Executions
    );
}
