using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Core.Application;

/// <summary>The shares of one owner in one symbol.</summary>
/// <param name="Owner">The strategy; <see cref="Order.ManualOwner"/> for unmanaged shares.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Holding">The shares.</param>
public sealed record OwnedHolding(string Owner, string Symbol, Holding Holding);

/// <summary>Who owns what.</summary>
public static class Holdings
{
    /// <summary>The holdings of all strategies, and the unmanaged ones.</summary>
    public static IReadOnlyList<OwnedHolding> Of(TradingSnapshot snapshot) =>
        [
            .. snapshot.Strategies.Select(row => new OwnedHolding(row.Value.Id, row.Value.Symbol, row.Value.Holding)),
            .. snapshot.Unmanaged.Select(row => new OwnedHolding(Order.ManualOwner, row.Value.Symbol, row.Value.Holding)),
        ];
}

/// <summary>Prices to value holdings.</summary>
internal static class Prices
{
    /// <summary>Those of everything that is held, here or at the broker.</summary>
    public static Task<IReadOnlyDictionary<string, decimal>> OfHeldAsync(
        IMarketData market,
        TradingSnapshot snapshot,
        IEnumerable<BrokerPosition> atBroker,
        CancellationToken cancellationToken
    ) =>
        OfAsync(
            market,
            [
                .. Holdings
                    .Of(snapshot)
                    .Where(it => it.Holding.Quantity != 0)
                    .Select(it => it.Symbol)
                    .Union(atBroker.Select(position => position.Symbol), StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ],
            cancellationToken
        );

    /// <summary>The mid of each symbol that has a two-sided quote, in dollars.</summary>
    public static async Task<IReadOnlyDictionary<string, decimal>> OfAsync(
        IMarketData market,
        IReadOnlyCollection<string> symbols,
        CancellationToken cancellationToken
    )
    {
        if (symbols.Count == 0)
        {
            return new Dictionary<string, decimal>(StringComparer.Ordinal);
        }

        var quotes = await market.GetQuotesAsync(symbols, cancellationToken);
        return quotes
            .Values.Where(quote => quote.Bid > 0 && quote.Ask >= quote.Bid)
            .ToDictionary(quote => quote.Symbol, quote => quote.Mid, StringComparer.Ordinal);
    }
}

/// <summary>A position: ours and the broker's.</summary>
public sealed record Position
{
    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>Shares, all owners together.</summary>
    public required decimal Quantity { get; init; }

    /// <summary>Shares of strategies.</summary>
    public required decimal StrategyQuantity { get; init; }

    /// <summary>Shares that no strategy bought.</summary>
    public required decimal UnmanagedQuantity { get; init; }

    /// <summary>Shares at the broker.</summary>
    public required decimal BrokerQuantity { get; init; }

    /// <summary>Shares at the broker that no working sell holds.</summary>
    public required decimal AvailableQuantity { get; init; }

    /// <summary>Our average cost per share in dollars, over open FIFO lots.</summary>
    public decimal? AverageCost { get; init; }

    /// <summary>The broker's own average cost per share in dollars.</summary>
    public decimal? BrokerAverageCost { get; init; }

    /// <summary>The price in dollars: the mid, else the broker's; null without either.</summary>
    public decimal? Price { get; init; }

    /// <summary>The cost of the open lots, in dollars.</summary>
    public required decimal CostBasis { get; init; }

    /// <summary>Profit realized so far, in dollars, before fees.</summary>
    public required decimal Realized { get; init; }

    /// <summary>Fees so far, in dollars.</summary>
    public required decimal Fees { get; init; }

    /// <summary>The owners with shares.</summary>
    public required IReadOnlyList<OwnedHolding> Owners { get; init; }

    /// <summary>Value at <see cref="Price"/> in dollars.</summary>
    public decimal? MarketValue => Price * Quantity;

    /// <summary>Profit of the open lots at <see cref="Price"/>, in dollars.</summary>
    public decimal? Unrealized => Price is { } price ? Owners.Sum(owner => owner.Holding.Unrealized(price)) : null;

    /// <summary>The same in percent of the cost.</summary>
    public decimal? UnrealizedPct => CostBasis > 0 ? Unrealized / CostBasis * 100 : null;
}

/// <summary>Cash movements other than fills: dividends, fees, interest, transfers.</summary>
/// <param name="Since">Since when it is followed (UTC).</param>
/// <param name="Expected">What cash must be after all fills and activities since then, in dollars.</param>
/// <param name="Today">Activities dated today.</param>
/// <param name="Total">All activities since then.</param>
public sealed record CashMovements(DateTimeOffset Since, decimal Expected, CashTotals Today, CashTotals Total);

/// <summary>The account as a whole.</summary>
/// <param name="Account">The broker's figures.</param>
/// <param name="Positions">Positions by value, greatest first.</param>
/// <param name="Today">Today's activity; fees include those of trades and those charged to the account.</param>
/// <param name="Cash">Cash movements other than fills; null before the first check.</param>
public sealed record PortfolioSummary(BrokerAccount Account, IReadOnlyList<Position> Positions, DayTally Today, CashMovements? Cash)
{
    /// <summary>Value of all positions with a price, in dollars.</summary>
    public decimal PositionsValue => Positions.Sum(position => position.MarketValue ?? 0);

