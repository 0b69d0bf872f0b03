using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Core.Engine.Observe;

/// <summary>
/// Asks the market data source what there is of each symbol, in every cycle, so that repaired data counts at once. What is wrong
/// with it is told in the source's own words: it must not look like a halt of the stock.
/// </summary>
internal sealed class FeedCheck(CycleContext context)
{
    /// <summary>Every symbol that a cycle needs prices of.</summary>
    public IReadOnlySet<string> Symbols { get; } =
        context
            .Set.Strategies.Where(book =>
                !book.Strategy.IsTerminal || book.Holding.Quantity != 0 || book.Orders.Count > 0 || book.Strategy.Repeat
            )
            .Select(book => book.Symbol)
            .Concat(context.Set.Unmanaged.Where(book => book.Holding.Quantity != 0).Select(book => book.Symbol))
            .Concat(
                context
                    .Set.Commands.Select(command =>
                        (command.Value.Command as PlaceOrder)?.Terms.Symbol ?? SymbolCheck.SymbolOf(context, command.Value)
                    )
                    .OfType<string>()
            )
            .ToHashSet(StringComparer.Ordinal);

    // Those that somebody waits for: a disabled strategy that holds nothing does not.
    private readonly HashSet<string> _watched = context
        .Set.Books.Where(book =>
            book.Holding.Quantity != 0 || book.Orders.Count > 0 || (book is StrategyBook { Strategy: var it } && IsOn(it))
        )
        .Select(book => book.Symbol)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Asks, and raises what keeps a watched symbol from having prices.</summary>
    public async Task<IReadOnlyDictionary<string, SymbolFeed>> LookAsync()
    {
        IReadOnlyDictionary<string, SymbolFeed> feeds = new Dictionary<string, SymbolFeed>(StringComparer.Ordinal);
        if (Symbols.Count == 0)
        {
            return feeds;
        }

        feeds = await context.AskMarketAsync(market => market.GetFeedsAsync(Symbols, context.Cancellation), feeds);
        foreach (var symbol in _watched.Order(StringComparer.Ordinal))
        {
            var feed = feeds.GetValueOrDefault(symbol);
            if (feed?.Problem is { } problem)
            {
                context.Journal.Raise(
                    Attention.NoMarketData,
                    symbol,
                    $"There are no prices of {symbol} to trade on: {problem}. {Waiting(symbol)}It is looked at again every minute."
                );
            }
            else if (feed?.LeftOut is { } leftOut)
            {
                context.Journal.Raise("ROWS_LEFT_OUT", symbol, $"{leftOut}. Fix the rows, or delete them.");
            }
        }

        return feeds;
    }

    /// <summary>Raises the halts that the quotes show, where it is not the data that is missing.</summary>
    public void ReportHalts(QuoteBook quotes, IReadOnlyDictionary<string, SymbolFeed> feeds)
    {
        foreach (var symbol in _watched.Where(quotes.IsHalted))
        {
            var feed = feeds.GetValueOrDefault(symbol);
            if (feed?.Problem is null)
            {
                var why = quotes.Problems.GetValueOrDefault(symbol, "now back") + (feed?.Ended is { } ended ? $"; {ended}" : "");
                context.Journal.Raise(
                    "HALT_SUSPECTED",
                    symbol,
                    $"{symbol} has had no valid quote for a while ({why}); nothing is bought until two fresh ones."
                );
            }
        }
    }

    private string Waiting(string symbol) =>
        context.Set.Strategies.Where(book => book.Symbol == symbol && IsOn(book.Strategy)).Select(book => book.Id).ToList()
            is { Count: > 0 } ids
            ? $"{string.Join(", ", ids)} {(ids.Count == 1 ? "waits" : "wait")}. "
            : "";

    private static bool IsOn(Strategy strategy) => strategy.Enabled && (!strategy.IsTerminal || strategy.Repeat);
}
