using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;

namespace AutoTrader.Contracts;

/// <summary>A position: strategies' shares, unmanaged shares, and the broker's count. Amounts are dollars, percentages percent
/// numbers.</summary>
/// <param name="Symbol">On what.</param>
/// <param name="Quantity">Shares held.</param>
/// <param name="StrategyQuantity">Those of strategies.</param>
/// <param name="UnmanagedQuantity">Those of none.</param>
/// <param name="BrokerQuantity">The broker's quantity.</param>
/// <param name="AvailableQuantity">What no order holds.</param>
/// <param name="AvgCost">What a share cost on average.</param>
/// <param name="BrokerAvgCost">The broker's average cost in dollars; it may differ from ours.</param>
/// <param name="CurrentPrice">The price now.</param>
/// <param name="MarketValue">The value now.</param>
/// <param name="CostBasis">The cost of the shares.</param>
/// <param name="UnrealizedPnl">Market value less cost.</param>
/// <param name="UnrealizedPnlPct">The same in percent of the cost.</param>
/// <param name="RealizedPnl">What sales brought beyond cost.</param>
/// <param name="Fees">The broker's fees.</param>
/// <param name="WeightPct">The part of equity.</param>
/// <param name="Owners">Whose the shares are.</param>
public sealed record PositionView(
    string Symbol,
    decimal Quantity,
    decimal StrategyQuantity,
    decimal UnmanagedQuantity,
    decimal BrokerQuantity,
    decimal AvailableQuantity,
    decimal? AvgCost,
    decimal? BrokerAvgCost,
    decimal? CurrentPrice,
    decimal? MarketValue,
    decimal CostBasis,
    decimal? UnrealizedPnl,
    decimal? UnrealizedPnlPct,
    decimal RealizedPnl,
    decimal Fees,
    decimal? WeightPct,
    IReadOnlyList<OwnerView> Owners
);

/// <summary>The shares of one owner. Amounts are dollars.</summary>
/// <param name="StrategyId">Whose.</param>
/// <param name="Quantity">Shares.</param>
/// <param name="CostBasis">Their cost.</param>
/// <param name="RealizedPnl">What sales brought beyond cost.</param>
public sealed record OwnerView(string StrategyId, decimal Quantity, decimal CostBasis, decimal RealizedPnl);

/// <summary>Money and positions together. Amounts are dollars, percentages percent numbers.</summary>
/// <param name="Account">The account's number.</param>
/// <param name="TotalEquity">Cash and positions.</param>
/// <param name="Cash">Cash.</param>
/// <param name="BuyingPower">What may be bought for.</param>
/// <param name="PositionsValue">The value of positions.</param>
/// <param name="DayChange">Equity since the prior close.</param>
/// <param name="DayChangePct">The same in percent.</param>
/// <param name="UnrealizedPnl">Market value less cost.</param>
/// <param name="UnrealizedPnlPct">The same in percent.</param>
/// <param name="RealizedPnlToday">What today's sales brought beyond cost.</param>
/// <param name="FeesToday">The broker's fees today.</param>
/// <param name="TradesToday">Buys with their first fill today.</param>
/// <param name="PositionCount">How many positions.</param>
/// <param name="CashMovements">Cash movements other than fills; null before the first check.</param>
/// <param name="Positions">By value.</param>
public sealed record PortfolioView(
    string Account,
    decimal TotalEquity,
    decimal Cash,
    decimal BuyingPower,
    decimal PositionsValue,
    decimal DayChange,
    decimal? DayChangePct,
    decimal UnrealizedPnl,
    decimal? UnrealizedPnlPct,
    decimal RealizedPnlToday,
    decimal FeesToday,
    int TradesToday,
    int PositionCount,
    CashMovementsView? CashMovements,
    IReadOnlyList<PositionView> Positions
);

/// <summary>A point of the equity curve. Amounts are dollars.</summary>
/// <param name="Day">The New York date.</param>
/// <param name="At">When the broker reported it (UTC).</param>
/// <param name="Equity">Cash and positions.</param>
/// <param name="Cash">Cash.</param>
public sealed record EquityPointView(DateOnly Day, DateTimeOffset At, decimal Equity, decimal Cash);

/// <summary>Cash movements other than fills.</summary>
/// <param name="Since">Since when it is counted (UTC).</param>
/// <param name="Expected">What cash must be, in dollars.</param>
/// <param name="Today">Of today.</param>
/// <param name="Total">In all.</param>
public sealed record CashMovementsView(DateTimeOffset Since, decimal Expected, CashSumsView Today, CashSumsView Total);

