using System.Globalization;
using System.Text.Json.Nodes;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>Alpaca's routes, with its shapes and refusals as documented.</summary>
internal sealed class AlpacaRoutes(AlpacaExchange exchange, IMarketData market)
{
    private readonly ServerActivities _activities = new(exchange);

    public string AccountNumber { get; set; } = "PA3TEST";

    public HashSet<string> UnknownSymbols { get; } = new(StringComparer.Ordinal);

    public int PageLimit { get; set; } = 10_000;

    public Action<JsonNode> Spoil { get; set; } = _ => { };

    public async Task<(int Status, JsonNode? Json)> AnswerAsync(string method, string[] path, IQueryCollection query, string body) =>
        (method, path) switch
        {
            ("GET", ["v2", "account"]) => (200, ServerJson.Account(exchange, AccountNumber, await EquityAsync())),
            ("GET", ["v2", "clock"]) => (200, ServerJson.Clock(exchange)),
            ("GET", ["v2", "calendar"]) => (
                200,
                List(exchange.Calendar.Sessions(Day(query["start"]), Day(query["end"])).Select(ServerJson.Day))
            ),
            ("GET", ["v2", "assets", var symbol]) => (
                200,
                await exchange.PriceAsync(symbol) is null
                    ? throw NotFound("asset not found for " + symbol)
                    : ServerJson.Asset(symbol, exchange.Assets.GetValueOrDefault(symbol, ("active", true)))
            ),
            ("GET", ["v2", "positions"]) => (200, List(await Task.WhenAll(exchange.Positions.Keys.Select(PositionAsync)))),
            ("GET", ["v2", "positions", var symbol]) => (
                200,
                exchange.Positions.ContainsKey(symbol) ? await PositionAsync(symbol) : throw NotFound("position does not exist")
            ),
            ("GET", ["v2", "orders"]) => (200, List(Orders(query).Select(order => ServerJson.Order(order, query["nested"] == "true")))),
            ("GET", ["v2", "orders:by_client_order_id"]) => (
                200,
                ServerJson.Order(
                    exchange.FindByClientId(query["client_order_id"]!) ?? throw NotFound("order not found for " + query["client_order_id"]),
                    nested: false
                )
            ),
            ("GET", ["v2", "orders", var id]) => (200, ServerJson.Order(Order(id), query["nested"] == "true")),
            ("POST", ["v2", "orders"]) => await SubmitAsync(body),
            ("PATCH", ["v2", "orders", var id]) => (
                200,
                ServerJson.Order(await exchange.ReplaceAsync(Order(id), Request(body)), nested: true)
            ),
            ("DELETE", ["v2", "orders", var id]) => Cancel(Order(id)),
            ("DELETE", ["v2", "orders"]) => (207, CancelAll()),
            ("GET", ["v2", "account", "activities"]) => (
                200,
                _activities.List(query, query["activity_types"].FirstOrDefault()?.Split(','))
            ),
            ("GET", ["v2", "account", "activities", var type]) => (200, _activities.List(query, [type])),
            ("GET", ["v2", "stocks", "quotes", "latest"]) => (
                200,
                new JsonObject { ["quotes"] = await LatestAsync(query, ServerJson.Quote) }
            ),
            ("GET", ["v2", "stocks", "trades", "latest"]) => (
                200,
                new JsonObject { ["trades"] = await LatestAsync(query, ServerJson.Trade) }
            ),
            ("GET", ["v2", "stocks", "bars"]) => (200, await BarsAsync(query)),
            ("GET", ["v1", "corporate-actions"]) => (200, await ActionsAsync(query)),
            ("GET", ["v1beta1", "screener", "stocks", "movers"]) => (200, Movers(int.Parse(query["top"]!, CultureInfo.InvariantCulture))),
            _ => throw NotFound("endpoint not found"),
        };

