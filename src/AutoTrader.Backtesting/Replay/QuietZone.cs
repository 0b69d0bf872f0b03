using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Backtesting.Replay;

/// <summary>
/// Where prices may go without anything happening: no order fills, no watermark or reference is raised, no trigger of the engine is met, no
/// limit is reached. A bar inside it is not looked at. It is drawn too narrow rather than too wide: a bar that is looked at in vain costs
/// time only. It decides nothing itself, and a property test holds that a backtest with it equals one that looks at every minute.
/// </summary>
internal sealed class QuietZone
{
    private readonly Dictionary<string, Band> _bands = new(StringComparer.Ordinal);
    private readonly decimal _margin;
    private bool _isLoud;

    private QuietZone(decimal margin) => _margin = margin;

    /// <summary>Until when it holds (UTC); null when only prices end it.</summary>
    public DateTimeOffset? Until { get; private set; }

    /// <summary>The zone of a state in which the last cycle changed nothing.</summary>
    /// <param name="books">The trading state.</param>
    /// <param name="memory">What the engine remembers.</param>
    /// <param name="day">The New York date.</param>
    /// <param name="margin">How far a mid may lie from its bar's close at most, in dollars.</param>
    /// <returns>The zone; null when something may happen at any price.</returns>
    public static QuietZone? Of(TradingSnapshot books, EngineState memory, DateOnly day, decimal margin)
    {
        if (!IsAtRest(books, memory))
        {
            return null;
        }

        var zone = new QuietZone(margin);
        foreach (var row in books.Orders)
        {
            zone.Add(row.Value);
        }

        foreach (var row in books.Strategies)
        {
            zone.Add(
                row.Value,
                [.. from order in books.Orders where order.Value.StrategyId == row.Value.Id select order.Value],
                memory.Quotes.GetValueOrDefault(row.Value.Symbol)
            );
        }

        zone.AddLoss(books, memory, day);
        return zone._isLoud || !zone.HoldsQuotes(memory) ? null : zone;
    }

    /// <summary>Whether nothing is left that the next cycle would look at whatever the prices are.</summary>
    public static bool IsAtRest(TradingSnapshot books, EngineState memory) =>
        memory is { Holds.Count: 0, Mismatches.Count: 0, StuckCancels.Count: 0 }
        && !books.Commands.Any(row => row.Value.Status == CommandStatus.Pending);

    /// <summary>The band of a symbol.</summary>
    public Band Of(string symbol) => _bands.GetValueOrDefault(symbol, Band.Any);

    // A trigger that one quote has met waits for the next one to confirm it.
    private bool HoldsQuotes(EngineState memory) =>
        _bands.All(pair =>
            !memory.Quotes.TryGetValue(pair.Key, out var quote)
            || (quote.PriorMid is { } prior && pair.Value.HoldsClose(prior) && pair.Value.HoldsClose(quote.Mid))
        );

    private void Add(Order order)
    {
        if (
            order is not { Status: OrderStatus.Accepted or OrderStatus.PartiallyFilled, IsCancelWanted: false, Amendment: null }
            || order.UnexplainedQuantity != 0
        )
        {
            _isLoud = true;
            return;
        }

        var band = Of(order.Terms.Symbol);
        Band? next = order switch
        {
            { Terms.TimeInForce: not (TimeInForce.Day or TimeInForce.Gtc) } => null,
            { Terms: { Type: OrderType.Limit, Class: OrderClass.Simple, Side: OrderSide.Buy, LimitPrice: { } limit } } => band.Above(limit),
            { Terms: { Type: OrderType.Limit, Class: OrderClass.Simple, LimitPrice: { } limit } } => band.Below(limit),
            // The rest of a stop that has traded fills at any price.
            { Status: OrderStatus.PartiallyFilled } => null,
            { Terms: { Class: OrderClass.Oco, Side: OrderSide.Sell, LimitPrice: { } limit, StopPrice: { } stop } } => band.Above(stop)
                .Below(limit),
            { Terms: { Type: OrderType.Stop, Side: OrderSide.Sell, StopPrice: { } stop } } => band.Above(stop),
            { Terms.Type: OrderType.TrailingStop, BrokerStopPrice: { } stop, BrokerHighWatermark: { } high } => band.Above(stop).UpTo(high),
            _ => null,
        };
        Narrow(order.Terms.Symbol, next);
    }

