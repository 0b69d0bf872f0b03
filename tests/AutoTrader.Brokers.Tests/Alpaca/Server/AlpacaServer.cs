using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Core.Ports.Brokerage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>
/// Alpaca on localhost, on a market and a clock in the hands of the test, with faults by the request. Trading and market data share one
/// address; what is answered is in <see cref="AlpacaRoutes"/>.
/// </summary>
internal sealed class AlpacaServer : IAsyncDisposable
{
    public const string Key = "PKTEST";
    public const string Secret = "secret-of-the-test";

    private readonly WebApplication _app;
    private readonly AlpacaRoutes _routes;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<Fault> _faults = [];
    private readonly List<string> _requests = [];
    private readonly List<(string Path, string Body)> _late = [];
    private readonly CancellationTokenSource _stopping = new();

    private AlpacaServer(IMarketData market, TimeProvider clock)
    {
        Exchange = new(market, clock);
        _routes = new(Exchange, market);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public AlpacaExchange Exchange { get; }

    public string AccountNumber
    {
        get => _routes.AccountNumber;
        set => _routes.AccountNumber = value;
    }

    public string Address => _app.Urls.First();

    /// <summary>Symbols that market data does not know.</summary>
    public HashSet<string> UnknownSymbols => _routes.UnknownSymbols;

    /// <summary>Bars a page holds at most.</summary>
    public int PageLimit
    {
        get => _routes.PageLimit;
        set => _routes.PageLimit = value;
    }

    /// <summary>Does to an answer what a fault of Alpaca's might.</summary>
    public Action<JsonNode> Spoil
    {
        set => _routes.Spoil = value;
    }

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
            case { Kind: FaultKind.Respond } fault:
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
            var answer = await _routes.AnswerAsync(method, path.Trim('/').Split('/'), query, body);
            if (answer.Json is { } json)
            {
                _routes.Spoil(json);
            }

            return answer;
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
}
