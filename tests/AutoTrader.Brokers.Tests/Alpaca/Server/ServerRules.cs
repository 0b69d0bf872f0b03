using System.Globalization;
using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>What Alpaca refuses, as documented: prices, cut-offs, held shares, the wash-trade table, buying power.</summary>
internal static class ServerRules
{
    private const int Invalid = 42210000;
    private const int Forbidden = 40310000;

    public static void Check(
        ServerOrder order,
        IReadOnlyCollection<ServerOrder> others,
        decimal position,
        decimal buyingPower,
        decimal? price,
        DateTimeOffset now
    )
    {
        CheckTerms(order);
        CheckCutOff(order, now);
        CheckStop(order, price);
        CheckShares(order, others, position);
        CheckWashTrade(order, others);
        if (!order.IsSell && order.Quantity * order.ReservePrice > buyingPower)
        {
            throw new ServerRefusal(
                403,
                Forbidden,
                "insufficient buying power",
                ("buying_power", Text(buyingPower)),
                ("cost_basis", Text(order.Quantity * order.ReservePrice))
            );
        }
    }

    /// <summary>Shares that open sells hold; an OCO holds them once.</summary>
    public static decimal Held(IEnumerable<ServerOrder> open) =>
        open.Where(order => order.IsSell && order.Parent is null).Sum(order => Math.Max(order.Open, order.Leg?.Open ?? 0));

    private static void CheckTerms(ServerOrder order)
    {
        foreach (var price in new[] { order.Limit, order.Stop, order.Leg?.Stop })
        {
            if (price is { } value && value != TickSize.RoundDown(value))
            {
                throw new ServerRefusal(
                    422,
                    Invalid,
                    $"invalid limit_price {Text(value)}. sub-penny increment does not fulfill minimum pricing criteria"
                );
            }
        }

        if (order.Quantity <= 0 || (order.Quantity != Math.Floor(order.Quantity) && order.TimeInForce != "day"))
        {
            throw new ServerRefusal(422, Invalid, "fractional orders must be DAY orders");
        }

        if (order.Type is "limit" or "stop_limit" && order.Limit is null)
        {
            throw new ServerRefusal(422, Invalid, "limit orders require limit price");
        }

        if (order.Type is "stop" or "stop_limit" && order.Stop is null)
        {
            throw new ServerRefusal(422, Invalid, "stop orders require stop price");
        }

        if (order.Type == "trailing_stop" && order.TimeInForce is not ("day" or "gtc"))
        {
            throw new ServerRefusal(422, Invalid, "trailing stop orders must be day or gtc");
        }
    }

    private static void CheckCutOff(ServerOrder order, DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, TradingCalendar.Nyse.NewYork);
        if (
            order.TimeInForce is not ("opg" or "cls")
            || local.Hour >= 19
            || TradingCalendar.Nyse.SessionOn(DateOnly.FromDateTime(local.DateTime)) is not { } session
        )
        {
            return;
        }

        // The wording is unconfirmed.
        if (now >= (order.TimeInForce == "opg" ? session.Open.AddMinutes(-2) : session.Close.AddMinutes(-10)))
        {
            throw new ServerRefusal(
                403,
                Forbidden,
                order.TimeInForce == "opg"
                    ? "opg orders are not accepted between 9:28am and 7:00pm ET"
                    : "cls orders are not accepted between 3:50pm and 7:00pm ET"
            );
        }
    }

    private static void CheckStop(ServerOrder order, decimal? price)
    {
        if (order.Class == "oco" && order.Leg!.Stop > Math.Min(order.Limit!.Value, price ?? order.Limit.Value) - 0.01m)
        {
            throw new ServerRefusal(422, Invalid, "stop_loss.stop_price must be <= base_price - 0.01", ("base_price", Text(price ?? 0)));
        }

        if (order.Type is "stop" or "stop_limit" && (order.IsSell ? order.Stop >= price : order.Stop <= price))
        {
            throw new ServerRefusal(
                422,
                Invalid,
                order.IsSell ? "stop price must be less than current price" : "stop price must be greater than current price"
            );
        }
    }

    private static void CheckShares(ServerOrder order, IReadOnlyCollection<ServerOrder> others, decimal position)
    {
        if (!order.IsSell)
        {
            return;
        }

        var held = Held(others);
        if (position == 0)
        {
            throw new ServerRefusal(403, Forbidden, "account is not allowed to short");
        }

        if (order.Quantity > position - held)
        {
            throw new ServerRefusal(
                403,
                Forbidden,
                $"insufficient qty available for order (requested: {Text(order.Quantity)}, available: {Text(position - held)})",
                ("available", Text(position - held)),
                ("existing_qty", Text(position)),
                ("held_for_orders", Text(held)),
                ("symbol", order.Symbol)
            );
        }
    }

    private static void CheckWashTrade(ServerOrder order, IReadOnlyCollection<ServerOrder> others)
    {
        if (
            order.IsExempt
            || others.FirstOrDefault(other => !other.IsExempt && other.Side != order.Side && IsWash(order, other)) is not { } opposite
        )
        {
            return;
        }

        throw new ServerRefusal(
            403,
            Forbidden,
            "potential wash trade detected. use complex orders",
            ("existing_order_id", opposite.Id),
            ("reject_reason", $"opposite side {opposite.Type} order exists")
        );
    }

    private static bool IsWash(ServerOrder order, ServerOrder existing) =>
        existing switch
        {
            { IsSell: true, Type: "stop" or "stop_limit" } => order.Type is "market" or "limit",
            { IsSell: true, Type: "limit" } => order.Type == "market" || order.Limit >= existing.Limit,
            { IsSell: false, Type: "limit" } => order.Type is "market" or "stop" or "stop_limit" || order.Limit <= existing.Limit,
            _ => false,
        };

    private static string Text(decimal number) => number.ToString("0.##########", CultureInfo.InvariantCulture);
}
