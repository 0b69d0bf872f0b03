using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
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
public sealed record OrderRequest
{
    /// <summary>On what.</summary>
    [Description("The symbol; lower case becomes upper case."), MaxLength(Core.Market.Symbol.MaxLength)]
    public required string Symbol { get; init; }

    /// <summary>Buy or sell.</summary>
    [Description("buy or sell. Sales are limited to unmanaged shares.")]
    public required OrderSide Side { get; init; }

    /// <summary>Shares.</summary>
    [Description("Shares."), Range(1, OrderValidation.MaxQuantity)]
    public required int Qty { get; init; }

    /// <summary>How it is priced.</summary>
    [Description("The order type. Default: limit with limit_price, else market.")]
    public Optional<OrderType> OrderType { get; init; }

    /// <summary>The limit.</summary>
    [Description("The limit price in dollars.")]
    public decimal? LimitPrice { get; init; }

    /// <summary>Another name for the limit.</summary>
    [Description("The limit price in dollars; another name for limit_price.")]
    public decimal? Price { get; init; }

    /// <summary>The stop.</summary>
    [Description("The stop price in dollars.")]
    public decimal? StopPrice { get; init; }

    /// <summary>The distance of a trailing stop in percent.</summary>
    [Description("The distance of a trailing stop in percent.")]
    public decimal? TrailPercent { get; init; }

    /// <summary>How long it lives.</summary>
    [Description("How long the order is valid. Default: gtc for a trailing stop, else day.")]
    public Optional<TimeInForce> TimeInForce { get; init; }

    /// <summary>Why.</summary>
    [Description("Why."), MaxLength(500)]
    public Optional<string> Reason { get; init; }
}
