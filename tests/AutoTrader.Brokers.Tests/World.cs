using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Brokers.Tests;

/// <summary>
/// A market of hand-made bars, a clock, and a broker on them. The clock begins at the open of Monday 2026-02-02; the close of the Friday
/// before is known. Minutes are counted from the open.
/// </summary>
internal sealed class World : IMarketData, IDisposable
{
    private readonly Dictionary<string, List<Bar>> _bars = new(StringComparer.Ordinal);
    private PaperBroker? _broker;

    public World(PaperOptions? options = null, IPaperStore? store = null, DateTimeOffset? start = null)
    {
        Clock = new(start ?? Today.Open);
        Options = options ?? new();
        Store = store ?? new TestPaperStore();
        Close("AAA", 100);
    }

    public static Session Today { get; } = TradingCalendar.Nyse.SessionOn(new(2026, 2, 2))!;

    public PaperOptions Options { get; }

    public IPaperStore Store { get; }

    public FakeTimeProvider Clock { get; }

    public List<Split> Splits { get; } = [];

    public PaperBroker Broker => _broker ??= NewBroker();

    public PaperBroker NewBroker() => new(Store, this, Clock, Options, NullLogger<PaperBroker>.Instance);

    /// <summary>Kills the process and starts it again.</summary>
    public void Restart()
    {
        _broker?.Dispose();
        _broker = null;
    }

    public static DateTimeOffset Minute(int minute) => Today.Open.AddMinutes(minute);

    /// <summary>The close of the Friday before.</summary>
    public void Close(string symbol, decimal price) =>
        Add(symbol, TradingCalendar.Nyse.SessionOn(new(2026, 1, 30))!.Close.AddMinutes(-1), price, price, price, price);

    public void Bar(int minute, decimal open, decimal high, decimal low, decimal close, long volume = 1000, string symbol = "AAA") =>
        Add(symbol, Minute(minute), open, high, low, close, volume);

    public void Flat(int minute, decimal price, string symbol = "AAA") => Bar(minute, price, price, price, price, symbol: symbol);

    public void Add(
        string symbol,
        DateTimeOffset start,
        decimal open,
        decimal high,
        decimal low,
        decimal close,
        long volume = 1000,
        TimeSpan? length = null
    )
    {
        if (!_bars.TryGetValue(symbol, out var bars))
        {
            _bars[symbol] = bars = [];
        }

        bars.Add(new(symbol, start, length ?? TimeSpan.FromMinutes(1), open, high, low, close, volume));
        bars.Sort((left, right) => left.Start.CompareTo(right.Start));
    }

    public void At(int minute, int seconds = 0) => At(Minute(minute).AddSeconds(seconds));

    public void At(DateTimeOffset instant) => Clock.SetUtcNow(instant);

    public Task<BrokerOrder> SendAsync(string id, OrderTerms terms) => Broker.SubmitAsync(id, terms, CancellationToken.None);

    public async Task<BrokerOrder> OrderAsync(string id) => (await Broker.FindAsync(id, CancellationToken.None)).ShouldNotBeNull();

    public async Task<IReadOnlyList<Execution>> ExecutionsAsync() =>
        await Broker.GetExecutionsAsync(DateTimeOffset.UnixEpoch, CancellationToken.None);

    public async Task<decimal> SharesAsync(string symbol = "AAA") =>
        (await Broker.GetPositionsAsync(CancellationToken.None)).SingleOrDefault(position => position.Symbol == symbol)?.Quantity ?? 0;

    /// <summary>Buys shares at the price of bar 0, and stands at minute 1.</summary>
    public async Task HoldAsync(decimal quantity, decimal price = 100)
    {
        Flat(0, price);
        await SendAsync("holding", Buy(quantity));
        At(1);
        (await SharesAsync()).ShouldBe(quantity);
    }

    public static OrderTerms Buy(decimal quantity, decimal? limit = null, TimeInForce tif = TimeInForce.Day, string symbol = "AAA") =>
        new()
        {
            Symbol = symbol,
            Side = OrderSide.Buy,
            Quantity = quantity,
            Type = limit is null ? OrderType.Market : OrderType.Limit,
            LimitPrice = limit,
            TimeInForce = tif,
        };

    public static OrderTerms Sell(decimal quantity, decimal? limit = null, TimeInForce tif = TimeInForce.Day, string symbol = "AAA") =>
        Buy(quantity, limit, tif, symbol) with
        {
            Side = OrderSide.Sell,
        };

    public static OrderTerms Stop(decimal quantity, decimal stop, TimeInForce tif = TimeInForce.Gtc, string symbol = "AAA") =>
        Sell(quantity, null, tif, symbol) with
        {
            Type = OrderType.Stop,
            StopPrice = stop,
        };

    public static OrderTerms Trailing(decimal quantity, decimal percent, string symbol = "AAA") =>
        Sell(quantity, null, TimeInForce.Gtc, symbol) with
        {
            Type = OrderType.TrailingStop,
            TrailPercent = percent,
        };

    public static OrderTerms Oco(decimal quantity, decimal limit, decimal stop, string symbol = "AAA") =>
        Sell(quantity, limit, TimeInForce.Gtc, symbol) with
        {
            Class = OrderClass.Oco,
            StopPrice = stop,
        };

    public void Dispose() => _broker?.Dispose();

    public Task<IReadOnlyDictionary<string, Quote>> GetQuotesAsync(IReadOnlyCollection<string> symbols, CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        var quotes = new Dictionary<string, Quote>(StringComparer.Ordinal);
        if (TradingCalendar.Nyse.SessionAt(now) is { } session)
        {
            foreach (var symbol in symbols)
            {
                if (_bars.GetValueOrDefault(symbol)?.LastOrDefault(bar => bar.End <= now && bar.Start >= session.Open) is { } bar)
                {
                    quotes[symbol] = new(symbol, bar.Close, bar.Close, bar.End, bar.Close);
                }
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, Quote>>(quotes);
    }

    public Task<IReadOnlyList<Bar>> GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<Bar>>([.. (_bars.GetValueOrDefault(symbol) ?? []).Where(bar => bar.Start >= from && bar.End <= to)]);

    public Task<IReadOnlyDictionary<string, decimal>> GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    )
    {
        var closes = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            if (
                _bars
                    .GetValueOrDefault(symbol)
                    ?.LastOrDefault(bar => TradingCalendar.Nyse.TradingDay(bar.Start) <= session && bar.End <= Clock.GetUtcNow()) is
                { } bar
            )
            {
                closes[symbol] = bar.Close;
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, decimal>>(closes);
    }

    public Task<IReadOnlyList<Split>> GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Split>>([.. Splits.Where(split => split.ExDate >= from && split.ExDate <= to)]);
}
