using AutoTrader.Core.Market;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// The first step of a cycle: repairs unfinished intents, takes in what happened at the broker, compares, and asks for prices; in this
/// order, since each needs what the one before it found.
/// </summary>
internal sealed class Observation(CycleContext context, Committer committer)
{
    public async Task<(CycleFrame Frame, OrderUpdates Updates)> ObserveAsync()
    {
        var account = await CheckAccountAsync();
        var (exchange, hours) = await new ExchangeCheck(context).LookAsync();
        var actions = new CorporateActions(context, hours.Session);
        await actions.LearnAsync();

        var since = OrderIntake.Since(context);
        var shown = await context.Ports.Broker.GetOrdersAsync(since, context.Cancellation);
        var updates = new OrderUpdates(context, hours.Calendar, shown);
        var intake = new OrderIntake(context, committer, actions, updates, since);
        await intake.TakeOrdersAsync();
        var absent = await new IntentRepair(context, committer, updates).RunAsync();
        var loss = new DailyLoss(context, committer);
        string? lossUnknown = null;
        var applied = await intake.TakeExecutionsAsync(async () => lossUnknown = await loss.BeginDayAsync(actions.Quotes));

        var (positions, differing) = await new Reconciliation(context).RunAsync();
        var mismatches = await actions.RunAsync(positions, differing);
        var cash = await new CashCheck(context, committer).RunAsync(account, actions.IsWaiting);
        exchange = await new SymbolCheck(context).LookAsync(exchange);
        var check = new FeedCheck(context);
        var feeds = await check.LookAsync();
        var quotes = hours.Session is { } session ? await QuoteAsync(session, actions, check, feeds) : null;

        var frame = new CycleFrame
        {
            Hours = hours,
            Exchange = exchange,
            Account = account,
            Sampled = EquityDay.Sampled(
                context.Before.Equity,
                context.Day,
                new(context.Now, account.Equity, account.Cash),
                hours.Session is not null
            ),
            Positions = positions,
            Shown = shown,
            Absent = absent,
            // What was not taken in, because a split is waited for, the next cycle must still read.
            ReadTo = actions.IsWaiting ? context.Before.ReadTo : context.Now,
            Applied = applied,
            Mismatches = mismatches,
            Holds = actions.Holds,
            Splits = actions.Splits,
            SplitPrices = actions.SplitPrices,
            Cash = cash,
            Feeds = feeds,
            Quotes = quotes,
            QuotesBefore = actions.Quotes,
            LossUnknown = lossUnknown,
        };
        return (frame.MarketOpen ? frame with { LossUnknown = loss.Latch(frame) ?? lossUnknown } : frame, updates);
    }

    private async Task<BrokerAccount> CheckAccountAsync()
    {
        if (context.Set.Account.Restoring is { } mark)
        {
            throw new CycleStoppedException(
                $"A restore that {mark.By} began at {mark.Since:yyyy-MM-dd HH:mm:ss}Z has not ended; nothing is traded on half a "
                    + "state. Do it again: trader restore, or trader rebuild."
            );
        }

        var account = await context.Ports.Broker.GetAccountAsync(context.Cancellation);
        var known = context.Set.Account.AccountNumber;
        if (known is null)
        {
            context.Set.Set(context.Set.Account with { AccountNumber = account.Number });
        }
        else if (known != account.Number)
        {
            throw new CycleStoppedException(
                $"The broker's account is {account.Number}, but this state belongs to {known}. Check the broker's keys; nothing "
                    + "is traded."
            );
        }

        if (account.TradingBlocked)
        {
            context.Journal.Raise("TRADING_BLOCKED", TradingKey.Account, "The broker refuses all orders of this account.");
        }

        return account;
    }

    private async Task<QuoteBook> QuoteAsync(
        Session session,
        CorporateActions actions,
        FeedCheck check,
        IReadOnlyDictionary<string, SymbolFeed> feeds
    )
    {
        // A halt that a manual order met is followed to its end: the next order meets it, too.
        var symbols = check
            .Symbols.Concat(actions.Quotes.Where(pair => pair.Value.In(session).Halted).Select(pair => pair.Key))
            .ToHashSet(StringComparer.Ordinal);
        var none = new Dictionary<string, Quote>(StringComparer.Ordinal);
        var quotes =
            symbols.Count == 0 ? none : await context.AskMarketAsync(market => market.GetQuotesAsync(symbols, context.Cancellation), none);
        var book = new QuoteBook(symbols, quotes, actions.Quotes, context.Options.Quotes, context.Now, session, feeds);
        check.ReportHalts(book, feeds);
        actions.CheckOvernight(book, session.Open);
        return book;
    }
}
