using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Core.Tests.Engine;

/// <summary>An engine on in-memory stores with a scripted broker and market, one cycle a minute.</summary>
internal sealed class EngineHarness : IMarketData, IEngineEvents
{
    private readonly Dictionary<string, (decimal Bid, decimal Ask)> _prices = new(StringComparer.Ordinal);

    public EngineHarness(DateTimeOffset? start = null)
    {
        Clock = new(start ?? At(9, 31));
        Broker = new(Clock);
    }

    public static DateOnly Day { get; } = new(2026, 2, 3);

    public FakeTimeProvider Clock { get; }

    public ScriptedBroker Broker { get; }

    public MemoryTradingStore Store { get; } = new();

    public MemoryEngineStore EngineStore { get; } = new();

    public IEngineLease Lease { get; set; } = new MemoryEngineLease();

    /// <summary>What stands between the engine and its stores, broker and market; null for nothing.</summary>
    public IGate? Gate { get; set; }

    /// <summary>The trading state as the engine is given it; <see cref="Store"/> itself when null.</summary>
    public ITradingStore? Trading { get; set; }

    /// <summary>Cycles skipped because another host holds the lease.</summary>
    public int Contended { get; private set; }

    /// <summary>Faults that the log was told of.</summary>
    public List<Exception> Faults { get; } = [];

    public EngineOptions Options { get; set; } = new() { Holder = "test" };

    public List<Split> Splits { get; } = [];

    /// <summary>The bars of AAPL.</summary>
    public List<Bar> Bars { get; } = [];

    /// <summary>Done when bars are asked for.</summary>
    public Action<string> BarsAsked { get; set; } = _ => { };

    /// <summary>Whether asking for bars fails.</summary>
    public bool BarsFail { get; set; }

    public Dictionary<string, decimal> Closes { get; } = new(StringComparer.Ordinal);

    /// <summary>What the market data source says of its data.</summary>
    public Dictionary<string, SymbolFeed> Feeds { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether asking for closes fails.</summary>
    public bool ClosesFail { get; set; }

    /// <summary>Whether asking for splits fails.</summary>
    public bool SplitsFail { get; set; }

    public List<EngineEvent> Events { get; } = [];

    public static DateTimeOffset At(int hour, int minute, int second = 0) =>
        new(Day.ToDateTime(new(hour, minute, second)), TimeSpan.FromHours(-5));

    /// <summary>Shares that open sells cover.</summary>
    public decimal Covered =>
        Broker.Open.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.Terms.Quantity - order.FilledQuantity);

