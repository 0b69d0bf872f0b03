using AutoTrader.Core.Engine.Execute;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Fills and cash activities explain cash (docs/trading-rules.md, "Ledger and cash"). The first look at an account sets what it is counted
/// from; later, unequal for two cycles in a row is attention and no more: the orders are as they should be, so that entries and exits go
/// on. Activities are asked for when cash is not as expected, and once a day: while it is, there can be none that count.
/// </summary>
internal sealed class CashCheck(CycleContext context, Committer committer, CorporateActions actions)
{
    /// <summary>The code of the item that says that cash is not explained.</summary>
    public const string Mismatch = "CASH_MISMATCH";

    private const int CyclesUntilBelieved = 2;
    private const int DaysBack = 7;
    private const int PageSize = 1000;

    // The account row goes with every group.
    private const int ActivitiesPerGroup = 99;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(5);
    private static readonly string[] Owned = [TradingKey.StrategyPrefix, TradingKey.OrderPrefix, TradingKey.HoldingPrefix];

    /// <summary>Whether cash was compared in this cycle.</summary>
    public bool IsCompared { get; private set; }

    /// <summary>What the broker has more than is explained, in dollars, for two cycles in a row; null when all is explained.</summary>
    public decimal? Unexplained { get; private set; }

    private CashState Memory => context.State.Cash;

    private FilledCash Filled => FilledCash.Of(context.Set.Books.Select(owner => owner.Holding));

    /// <summary>Compares, and takes in what is new; called when all executions of the cycle are applied.</summary>
    public async Task RunAsync()
    {
        // On an account's first cycle it is not stored yet what is held.
        if (context.Request.DryRun || context.Set.IsFirstCycle || context.Account is not { } account)
        {
            return;
        }

        if (!IsComparable())
        {
            context.Journal.RaiseAgain(Mismatch);
        }
        else if (context.Set.Account.Cash is null)
        {
            await BeginAsync(account);
        }
        else
        {
            await CompareAsync(account);
        }
    }

    // Cash was read before executions were: one that came in between, or that is not applied yet, is in one of them only.
    private bool IsComparable() =>
        !context.Set.IsAccountUnreadable
        && context.Journal.Fills == 0
        && !actions.IsWaiting
        && !context.Set.Unreadable.Any(row => Array.Exists(Owned, prefix => row.RowKey.StartsWith(prefix, StringComparison.Ordinal)))
        && !context.Set.Books.Any(owner => owner.Orders.Any(order => order.UnexplainedQuantity != 0));

    // What is listed before the first look is in the cash of that look.
    private async Task BeginAsync(BrokerAccount account)
    {
        if (
            await ListAsync(context.Day) is not { } listed
            || !await TakeInAsync(listed, counts: false)
            || await AskAsync(broker => broker.GetAccountAsync(context.Cancellation)) is not { } now
            || now.Cash != account.Cash
        )
        {
            return;
        }

        var (cash, fills) = Filled;
        context.Set.Set(context.Set.Account with { Cash = new(context.Now, account.Cash, cash, fills) });
        await committer.CommitAccountAsync();
    }

    private async Task CompareAsync(BrokerAccount account)
    {
        var isExplained = Explains(account);
        if (isExplained ? IsNewDay() : Memory.Differs < CyclesUntilBelieved || context.Now - Memory.ReadAt >= AskAgainAfter)
        {
            var from = context.Set.Account.Cash!.Since;
            if (
                await ListAsync(TradingCalendar.Nyse.TradingDay(Memory.ReadAt ?? from)) is { } listed
                && await TakeInAsync(listed, counts: true)
            )
            {
                isExplained = Explains(account);
            }
        }

        var differs = isExplained ? 0 : Math.Min(Memory.Differs + 1, CyclesUntilBelieved);
        Remember(memory => memory with { Differs = differs });
        IsCompared = true;
        Unexplained = differs == CyclesUntilBelieved && context.Set.Account.Cash is { } book ? account.Cash - book.Expected(Filled) : null;
    }

    /// <summary>Books an accepted difference, with the answer to the command for it in one group.</summary>
    /// <returns>Whether it was booked; it is not when another wrote the account row or the command meanwhile.</returns>
    public async Task<bool> BookAsync(CashActivity adjustment, IEnumerable<TradingWrite> answer)
    {
        var account = context.Set.Account;
        var next = account with { Cash = account.Cash?.Add(adjustment, context.Day) };
        if (await committer.CommitAccountAsync(next, [new(TradingKey.Cash(adjustment.Id), adjustment, null), .. answer]) is not null)
        {
            await committer.ReloadAccountAsync();
            return false;
        }

        Tell(adjustment);
        Remember(memory => memory with { Differs = 0 });
        Unexplained = null;
        return true;
    }

