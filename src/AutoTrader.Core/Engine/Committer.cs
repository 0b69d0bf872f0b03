using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Engine;

/// <summary>
/// Writes what changed, as few entity groups as it takes. An owner is never split over groups. A group that meets a conflict falls back
/// to one owner per group, and the owner that conflicts is left alone for the rest of the cycle.
/// </summary>
internal sealed class Committer(CycleContext context)
{
    private const int GroupLimit = 100;
    private const int LargeOwner = 60;
    private const int GroupsAtOnce = 4;

    // Of the longest reasons that a command may carry.
    private const int LooseAtOnce = 20;

    /// <summary>Commits everything that changed but the account row.</summary>
    public Task CommitAsync() => CommitAsync(context.Set.Owners.Where(owner => owner is { IsDirty: true, IsStale: false }));

    /// <summary>Commits an owner that has changed so much that its group would soon be too large, as after a long outage.</summary>
    public Task CommitIfLargeAsync(Owner owner) =>
        owner.RowCount < LargeOwner || owner.IsStale || context.Request.DryRun ? Task.CompletedTask : CommitAsync([owner]);

    /// <summary>Commits the changes of <paramref name="owners"/>.</summary>
    public async Task CommitAsync(IEnumerable<Owner> owners)
    {
        context.EnsureLease();
        var groups = Pack(owners).ToList();
        if (groups is [var only])
        {
            await CommitAsync(only);
        }
        else
        {
            await Parallel.ForEachAsync(
                groups,
                new ParallelOptions { MaxDegreeOfParallelism = GroupsAtOnce, CancellationToken = context.Cancellation },
                async (group, _) => await CommitAsync(group));
        }

        if (context.Set.IsAccountDirty)
        {
            await CommitAccountAsync();
        }
    }

    /// <summary>
    /// Commits owners with new entries together with the account row: a kill switch or limit set by anyone since it was read makes the
    /// commit fail, and the entries are forgotten.
    /// </summary>
    public async Task CommitEntriesAsync(IReadOnlyList<Owner> owners)
    {
        context.EnsureLease();
        context.Set.Set(context.Set.Account with { EntriesCommitted = context.Set.Account.EntriesCommitted + 1 });
        var stands = true;
        foreach (var group in Pack(owners).ToList())
        {
            if (stands && await TryAsync(group, withAccount: true))
            {
                continue;
            }

            // What was admitted under the old account row is admitted anew in the next cycle, in the groups after this one too.
            stands = false;
            foreach (var owner in group)
            {
                owner.DropUncommittedEntries();
                await AloneAsync(owner);
            }
        }

        if (!stands)
        {
            await ReloadAccountAsync();
        }
    }

    /// <summary>Writes answers that belong to no owner, many at once; who changed one meanwhile has the last word about that one.</summary>
    public async Task CommitLooseAsync(IEnumerable<TradingWrite> answers)
    {
        foreach (var group in answers.Chunk(LooseAtOnce))
        {
            if (!await TryLooseAsync(group))
            {
                foreach (var answer in group)
                {
                    await TryLooseAsync([answer]);
                }
            }
        }
    }

    /// <summary>Commits <paramref name="owners"/> in one group; on a conflict all are left alone.</summary>
    public async Task<bool> CommitTogetherAsync(params List<Owner> owners)
    {
        context.EnsureLease();
        if (await TryAsync(owners, withAccount: false))
        {
            return true;
        }

        owners.ForEach(Drop);
        return false;
    }

    /// <summary>Reads the account row again, as whoever changed it left it.</summary>
    public async Task ReloadAccountAsync()
    {
        if (!context.Set.IsAccountUnreadable)
        {
            context.Set.AccountReloaded(await context.Ports.Trading.ReadAsync<AccountState>(context.Ports.Broker.AccountKey, TradingKey.Account, context.Cancellation));
        }
    }

    /// <summary>Commits the account row; on a conflict it is read again and nothing is written.</summary>
    public async Task CommitAccountAsync()
    {
        if (await CommitAccountAsync(context.Set.Account, []) is not null)
        {
            await ReloadAccountAsync();
        }
    }

    /// <summary>Commits the account row as <paramref name="next"/>, with <paramref name="extra"/> in its group.</summary>
    /// <returns>The key of the first row that was in the way, so that nothing was written or changed; null when there was none.</returns>
    public async Task<string?> CommitAccountAsync(AccountState next, IReadOnlyList<TradingWrite> extra)
    {
        context.EnsureLease();
        var result = await context.Ports.Trading.CommitAsync(context.Ports.Broker.AccountKey, [new(TradingKey.Account, next, context.Set.AccountVersion), .. extra], context.Cancellation);
        if (result is not CommitResult.Committed committed)
        {
            return ((CommitResult.Conflict)result).RowKey;
        }

        context.Set.Set(next);
        context.Set.AccountCommitted(committed.Versions[0]!);
        return null;
    }

    private async Task CommitAsync(List<Owner> group)
    {
        if (!await TryAsync(group, withAccount: false) && group.Count > 1)
        {
            foreach (var owner in group)
            {
                await AloneAsync(owner);
            }
        }
        else if (group is [{ IsDirty: true } single])
        {
            Drop(single);
        }
    }

    private static IEnumerable<List<Owner>> Pack(IEnumerable<Owner> owners)
    {
        var group = new List<Owner>();
        var rows = 1;
        foreach (var owner in owners)
        {
            if (group.Count > 0 && rows + owner.RowCount > GroupLimit)
            {
                yield return group;
                group = [];
                rows = 1;
            }

            group.Add(owner);
            rows += owner.RowCount;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private async Task<bool> TryAsync(List<Owner> group, bool withAccount)
    {
        var parts = group.Select(owner => (Owner: owner, Writes: owner.Writes())).ToList();
        List<TradingWrite> writes = [.. parts.SelectMany(part => part.Writes)];
        if (withAccount)
        {
            writes.Add(new(TradingKey.Account, context.Set.Account, context.Set.AccountVersion));
        }

        if (writes.Count == 0)
        {
            return true;
        }

        var result = await context.Ports.Trading.CommitAsync(context.Ports.Broker.AccountKey, writes, context.Cancellation);
        if (result is not CommitResult.Committed committed)
        {
            return false;
        }

        context.Answered(writes);
        var at = 0;
        foreach (var (owner, own) in parts)
        {
            owner.Committed(own, [.. committed.Versions.Skip(at).Take(own.Count)]);
            at += own.Count;
        }

        if (withAccount)
        {
            context.Set.AccountCommitted(committed.Versions[^1]!);
        }

        return true;
    }

    private async Task<bool> TryLooseAsync(TradingWrite[] group)
    {
        context.EnsureLease();
        if (await context.Ports.Trading.CommitAsync(context.Ports.Broker.AccountKey, group, context.Cancellation) is not CommitResult.Committed)
        {
            return false;
        }

        context.Answered(group);
        return true;
    }

    private async Task AloneAsync(Owner owner)
    {
        if (owner.IsDirty && !await TryAsync([owner], withAccount: false))
        {
            Drop(owner);
        }
    }

    private void Drop(Owner owner)
    {
        lock (context)
        {
            owner.IsStale = true;
            context.Skipped++;
            context.Tell(EngineEventKind.StrategySkipped, owner.Id, owner.Symbol, $"{owner.Id} {owner.Symbol} was changed meanwhile; the next cycle decides about it");
        }
    }
}
