using AutoTrader.Core.Notifications;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Engine;

/// <summary>
/// Writes what changed, as few entity groups as it takes. A book is never split over groups. A group that meets a conflict falls back
/// to one book per group, and the book that conflicts is left alone for the rest of the cycle.
/// </summary>
internal sealed class Committer(CycleContext context)
{
    private const int GroupsAtOnce = 4;

    // Ten of the longest reasons fit one group, their copies in the audit included.
    private const int LooseAtOnce = 10;

    // Groups are committed in parallel, and the journal is not thread-safe.
    private readonly Lock _dropping = new();

    /// <summary>Commits everything that changed but the account row.</summary>
    public Task CommitAsync() => CommitAsync(context.Set.Books.Where(book => book is { IsDirty: true, IsStale: false }));

    /// <summary>A point at which the changes of a book belong together: it is committed here if there would soon be too many for one
    /// group, as after a long outage.</summary>
    public Task CheckpointAsync(Book book) =>
        book.RowCount < GroupLimits.Large || book.IsStale || context.Request.DryRun ? Task.CompletedTask : CommitAsync([book]);

    /// <summary>Writes that go with the account row, as many at a time as fit beside it.</summary>
    public static IEnumerable<T[]> BesideAccount<T>(IEnumerable<T> items) => items.Chunk(GroupLimits.Rows - 1);

    /// <summary>Commits the changes of <paramref name="books"/>.</summary>
    public async Task CommitAsync(IEnumerable<Book> books)
    {
        context.EnsureLease();
        var groups = Pack(books).ToList();
        if (groups is [var only])
        {
            await CommitAsync(only);
        }
        else if (groups.Count > 0)
        {
            // Skipped when there is nothing, as in most cycles: it goes over other threads.
            await Parallel.ForEachAsync(
                groups,
                new ParallelOptions { MaxDegreeOfParallelism = GroupsAtOnce, CancellationToken = context.Cancellation },
                async (group, _) => await CommitAsync(group)
            );
        }

        if (context.Set.IsAccountDirty)
        {
            await CommitAccountAsync();
        }
    }

    /// <summary>
    /// Commits books with new entries together with the account row: a kill switch or limit set by anyone since it was read makes the
    /// commit fail, and the entries are forgotten.
    /// </summary>
    public async Task CommitEntriesAsync(IReadOnlyList<Book> books)
    {
        context.EnsureLease();
        context.Set.Set(context.Set.Account with { EntriesCommitted = context.Set.Account.EntriesCommitted + 1 });
        var stands = true;
        foreach (var group in Pack(books).ToList())
        {
            if (stands && await TryAsync(group, withAccount: true))
            {
                continue;
            }

            // What was admitted under the old account row is admitted anew in the next cycle, in the groups after this one too.
            stands = false;
            foreach (var book in group)
            {
                book.DropUncommittedEntries();
                await AloneAsync(book);
            }
        }

        if (!stands)
        {
            await ReloadAccountAsync();
        }
    }

    /// <summary>Writes answers that belong to no book, many at once, each with what goes with it. For each, a concurrent change
    /// wins.</summary>
    public async Task CommitLooseAsync(IEnumerable<TradingWrite[]> answers)
    {
        foreach (var group in answers.Chunk(LooseAtOnce))
        {
            if (!await TryLooseAsync([.. group.SelectMany(answer => answer)]))
            {
                foreach (var answer in group)
                {
                    await TryLooseAsync(answer);
                }
            }
        }
    }

    /// <summary>Writes notifications of a cycle that has ended. One that is there already was written by a cycle that was killed before it
    /// could remember so.</summary>
    /// <param name="notifications">The notifications.</param>
    /// <param name="closing">Cancels it: the cycle's own time may be over.</param>
    public async Task PublishAsync(IEnumerable<Notification> notifications, CancellationToken closing)
    {
        var writes = notifications.Select(NotificationPublisher.Write).DistinctBy(write => write.RowKey, StringComparer.Ordinal);
        foreach (var group in writes.Chunk(GroupLimits.Rows))
        {
            if (await context.Ports.Trading.CommitAsync(context.Ports.Broker.AccountKey, group, closing) is CommitResult.Conflict)
            {
                foreach (var write in group)
                {
                    await context.Ports.Trading.CommitAsync(context.Ports.Broker.AccountKey, [write], closing);
                }
            }
        }
    }

    /// <summary>Takes strategies out, each in one group with the unmanaged shares that take over what it holds; on a conflict both are
    /// left alone.</summary>
    public async Task CommitDeletionsAsync(IEnumerable<(StrategyBook Strategy, UnmanagedBook Heir)> deletions)
    {
        foreach (var (strategy, heir) in deletions)
        {
            context.EnsureLease();
            if (!await TryAsync([strategy, heir], withAccount: false))
            {
                Drop(strategy);
                Drop(heir);
            }

            context.Set.Remove(strategy);
        }
    }

    /// <summary>Reads the account row again, as whoever changed it left it.</summary>
    public async Task ReloadAccountAsync()
    {
        if (!context.Set.IsAccountUnreadable)
        {
            context.Set.AccountReloaded(
                await context.Ports.Trading.ReadAsync<AccountState>(
                    context.Ports.Broker.AccountKey,
                    TradingKey.Account,
                    context.Cancellation
                )
            );
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
        var result = await context.Ports.Trading.CommitAsync(
            context.Ports.Broker.AccountKey,
            [new(TradingKey.Account, next, context.Set.AccountVersion), .. extra],
            context.Cancellation
        );
        if (result is not CommitResult.Committed committed)
        {
            return ((CommitResult.Conflict)result).RowKey;
        }

        context.Set.Set(next);
        context.Set.AccountCommitted(committed.Versions[0]!);
        return null;
    }

    private async Task CommitAsync(List<Book> group)
    {
        if (!await TryAsync(group, withAccount: false) && group.Count > 1)
        {
            foreach (var book in group)
            {
                await AloneAsync(book);
            }
        }
        else if (group is [{ IsDirty: true } single])
        {
            Drop(single);
        }
    }

    private static IEnumerable<List<Book>> Pack(IEnumerable<Book> books)
    {
        var group = new List<Book>();
        var rows = 1;
        foreach (var book in books)
        {
            if (group.Count > 0 && rows + book.RowCount > GroupLimits.Rows)
            {
                yield return group;
                group = [];
                rows = 1;
            }

            group.Add(book);
            rows += book.RowCount;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private async Task<bool> TryAsync(List<Book> group, bool withAccount)
    {
        var parts = group.Select(book => (Book: book, Writes: book.Writes())).ToList();
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

        context.Journal.Answered(writes);
        var at = 0;
        foreach (var (book, own) in parts)
        {
            book.Committed(own, [.. committed.Versions.Skip(at).Take(own.Count)]);
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
        if (
            await context.Ports.Trading.CommitAsync(context.Ports.Broker.AccountKey, group, context.Cancellation)
            is not CommitResult.Committed
        )
        {
            return false;
        }

        context.Journal.Answered(group);
        return true;
    }

    private async Task AloneAsync(Book book)
    {
        if (book.IsDirty && !await TryAsync([book], withAccount: false))
        {
            Drop(book);
        }
    }

    private void Drop(Book book)
    {
        lock (_dropping)
        {
            book.IsStale = true;
            context.Journal.CountSkipped();
            context.Journal.Publish(
                EngineEventKind.StrategySkipped,
                book.Id,
                book.Symbol,
                $"{book.Id} {book.Symbol} changed during the cycle; the next cycle decides about it"
            );
        }
    }
}