    /// <summary>Raises what is not explained; called when what was accepted is booked.</summary>
    public void Report()
    {
        if (Unexplained is { } difference && context is { Account: { } account, Set.Account.Cash: { } book })
        {
            context.Journal.Raise(
                Mismatch,
                TradingKey.Account,
                $"The broker's cash is {account.Cash:0.00}, but fills and cash activities since {book.Since:yyyy-MM-dd HH:mm} UTC make "
                    + $"it {account.Cash - difference:0.00}: {difference:+0.00;-0.00} is not explained. Trading goes on; look at the "
                    + "activities on the broker's own page. When you know the reason, POST /api/portfolio/cash/accept books it."
            );
        }
    }

    private bool IsNewDay() => Memory.ReadAt is not { } at || TradingCalendar.Nyse.TradingDay(at) < context.Day;

    private bool Explains(BrokerAccount account) => context.Set.Account.Cash?.Explains(account.Cash, Filled) ?? true;

    private Task<IReadOnlyList<CashActivity>?> ListAsync(DateOnly lastRead) =>
        AskAsync(broker => broker.GetCashActivitiesAsync(lastRead.AddDays(-DaysBack), context.Cancellation));

    private async Task<T?> AskAsync<T>(Func<IBroker, Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask(context.Ports.Broker);
        }
        catch (Exception failure) when (context.IsOutage(failure))
        {
            context.Journal.Raise(
                "NO_ANSWER",
                TradingKey.Account,
                $"The broker did not answer about cash: {failure.Message}. Everything else goes on."
            );
            return null;
        }
    }

    /// <summary>Stores activities that are not stored yet, each in one group with the sums that it counts in.</summary>
    /// <returns>Whether all of them are stored; they are not while another writes the account row.</returns>
    private async Task<bool> TakeInAsync(IReadOnlyList<CashActivity> listed, bool counts)
    {
        var activities = listed.DistinctBy(activity => TradingKey.Cash(activity.Id), StringComparer.Ordinal).ToList();
        var known = Memory.Known.ToHashSet(StringComparer.Ordinal);
        foreach (var chunk in activities.Where(activity => !known.Contains(activity.Id)).Chunk(ActivitiesPerGroup))
        {
            if (!await TakeInAsync([.. chunk], counts))
            {
                return false;
            }
        }

        Remember(memory => memory with { ReadAt = context.Now, Known = [.. activities.Select(activity => activity.Id)] });
        return true;
    }

    private async Task<bool> TakeInAsync(List<CashActivity> activities, bool counts)
    {
        while (activities.Count > 0)
        {
            var account = context.Set.Account;
            var next = account with
            {
                Cash = counts ? activities.Aggregate(account.Cash, (book, activity) => book?.Add(activity, context.Day)) : account.Cash,
            };
            var conflict = await committer.CommitAccountAsync(
                next,
                [.. activities.Select(activity => new TradingWrite(TradingKey.Cash(activity.Id), activity, null))]
            );
            if (conflict is null)
            {
                activities.ForEach(Tell);
                return true;
            }

            // Stored by a cycle that ended before it could remember so; anything else is the account row, which another writes.
            var stored = conflict == TradingKey.Account ? [] : await StoredAsync();
            if (activities.RemoveAll(activity => stored.Contains(TradingKey.Cash(activity.Id))) == 0)
            {
                await committer.ReloadAccountAsync();
                return false;
            }
        }

        return true;
    }

    private async Task<HashSet<string>> StoredAsync()
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        string? continuation = null;
        do
        {
            var page = await context.Ports.Trading.ListAsync<CashActivity>(
                context.Ports.Broker.AccountKey,
                TradingKey.CashPrefix,
                PageSize,
                continuation,
                context.Cancellation
            );
            keys.UnionWith(page.Items.Select(row => TradingKey.Cash(row.Value.Id)));
            keys.UnionWith(page.Unreadable.Select(row => row.RowKey));
            continuation = page.Continuation;
        } while (continuation is not null);

        return keys;
    }

    private void Tell(CashActivity activity)
    {
        var about = activity.Symbol is { } symbol ? $" {symbol}" : string.Empty;
        context.Journal.Publish(
            EngineEventKind.CashMoved,
            null,
            activity.Symbol,
            $"cash {activity.Amount:+0.00;-0.00;0.00}: {WireNames.Of(activity.Kind)} {activity.Type}{about} of {activity.Day:yyyy-MM-dd}"
        );
    }

    private void Remember(Func<CashState, CashState> change) => context.State = context.State with { Cash = change(Memory) };
}
