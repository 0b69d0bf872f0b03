using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Backtesting.Market;

/// <summary>
/// The market in which orders fill: that of the strategy, with shorter bars in place of the longer ones where they are there. Prices that a
/// strategy sees stay those of the longer bars.
/// </summary>
/// <param name="inner">The market as strategies see it.</param>
/// <param name="longer">The market with the longer bars as they were recorded.</param>
/// <param name="finer">Markets with shorter bars, the shortest first.</param>
internal sealed class FinerMarket(IMarketData inner, IMarketData longer, IReadOnlyList<IMarketData> finer) : DelegatingMarket(inner)
{
    // A session is asked for again and again while it is played, and not afterwards.
    private readonly Dictionary<string, (Session Session, IReadOnlyList<Bar> Bars)> _latest = new(StringComparer.Ordinal);

    public override async Task<IReadOnlyList<Bar>> GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        var calendar = TradingCalendar.Nyse;
        var bars = new List<Bar>();
        foreach (var session in calendar.Sessions(calendar.TradingDay(from), calendar.TradingDay(to)))
        {
            bars.AddRange((await PlayedAsync(symbol, session, cancellationToken)).Where(bar => bar.Start >= from && bar.End <= to));
        }

        return bars;
    }

    private async Task<IReadOnlyList<Bar>> PlayedAsync(string symbol, Session session, CancellationToken cancellationToken)
    {
        if (_latest.TryGetValue(symbol, out var known) && known.Session == session)
        {
            return known.Bars;
        }

        var shorter = new List<IReadOnlyList<Bar>>(finer.Count);
        foreach (var market in finer)
        {
            shorter.Add(await market.GetBarsAsync(symbol, session.Open, session.Close, cancellationToken));
        }

        var recorded = await longer.GetBarsAsync(symbol, session.Open, session.Close, cancellationToken);
        List<Bar> bars =
        [
            .. FinerBars.Of(recorded, shorter).SelectMany(it => it.Shorter.Count > 0 ? it.Shorter : DailyMarket.Played(it.Bar)),
        ];
        _latest[symbol] = (session, bars);
        return bars;
    }
}
