using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Fills and cash activities explain cash (docs/trading-rules.md, "Ledger and cash"). The first look at an account sets what it is counted
/// from; later, unequal for two cycles in a row is attention and no more: the orders are as they should be, so that entries and exits go
/// on. Activities are asked for when cash is not as expected, and once a day: while it is, there can be none that count.
/// </summary>
internal sealed class CashCheck(CycleContext context, Committer committer)
{
    private const int CyclesUntilBelieved = 2;
    private const int DaysBack = 7;
    private const int PageSize = 1000;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(5);
    private static readonly string[] Owned = [TradingKey.StrategyPrefix, TradingKey.OrderPrefix, TradingKey.HoldingPrefix];

    private CashState _memory = context.Before.Cash;

    private FilledCash Filled => FilledCash.Of(context.Set.Books.Select(owner => owner.Holding));

    /// <summary>Compares, and takes in what is new; called when all executions of the cycle are applied.</summary>
    /// <param name="account">The account as the broker showed it before executions were read.</param>
    /// <param name="isWaiting">Whether trades are left to a later cycle.</param>
    public async Task<CashFindings> RunAsync(BrokerAccount account, bool isWaiting)
    {
        // On an account's first cycle it is not stored yet what is held.
        if (context.Request.DryRun || context.Set.IsFirstCycle)
        {
            return new(_memory);
        }

        if (isWaiting || !IsComparable())
        {
            context.Journal.RaiseAgain(Attention.CashMismatch);
            return new(_memory);
        }

        if (context.Set.Account.Cash is null)
        {
            await BeginAsync(account);
            return new(_memory);
        }

        return await CompareAsync(account);
    }

    // Cash was read before executions were: one that came in between, or that is not applied yet, is in one of them only.
    private bool IsComparable() =>
        !context.Set.IsAccountUnreadable
        && context.Journal.Fills == 0
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

    private async Task<CashFindings> CompareAsync(BrokerAccount account)
    {
        var isExplained = Explains(account);
        if (isExplained ? IsNewDay() : _memory.Differs < CyclesUntilBelieved || context.Now - _memory.ReadAt >= AskAgainAfter)
        {
            var from = context.Set.Account.Cash!.Since;
            if (
                await ListAsync(TradingCalendar.Nyse.TradingDay(_memory.ReadAt ?? from)) is { } listed
                && await TakeInAsync(listed, counts: true)
            )
            {
                isExplained = Explains(account);
            }
        }

        var differs = isExplained ? 0 : Math.Min(_memory.Differs + 1, CyclesUntilBelieved);
        return new(
            _memory with
            {
                Differs = differs,
            },
            IsCompared: true,
            differs == CyclesUntilBelieved && context.Set.Account.Cash is { } book ? account.Cash - book.Expected(Filled) : null
        );
    }

    private bool IsNewDay() => _memory.ReadAt is not { } at || TradingCalendar.Nyse.TradingDay(at) < context.Day;

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
            context.Journal.RaiseNoAnswer(TradingKey.Account, "cash", "Everything else goes on.", failure.Message);
            return null;
        }
    }

    /// <summary>Stores activities that are not stored yet, each in one group with the sums that it counts in.</summary>
    /// <returns>Whether all of them are stored; they are not while another writes the account row.</returns>
    private async Task<bool> TakeInAsync(IReadOnlyList<CashActivity> listed, bool counts)
    {
        var activities = listed.DistinctBy(activity => TradingKey.Cash(activity.Id), StringComparer.Ordinal).ToList();
        var known = _memory.Known.ToHashSet(StringComparer.Ordinal);
        foreach (var chunk in Committer.BesideAccount(activities.Where(activity => !known.Contains(activity.Id))))
        {
            if (!await TakeInAsync([.. chunk], counts))
            {
                return false;
            }
        }

        _memory = _memory with { ReadAt = context.Now, Known = [.. activities.Select(activity => activity.Id)] };
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
                activities.ForEach(activity => Publish(context, activity));
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

    /// <summary>Tells of an activity that is booked.</summary>
    public static void Publish(CycleContext context, CashActivity activity)
    {
        var about = activity.Symbol is { } symbol ? $" {symbol}" : string.Empty;
        context.Journal.Publish(
            EngineEventKind.CashMoved,
            null,
            activity.Symbol,
            $"cash {activity.Amount:+0.00;-0.00;0.00}: {WireNames.Of(activity.Kind)} {activity.Type}{about} of {activity.Day:yyyy-MM-dd}"
        );
    }
}