/// <summary>Sums by kind in dollars; withdrawals are negative.</summary>
/// <param name="Fees">Fees.</param>
/// <param name="Dividends">Dividends.</param>
/// <param name="Interest">Interest.</param>
/// <param name="Transfers">Transfers.</param>
/// <param name="Journals">Journals.</param>
/// <param name="Adjustments">Accepted differences.</param>
/// <param name="Other">Anything else.</param>
/// <param name="Sum">All of it.</param>
public sealed record CashSumsView(
    decimal Fees,
    decimal Dividends,
    decimal Interest,
    decimal Transfers,
    decimal Journals,
    decimal Adjustments,
    decimal Other,
    decimal Sum
);

/// <summary>A cash movement other than a fill.</summary>
/// <param name="Id">The broker's id.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Type">The same in the broker's words.</param>
/// <param name="Amount">In dollars; withdrawals are negative.</param>
/// <param name="Day">The day.</param>
/// <param name="Symbol">About which symbol.</param>
/// <param name="Note">The broker's text.</param>
/// <param name="AcceptedBy">Who accepted a difference.</param>
/// <param name="AcceptedAt">When (UTC).</param>
public sealed record CashActivityView(
    string Id,
    CashActivityKind Kind,
    string Type,
    decimal Amount,
    DateOnly Day,
    string? Symbol,
    string? Note,
    string? AcceptedBy,
    DateTimeOffset? AcceptedAt
);

/// <summary>Books a difference of cash.</summary>
/// <param name="Amount">In dollars, as the attention item says it.</param>
/// <param name="Reason">Where it comes from.</param>
public sealed record CashRequest(
    [property: Description("The difference in dollars from the attention item; negative when the broker has less.")] decimal Amount,
    [property: Description("The reason for the difference."), MaxLength(500)] string Reason
);

/// <summary>One entry of the ledger. Amounts are dollars.</summary>
/// <param name="Id">The execution.</param>
/// <param name="OrderId">The order.</param>
/// <param name="Symbol">On what.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Shares.</param>
/// <param name="Price">At which price.</param>
/// <param name="Total">Quantity times price.</param>
/// <param name="Fee">The broker's fees.</param>
/// <param name="RealizedPnl">The proceeds less the cost.</param>
/// <param name="Kind">What kind of entry.</param>
/// <param name="RuleId">The strategy; <c>manual</c> for manual orders.</param>
/// <param name="Timestamp">When (UTC).</param>
/// <param name="TradingDay">The New York date.</param>
public sealed record FillView(
    string Id,
    string? OrderId,
    string Symbol,
    OrderSide Side,
    decimal Quantity,
    decimal Price,
    decimal Total,
    decimal Fee,
    decimal RealizedPnl,
    FillKind Kind,
    string RuleId,
    DateTimeOffset Timestamp,
    DateOnly TradingDay
)
{
    /// <summary>A ledger entry.</summary>
    public static FillView Of(Fill it)
    {
        ArgumentNullException.ThrowIfNull(it);
        return new(
            it.ExecutionId,
            it.ClientOrderId,
            it.Symbol,
            it.Side,
            it.Quantity,
            it.Price,
            it.Quantity * it.Price,
            it.Fee,
            it.RealizedPnl,
            it.Kind,
            it.StrategyId,
            it.At,
            it.TradingDay
        );
    }
}

/// <summary>The results of the trades, and the newest trades. Amounts are dollars.</summary>
/// <param name="Summary">Of all.</param>
/// <param name="PerSymbol">By symbol.</param>
/// <param name="OpenPositions">Lots that are open.</param>
/// <param name="UnmatchedSellQty">Shares sold without a lot, by symbol.</param>
/// <param name="Fees">The broker's fees.</param>
/// <param name="ClosedTrades">First in, first out, newest first.</param>
/// <param name="Fills">Ledger entries, newest first.</param>
public sealed record TradesView(
    TradeStatisticsView Summary,
    IReadOnlyDictionary<string, TradeStatisticsView> PerSymbol,
    IReadOnlyList<OpenLotsView> OpenPositions,
    IReadOnlyDictionary<string, decimal> UnmatchedSellQty,
    decimal Fees,
    IReadOnlyList<ClosedTradeView> ClosedTrades,
    IReadOnlyList<FillView> Fills
);

