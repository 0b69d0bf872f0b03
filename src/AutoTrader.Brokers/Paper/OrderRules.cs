using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Brokers.Paper;

/// <summary>What a new order is held against.</summary>
/// <param name="Terms">Its terms.</param>
/// <param name="Book">The account.</param>
/// <param name="Price">The last price of the symbol in dollars; null when none is known.</param>
/// <param name="Now">Business time (UTC).</param>
/// <param name="Instead">The open order whose place it takes; null for a plain order.</param>
internal readonly record struct NewOrder(OrderTerms Terms, PaperBook Book, decimal? Price, DateTimeOffset Now, PaperOrder? Instead)
{
    /// <summary>The other open orders on the symbol.</summary>
    public IEnumerable<PaperOrder> Others()
    {
        var instead = Instead?.Id;
        return Book.OpenOrders(Terms.Symbol).Where(order => order.Id != instead);
    }
}

/// <summary>Which orders the broker refuses. Sources: Alpaca's documentation of order types, wash trades and held shares.</summary>
internal sealed class OrderRules(PaperOptions options)
{
    // Beyond so many shares of a sale FINRA takes no more.
    private const decimal MostTaxed = 50_000;

    private const int MaxClientIdLength = 128;
    private static readonly TimeSpan OpenCutOff = TimeSpan.FromMinutes(2); // 09:28
    private static readonly TimeSpan CloseCutOff = TimeSpan.FromMinutes(10); // 15:50
    private static readonly TimeSpan AuctionsAgainAt = TimeSpan.FromHours(19);

    private bool IsStrict => options.Profile == PaperProfile.Alpaca;

    /// <summary>Throws when the order is refused.</summary>
    /// <exception cref="BrokerRefusedException">It is refused.</exception>
    public void Check(string clientOrderId, in NewOrder order)
    {
        if (clientOrderId is not { Length: > 0 and <= MaxClientIdLength })
        {
            throw Other("client_order_id must have 1 to 128 characters");
        }

        CheckTerms(order.Terms);
        if (IsStrict)
        {
            CheckTicks(order.Terms);
            CheckCutOff(order);
            CheckStop(order);
            CheckShares(order);
            CheckWashTrade(order);
        }

        CheckBuyingPower(order);
    }

    /// <summary>What buys may use in dollars: cash less what open buys reserve.</summary>
    public decimal BuyingPower(PaperBook book, PaperOrder? without = null) =>
        book.Account.Cash
        - book.OpenOrders()
            .Where(order => order.Terms.Side == OrderSide.Buy && order.Id != without?.Id)
            .Sum(order => Cost(order.OpenQuantity, order.ReservePrice));

    /// <summary>The price at which a buy reserves buying power: its limit, or the higher of its stop and the market.</summary>
    public static decimal ReservePrice(OrderTerms terms, decimal? price) =>
        terms.Side == OrderSide.Sell ? 0 : terms.LimitPrice ?? Math.Max(terms.StopPrice ?? 0, price ?? 0);

    /// <summary>Commission in dollars, to the cent, and what regulators take of a sale, each rounded up to the cent.</summary>
    public decimal Fee(OrderSide side, decimal quantity, decimal price)
    {
        var commission = decimal.Round(quantity * options.Fill.CommissionPerShare, 2, MidpointRounding.AwayFromZero);
        return side == OrderSide.Buy
            ? commission
            : commission
                + decimal.Round(quantity * price * options.Fill.SecFeePerMillion / 1_000_000, 2, MidpointRounding.ToPositiveInfinity)
                + decimal.Round(Math.Min(quantity, MostTaxed) * options.Fill.TafPerShare, 2, MidpointRounding.ToPositiveInfinity);
    }

    /// <summary>Price and commission in dollars.</summary>
    public decimal Cost(decimal quantity, decimal price) => (quantity * price) + Fee(OrderSide.Buy, quantity, price);

    /// <summary>Shares held by open sells.</summary>
    public static decimal Held(IEnumerable<PaperOrder> orders) =>
        orders.Where(order => order.Terms.Side == OrderSide.Sell).Sum(order => order.OpenQuantity);

    private static void CheckTerms(OrderTerms terms)
    {
        var problem = terms switch
        {
            _ when !Symbol.IsValid(terms.Symbol) => "invalid symbol",
            _ when terms.Quantity <= 0 || terms.Quantity != Math.Floor(terms.Quantity) => "qty must be a whole number above zero",
            { LimitPrice: <= 0 } or { StopPrice: <= 0 } => "prices must be above zero",
            { Class: OrderClass.Oco }
                when terms
                    is not
                    {
                        Side: OrderSide.Sell,
                        Type: OrderType.Limit,
                        LimitPrice: not null,
                        StopPrice: not null,
                        TimeInForce: TimeInForce.Day or TimeInForce.Gtc
                    } => "oco orders are limit sells with a take-profit and a stop-loss, day or gtc",
            { Class: OrderClass.Oco } => null,
            { Type: OrderType.Limit or OrderType.StopLimit, LimitPrice: null } => "limit orders require limit_price",
            { Type: OrderType.Stop or OrderType.StopLimit, StopPrice: null } => "stop orders require stop_price",
            { Type: OrderType.Market or OrderType.Stop or OrderType.TrailingStop, LimitPrice: not null } =>
                "only limit orders have a limit_price",
            { Type: OrderType.Market or OrderType.Limit or OrderType.TrailingStop, StopPrice: not null } =>
                "only stop orders have a stop_price",
            { Type: OrderType.TrailingStop } when terms is not { TrailPercent: > 0 and < 100 } =>
                "trailing stop orders require a trail_percent between 0 and 100",
            { Type: OrderType.TrailingStop, Side: OrderSide.Buy } => "trailing stop orders are for sells only",
            {
                Type: OrderType.Stop or OrderType.StopLimit or OrderType.TrailingStop,
                TimeInForce: not (TimeInForce.Day or TimeInForce.Gtc)
            } => "stop orders are day or gtc",
            _ => null,
        };
        if (problem is not null)
        {
            throw Other(problem);
        }
    }

