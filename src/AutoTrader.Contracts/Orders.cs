using System.Text.Json.Serialization;
using AutoTrader.Core.Orders;

namespace AutoTrader.Contracts;

/// <summary>An order. Prices are dollars.</summary>
/// <param name="Id">Our id, the broker's client order id.</param>
/// <param name="BrokerOrderId">The broker's id; null until it is known.</param>
/// <param name="StrategyId">Whose; <c>manual</c> for those of people.</param>
/// <param name="Role">Its role.</param>
/// <param name="Symbol">On what.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Qty">Shares.</param>
/// <param name="OrderType">How it is priced.</param>
/// <param name="OrderClass">The order class: simple, or one-cancels-other.</param>
/// <param name="TimeInForce">How long it lives.</param>
/// <param name="LimitPrice">The limit.</param>
/// <param name="StopPrice">The stop, as the broker has it.</param>
/// <param name="TrailPercent">The distance of a trailing stop in percent.</param>
/// <param name="Status">The status.</param>
/// <param name="BrokerStatus">The same in the broker's words.</param>
/// <param name="CancelRequested">Whether a cancel was requested.</param>
/// <param name="FilledQty">Shares filled.</param>
/// <param name="FilledAvgPrice">At which price on average.</param>
/// <param name="EndReason">Why it ended.</param>
/// <param name="Note">Why it was decided, or what happened to it.</param>
/// <param name="CreatedAt">When it was decided (UTC).</param>
/// <param name="SubmittedAt">When it was last sent (UTC).</param>
/// <param name="ExpiresAt">When it expires (UTC).</param>
/// <param name="EndedAt">When it ended (UTC).</param>
public sealed record OrderView(
    string Id,
    string? BrokerOrderId,
    string StrategyId,
    OrderRole Role,
    string Symbol,
    OrderSide Side,
    decimal Qty,
    OrderType OrderType,
    OrderClass OrderClass,
    TimeInForce TimeInForce,
    decimal? LimitPrice,
    decimal? StopPrice,
    decimal? TrailPercent,
    OrderStatus Status,
    string? BrokerStatus,
    bool CancelRequested,
    decimal FilledQty,
    decimal? FilledAvgPrice,
    EndReason EndReason,
    string? Note,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SubmittedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? EndedAt
)
{
    /// <summary>The effect of a request about the order, besides the order itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Outcome { get; init; }

    /// <summary>An order.</summary>
    public static OrderView Of(Order it)
    {
        ArgumentNullException.ThrowIfNull(it);
        return new(
            it.ClientOrderId,
            it.BrokerOrderId,
            it.StrategyId,
            it.Role,
            it.Terms.Symbol,
            it.Terms.Side,
            it.Terms.Quantity,
            it.Terms.Type,
            it.Terms.Class,
            it.Terms.TimeInForce,
            it.Terms.LimitPrice,
            it.BrokerStopPrice ?? it.Terms.StopPrice,
            it.Terms.TrailPercent,
            it.Status,
            it.BrokerStatus,
            it.IsCancelWanted,
            it.FilledQuantity,
            it.AverageFillPrice,
            it.EndReason,
            it.Note,
            it.DecidedAt,
            it.LastAttemptAt,
            it.ExpiresAt,
            it.EndedAt
        );
    }
}

/// <summary>Places an order. Prices are dollars.</summary>
/// <param name="Symbol">On what.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Qty">Shares.</param>
/// <param name="OrderType">How it is priced; limit with a limit price, else market, unless given.</param>
/// <param name="LimitPrice">The limit.</param>
/// <param name="Price">Another name for the limit.</param>
/// <param name="StopPrice">The stop.</param>
/// <param name="TrailPercent">The distance of a trailing stop in percent.</param>
/// <param name="TimeInForce">How long it lives; gtc for a trailing stop, else day, unless given.</param>
/// <param name="Reason">Why.</param>
public sealed record OrderRequest(
    string Symbol,
    OrderSide Side,
    int Qty,
    OrderType? OrderType = null,
    decimal? LimitPrice = null,
    decimal? Price = null,
    decimal? StopPrice = null,
    decimal? TrailPercent = null,
    TimeInForce? TimeInForce = null,
    string? Reason = null
);