    // As documented: numbers, the most first.
    private static JsonObject Movers(int top) =>
        new()
        {
            ["gainers"] = new JsonArray([.. Enumerable.Range(1, top).Select(n => Mover("UP" + n, 20.5m / n, 1.25m, 7.34m))]),
            ["losers"] = new JsonArray(Mover("DOWN", -33.3333m, -5, 10)),
            ["market_type"] = "stocks",
            ["last_updated"] = "2026-02-02T15:00:00.123456789Z",
        };

    private static JsonObject Mover(string symbol, decimal percent, decimal change, decimal price) =>
        new()
        {
            ["symbol"] = symbol,
            ["percent_change"] = percent,
            ["change"] = change,
            ["price"] = price,
        };

    private async Task<(int Status, JsonNode? Json)> SubmitAsync(string body)
    {
        var order = await exchange.SubmitAsync(Request(body));
        var answer = ServerJson.Order(order, nested: true);
        // The fill is told by the activities before the order's own answer tells it.
        answer["status"] = "pending_new";
        answer["filled_qty"] = "0";
        answer["filled_avg_price"] = null;
        answer["filled_at"] = null;
        return (200, answer);
    }

    private (int Status, JsonNode? Json) Cancel(ServerOrder order)
    {
        exchange.Cancel(order);
        return (204, null);
    }

    private JsonArray CancelAll()
    {
        var open = exchange.Orders.Where(order => order.IsOpen && order.Parent is null).ToList();
        open.ForEach(exchange.Cancel);
        return List(
            open.Select(order => new JsonObject
            {
                ["id"] = order.Id,
                ["status"] = 200,
                ["body"] = ServerJson.Order(order, nested: false),
            })
        );
    }

    private IEnumerable<ServerOrder> Orders(IQueryCollection query)
    {
        var status = query["status"].FirstOrDefault() ?? "open";
        var symbols = query["symbols"].FirstOrDefault()?.Split(',');
        var isNested = query["nested"] == "true";
        bool IsOpen(ServerOrder order) => order.IsOpen || order.Leg is { IsOpen: true };
        var orders = exchange
            .Orders.Where(order => !isNested || order.Parent is null)
            .Where(order => status == "all" || IsOpen(order) == (status == "open"))
            .Where(order => symbols is null || symbols.Contains(order.Symbol))
            .Where(order => Instant(query["after"]) is not { } after || order.SubmittedAt > after)
            .Where(order => Instant(query["until"]) is not { } until || order.SubmittedAt < until);
        orders =
            query["direction"] == "asc" ? orders.OrderBy(order => order.SubmittedAt) : orders.OrderByDescending(order => order.SubmittedAt);
        return orders.Take(int.Parse(query["limit"].FirstOrDefault() ?? "50", CultureInfo.InvariantCulture));
    }

    private async Task<JsonObject> LatestAsync(IQueryCollection query, Func<Quote, JsonObject> show)
    {
        var symbols = Symbols(query);
        var json = new JsonObject();
        foreach (var quote in (await market.GetQuotesAsync(symbols, default)).Values)
        {
            json[quote.Symbol] = show(quote);
        }

        return json;
    }

