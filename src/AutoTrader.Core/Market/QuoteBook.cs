
namespace AutoTrader.Core.Market;

/// <summary>The cycle's prices: quotes checked against the rules and confirmed against what is remembered (docs/trading-rules.md, "Quotes
/// and halts"). Pure.</summary>
public sealed class QuoteBook
{
    private readonly Dictionary<string, Price> _prices = new(StringComparer.Ordinal);

    /// <summary>Checks <paramref name="quotes"/> in an open session.</summary>
    /// <param name="symbols">The symbols that are asked for.</param>
    /// <param name="quotes">What the source gave.</param>
    /// <param name="memory">What is remembered of the cycle before.</param>
    /// <param name="rules">Which quotes are believed.</param>
    /// <param name="now">Business time (UTC).</param>
    /// <param name="session">The open session.</param>
    /// <param name="feeds">What the source says of the symbols' data.</param>
    public QuoteBook(
        IEnumerable<string> symbols,
        IReadOnlyDictionary<string, Quote> quotes,
        IReadOnlyDictionary<string, QuoteState> memory,
        QuoteRules rules,
        DateTimeOffset now,
        Session session,
        IReadOnlyDictionary<string, SymbolFeed>? feeds = null
    )
    {
        var next = new Dictionary<string, QuoteState>(StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            var before = memory.TryGetValue(symbol, out var remembered) ? remembered.In(session) : null;
            var limits = rules.For(feeds?.GetValueOrDefault(symbol));
            var problem = quotes.TryGetValue(symbol, out var quote) ? limits.Problem(quote, now, session) : "no quote";
            if (problem is not null)
            {
                Problems[symbol] = problem;
                var lastValid = before is not null && before.At >= session.Open ? before.At : session.Open + limits.SettleAfterOpen;
                var halted = now - lastValid > limits.SuspectHaltAfter;
                if (before is not null)
                {
                    next[symbol] = before with { Fresh = 0, PriorMid = null, Halted = before.Halted || halted };
                }
                else if (halted)
                {
                    next[symbol] = new(0, session.Open, null, 0, Halted: true) { Session = session.Open };
                }

                continue;
            }

            var seen = Remember(before, quote!, session);
            next[symbol] = seen;
            _prices[symbol] = new(quote!.Mid, quote.Ask, seen.PriorMid);
        }

        Memory = next;
    }

    /// <summary>What the next cycle must remember.</summary>
    public IReadOnlyDictionary<string, QuoteState> Memory { get; }

    /// <summary>Why symbols have no price, by symbol.</summary>
    public Dictionary<string, string> Problems { get; } = new(StringComparer.Ordinal);

    /// <summary>The price of a symbol; null when there is no valid quote.</summary>
    public Price? Of(string symbol) => _prices.TryGetValue(symbol, out var price) ? price : null;

    /// <summary>Whether a halt is suspected, so that nothing is bought.</summary>
    public bool IsHalted(string symbol) => Memory.TryGetValue(symbol, out var memory) && memory.Halted;

    private static QuoteState Remember(QuoteState? before, Quote quote, Session session)
    {
        if (before is null || before.Fresh == 0)
        {
            // The first of a row: it confirms nothing, and of a row after a halt two are needed.
            return new(quote.Mid, quote.At, null, 1, before is { Halted: true }) { Session = session.Open };
        }

        // The same quote seen again, as by a tick that is run again, is not a second one.
        return quote.At == before.At
            ? before with
            {
                Mid = quote.Mid,
            }
            : before with
            {
                Mid = quote.Mid,
                At = quote.At,
                PriorMid = before.Mid,
                Fresh = before.Fresh + 1,
                Halted = false,
            };
    }
}
