using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application;

/// <summary>Whether a symbol can be bought, asked where strategies come in.</summary>
public static class TradableSymbols
{
    // Wall clock.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Why symbols cannot be bought, in a sentence each; those that can be are left out.</summary>
    /// <remarks>An unreachable broker or source is no reason to refuse: the engine asks again before it buys, and raises attention if it
    /// gets no response.</remarks>
    public static async Task<IReadOnlyDictionary<string, string>> ProblemsAsync(
        IBroker broker,
        IMarketData market,
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var problems = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var (symbol, feed) in await market.GetFeedsAsync(symbols, linked.Token))
            {
                if (feed.Problem is { } problem)
                {
                    problems[symbol] = Sentence(symbol, problem);
                }
            }

            foreach (var symbol in symbols)
            {
                if (await broker.WhyNotTradableAsync(symbol, linked.Token) is { } why)
                {
                    problems[symbol] = Sentence(symbol, why);
                }
            }
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Results so far count.
        }

        return problems;
    }

    private static string Sentence(string symbol, string why) => $"{symbol} cannot be bought: {why}. Check the symbol.";
}
