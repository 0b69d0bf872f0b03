namespace AutoTrader.Core.Orders;

/// <summary>Which way an order trades.</summary>
public enum OrderSide
{
    /// <summary>Buys shares.</summary>
    Buy,

    /// <summary>Sells shares that are held; the system never sells short.</summary>
    Sell,
}

/// <summary>How an order is priced.</summary>
public enum OrderType
{
    /// <summary>At the best price there is.</summary>
    Market,

    /// <summary>At the limit price or better.</summary>
    Limit,

    /// <summary>A market order once the stop price trades.</summary>
    Stop,

    /// <summary>A limit order once the stop price trades.</summary>
    StopLimit,

    /// <summary>A stop that follows the price's high at a distance in percent.</summary>
    TrailingStop,
}

/// <summary>How long an order lives.</summary>
public enum TimeInForce
{
    /// <summary>Until the session's close.</summary>
    Day,

    /// <summary>Good till canceled; the broker ages it out after 90 days.</summary>
    Gtc,

    /// <summary>Only in the opening auction.</summary>
    Opg,

    /// <summary>Only in the closing auction.</summary>
    Cls,

    /// <summary>Immediate or cancel.</summary>
    Ioc,

    /// <summary>Fill or kill.</summary>
    Fok,
}

/// <summary>Whether an order stands alone.</summary>
public enum OrderClass
{
    /// <summary>One order.</summary>
    Simple,

    /// <summary>One cancels the other: a limit (take-profit) and a stop (stop-loss) over the same shares.</summary>
    Oco,
}

/// <summary>The prices of an OCO.</summary>
/// <param name="Target">The limit of its take-profit in dollars.</param>
/// <param name="Stop">The stop price of its stop-loss in dollars.</param>
public sealed record OcoPrices(decimal Target, decimal Stop);

/// <summary>What an order asks of the broker: everything that is compared before an order found at the broker is adopted as ours.</summary>
public sealed record OrderTerms
{
    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>Buy or sell.</summary>
    public required OrderSide Side { get; init; }

    /// <summary>Shares; whole, above zero.</summary>
    public required decimal Quantity { get; init; }

    /// <summary>The order type. An OCO is a <see cref="OrderType.Limit"/> with a stop price in addition to its limit price.</summary>
    public required OrderType Type { get; init; }

    /// <summary>How long it lives.</summary>
    public TimeInForce TimeInForce { get; init; } = TimeInForce.Day;

    /// <summary>Simple or OCO.</summary>
    public OrderClass Class { get; init; } = OrderClass.Simple;

    /// <summary>The limit price in dollars; the take-profit of an OCO.</summary>
    public decimal? LimitPrice { get; init; }

    /// <summary>The stop price in dollars; the stop-loss of an OCO.</summary>
    public decimal? StopPrice { get; init; }

    /// <summary>The distance of a trailing stop in percent (5 = 5 %).</summary>
    public decimal? TrailPercent { get; init; }
}
