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
    /// <param name="quotes">What is remembered of quotes.</param>
    /// <returns>Why the loss cannot be known; null when nothing stands in the way.</returns>
    public async Task<string?> BeginDayAsync(IReadOnlyDictionary<string, QuoteState> quotes)
    {
        if (context.Set.Account.Today?.Day == context.Day)
        {
            return null;
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
        var (found, unknown) = await ClosesAsync(held.Select(book => book.Symbol).ToHashSet(StringComparer.Ordinal), quotes);
        if (found is not { } closes)
        {
            return unknown;
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

        return null;
    }

    /// <summary>Latches when the loss has reached the limit.</summary>
    /// <returns>Why it cannot be known, so that entries are barred; null when it is.</returns>
    public string? Latch(CycleFrame frame)
    {
        if (context.Set.Account is not { Today: { } today, LossLatchedOn: null } account || today.Day != context.Day)
        {
            return null;
        }

        var unrealized = 0m;
        foreach (var book in context.Set.Books.Where(book => book.Holding.Lots.Count > 0))
        {
            if (PriceNow(book.Symbol, frame) is not { } price)
            {
                return Unknown(book.Symbol, frame.Feeds.GetValueOrDefault(book.Symbol)?.Problem);
            }

            unrealized += book.Holding.Unrealized(price);
        }

        if (today.Loss(context.Set.Tally(context.Day), unrealized) >= account.Limits.MaxDailyLoss)
        {
            context.Set.Set(account with { LossLatchedOn = context.Day });
        }

        return null;
    }

    // No prices when one is not known, with the reason where it is not that the market data is away.
    private async Task<(IReadOnlyDictionary<string, decimal>? Prices, string? Unknown)> ClosesAsync(
        HashSet<string> symbols,
        IReadOnlyDictionary<string, QuoteState> quotes
    )
    {
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        if (symbols.Count == 0)
        {
            return (prices, null);
        }

        if (
            await context.AskMarketAsync<IReadOnlyDictionary<string, decimal>?>(
                async market => await market.GetClosesAsync(symbols, context.Day.AddDays(-1), context.Cancellation),
                null
            )
            is not { } closes
        )
        {
            return (null, null);
        }

        var atBroker = symbols.Any(symbol => !closes.ContainsKey(symbol) && Remembered(symbol, quotes) is null)
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
                        : Remembered(symbol, quotes) ?? (atBroker.GetValueOrDefault(symbol) is > 0 and var price ? price : null)
                )
                is not { } known
            )
            {
                return (null, Unknown(symbol, null));
            }

            prices[symbol] = known;
        }

        return (prices, null);
    }

    private string Unknown(string symbol, string? problem)
    {
        context.Journal.Raise(
            "LOSS_UNKNOWN",
            symbol,
            $"{symbol} is held, but no quote, close or broker's price of it is known, so the day's loss is not known either. Nothing is "
                + "bought until it has a price; protection and exits run on."
        );
        return $"the day's loss is not known: {symbol} is held and has no price" + (problem is null ? "" : $" ({problem})");
    }

    private static decimal? PriceNow(string symbol, CycleFrame frame) =>
        // While quantity and price do not belong together, the price before it counts.
        frame.IsFrozen(symbol)
            ? frame.Holds[symbol].Mid
            : frame.Quotes?.Of(symbol)?.Mid
                ?? Remembered(symbol, frame.QuotesBefore)
                ?? (frame.Positions.TryGetValue(symbol, out var position) && position.CurrentPrice > 0 ? position.CurrentPrice : null);

    private static decimal? Remembered(string symbol, IReadOnlyDictionary<string, QuoteState> quotes) =>
        quotes.TryGetValue(symbol, out var memory) && memory.Mid > 0 ? memory.Mid : null;
}
