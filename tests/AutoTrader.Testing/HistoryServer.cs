using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AutoTrader.Core.Market;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Testing;

/// <summary>
/// Alpaca's market data on localhost: past bars in pages, and corporate actions, on bars in the hands of the test. Bars come by the name of
/// their length as Alpaca has it, daily ones stamped with their midnight in New York.
/// </summary>
public sealed class HistoryServer : IAsyncDisposable
{
    public const string Key = "PKTEST";
    public const string Secret = "secret-of-the-test";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _requests = new();

    private HistoryServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    /// <summary>The bars by the name of their length on the wire.</summary>
    public Dictionary<string, List<Bar>> Bars { get; } = new(StringComparer.Ordinal);

    public List<Split> Splits { get; } = [];

    /// <summary>Bars a page holds at most.</summary>
    public int PageLimit { get; set; } = 10_000;

    /// <summary>Statuses that the next requests are answered with.</summary>
    public ConcurrentQueue<int> Failures { get; } = new();

    /// <summary>Is told of each request for bars before it is answered.</summary>
    public Action<int>? OnBars { get; set; }

    /// <summary>Every request so far: path and query.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public IEnumerable<string> BarRequests => Requests.Where(request => request.StartsWith("/v2/stocks/bars", StringComparison.Ordinal));

    /// <summary>The settings that lead to it, by the names of environment variables.</summary>
    public IReadOnlyDictionary<string, string> Variables =>
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ALPACA_API_KEY"] = Key,
            ["ALPACA_SECRET_KEY"] = Secret,
            ["AutoTrader__Alpaca__DataBaseUrl"] = _app.Urls.First(),
            ["AutoTrader__Alpaca__RequestsPerMinute"] = "100000",
            ["AutoTrader__Alpaca__RetryDelay"] = "00:00:00.001",
        };

    /// <summary>The same as a configuration.</summary>
    public IConfiguration Configuration =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                Variables.Select(it => KeyValuePair.Create(it.Key.Replace("__", ":", StringComparison.Ordinal), (string?)it.Value))
            )
            .Build();

    public static async Task<HistoryServer> StartAsync()
    {
        var server = new HistoryServer();
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        _requests.Enqueue(request.Path + request.QueryString);
        if (request.Path == "/v2/stocks/bars")
        {
            OnBars?.Invoke(BarRequests.Count());
        }

        response.ContentType = "application/json; charset=UTF-8";
        if (Failures.TryDequeue(out var status))
        {
            response.StatusCode = status;
            await response.WriteAsync("""{"code":42910000,"message":"rate limit exceeded"}""");
            return;
        }

        if (request.Headers["APCA-API-KEY-ID"] != Key || request.Headers["APCA-API-SECRET-KEY"] != Secret)
        {
            response.StatusCode = 401;
            await response.WriteAsync("""{"message":"forbidden."}""");
            return;
        }

        var answer = request.Path.Value switch
        {
            "/v2/stocks/bars" => BarsOf(request.Query),
            "/v1/corporate-actions" => ActionsOf(request.Query),
            _ => null,
        };
        response.StatusCode = answer is null ? 404 : 200;
        await response.WriteAsync(answer?.ToJsonString() ?? """{"code":40410000,"message":"endpoint not found"}""");
    }

    // The page token is the number of bars already given.
    private JsonObject BarsOf(IQueryCollection query)
    {
        if (query["adjustment"] != "raw")
        {
            throw new InvalidOperationException("Prices that are adjusted were asked for.");
        }

        var (start, end) = (Instant(query["start"]!), Instant(query["end"]!));
        var all = Bars.GetValueOrDefault(query["timeframe"]!, [])
            .Where(bar => bar.Symbol == query["symbols"] && Stamp(bar) >= start && Stamp(bar) <= end)
            .OrderBy(bar => bar.Start)
            .ToList();
        var skip = int.Parse(query["page_token"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        var limit = Math.Min(PageLimit, int.Parse(query["limit"]!, CultureInfo.InvariantCulture));
        var page = new JsonArray([.. all.Skip(skip).Take(limit).Select(JsonOf)]);
        return new()
        {
            ["bars"] = page.Count == 0 ? new JsonObject() : new JsonObject { [query["symbols"]!] = page },
            ["next_page_token"] = skip + limit < all.Count ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null,
        };
    }

    private JsonObject ActionsOf(IQueryCollection query)
    {
        var (start, end) = (Day(query["start"]!), Day(query["end"]!));
        var splits = Splits.Where(split => split.Symbol == query["symbols"] && split.ExDate >= start && split.ExDate <= end).ToList();
        return new()
        {
            ["corporate_actions"] = new JsonObject
            {
                ["forward_splits"] = new JsonArray([.. splits.Where(split => split.Ratio > 1).Select(JsonOf)]),
                ["reverse_splits"] = new JsonArray([.. splits.Where(split => split.Ratio < 1).Select(JsonOf)]),
            },
            ["next_page_token"] = null,
        };
    }

    private static DateTimeOffset Stamp(Bar bar) =>
        bar.Length < TimeSpan.FromHours(3)
            ? bar.Start
            : new(
                TimeZoneInfo.ConvertTimeToUtc(
                    TradingCalendar.Nyse.TradingDay(bar.Start).ToDateTime(TimeOnly.MinValue),
                    TradingCalendar.Nyse.NewYork
                ),
                TimeSpan.Zero
            );

    private static JsonNode JsonOf(Bar bar) =>
        new JsonObject
        {
            ["t"] = Stamp(bar).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["o"] = bar.Open,
            ["h"] = bar.High,
            ["l"] = bar.Low,
            ["c"] = bar.Close,
            ["v"] = bar.Volume,
            ["n"] = 1,
            ["vw"] = bar.Close,
        };

    private static JsonNode JsonOf(Split split) =>
        new JsonObject
        {
            ["symbol"] = split.Symbol,
            ["ex_date"] = split.ExDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["new_rate"] = split.Numerator,
            ["old_rate"] = split.Denominator,
        };

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
