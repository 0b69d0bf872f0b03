using AutoTrader.Core.Engine.Execute;
using AutoTrader.Core.Market;
using AutoTrader.Core.Risk;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// The day's loss (docs/trading-rules.md, "Daily loss"): the figures that the day begins with, and the latch. A held symbol is valued at
/// its close or quote, else at the last price that is known of it, else at the broker's. Without any, the loss is not known: nothing is
/// bought.
/// </summary>
internal sealed class DailyLoss(CycleContext context, Committer committer)
{
    private const int Attempts = 5;

    /// <summary>
    /// Begins the trading day, once: called when everything of the days before has been taken in and nothing of today. It is committed
    /// at once, so that a process that ends here does not begin the day again with shares that were bought today.
    /// </summary>
    public async Task BeginDayAsync()
    {
        if (context.Set.Account.Today?.Day == context.Day)
        {
            return;
        }

        // A day that begins late, for want of prices, leaves out what was bought in the meantime.
        var held = context
            .Set.Books.Select(book =>
                (
                    book.Symbol,
                    Holding: book.Holding with
                    {
                        Lots = book.Holding.Lots.Where(lot => TradingCalendar.Nyse.TradingDay(lot.At) < context.Day).ToValueList(),
                    }
                )
            )
            .Where(book => book.Holding.Lots.Count > 0)
            .ToList();
        if (await ClosesAsync(held.Select(book => book.Symbol).ToHashSet(StringComparer.Ordinal)) is not { } closes)
        {
            return;
        }

        context.Set.Set(
            context.Set.Account with
            {
                Today = new TradingDay(context.Day, held.Sum(book => book.Holding.Unrealized(closes[book.Symbol]))),
                LossLatchedOn = null,
            }
        );
        for (
            var attempt = 0;
            attempt < Attempts && !context.Request.DryRun && !context.Set.IsFirstCycle && context.Set.IsAccountDirty;
            attempt++
        )
        {
            await committer.CommitAccountAsync();
        }
    }

    /// <summary>Latches when the loss has reached the limit; bars entries while it cannot be known.</summary>
    public void Latch()
    {
        if (context.Set.Account is not { Today: { } today, LossLatchedOn: null } account || today.Day != context.Day)
        {
            return;
        }

        var unrealized = 0m;
        foreach (var book in context.Set.Books.Where(book => book.Holding.Lots.Count > 0))
        {
            if (PriceNow(book.Symbol) is not { } price)
            {
                Unknown(book.Symbol);
                return;
            }

            unrealized += book.Holding.Unrealized(price);
        }

        if (today.Loss(context.Set.Tally(context.Day), unrealized) >= account.Limits.MaxDailyLoss)
        {
            context.Set.Set(account with { LossLatchedOn = context.Day });
        }
    }

    // Null when one is not known.
    private async Task<IReadOnlyDictionary<string, decimal>?> ClosesAsync(HashSet<string> symbols)
    {
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        if (symbols.Count == 0)
        {
            return prices;
        }

        if (
            await context.AskMarketAsync<IReadOnlyDictionary<string, decimal>?>(
                async market => await market.GetClosesAsync(symbols, context.Day.AddDays(-1), context.Cancellation),
                null
            )
            is not { } closes
        )
        {
            return null;
        }

        var atBroker = symbols.Any(symbol => !closes.ContainsKey(symbol) && Remembered(symbol) is null)
            ? (await context.Ports.Broker.GetPositionsAsync(context.Cancellation)).ToDictionary(
                position => position.Symbol,
                position => position.CurrentPrice,
                StringComparer.Ordinal
            )
            : [];
        foreach (var symbol in symbols)
        {
            if (
                (
                    closes.TryGetValue(symbol, out var close)
                        ? close
                        : Remembered(symbol) ?? (atBroker.GetValueOrDefault(symbol) is > 0 and var price ? price : null)
                )
                is not { } known
            )
            {
                Unknown(symbol);
                return null;
            }

            prices[symbol] = known;
        }

        return prices;
    }

    private void Unknown(string symbol)
    {
        context.LossUnknown =
            $"the day's loss is not known: {symbol} is held and has no price"
            + (context.Feeds.GetValueOrDefault(symbol)?.Problem is { } problem ? $" ({problem})" : "");
        context.Journal.Raise(
            "LOSS_UNKNOWN",
            symbol,
            $"{symbol} is held, but no quote, close or broker's price of it is known, so the day's loss is not known either. Nothing is "
                + "bought until it has a price; protection and exits run on."
        );
    }

    private decimal? PriceNow(string symbol) =>
        // While quantity and price do not belong together, the price before it counts.
        context.Holds.TryGetValue(symbol, out var hold) && !hold.BuysOnly
            ? hold.Mid
            : context.Quotes?.Of(symbol)?.Mid
                ?? Remembered(symbol)
                ?? (context.Positions.TryGetValue(symbol, out var position) && position.CurrentPrice > 0 ? position.CurrentPrice : null);

    private decimal? Remembered(string symbol) =>
        context.State.Quotes.TryGetValue(symbol, out var memory) && memory.Mid > 0 ? memory.Mid : null;
}
