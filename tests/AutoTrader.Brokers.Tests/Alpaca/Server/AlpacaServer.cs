using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>
/// Alpaca on localhost: its routes, shapes and refusals as documented, on a market and a clock in the hands of the test, with faults by
/// the request. Trading and market data share one address.
/// </summary>
internal sealed class AlpacaServer : IAsyncDisposable
{
    public const string Key = "PKTEST";
    public const string Secret = "secret-of-the-test";

    private readonly IMarketData _market;
    private readonly WebApplication _app;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<Fault> _faults = [];
    private readonly List<string> _requests = [];
    private readonly List<(string Path, string Body)> _late = [];
    private readonly CancellationTokenSource _stopping = new();

    private AlpacaServer(IMarketData market, TimeProvider clock)
    {
        _market = market;
        Exchange = new(market, clock);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public AlpacaExchange Exchange { get; }

    public string AccountNumber { get; set; } = "PA3TEST";

    public string Address => _app.Urls.First();

    /// <summary>Symbols that market data does not know.</summary>
    public HashSet<string> UnknownSymbols { get; } = new(StringComparer.Ordinal);

    /// <summary>Every request so far: method and path.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public static async Task<AlpacaServer> StartAsync(IMarketData market, TimeProvider clock)
    {
        var server = new AlpacaServer(market, clock);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Lets the next matching request go wrong; faults of the same request come one after the other.</summary>
    public void Inject(Fault fault)
    {
        lock (_faults)
        {
            _faults.Add(fault);
        }
    }

    public int Count(string request) => Requests.Count(each => each == request);

    /// <summary>Does what arrived late (<see cref="FaultKind.Late"/>).</summary>
    public async Task DeliverLateAsync()
    {
        foreach (var (path, body) in _late.ToList())
        {
            await AnswerAsync("POST", path, new QueryCollection(), body);
        }

        _late.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
        _gate.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value!;
        lock (_requests)
        {
            _requests.Add($"{request.Method} {path}");
        }

        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        switch (Take(request.Method, path))
        {
            case { Kind: FaultKind.Answer } fault:
                response.StatusCode = fault.Status;
                response.ContentType = fault.ContentType;
                if (fault.RetryAfter is { } seconds)
                {
                    response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                }

                await response.WriteAsync(fault.Body);
                return;
            case { Kind: FaultKind.Break }:
                context.Abort();
                return;
            case { Kind: FaultKind.Silence }:
                await SilenceAsync(context);
                return;
            case { Kind: FaultKind.Late }:
                _late.Add((path, body));
                await SilenceAsync(context);
                return;
            case { } fault:
                var (_, done) = await AnswerAsync(request.Method, path, request.Query, body);
                await SpoilAsync(context, fault.Kind, done?.ToJsonString() ?? "");
                return;
            default:
                break;
        }

        if (request.Headers["APCA-API-KEY-ID"] != Key || request.Headers["APCA-API-SECRET-KEY"] != Secret)
        {
            response.StatusCode = 401;
            response.ContentType = "application/json";
            await response.WriteAsync("""{"code":40110000,"message":"request is not authorized"}""");
            return;
        }

        var (status, json) = await AnswerAsync(request.Method, path, request.Query, body);
        response.StatusCode = status;
        response.Headers["X-Request-ID"] = Guid.NewGuid().ToString("N");
        if (json is not null)
        {
            response.ContentType = "application/json; charset=UTF-8";
            await response.WriteAsync(json.ToJsonString());
        }
    }

    private Fault? Take(string method, string path)
    {
        lock (_faults)
        {
            var fault = _faults.Find(each => each.Method == method && path.StartsWith(each.Path, StringComparison.Ordinal));
            if (fault is not null)
            {
                _faults.Remove(fault);
            }

            return fault;
        }
    }

    // Until the client gives up.
    private async Task SilenceAsync(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        var ended = new TaskCompletionSource();
        await using var registration = either.Token.Register(ended.SetResult);
        await ended.Task;
        context.Abort();
    }

    private static async Task SpoilAsync(HttpContext context, FaultKind kind, string json)
    {
        if (kind == FaultKind.LoseAnswer)
        {
            context.Abort();
            return;
        }

        context.Response.ContentType = "application/json";
        if (kind == FaultKind.Malformed)
        {
            await context.Response.WriteAsync(json[..(json.Length / 2)]);
            return;
        }

        context.Response.ContentLength = Encoding.UTF8.GetByteCount(json) + 1;
        await context.Response.WriteAsync(json[..(json.Length / 2)]);
        await context.Response.Body.FlushAsync();
        context.Abort();
    }

    private async Task<(int Status, JsonNode? Json)> AnswerAsync(string method, string path, IQueryCollection query, string body)
    {
        await _gate.WaitAsync();
        try
        {
            await Exchange.PlayAsync();
            return await RouteAsync(method, path.Trim('/').Split('/'), query, body);
        }
        catch (ServerRefusal refusal)
        {
            var json = new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message };
            foreach (var (name, value) in refusal.Fields)
            {
                json[name] = value;
            }

            return (refusal.Status, json);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<(int Status, JsonNode? Json)> RouteAsync(string method, string[] path, IQueryCollection query, string body) => (method, path) switch
    {
        ("GET", ["v2", "account"]) => (200, ServerJson.Account(Exchange, AccountNumber, await EquityAsync())),
        ("GET", ["v2", "clock"]) => (200, ServerJson.Clock(Exchange.Now)),
        ("GET", ["v2", "calendar"]) => (200, List(TradingCalendar.Nyse.Sessions(Day(query["start"]), Day(query["end"])).Select(ServerJson.Day))),
        ("GET", ["v2", "assets", var symbol]) => (200, ServerJson.Asset(await Exchange.PriceAsync(symbol) is null ? throw NotFound("asset not found for " + symbol) : symbol)),
        ("GET", ["v2", "positions"]) => (200, List(await Task.WhenAll(Exchange.Positions.Keys.Select(PositionAsync)))),
        ("GET", ["v2", "positions", var symbol]) => (200, Exchange.Positions.ContainsKey(symbol) ? await PositionAsync(symbol) : throw NotFound("position does not exist")),
        ("GET", ["v2", "orders"]) => (200, List(Orders(query).Select(order => ServerJson.Order(order, query["nested"] == "true")))),
        ("GET", ["v2", "orders:by_client_order_id"]) => (200, ServerJson.Order(Exchange.FindByClientId(query["client_order_id"]!) ?? throw NotFound("order not found for " + query["client_order_id"]), nested: false)),
        ("GET", ["v2", "orders", var id]) => (200, ServerJson.Order(Order(id), query["nested"] == "true")),
        ("POST", ["v2", "orders"]) => await SubmitAsync(body),
        ("PATCH", ["v2", "orders", var id]) => (200, ServerJson.Order(await Exchange.ReplaceAsync(Order(id), Request(body)), nested: true)),
        ("DELETE", ["v2", "orders", var id]) => Cancel(Order(id)),
        ("DELETE", ["v2", "orders"]) => (207, CancelAll()),
        ("GET", ["v2", "account", "activities", "FILL"]) => (200, List(Fills(query).Select(ServerJson.Fill))),
        ("GET", ["v2", "account", "activities", _]) => (200, new JsonArray()),
        ("GET", ["v2", "stocks", "quotes", "latest"]) => (200, new JsonObject { ["quotes"] = await LatestAsync(query, ServerJson.Quote) }),
        ("GET", ["v2", "stocks", "trades", "latest"]) => (200, new JsonObject { ["trades"] = await LatestAsync(query, ServerJson.Trade) }),
        ("GET", ["v2", "stocks", "bars"]) => (200, await BarsAsync(query)),
        ("GET", ["v1", "corporate-actions"]) => (200, await ActionsAsync(query)),
        _ => throw NotFound("endpoint not found"),
    };

    private async Task<(int Status, JsonNode? Json)> SubmitAsync(string body)
    {
        var order = await Exchange.SubmitAsync(Request(body));
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
        Exchange.Cancel(order);
        return (204, null);
    }

    private JsonArray CancelAll()
    {
        var open = Exchange.Orders.Where(order => order.IsOpen && order.Parent is null).ToList();
        open.ForEach(Exchange.Cancel);
        return List(open.Select(order => new JsonObject { ["id"] = order.Id, ["status"] = 200, ["body"] = ServerJson.Order(order, nested: false) }));
    }

    private IEnumerable<ServerOrder> Orders(IQueryCollection query)
    {
        var status = query["status"].FirstOrDefault() ?? "open";
        var symbols = query["symbols"].FirstOrDefault()?.Split(',');
        var isNested = query["nested"] == "true";
        bool IsOpen(ServerOrder order) => order.IsOpen || order.Leg is { IsOpen: true };
        var orders = Exchange.Orders
            .Where(order => !isNested || order.Parent is null)
            .Where(order => status == "all" || IsOpen(order) == (status == "open"))
            .Where(order => symbols is null || symbols.Contains(order.Symbol))
            .Where(order => Instant(query["after"]) is not { } after || order.SubmittedAt > after)
            .Where(order => Instant(query["until"]) is not { } until || order.SubmittedAt < until);
        orders = query["direction"] == "asc" ? orders.OrderBy(order => order.SubmittedAt) : orders.OrderByDescending(order => order.SubmittedAt);
        return orders.Take(int.Parse(query["limit"].FirstOrDefault() ?? "50", CultureInfo.InvariantCulture));
    }

    private IEnumerable<ServerFill> Fills(IQueryCollection query)
    {
        var fills = Exchange.Fills
            .Where(fill => Instant(query["after"]) is not { } after || fill.At > after)
            .Where(fill => Instant(query["until"]) is not { } until || fill.At < until);
        fills = query["direction"] == "asc" ? fills.OrderBy(fill => fill.At) : fills.OrderByDescending(fill => fill.At);
        if (query["page_token"].FirstOrDefault() is { } token)
        {
            fills = fills.SkipWhile(fill => fill.Id != token).Skip(1);
        }

        return fills.Take(int.Parse(query["page_size"].FirstOrDefault() ?? "100", CultureInfo.InvariantCulture));
    }

    private async Task<JsonObject> LatestAsync(IQueryCollection query, Func<Quote, JsonObject> show)
    {
        var symbols = Symbols(query);
        var json = new JsonObject();
        foreach (var quote in (await _market.GetQuotesAsync(symbols, default)).Values)
        {
            json[quote.Symbol] = show(quote);
        }

        return json;
    }

    // The page token is the number of bars already given.
    private async Task<JsonObject> BarsAsync(IQueryCollection query)
    {
        var start = Instant(query["start"]) ?? Exchange.Now.AddDays(-1);
        var end = Instant(query["end"]) ?? Exchange.Now;
        var all = new List<Bar>();
        foreach (var symbol in Symbols(query).Order(StringComparer.Ordinal))
        {
            var minutes = await _market.GetBarsAsync(symbol, start, Exchange.Now, default);
            all.AddRange(query["timeframe"] == "1Day" ? Daily(symbol, minutes) : minutes.Where(bar => bar.Start <= end));
        }

        var skip = int.Parse(query["page_token"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        var limit = Math.Min(PageLimit, int.Parse(query["limit"].FirstOrDefault() ?? "1000", CultureInfo.InvariantCulture));
        var bars = new JsonObject();
        foreach (var group in all.Skip(skip).Take(limit).GroupBy(bar => bar.Symbol))
        {
            bars[group.Key] = List(group.Select(ServerJson.Bar));
        }

        return new() { ["bars"] = bars, ["next_page_token"] = skip + limit < all.Count ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null };
    }

    /// <summary>Bars a page holds at most.</summary>
    public int PageLimit { get; set; } = 10_000;

    private static IEnumerable<Bar> Daily(string symbol, IEnumerable<Bar> minutes) =>
        minutes.GroupBy(bar => TradingCalendar.Nyse.TradingDay(bar.Start)).Select(day => new Bar(
            symbol,
            new(TimeZoneInfo.ConvertTimeToUtc(day.Key.ToDateTime(TimeOnly.MinValue), TradingCalendar.Nyse.NewYork), TimeSpan.Zero),
            TimeSpan.FromDays(1),
            day.First().Open,
            day.Max(bar => bar.High),
            day.Min(bar => bar.Low),
            day.Last().Close,
            day.Sum(bar => bar.Volume)));

    private async Task<JsonObject> ActionsAsync(IQueryCollection query)
    {
        var splits = await _market.GetSplitsAsync(Day(query["start"]), Day(query["end"]), default);
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
        return Array.Find(symbols, UnknownSymbols.Contains) is { } unknown ? throw new ServerRefusal(400, 0, "invalid symbol: " + unknown) : symbols;
    }

    private ServerOrder Order(string id) => Exchange.Find(id) ?? throw NotFound("order not found for " + id);

    private async Task<JsonObject> PositionAsync(string symbol)
    {
        var position = Exchange.Positions[symbol];
        return ServerJson.Position(symbol, position, Exchange.Held(symbol), await Exchange.PriceAsync(symbol) ?? position.Average);
    }

    private async Task<decimal> EquityAsync()
    {
        var equity = Exchange.Cash;
        foreach (var (symbol, position) in Exchange.Positions)
        {
            equity += position.Quantity * (await Exchange.PriceAsync(symbol) ?? position.Average);
        }

        return equity;
    }

    private static OrderRequest Request(string body)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        // Alpaca takes numbers too, but a number cannot carry a price exactly: this server insists on strings in plain notation.
        decimal? Number(JsonNode? node) => node is null ? null
            : node.GetValueKind() == System.Text.Json.JsonValueKind.String && decimal.TryParse(node.GetValue<string>(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ServerRefusal(422, 40010001, "a number must be a string in plain notation: " + node.ToJsonString());
        return new((string?)json["symbol"] ?? "", (string?)json["side"] ?? "", (string?)json["type"] ?? "", (string?)json["time_in_force"], Number(json["qty"]) ?? 0)
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

    private static DateTimeOffset? Instant(string? text) =>
        text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
