using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Paper;

/// <summary>The last price of a symbol as known at an instant: of this session, else the last close. Until its first bar no split
/// is believed.</summary>
internal sealed class LastPrices(IMarketData market)
{
    private static TradingCalendar Calendar => TradingCalendar.Nyse;

    /// <summary>The last price in dollars; null when there is none.</summary>
    public async Task<decimal?> OfAsync(string symbol, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await OfAsync([symbol], now, cancellationToken)).TryGetValue(symbol, out var price) ? price : null;

    /// <summary>The last price of each symbol in dollars; symbols without one are left out.</summary>
    public async Task<IReadOnlyDictionary<string, decimal>> OfAsync(
        IReadOnlyCollection<string> symbols,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        if (symbols.Count == 0)
        {
            return prices;
        }

        if (Calendar.IsOpen(now))
        {
            foreach (var (symbol, quote) in await market.GetQuotesAsync(symbols, cancellationToken))
            {
                prices[symbol] = quote.LastTrade ?? quote.Mid;
            }
        }

        if (symbols.Where(symbol => !prices.ContainsKey(symbol)).ToList() is { Count: > 0 } missing)
        {
            var last = Calendar.PreviousSession(now).Day;
            var closes = await market.GetClosesAsync(missing, last, cancellationToken);
            foreach (var (symbol, close) in closes)
            {
                prices[symbol] = close;
            }
        }

        return prices;
    }

    /// <summary>The closing price of each symbol in a session that has ended.</summary>
    public Task<IReadOnlyDictionary<string, decimal>> ClosesAsync(
        IReadOnlyCollection<string> symbols,
        Session session,
        CancellationToken cancellationToken
    ) => market.GetClosesAsync(symbols, session.Day, cancellationToken);
}
