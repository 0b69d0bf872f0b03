using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Core.Market;

namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>Alpaca's JSON shapes.</summary>
internal static class ServerJson
{
    public static JsonObject Order(ServerOrder order, bool nested) =>
        new()
        {
            ["id"] = order.Id,
            ["client_order_id"] = order.ClientId,
            ["created_at"] = Time(order.SubmittedAt),
            ["updated_at"] = Time(order.UpdatedAt),
            ["submitted_at"] = Time(order.SubmittedAt),
            ["filled_at"] = order.Status == "filled" ? Time(order.EndedAt) : null,
            ["expired_at"] = order.Status == "expired" ? Time(order.EndedAt) : null,
            ["expires_at"] = Time(order.ExpiresAt),
            ["canceled_at"] = order.Status == "canceled" ? Time(order.EndedAt) : null,
            ["failed_at"] = order.Status == "rejected" ? Time(order.EndedAt) : null,
            ["replaced_at"] = order.Status == "replaced" ? Time(order.EndedAt) : null,
            ["replaced_by"] = order.ReplacedBy,
            ["replaces"] = order.Replaces,
            ["asset_id"] = AssetId(order.Symbol),
            ["symbol"] = order.Symbol,
            ["asset_class"] = "us_equity",
            ["notional"] = null,
            ["qty"] = Number(order.Quantity),
            ["filled_qty"] = Number(order.Filled),
            ["filled_avg_price"] = order.Filled == 0 ? null : Number(order.FilledValue / order.Filled),
            ["order_class"] = order.Class.Length == 0 ? "simple" : order.Class,
            ["order_type"] = order.Type,
            ["type"] = order.Type,
            ["side"] = order.Side,
            ["position_intent"] = order.IsSell ? "sell_to_close" : "buy_to_open",
            ["time_in_force"] = order.TimeInForce,
            ["limit_price"] = Number(order.Limit),
            ["stop_price"] = Number(order.Stop),
            ["status"] = order.Status,
            ["extended_hours"] = false,
            ["legs"] = nested && order.Leg is { } leg ? new JsonArray(Order(leg, nested: false)) : null,
            ["trail_percent"] = Number(order.TrailPercent),
            ["trail_price"] = null,
            ["hwm"] = Number(order.High),
        };

    public static JsonObject Account(AlpacaExchange exchange, string number, decimal equity) =>
        new()
        {
            ["id"] = "00000000-0000-4000-8000-000000000001",
            ["account_number"] = number,
            ["status"] = "ACTIVE",
            ["currency"] = "USD",
            ["cash"] = Number(exchange.Cash),
            ["buying_power"] = Number(exchange.BuyingPower),
            ["equity"] = Number(equity),
            ["last_equity"] = "100000",
            ["multiplier"] = "1",
            ["shorting_enabled"] = false,
            ["trading_blocked"] = false,
            ["account_blocked"] = false,
            ["trade_suspended_by_user"] = false,
            ["created_at"] = "2020-01-02T15:04:05.123456789Z",
        };

    public static JsonObject Position(string symbol, ServerPosition position, decimal held, decimal price) =>
        new()
        {
            ["asset_id"] = AssetId(symbol),
            ["symbol"] = symbol,
            ["exchange"] = "NASDAQ",
            ["asset_class"] = "us_equity",
            ["asset_marginable"] = true,
            ["qty"] = Number(position.Quantity),
            ["qty_available"] = Number(Math.Max(0, position.Quantity - held)),
            ["avg_entry_price"] = Number(position.Average),
            ["side"] = position.Quantity < 0 ? "short" : "long",
            ["market_value"] = Number(position.Quantity * price),
            ["cost_basis"] = Number(position.Quantity * position.Average),
            ["unrealized_pl"] = Number(position.Quantity * (price - position.Average)),
            ["unrealized_plpc"] = "0",
            ["unrealized_intraday_pl"] = "0",
            ["unrealized_intraday_plpc"] = "0",
            ["current_price"] = Number(price),
            ["lastday_price"] = Number(price),
            ["change_today"] = "0",
        };

    public static JsonObject Fill(ServerFill fill) =>
        new()
        {
            ["id"] = fill.Id,
            ["activity_type"] = "FILL",
            ["transaction_time"] = Time(fill.At),
            ["type"] = fill.Leaves == 0 ? "fill" : "partial_fill",
            ["price"] = Number(fill.Price),
            ["qty"] = Number(fill.Quantity),
            ["side"] = fill.Order.Side,
            ["symbol"] = fill.Order.Symbol,
            ["leaves_qty"] = Number(fill.Leaves),
            ["cum_qty"] = Number(fill.Cumulative),
            ["order_id"] = fill.Order.Id,
            ["order_status"] = fill.Leaves == 0 ? "filled" : "partially_filled",
        };