/// <summary>Statistics of closed trades. Amounts are dollars.</summary>
/// <param name="Total">How many.</param>
/// <param name="Winning">With a profit.</param>
/// <param name="Losing">With a loss.</param>
/// <param name="WinRate">In percent.</param>
/// <param name="GrossProfit">The sum of profits.</param>
/// <param name="GrossLoss">The sum of losses, positive.</param>
/// <param name="Net">Profits less losses.</param>
/// <param name="ProfitFactor">Profits divided by losses; null without a loss.</param>
/// <param name="ProfitFactorReason">Why it is null.</param>
/// <param name="AvgWin">The average profit.</param>
/// <param name="AvgLoss">The average loss, negative.</param>
/// <param name="LargestWin">The largest profit.</param>
/// <param name="LargestLoss">The largest loss, negative.</param>
/// <param name="AvgHoldMinutes">How long shares were held on average, in minutes.</param>
public sealed record TradeStatisticsView(
    int Total,
    int Winning,
    int Losing,
    decimal WinRate,
    decimal GrossProfit,
    decimal GrossLoss,
    decimal Net,
    decimal? ProfitFactor,
    string? ProfitFactorReason,
    decimal AvgWin,
    decimal AvgLoss,
    decimal LargestWin,
    decimal LargestLoss,
    decimal AvgHoldMinutes
);

/// <summary>Lots that are open.</summary>
/// <param name="Symbol">On what.</param>
/// <param name="Quantity">Shares.</param>
/// <param name="AvgCost">What one cost on average, in dollars.</param>
/// <param name="Lots">How many lots.</param>
public sealed record OpenLotsView(string Symbol, decimal Quantity, decimal AvgCost, int Lots);

/// <summary>A lot or a part of one that was sold. Amounts are dollars.</summary>
/// <param name="StrategyId">Whose.</param>
/// <param name="Symbol">On what.</param>
/// <param name="Quantity">Shares.</param>
/// <param name="BuyPrice">Bought at.</param>
/// <param name="SellPrice">Sold at.</param>
/// <param name="BoughtAt">Bought when (UTC).</param>
/// <param name="SoldAt">Sold when (UTC).</param>
/// <param name="Pnl">Profit or loss.</param>
/// <param name="HoldMinutes">How long it was held, in minutes.</param>
public sealed record ClosedTradeView(
    string StrategyId,
    string Symbol,
    decimal Quantity,
    decimal BuyPrice,
    decimal SellPrice,
    DateTimeOffset BoughtAt,
    DateTimeOffset SoldAt,
    decimal Pnl,
    decimal HoldMinutes
);

/// <summary>A quote in dollars.</summary>
/// <param name="Symbol">Of what.</param>
/// <param name="Bid">What buyers offer.</param>
/// <param name="Ask">What sellers ask.</param>
/// <param name="Mid">Between the two.</param>
/// <param name="Last">The last trade where it is known, else the ask.</param>
/// <param name="Spread">Ask less bid.</param>
/// <param name="At">When (UTC).</param>
public sealed record QuoteView(string Symbol, decimal Bid, decimal Ask, decimal Mid, decimal Last, decimal Spread, DateTimeOffset At);

/// <summary>What moved most of the market.</summary>
/// <param name="MarketType">The market: <c>stocks</c>.</param>
/// <param name="Gainers">What rose, the most first.</param>
/// <param name="Losers">What fell, the most first.</param>
/// <param name="LastUpdated">Up to when that is (UTC).</param>
public sealed record MoversView(
    string MarketType,
    IReadOnlyList<MoverView> Gainers,
    IReadOnlyList<MoverView> Losers,
    DateTimeOffset LastUpdated
);

/// <summary>How far a price has moved since the close before.</summary>
/// <param name="Symbol">Whose.</param>
/// <param name="PercentChange">By how many percent.</param>
/// <param name="Change">By how many dollars.</param>
/// <param name="Price">The latest price in dollars.</param>
public sealed record MoverView(string Symbol, decimal PercentChange, decimal Change, decimal Price);

/// <summary>The trades of a symbol in one bar. Prices are dollars.</summary>
/// <param name="Start">When it begins (UTC).</param>
/// <param name="Open">The first price.</param>
/// <param name="High">The highest price.</param>
/// <param name="Low">The lowest price.</param>
/// <param name="Close">The last price.</param>
/// <param name="Volume">Shares traded.</param>
public sealed record BarView(DateTimeOffset Start, decimal Open, decimal High, decimal Low, decimal Close, long Volume);