    // The page token is the number of bars already given.
    private async Task<JsonObject> BarsAsync(IQueryCollection query)
    {
        var start = Instant(query["start"]) ?? exchange.Now.AddDays(-1);
        var end = Instant(query["end"]) ?? exchange.Now;
        var all = new List<Bar>();
        foreach (var symbol in Symbols(query).Order(StringComparer.Ordinal))
        {
            var minutes = await market.GetBarsAsync(symbol, start, exchange.Now, default);
            all.AddRange(query["timeframe"] == "1Day" ? Daily(symbol, minutes) : minutes.Where(bar => bar.Start <= end));
        }

        var skip = int.Parse(query["page_token"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        var limit = Math.Min(PageLimit, int.Parse(query["limit"].FirstOrDefault() ?? "1000", CultureInfo.InvariantCulture));
        var bars = new JsonObject();
        foreach (var group in all.Skip(skip).Take(limit).GroupBy(bar => bar.Symbol))
        {
            bars[group.Key] = List(group.Select(ServerJson.Bar));
        }

        return new()
        {
            ["bars"] = bars,
            ["next_page_token"] = skip + limit < all.Count ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null,
        };
    }

    private static IEnumerable<Bar> Daily(string symbol, IEnumerable<Bar> minutes) =>
        minutes
            .GroupBy(bar => TradingCalendar.Nyse.TradingDay(bar.Start))
            .Select(day => new Bar(
                symbol,
                new(TimeZoneInfo.ConvertTimeToUtc(day.Key.ToDateTime(TimeOnly.MinValue), TradingCalendar.Nyse.NewYork), TimeSpan.Zero),
                TimeSpan.FromDays(1),
                day.First().Open,
                day.Max(bar => bar.High),
                day.Min(bar => bar.Low),
                day.Last().Close,
                day.Sum(bar => bar.Volume)
            ));

    private async Task<JsonObject> ActionsAsync(IQueryCollection query)
    {
        var splits = await market.GetSplitsAsync(Day(query["start"]), Day(query["end"]), default);
        return new()
        {
            ["corporate_actions"] = new JsonObject
            {
                ["forward_splits"] = List(splits.Where(split => split.Ratio > 1).Select(ServerJson.Split)),
                ["reverse_splits"] = List(splits.Where(split => split.Ratio < 1).Select(ServerJson.Split)),
            },
            ["next_page_token"] = null,
        };
    }

    private string[] Symbols(IQueryCollection query)
    {
        var symbols = query["symbols"].ToString().Split(',');
        // Market data refuses the whole request, without a code.
        return Array.Find(symbols, UnknownSymbols.Contains) is { } unknown
            ? throw new ServerRefusal(400, 0, "invalid symbol: " + unknown)
            : symbols;
    }

    private ServerOrder Order(string id) => exchange.Find(id) ?? throw NotFound("order not found for " + id);

    private async Task<JsonObject> PositionAsync(string symbol)
    {
        var position = exchange.Positions[symbol];
        return ServerJson.Position(symbol, position, exchange.Held(symbol), await exchange.PriceAsync(symbol) ?? position.Average);
    }

    private async Task<decimal> EquityAsync()
    {
        var equity = exchange.Cash;
        foreach (var (symbol, position) in exchange.Positions)
        {
            equity += position.Quantity * (await exchange.PriceAsync(symbol) ?? position.Average);
        }

        return equity;
    }

    private static OrderRequest Request(string body)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        // Alpaca takes numbers too, but a number cannot carry a price exactly: this server insists on strings in plain notation.
        decimal? Number(JsonNode? node) =>
            node is null ? null
            : node.GetValueKind() == System.Text.Json.JsonValueKind.String
            && decimal.TryParse(node.GetValue<string>(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? number
            : throw new ServerRefusal(422, 40010001, "a number must be a string in plain notation: " + node.ToJsonString());
        return new(
            (string?)json["symbol"] ?? "",
            (string?)json["side"] ?? "",
            (string?)json["type"] ?? "",
            (string?)json["time_in_force"],
            Number(json["qty"]) ?? 0
        )
        {
            ClientOrderId = (string?)json["client_order_id"],
            Class = (string?)json["order_class"] == "simple" ? null : (string?)json["order_class"],
            Limit = Number(json["limit_price"]),
            Stop = Number(json["stop_price"]),
            TrailPercent = Number(json["trail_percent"] ?? json["trail"]),
            TakeProfit = Number(json["take_profit"]?["limit_price"]),
            StopLoss = Number(json["stop_loss"]?["stop_price"]),
        };
    }

    private static ServerRefusal NotFound(string message) => new(404, 40410000, message);

    private static JsonArray List(IEnumerable<JsonObject> items) => [.. items];

    private static DateOnly Day(string? text) => DateOnly.Parse(text![..10], CultureInfo.InvariantCulture);

    internal static DateTimeOffset? Instant(string? text) =>
        text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