    private void Add(Strategy strategy, List<Order> orders, QuoteState? quote)
    {
        if (strategy.IsCoolingDown && strategy is { Enabled: true, PauseReason: null, CompletedAt: { } completed })
        {
            HoldUntil(completed.AddMinutes(strategy.CooldownMinutes));
        }

        var exposure = Exposure.Of(strategy, orders);
        if (!strategy.WantsToEnter && exposure is { Held: 0, WorkingOrders: 0 })
        {
            return;
        }

        // Whatever is not at rest is looked at in every minute.
        if (
            quote is not { Halted: false, Fresh: >= 2 }
            || strategy.Closing is not null
            || strategy.ExitRevision > 0
            || exposure.Held < 0
            || exposure.Uncovered >= 1
        )
        {
            _isLoud = true;
            return;
        }

        if (strategy.StrategyType == StrategyType.Grid)
        {
            AddGrid(strategy, orders, quote.Mid);
        }
        else if (exposure.Held >= 1)
        {
            AddPosition(strategy, orders);
        }
        else if (strategy is { MayEnter: true, Phase: StrategyPhase.Pending } && exposure.WorkingOrders == 0)
        {
            AddEntry(strategy);
        }
    }

    private void AddPosition(Strategy strategy, List<Order> orders)
    {
        // The engine watches the target beside a stop that rests alone, and raises a stop that does not trail.
        if (orders.Exists(order => order is { Role: OrderRole.Protection, Terms: { Type: OrderType.Stop, Class: OrderClass.Simple } }))
        {
            _isLoud = true;
        }
        else if (strategy.StrategyType is StrategyType.TrailingStop or StrategyType.PullbackTrailing)
        {
            Narrow(strategy.Symbol, strategy.HighWatermark is { } high ? Of(strategy.Symbol).CloseUpTo(high - _margin) : null);
        }
    }

    private void AddEntry(Strategy strategy)
    {
        var band = Of(strategy.Symbol);
        Narrow(
            strategy.Symbol,
            strategy switch
            {
                { RetryEntryAt: not null } or { WaitingFor: not null } => null,
                { StrategyType: StrategyType.PullbackTrailing, PullbackReferencePrice: { } reference } => band.CloseUpTo(
                        reference - _margin
                    )
                    .CloseAbove((reference * (1 - ((strategy.PullbackPct ?? 0) / 100))) + _margin),
                { StrategyType: StrategyType.PullbackTrailing } => null,
                { EntryType: EntryType.Condition } => EntryCondition.Parse(strategy.EntryCondition) switch
                {
                    { IsBelow: true, Price: var price } => band.CloseAbove(price + _margin),
                    { Price: var price } => band.CloseBelow(price - _margin),
                    null => null,
                },
                _ => null,
            }
        );
    }

    // Inside its band a grid decides the same until the price rises over a level that has room for a buy.
    private void AddGrid(Strategy strategy, List<Order> orders, decimal mid)
    {
        if (strategy is not { GridConfig: { } grid, WaitingFor: null, RetryEntryAt: null })
        {
            _isLoud = true;
            return;
        }

        var band = Of(strategy.Symbol);
        decimal[] prices = [grid.Low, grid.High, grid.StopBelow ?? 0, Grid.NextBuyAbove(strategy, orders, mid) ?? grid.High];
        foreach (var price in prices)
        {
            if (price == mid)
            {
                _isLoud = true;
            }

            band = price < mid ? band.CloseAbove(price + _margin) : band.CloseBelow(price - _margin);
        }

        Narrow(strategy.Symbol, band);
    }