    /// <summary>Unrealized profit of all positions with a price, in dollars.</summary>
    public decimal Unrealized => Positions.Sum(position => position.Unrealized ?? 0);

    /// <summary>The same in percent of the cost of those positions; null without any.</summary>
    public decimal? UnrealizedPct =>
        Positions.Where(position => position.Price is not null).Sum(position => position.CostBasis) is > 0 and var cost
            ? Unrealized / cost * 100
            : null;
}

/// <summary>Positions and money for the API.</summary>
public sealed class PortfolioService(ITradingStore store, IBroker broker, IMarketData market, TimeProvider clock)
{
    /// <summary>Positions by symbol: ours, unmanaged, and the broker's. Any of them may have shares where another has none.</summary>
    public async Task<IReadOnlyList<Position>> PositionsAsync(CancellationToken cancellationToken)
    {
        var snapshot = await store.LoadAsync(broker.AccountKey, cancellationToken);
        var atBroker = await broker.GetPositionsAsync(cancellationToken);
        return Positions(snapshot, atBroker, await Prices.OfHeldAsync(market, snapshot, atBroker, cancellationToken));
    }

    /// <summary>Money and positions together.</summary>
    public async Task<PortfolioSummary> SummaryAsync(CancellationToken cancellationToken)
    {
        var snapshot = await store.LoadAsync(broker.AccountKey, cancellationToken);
        var atBroker = await broker.GetPositionsAsync(cancellationToken);
        var prices = await Prices.OfHeldAsync(market, snapshot, atBroker, cancellationToken);
        return await SummaryAsync(snapshot, atBroker, prices, cancellationToken);
    }

    /// <summary>The same, from data already loaded.</summary>
    internal async Task<PortfolioSummary> SummaryAsync(
        TradingSnapshot snapshot,
        IReadOnlyList<BrokerPosition> atBroker,
        IReadOnlyDictionary<string, decimal> prices,
        CancellationToken cancellationToken
    )
    {
        var day = TradingCalendar.Nyse.TradingDay(clock.GetUtcNow());
        var cash = snapshot.Account?.Value.Cash;
        List<Holding> holdings = [.. Holdings.Of(snapshot).Select(it => it.Holding)];
        return new(
            await broker.GetAccountAsync(cancellationToken),
            [
                .. Positions(snapshot, atBroker, prices)
                    .OrderByDescending(position => position.MarketValue ?? 0)
                    .ThenBy(position => position.Symbol, StringComparer.Ordinal),
            ],
            DayTally.Of(day, holdings, snapshot.Orders.Select(row => row.Value), cash),
            cash is null ? null : new(cash.Since, cash.Expected(FilledCash.Of(holdings)), cash.On(day), cash.Total)
        );
    }

    private static List<Position> Positions(
        TradingSnapshot snapshot,
        IReadOnlyList<BrokerPosition> atBroker,
        IReadOnlyDictionary<string, decimal> prices
    )
    {
        var shown = atBroker.ToDictionary(position => position.Symbol, StringComparer.Ordinal);
        var owned = Holdings.Of(snapshot).Where(it => it.Holding.Quantity != 0).ToLookup(it => it.Symbol, StringComparer.Ordinal);
        return
        [
            .. owned
                .Select(group => group.Key)
                .Union(shown.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(symbol =>
                    Position(
                        symbol,
                        [.. owned[symbol]],
                        shown.GetValueOrDefault(symbol),
                        prices.TryGetValue(symbol, out var price) ? price : null
                    )
                ),
        ];
    }

    private static Position Position(string symbol, IReadOnlyList<OwnedHolding> owners, BrokerPosition? atBroker, decimal? mid)
    {
        var quantity = owners.Sum(it => it.Holding.Quantity);
        var cost = owners.Sum(it => it.Holding.Cost);
        var lots = owners.Sum(it => it.Holding.Lots.Sum(lot => lot.Quantity));
        return new()
        {
            Symbol = symbol,
            Quantity = quantity,
            StrategyQuantity = owners.Where(it => it.Owner != Order.ManualOwner).Sum(it => it.Holding.Quantity),
            UnmanagedQuantity = owners.Where(it => it.Owner == Order.ManualOwner).Sum(it => it.Holding.Quantity),
            BrokerQuantity = atBroker?.Quantity ?? 0,
            AvailableQuantity = atBroker?.AvailableQuantity ?? 0,
            AverageCost = lots > 0 ? cost / lots : null,
            BrokerAverageCost = atBroker?.AverageEntryPrice,
            Price = mid ?? atBroker?.CurrentPrice,
            CostBasis = cost,
            Realized = owners.Sum(it => it.Holding.Realized),
            Fees = owners.Sum(it => it.Holding.Fees),
            Owners = owners,
        };
    }
}
