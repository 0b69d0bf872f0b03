using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Backtesting.Market;

/// <summary>
/// Daily bars to trade on. A daily bar tells the session's first price at the open and everything else at the close: it is played as three
/// minutes at the open price, in which a strategy sees two quotes, buys and is protected, and one bar of the rest of the session.
/// </summary>
/// <remarks>The volume is spread evenly over the minutes of the session.</remarks>
/// <param name="inner">The market with the bars.</param>
/// <param name="daily">The symbols whose bars are daily ones.</param>
/// <param name="quote">The quote of a bar.</param>
/// <param name="clock">Business time.</param>
internal sealed class DailyMarket(IMarketData inner, IReadOnlySet<string> daily, Func<Bar, Quote> quote, TimeProvider clock)
    : DelegatingMarket(inner)
{
    private const int Opening = 3;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public override async Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    )
    {
        var quotes = new Dictionary<string, Quote>(
            await Inner.GetQuotesAsync([.. symbols.Where(symbol => !daily.Contains(symbol))], cancellationToken),
            StringComparer.Ordinal
        );
        var now = clock.GetUtcNow();
        if (TradingCalendar.Nyse.SessionAt(now) is { } session)
        {
            foreach (var symbol in symbols.Where(daily.Contains))
            {
                if (await GetBarsAsync(symbol, session.Open, now, cancellationToken) is [.., var last])
                {
                    quotes[symbol] = quote(last);
                }
            }
        }

        return quotes;
    }

    public override async Task<IReadOnlyList<Bar>> GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        if (!daily.Contains(symbol))
        {
            return await Inner.GetBarsAsync(symbol, from, to, cancellationToken);
        }

        // A day that is not over is there in part.
        var last = TradingCalendar.Nyse.SessionAt(to)?.Close ?? to;
        var first = TradingCalendar.Nyse.SessionAt(from)?.Open ?? from;
        var days = await Inner.GetBarsAsync(symbol, first, last, cancellationToken);
        return [.. days.SelectMany(Played).Where(bar => bar.Start >= from && bar.End <= to)];
    }

    /// <summary>Whether a bar is a daily one.</summary>
    public static bool IsOfADay(Bar bar) =>
        TradingCalendar.Nyse.SessionAt(bar.Start) is { } session && bar.Start == session.Open && bar.End == session.Close;

    /// <summary>A bar as it is played: a daily one in parts, any other as it is.</summary>
    public static IEnumerable<Bar> Played(Bar day)
    {
        if (!IsOfADay(day))
        {
            yield return day;
            yield break;
        }

        var share = (long)(day.Volume / day.Length.TotalMinutes);
        for (var i = 0; i < Opening; i++)
        {
            yield return new(day.Symbol, day.Start + (i * Minute), Minute, day.Open, day.Open, day.Open, day.Open, share);
        }

        yield return day with
        {
            Start = day.Start + (Opening * Minute),
            Length = day.Length - (Opening * Minute),
            Volume = day.Volume - (Opening * share),
        };
    }
}
