using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports.Brokerage;

namespace AutoTrader.Brokers.Alpaca;

/// <summary>Orders in Alpaca's words, both ways. Pure.</summary>
internal static class AlpacaOrders
{
    private const string Oco = "oco";

    /// <summary>The request body of an order.</summary>
    public static JsonObject Body(string clientOrderId, OrderTerms terms)
    {
        var body = new JsonObject
        {
            ["symbol"] = terms.Symbol,
            ["qty"] = Plain(terms.Quantity),
            ["side"] = terms.Side == OrderSide.Buy ? "buy" : "sell",
            ["type"] = Word(terms.Type),
            ["time_in_force"] = Word(terms.TimeInForce),
            ["client_order_id"] = clientOrderId,
        };
        if (terms.Class == OrderClass.Oco)
        {
            body["order_class"] = Oco;
            body["take_profit"] = new JsonObject { ["limit_price"] = Plain(terms.LimitPrice) };
            body["stop_loss"] = new JsonObject { ["stop_price"] = Plain(terms.StopPrice) };
            return body;
        }

        Put(body, "limit_price", terms.LimitPrice);
        Put(body, "stop_price", terms.StopPrice);
        Put(body, "trail_percent", terms.TrailPercent);
        return body;
    }

    /// <summary>The body that replaces a working order.</summary>
    public static JsonObject Replacement(string clientOrderId, OrderTerms terms)
    {
        var body = new JsonObject
        {
            ["qty"] = Plain(terms.Quantity),
            ["time_in_force"] = Word(terms.TimeInForce),
            ["client_order_id"] = clientOrderId,
        };
        Put(body, "limit_price", terms.LimitPrice);
        Put(body, "stop_price", terms.StopPrice);
        Put(body, "trail", terms.TrailPercent);
        return body;
    }

    /// <summary>An order as Alpaca shows it. The status stays Alpaca's word.</summary>
    /// <exception cref="AlpacaNoAnswerException">It has an unknown word, so its terms cannot be read.</exception>
    public static BrokerOrder Show(WireOrder order)
    {
        // Of an OCO, the order itself is the take-profit; its stop is a leg with an id of its own. A bracket's legs are orders of other
        // prices.
        var leg = IsOco(order) ? StopLeg(order) : null;
        return new()
        {
            Id = order.Id,
            ClientOrderId = order.ClientOrderId ?? order.Id,
            Status = order.Status,
            Terms = new()
            {
                Symbol = order.Symbol,
                Side = order.Side switch
                {
                    "buy" => OrderSide.Buy,
                    "sell" or "sell_short" => OrderSide.Sell,
                    _ => throw Unknown("side", order.Side),
                },
                // An order over dollars, which is not ours, has no quantity until it fills.
                Quantity = order.Qty ?? order.FilledQty ?? 0,
                Type = order.Type switch
                {
                    "market" => OrderType.Market,
                    "limit" => OrderType.Limit,
                    "stop" => OrderType.Stop,
                    "stop_limit" => OrderType.StopLimit,
                    "trailing_stop" => OrderType.TrailingStop,
                    _ => throw Unknown("type", order.Type),
                },
                TimeInForce = order.TimeInForce switch
                {
                    "day" => TimeInForce.Day,
                    "gtc" => TimeInForce.Gtc,
                    "opg" => TimeInForce.Opg,
                    "cls" => TimeInForce.Cls,
                    "ioc" => TimeInForce.Ioc,
                    "fok" => TimeInForce.Fok,
                    _ => throw Unknown("time in force", order.TimeInForce),
                },
                Class = leg is null ? OrderClass.Simple : OrderClass.Oco,
                LimitPrice = order.LimitPrice,
                StopPrice = leg?.StopPrice ?? (order.Type == "trailing_stop" ? null : order.StopPrice),
                TrailPercent = order.TrailPercent,
            },
            FilledQuantity = order.FilledQty ?? 0,
            AverageFillPrice = order.FilledAvgPrice,
            SubmittedAt = Submitted(order),
            UpdatedAt = order.UpdatedAt,
            EndedAt = Ended(order),
            ExpiresAt = order.ExpiresAt,
            ReplacedBy = order.ReplacedBy,
            Replaces = order.Replaces,
            StopPrice = order.StopPrice ?? leg?.StopPrice,
            HighWatermark = order.Hwm,
            StopLeg = leg is null ? null : Show(leg),
        };
    }

    /// <summary>When Alpaca took an order.</summary>
    public static DateTimeOffset Submitted(WireOrder order) =>
        order.SubmittedAt
        ?? order.CreatedAt
        ?? throw new AlpacaNoAnswerException($"Alpaca's order {order.Id} does not say when it was submitted.");

    /// <summary>Whether an order is the take-profit of an OCO.</summary>
    public static bool IsOco(WireOrder order) => order is { OrderClass: Oco, Type: "limit" };

    /// <summary>Whether an order is an OCO whose legs were left out.</summary>
    public static bool LacksLegs(WireOrder order) => IsOco(order) && order.Legs is not { Count: > 0 };

    /// <summary>The stop leg of an OCO: the one that took the place of others, where it is among them.</summary>
    public static WireOrder? StopLeg(WireOrder order)
    {
        var stops = order.Legs?.FindAll(candidate => candidate.Type is "stop" or "stop_limit") ?? [];
        return stops.Find(candidate => candidate.ReplacedBy is null) ?? stops.FirstOrDefault();
    }

    /// <summary>Whether an order is final.</summary>
    public static bool HasEnded(BrokerOrder order) => order.EndedAt is not null && (order.StopLeg is null || HasEnded(order.StopLeg));

    /// <summary>A number as Alpaca takes it: a string in plain notation, without exponent.</summary>
    public static string? Plain(decimal? number) => number?.ToString("0.############################", CultureInfo.InvariantCulture);

    private static DateTimeOffset? Ended(WireOrder order) =>
        BrokerStatusMap.Map(order.Status) switch
        {
            OrderEvent.FillWholly => order.FilledAt ?? order.UpdatedAt ?? Submitted(order),
            OrderEvent.Cancel => order.CanceledAt ?? order.UpdatedAt ?? Submitted(order),
            OrderEvent.Expire => order.ExpiredAt ?? order.UpdatedAt ?? Submitted(order),
            OrderEvent.Reject => order.FailedAt ?? order.UpdatedAt ?? Submitted(order),
            OrderEvent.Replace => order.ReplacedAt ?? order.UpdatedAt ?? Submitted(order),
            _ => null,
        };

    private static void Put(JsonObject body, string name, decimal? number)
    {
        if (number is not null)
        {
            body[name] = Plain(number);
        }
    }

    private static string Word(OrderType type) =>
        type switch
        {
            OrderType.Market => "market",
            OrderType.Limit => "limit",
            OrderType.Stop => "stop",
            OrderType.StopLimit => "stop_limit",
            _ => "trailing_stop",
        };

    private static string Word(TimeInForce force) =>
        force switch
        {
            TimeInForce.Day => "day",
            TimeInForce.Gtc => "gtc",
            TimeInForce.Opg => "opg",
            TimeInForce.Cls => "cls",
            TimeInForce.Ioc => "ioc",
            _ => "fok",
        };

    private static AlpacaNoAnswerException Unknown(string what, string word) =>
        new($"Alpaca's order has a {what} that is not known: {word}.");
}