    private static void CheckTicks(OrderTerms terms)
    {
        foreach (var price in new[] { terms.LimitPrice, terms.StopPrice })
        {
            if (price is { } value && value != TickSize.RoundDown(value))
            {
                throw Other(
                    FormattableString.Invariant($"invalid price {value}: sub-penny increment does not fulfill minimum pricing criteria")
                );
            }
        }
    }

    private static void CheckCutOff(in NewOrder order)
    {
        if (order.Terms.TimeInForce is not (TimeInForce.Opg or TimeInForce.Cls))
        {
            return;
        }

        var calendar = TradingCalendar.Nyse;
        var local = TimeZoneInfo.ConvertTime(order.Now, calendar.NewYork);
        if (calendar.SessionOn(DateOnly.FromDateTime(local.DateTime)) is not { } session || local.TimeOfDay >= AuctionsAgainAt)
        {
            return;
        }

        if (order.Terms.TimeInForce == TimeInForce.Opg && order.Now >= session.Open - OpenCutOff)
        {
            throw new BrokerRefusedException(RefusalKind.PastCutoff, "market-on-open orders are refused from 09:28 to 19:00");
        }

        if (order.Terms.TimeInForce == TimeInForce.Cls && order.Now >= session.Close - CloseCutOff)
        {
            throw new BrokerRefusedException(
                RefusalKind.PastCutoff,
                "market-on-close orders are refused from ten minutes before the close to 19:00"
            );
        }
    }

    private static void CheckStop(in NewOrder order)
    {
        var terms = order.Terms;
        if (terms.StopPrice is not { } stop)
        {
            return;
        }

        var beyond = (terms.Side, order.Price) switch
        {
            (OrderSide.Sell, { } price) when stop >= price => FormattableString.Invariant(
                $"the stop price of a sell must be below the market price {price}"
            ),
            (OrderSide.Buy, { } price) when stop <= price => FormattableString.Invariant(
                $"the stop price of a buy must be above the market price {price}"
            ),
            _ => null,
        };
        if (beyond is not null)
        {
            throw new BrokerRefusedException(RefusalKind.StopPriceBeyondMarket, beyond);
        }

        var tooClose = terms switch
        {
            { Class: OrderClass.Oco } when stop > terms.LimitPrice - Protection.OcoGap =>
                "the stop price must be at least 0.01 below the take-profit",
            { Class: OrderClass.Oco } when stop > order.Price - Protection.OcoGap => FormattableString.Invariant(
                $"the stop price must be at least 0.01 below the market price {order.Price}"
            ),
            _ => null,
        };
        if (tooClose is not null)
        {
            throw new BrokerRefusedException(RefusalKind.StopPriceTooClose, tooClose);
        }
    }

    private static void CheckShares(in NewOrder order)
    {
        if (order.Terms.Side == OrderSide.Buy)
        {
            return;
        }

        var existing = order.Book.Position(order.Terms.Symbol)?.Quantity ?? 0;
        var held = Held(order.Others());
        if (order.Terms.Quantity > existing - held)
        {
            throw new BrokerRefusedException(
                RefusalKind.InsufficientShares,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"insufficient qty available for order (requested: {order.Terms.Quantity}, "
                        + $"available: {Math.Max(0, existing - held)}, existing_qty: {existing}, held_for_orders: {held})"
                )
            );
        }
    }

    private static void CheckWashTrade(in NewOrder order)
    {
        var terms = order.Terms;
        if (order.Others().FirstOrDefault(other => WashTrade.IsPotential(terms, other.Terms)) is { } opposite)
        {
            throw new BrokerRefusedException(
                RefusalKind.WashTrade,
                $"potential wash trade detected: an opposite {opposite.Terms.Type} order exists"
            );
        }
    }

    private void CheckBuyingPower(in NewOrder order)
    {
        if (order.Terms.Side == OrderSide.Sell)
        {
            return;
        }

        var cost = Cost(order.Terms.Quantity, ReservePrice(order.Terms, order.Price));
        var power = BuyingPower(order.Book, order.Instead);
        if (cost > power)
        {
            throw new BrokerRefusedException(
                RefusalKind.InsufficientBuyingPower,
                FormattableString.Invariant($"insufficient buying power (required: {cost:0.00}, available: {power:0.00})")
            );
        }
    }

    private static BrokerRefusedException Other(string message) => new(RefusalKind.Other, message);
}