    /// <summary>A strategy that has bought all its shares of AAPL at a price.</summary>
    public static async Task<EngineHarness> HoldingAsync(Strategy strategy, decimal price = 100)
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", price);
        engine.Broker.MarketPrice = _ => price;
        await engine.AddAsync(strategy);
        await engine.TicksAsync(2);
        engine.Broker.Positions["AAPL"].ShouldBe(strategy.Quantity);
        return engine;
    }

    /// <summary>A strategy whose limit entry rests at 95 while AAPL is at 100.</summary>
    public static async Task<EngineHarness> RestingEntryAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        await engine.AddAsync(TestStrategies.Trailing() with { EntryType = EntryType.Limit, EntryPrice = 95 });
        await engine.TicksAsync(1);
        engine.Broker.Open.ShouldHaveSingleItem();
        return engine;
    }

    /// <summary>A bracket that bought AAPL at 100 and sold it at its target.</summary>
    public static async Task<EngineHarness> CompletedAsync()
    {
        var engine = new EngineHarness();
        engine.Price("AAPL", 100);
        engine.Broker.MarketPrice = _ => 100;
        await engine.AddAsync(TestStrategies.Bracket());
        await engine.TicksAsync(1);
        engine.Broker.Fill(engine.Broker.Open.Single().ClientOrderId, 10, 110);
        await engine.TicksAsync(3);
        return engine;
    }

    public void GoTo(DateTimeOffset instant) => Clock.Advance(instant - Clock.GetUtcNow());

    /// <summary>Runs a tick whose orders reach the broker while its answers are lost.</summary>
    public async Task TickWithoutAnswersAsync()
    {
        Broker.AfterSubmit = (_, _) => throw new TimeoutException("no answer");
        await TicksAsync(1);
        Broker.AfterSubmit = null;
    }

    public void Price(string symbol, decimal mid, decimal spread = 0.02m) => _prices[symbol] = (mid - (spread / 2), mid + (spread / 2));

    public void NoPrice(string symbol) => _prices.Remove(symbol);

    public EvaluationCycle Engine() =>
        new(
            Gate is null
                ? new(Trading ?? Store, EngineStore, Broker, this, Lease, this, Clock)
                : new(
                    new GatedTradingStore(Trading ?? Store, Gate),
                    new GatedEngineStore(EngineStore, Gate),
                    new GatedBroker(Broker, Gate),
                    new GatedMarketData(this, Gate),
                    new GatedLease(Lease, Gate),
                    this,
                    Clock
                ),
            Options
        );

    /// <summary>Runs a tick now, then lets a minute pass.</summary>
    public async Task<CycleResult> TickAsync()
    {
        var now = Clock.GetUtcNow();
        var result = await Engine().RunAsync(new(now, "timer"), CancellationToken.None);
        Clock.Advance(TimeSpan.FromMinutes(1));
        return result;
    }

    public async Task TicksAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            (await TickAsync()).Record?.Error.ShouldBeNull();
        }
    }

    public async Task AddAsync(Strategy strategy) =>
        (
            await Store.CommitAsync(
                "paper",
                [new(TradingKey.Strategy(strategy.Id), strategy with { CreatedAt = Clock.GetUtcNow() }, null)],
                CancellationToken.None
            )
        ).ShouldBeOfType<CommitResult.Committed>();

    public async Task CommandAsync(CommandEnvelope command) =>
        (
            await Store.CommitAsync("paper", [new(TradingKey.Command(command.Id), command, null)], CancellationToken.None)
        ).ShouldBeOfType<CommitResult.Committed>();

    public CommandEnvelope NewCommand(EngineCommand command) =>
        new()
        {
            Id = Guid.NewGuid().ToString("N"),
            Command = command,
            Caller = "test",
            RequestedAt = Clock.GetUtcNow(),
        };

    public async Task<CommandEnvelope> CommandOf(string id) =>
        (await Store.ReadAsync<CommandEnvelope>("paper", TradingKey.Command(id), CancellationToken.None))!.Value;

    public async Task<Strategy> StrategyAsync(string id) =>
        (await Store.ReadAsync<Strategy>("paper", TradingKey.Strategy(id), CancellationToken.None))!.Value;

    public async Task<IReadOnlyList<Order>> OrdersAsync() =>
        [.. (await Store.LoadAsync("paper", CancellationToken.None)).Orders.Select(row => row.Value)];

    public async Task<IReadOnlyList<Order>> DoneAsync() =>
        [
            .. (await Store.ListAsync<Order>("paper", TradingKey.DonePrefix, 1000, null, CancellationToken.None)).Items.Select(row =>
                row.Value
            ),
        ];

    public async Task<IReadOnlyList<Fill>> FillsAsync() =>
        [
            .. (await Store.ListAsync<Fill>("paper", TradingKey.FillPrefix, 1000, null, CancellationToken.None)).Items.Select(row =>
                row.Value
            ),
        ];

    public async Task<IReadOnlyList<Attention>> AttentionAsync() =>
        (await EngineStore.LoadAsync("paper", CancellationToken.None))?.Value.Attention ?? [];

    public async Task SetAccountAsync(Func<AccountState, AccountState> change)
    {
        var row = await Store.ReadAsync<AccountState>("paper", TradingKey.Account, CancellationToken.None);
        (
            await Store.CommitAsync("paper", [new(TradingKey.Account, change(row?.Value ?? new()), row?.Version)], CancellationToken.None)
        ).ShouldBeOfType<CommitResult.Committed>();
    }

    Task<IReadOnlyDictionary<string, SymbolFeed>> IMarketData.GetFeedsAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyDictionary<string, SymbolFeed>>(Feeds);

    Task<IReadOnlyDictionary<string, Quote>> IMarketData.GetQuotesAsync(
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<IReadOnlyDictionary<string, Quote>>(
            _prices
                .Where(pair => symbols.Contains(pair.Key, StringComparer.Ordinal))
                .ToDictionary(
                    pair => pair.Key,
                    pair => new Quote(pair.Key, pair.Value.Bid, pair.Value.Ask, Clock.GetUtcNow()),
                    StringComparer.Ordinal
                )
        );

    Task<IReadOnlyList<Bar>> IMarketData.GetBarsAsync(
        string symbol,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        BarsAsked(symbol);
        return BarsFail
            ? throw new TimeoutException("no answer")
            : Task.FromResult<IReadOnlyList<Bar>>([.. Bars.Where(bar => bar.Start >= from && bar.End <= to)]);
    }

    Task<IReadOnlyDictionary<string, decimal>> IMarketData.GetClosesAsync(
        IReadOnlyCollection<string> symbols,
        DateOnly session,
        CancellationToken cancellationToken
    ) => ClosesFail ? throw new TimeoutException("no answer") : Task.FromResult<IReadOnlyDictionary<string, decimal>>(Closes);

    Task<IReadOnlyList<Split>> IMarketData.GetSplitsAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        SplitsFail
            ? throw new TimeoutException("no answer")
            : Task.FromResult<IReadOnlyList<Split>>([.. Splits.Where(split => split.ExDate >= from && split.ExDate <= to)]);

    void IEngineEvents.Publish(EngineEvent happened) => Events.Add(happened);

    void IEngineEvents.CycleEnded(CycleRecord record) { }

    void IEngineEvents.Faulted(string what, Exception failure) => Faults.Add(failure);

    void IEngineEvents.LeaseContended() => Contended++;
}
