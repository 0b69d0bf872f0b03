using AutoTrader.Core.Engine;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Application.Backups;

/// <summary>
/// Makes a trading state anew from the broker when storage is lost: positions and working orders are taken over, and what is not protected
/// is protected by the next cycle. Marked as a restore is: a rebuild that ends half way is not traded on, and is done again.
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

    /// <summary>Rebuilds, or tells what a rebuild would make.</summary>
    /// <param name="trailingStopPct">The trailing stop of shares of a strategy whose protection is not known, in percent.</param>
    /// <param name="dryRun">Whether nothing may change.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="RefusedException">The records are here, a cycle runs, or the broker's figures do not stand still.</exception>
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
                $"The state here belongs to the broker's account {number}, and the keys are of {seen.AccountNumber}. Nothing was changed."
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
                    "The engine lease was lost in the midst of the rebuild. Nothing is traded on half a state: do it again."
                );
            }

            await held.DisposeAsync();
            // What is not covered is covered now.
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
                "Strategies without shares and without orders, targets and steps that were reached, notes and schedules are not known to "
                    + "the broker: import strategies.yaml and schedules.yaml.",
                "Limits are those that are set here: look at trader safety.",
                "Fills before now are not in the ledger: profits of the past and trades of today count from zero.",
                "The kill switch is on after a rebuild: nothing is bought until you lift it.",
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
                    FormattableString.Invariant($"The records are here: {snapshot.Orders.Count} orders, {holding} strategies with shares. ")
                        + "A rebuild is for lost storage, and knows less than they do. Nothing was changed."
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
                        "A restore has begun and not ended, and the paper broker's account is part of it: do the restore again. Nothing "
                            + "was changed."
                    );
                }
            }
        }
    }

    // What fills while it is looked at would count twice, or not at all.
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
            "Orders fill faster than they can be looked at. Try again in a minute, at best while the market is closed. Nothing was changed."
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
                    $"{conflict.RowKey} was changed meanwhile. Nothing is traded on half a state: do the rebuild again."
                );
            }
        }

        await EngineMemory.SaveAsync(
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

    // Replaces what is there under the same key, and deletes what the plan does not have: it comes from a first cycle on empty storage, or
    // from a rebuild that ended half way.
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