    public static JsonObject Cash(ServerCash cash) =>
        new()
        {
            ["id"] = cash.Id,
            ["activity_type"] = cash.Type,
            ["activity_sub_type"] = cash.SubType,
            ["date"] = NewYork(cash.At, "yyyy-MM-dd"),
            ["created_at"] = Time(cash.At),
            ["net_amount"] = Number(cash.Amount),
            ["currency"] = "USD",
            ["symbol"] = cash.Symbol,
            ["qty"] = cash.Symbol is null ? null : "10",
            ["per_share_amount"] = cash.Symbol is null ? null : Number(cash.Amount / 10),
            ["status"] = "executed",
        };

    public static JsonObject Asset(string symbol, (string Status, bool Tradable) asset) =>
        new()
        {
            ["id"] = AssetId(symbol),
            ["class"] = "us_equity",
            ["exchange"] = "NASDAQ",
            ["symbol"] = symbol,
            ["name"] = symbol + " Inc.",
            ["status"] = asset.Status,
            ["tradable"] = asset.Tradable,
            ["marginable"] = true,
            ["shortable"] = false,
            ["easy_to_borrow"] = false,
            ["fractionable"] = true,
            ["attributes"] = new JsonArray(),
        };

    public static JsonObject Clock(AlpacaExchange exchange)
    {
        var (calendar, now) = (exchange.Calendar, exchange.Now + exchange.ClockAhead);
        var session = calendar.CurrentOrNext(now);
        return new()
        {
            ["timestamp"] = NewYork(now, "yyyy-MM-dd'T'HH:mm:ss.fffffff'00'zzz"),
            ["is_open"] = calendar.IsOpen(now) && !exchange.IsHalted,
            ["next_open"] = Time(calendar.NextSession(now).Open),
            ["next_close"] = Time(session.Close),
        };
    }

    public static JsonObject Day(Session session) =>
        new()
        {
            ["date"] = session.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["open"] = NewYork(session.Open, "HH:mm"),
            ["close"] = NewYork(session.Close, "HH:mm"),
            ["session_open"] = "0400",
            ["session_close"] = "2000",
            ["settlement_date"] = session.Day.AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        };

    public static JsonObject Bar(Bar bar) =>
        new()
        {
            ["t"] = Time(bar.Start),
            ["o"] = bar.Open,
            ["h"] = bar.High,
            ["l"] = bar.Low,
            ["c"] = bar.Close,
            ["v"] = bar.Volume,
            ["n"] = 10,
            ["vw"] = bar.Close,
        };

    public static JsonObject Quote(Quote quote) =>
        new()
        {
            ["t"] = Time(quote.At),
            ["bp"] = quote.Bid,
            ["bs"] = 1,
            ["bx"] = "V",
            ["ap"] = quote.Ask,
            ["as"] = 1,
            ["ax"] = "V",
            ["c"] = new JsonArray("R"),
            ["z"] = "C",
        };

    public static JsonObject Trade(Quote quote) =>
        new()
        {
            ["t"] = Time(quote.At),
            ["p"] = quote.LastTrade ?? quote.Mid,
            ["s"] = 100,
            ["x"] = "V",
            ["i"] = 1,
            ["c"] = new JsonArray("@"),
            ["z"] = "C",
        };

    public static JsonObject Split(Split split)
    {
        var day = split.ExDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new()
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["symbol"] = split.Symbol,
            ["cusip"] = "000000000",
            ["old_cusip"] = "000000000",
            ["new_cusip"] = "000000001",
            ["new_rate"] = split.Numerator,
            ["old_rate"] = split.Denominator,
            ["process_date"] = day,
            ["ex_date"] = day,
        };
    }

    public static string? Number(decimal? number) => number?.ToString("0.##########", CultureInfo.InvariantCulture);

    // Alpaca writes nanoseconds.
    public static string? Time(DateTimeOffset? instant) =>
        instant?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    private static string NewYork(DateTimeOffset instant, string format) =>
        TimeZoneInfo.ConvertTime(instant, TradingCalendar.Nyse.NewYork).ToString(format, CultureInfo.InvariantCulture);

    private static string AssetId(string symbol) =>
        new Guid(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(symbol)).AsSpan(0, 16)).ToString();
}