    /// <summary>The day's loss must stay below the limit at which it latches; what is left of it is shared between the symbols that are
    /// held.</summary>
    private void AddLoss(TradingSnapshot books, EngineState memory, DateOnly day)
    {
        if (books.Account?.Value is not { Today: { } today } account || today.Day != day)
        {
            _isLoud = true;
            return;
        }

        if (account.LossLatchedOn == day)
        {
            return;
        }

        (string Symbol, Holding Holding)[] holdings =
        [
            .. books.Strategies.Select(row => (row.Value.Symbol, row.Value.Holding)),
            .. books.Unmanaged.Select(row => (row.Value.Symbol, row.Value.Holding)),
        ];
        var held = holdings.Where(it => it.Holding.Lots.Count > 0).ToLookup(it => it.Symbol, it => it.Holding, StringComparer.Ordinal);
        if (held.Any(symbol => memory.Quotes.GetValueOrDefault(symbol.Key) is not { Mid: > 0 }))
        {
            _isLoud = true;
            return;
        }

        var unrealized = held.Sum(symbol => symbol.Sum(holding => holding.Unrealized(memory.Quotes[symbol.Key].Mid)));
        var tally = DayTally.Of(day, holdings.Select(it => it.Holding), books.Orders.Select(row => row.Value), account.Cash);
        var left = account.Limits.MaxDailyLoss - today.Loss(tally, unrealized);
        foreach (var symbol in held)
        {
            var shares = symbol.Sum(holding => holding.Quantity);
            Narrow(
                symbol.Key,
                left <= 0 || shares <= 0
                    ? null
                    : Of(symbol.Key).CloseAbove(memory.Quotes[symbol.Key].Mid - (left / held.Count / shares) + _margin)
            );
        }
    }

    private void HoldUntil(DateTimeOffset instant) => Until = Until < instant ? Until : instant;

    private void Narrow(string symbol, Band? band)
    {
        if (band is { } known)
        {
            _bands[symbol] = known;
        }
        else
        {
            _isLoud = true;
        }
    }
}

/// <summary>Prices of one symbol between which nothing happens, in dollars.</summary>
/// <param name="Floor">Lows stay above it.</param>
/// <param name="Ceiling">Highs stay below it.</param>
/// <param name="Top">Highs do not exceed it.</param>
/// <param name="CloseFloor">Closes stay above it.</param>
/// <param name="CloseCeiling">Closes stay below it.</param>
/// <param name="CloseTop">Closes do not exceed it.</param>
internal readonly record struct Band(
    decimal Floor,
    decimal Ceiling,
    decimal Top,
    decimal CloseFloor,
    decimal CloseCeiling,
    decimal CloseTop
)
{
    /// <summary>Any price at all.</summary>
    public static Band Any { get; } =
        new(decimal.MinValue, decimal.MaxValue, decimal.MaxValue, decimal.MinValue, decimal.MaxValue, decimal.MaxValue);

    /// <summary>Whether nothing happens in a bar.</summary>
    public bool Holds(Bar bar) => bar.Low > Floor && bar.High < Ceiling && bar.High <= Top && HoldsClose(bar.Close);

    /// <summary>Whether nothing happens at a close.</summary>
    public bool HoldsClose(decimal price) => price > CloseFloor && price < CloseCeiling && price <= CloseTop;

    /// <summary>This band with lows above a price.</summary>
    public Band Above(decimal price) => this with { Floor = Math.Max(Floor, price) };

    /// <summary>This band with highs below a price.</summary>
    public Band Below(decimal price) => this with { Ceiling = Math.Min(Ceiling, price) };

    /// <summary>This band with highs up to a price.</summary>
    public Band UpTo(decimal price) => this with { Top = Math.Min(Top, price) };

    /// <summary>This band with closes above a price.</summary>
    public Band CloseAbove(decimal price) => this with { CloseFloor = Math.Max(CloseFloor, price) };

    /// <summary>This band with closes below a price.</summary>
    public Band CloseBelow(decimal price) => this with { CloseCeiling = Math.Min(CloseCeiling, price) };

    /// <summary>This band with closes up to a price.</summary>
    public Band CloseUpTo(decimal price) => this with { CloseTop = Math.Min(CloseTop, price) };
}
