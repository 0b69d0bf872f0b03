using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Simulation.Exploration;

/// <summary>Prices as a scenario tells them, minute by minute: the quote is the close of the minute's bar.</summary>
internal sealed class SimulatedMarket(TimeProvider clock) : IMarketData
{
    private const long Volume = 1_000;

    private readonly Dictionary<string, List<Bar>> _bars = new(StringComparer.Ordinal);

    public List<Split> Splits { get; } = [];

    /// <summary>Prices of the last minute, by symbol.</summary>
    public IReadOnlyDictionary<string, decimal> Last =>
        _bars.ToDictionary(pair => pair.Key, pair => pair.Value[^1].Close, StringComparer.Ordinal);

    /// <summary>Adds the bar of the minute that ends at <paramref name="end"/>.</summary>
    public void Add(string symbol, DateTimeOffset end, decimal close, decimal? open = null)
    {
        if (!_bars.TryGetValue(symbol, out var bars))
        {
            _bars[symbol] = bars = [];
        }

        var from = open ?? (bars.Count > 0 ? bars[^1].Close : close);
        bars.Add(
            new(symbol, end.AddMinutes(-1), TimeSpan.FromMinutes(1), from, Math.Max(from, close), Math.Min(from, close), close, Volume)
        );
    }

    public Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(IReadOnlyCollection<string> symbols, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var quotes = new Dictionary<string, Quote>(StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            if (LastBar(symbol, now) is { } bar && TradingCalendar.Nyse.SessionAt(now)?.Open <= bar.Start)
            {
                quotes[symbol] = new(symbol, bar.Close, bar.Close, bar.End, bar.Close);
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, Quote>>(quotes);
    }

    public Task<IReadOnlyList<Bar>> GetBarsAsync(string symbol, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        if (!_bars.TryGetValue(symbol, out var bars))
        {
            return Task.FromResult<IReadOnlyList<Bar>>([]);
        }

        var first = bars.Count;
        while (first > 0 && bars[first - 1].Start >= from)
        {
            first--;
        }

        return Task.FromResult<IReadOnlyList<Bar>>([.. bars.Skip(first).Where(bar => bar.End <= to)]);
    }

    public Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        var closes = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            if (LastBar(symbol, now, session) is { } bar)
            {
                closes[symbol] = bar.Close;
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, decimal>>(closes);
    }

    public Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Split>>([.. Splits.Where(split => split.ExDate >= from && split.ExDate <= to)]);

    private Bar? LastBar(string symbol, DateTimeOffset now, DateOnly? session = null)
    {
        if (_bars.TryGetValue(symbol, out var bars))
        {
            for (var i = bars.Count - 1; i >= 0; i--)
            {
                if (bars[i].End <= now && (session is null || TradingCalendar.Nyse.TradingDay(bars[i].Start) <= session))
                {
                    return bars[i];
                }
            }
        }

        return null;
    }
}
