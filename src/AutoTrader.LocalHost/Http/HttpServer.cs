using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Functions;
using AutoTrader.LocalHost.Time;
using AutoTrader.LocalHost.Timers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace AutoTrader.LocalHost.Http;

/// <summary>
/// Serves the HTTP functions and the host's own addresses. Of several functions that match, the first by name is called, as on the
/// Functions host. HEAD is GET without its body, and a method that no function takes is a 405, where the Functions host answers 404.
/// </summary>
internal sealed partial class HttpServer(
    FunctionInvoker invoker,
    FunctionTimers timers,
    RunningWork work,
    IWorkClock clock,
    AppSettings settings,
    StorageSafety safety,
    ILoggerFactory loggers
) : IAsyncDisposable
{
    // The host's limit.
    private const long MaxBody = 100 * 1024 * 1024;

    // The web server's default; its limit is raised so that this code can report oversized requests.
    private const int MaxHeaders = 32 * 1024;
    private const int MaxHeaderCount = 100;
    private const int MaxLine = 8 * 1024;
    private const int Beyond = 8;

    /// <summary>Where <c>GetHttpContext()</c> of the ASP.NET Core integration looks; a test holds it against the package.</summary>
    internal const string HttpContextKey = "HttpRequestContext";

    private readonly ILogger _logger = loggers.CreateLogger<HttpServer>();
    private ImmutableArray<HttpFunction> _functions = [];
    private RequestGuard _guard = new(ImmutableDictionary<string, string>.Empty);
    private WebApplication? _web;

    /// <summary>Where it listens, once started; for example <c>http://127.0.0.1:7071/</c>.</summary>
    public Uri? Address { get; private set; }

    public IReadOnlyList<HttpFunction> Functions => _functions;

    /// <exception cref="FunctionIndexingException">A route is wrong, or two functions can match one request.</exception>
    public void Map(FunctionIndex functions, string routePrefix, IServiceProvider services)
    {
        var constraints = new DefaultInlineConstraintResolver(Options.Create(new RouteOptions()), services);
        _functions =
        [
            .. functions
                .WithTrigger<HttpTriggerAttribute>()
                .Select(function => new HttpFunction(function, routePrefix, settings, constraints)),
        ];
        RouteConflicts.Refuse(_functions);
    }

    public async Task StartAsync(int port, ImmutableDictionary<string, string> keys, CancellationToken cancellationToken)
    {
        _guard = new RequestGuard(keys);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new BorrowedLoggerFactory(loggers));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = MaxBody;
                kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaders * Beyond;
                kestrel.Limits.MaxRequestHeaderCount = MaxHeaderCount * Beyond;
                kestrel.Limits.MaxRequestLineSize = MaxLine * Beyond;
                kestrel.Limits.MaxRequestBufferSize = MaxHeaders * Beyond * 2;
                kestrel.Listen(IPAddress.Loopback, port);
            });
        var web = builder.Build();
        web.Run(HandleAsync);
        await web.StartAsync(cancellationToken);
        _web = web;
        Address = new Uri(web.Urls.First() + "/");
    }

    /// <summary>Stops listening and waits for the requests that run.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_web is not null)
        {
            await _web.StopAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_web is not null)
        {
            await _web.DisposeAsync();
        }
    }

    private async Task HandleAsync(HttpContext http)
    {
        if (http.Request.Headers.Count > MaxHeaderCount || http.Request.Headers.Sum(SizeOf) > MaxHeaders)
        {
            await HostProblem.HeadersTooLargeAsync(http);
        }
        else if (http.Request.Path.Value!.Length + (http.Request.QueryString.Value?.Length ?? 0) > MaxLine)
        {
            await HostProblem.AddressTooLongAsync(http);
        }
        else if (_guard.RefuseCaller(http.Request) is { } refusal)
        {
            await HostProblem.RefusedCallerAsync(http, refusal);
        }
        else if (http.Request.Path.StartsWithSegments("/admin", StringComparison.OrdinalIgnoreCase, out var admin))
        {
            await AdminAsync(http, admin);
        }
        else if (http.Request.Path == "/" && HttpMethods.IsGet(http.Request.Method) && Find(http) is null)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else if (Find(http) is not var (function, values))
        {
            await NotTakenAsync(http);
        }
        else if (!_guard.Admits(http.Request, function.Trigger.AuthLevel))
        {
            await HostProblem.UnauthorizedAsync(http);
        }
        else if (!_guard.AdmitsBody(http.Request))
        {
            await HostProblem.UnsupportedAsync(http);
        }
        else if (safety.Problem is { } problem && !IsRead(http.Request.Method))
        {
            await HostProblem.NotSafeAsync(http, problem);
        }
        else
        {
            await InvokeAsync(http, function, values);
        }
    }

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private (HttpFunction Function, RouteValueDictionary Values)? Find(HttpContext http) =>
        Find(http, http.Request.Method) ?? (HttpMethods.IsHead(http.Request.Method) ? Find(http, HttpMethods.Get) : null);

    private (HttpFunction Function, RouteValueDictionary Values)? Find(HttpContext http, string method)
    {
        foreach (var function in _functions)
        {
            if (function.Takes(method) && function.Match(http) is { } values)
            {
                return (function, values);
            }
        }

        return null;
    }

    private Task NotTakenAsync(HttpContext http)
    {
        var methods = _functions
            .Where(function => function.Match(http) is not null)
            .SelectMany(function => function.Methods)
            .ToHashSet(StringComparer.Ordinal);
        if (methods.Contains(HttpMethods.Get))
        {
            methods.Add(HttpMethods.Head);
        }
        return methods.Count == 0
            ? HostProblem.NotFoundAsync(http)
            : HostProblem.NotAllowedAsync(http, [.. methods.Order(StringComparer.Ordinal)]);
    }

    private static int SizeOf(KeyValuePair<string, StringValues> header) =>
        header.Key.Length + header.Value.Sum(value => value?.Length ?? 0);

    private async Task InvokeAsync(HttpContext http, HttpFunction function, RouteValueDictionary values)
    {
        using var item = work.Begin(function.Function.Name);
        item.Enter();
        foreach (var (name, value) in values)
        {
            http.Request.RouteValues[name] = value;
        }
        try
        {
            await invoker.InvokeAsync(
                function.Function,
                new FunctionInvocationRequest
                {
                    TriggerValue = http.Request,
                    BindingData = new Dictionary<string, object?>(values, StringComparer.OrdinalIgnoreCase),
                    Reason = "This function was called by an HTTP request",
                    Prepare = context =>
                    {
                        context.Items[HttpContextKey] = http;
                        http.Features.Set<IServiceProvidersFeature>(
                            new RequestServicesFeature(http, scopeFactory: null) { RequestServices = context.InstanceServices }
                        );
                    },
                    Complete = (_, result) => CompleteAsync(http, result),
                },
                http.RequestAborted
            );
        }
        catch (Exception failure)
        {
            // Logged by the invoker. The caller learns that it failed, not how.
            LogAnsweredWith500(_logger, failure.GetType().Name, function.Function.Name);
            if (http.Response.HasStarted)
            {
                http.Abort();
            }
            else
            {
                http.Response.Clear();
                http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        }
    }

    private static async Task CompleteAsync(HttpContext http, object? result)
    {
        if (result is IResult httpResult)
        {
            await httpResult.ExecuteAsync(http);
        }
        else if (result is not null)
        {
            throw new InvalidOperationException($"The result is a {result.GetType().Name}; an HTTP function returns an IResult.");
        }
        else if (!http.Response.HasStarted && http.Response.StatusCode == StatusCodes.Status200OK)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private async Task AdminAsync(HttpContext http, PathString path)
    {
        if (!_guard.Admits(http.Request, AuthorizationLevel.Admin))
        {
            await HostProblem.UnauthorizedAsync(http);
        }
        else if (!_guard.AdmitsBody(http.Request))
        {
            await HostProblem.UnsupportedAsync(http);
        }
        else if (HttpMethods.IsGet(http.Request.Method) && path == "/host/status")
        {
            await StatusAsync(http);
        }
        else if (
            HttpMethods.IsPost(http.Request.Method)
            && path.StartsWithSegments("/functions", StringComparison.OrdinalIgnoreCase, out var name)
            && timers.TryRunNow(name.Value!.Trim('/'), out _)
        )
        {
            http.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        else
        {
            await HostProblem.NotFoundAsync(http);
        }
    }

    private async Task StatusAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("id", "local");
        json.WriteString("state", "Running");
        json.WriteString("version", typeof(HttpServer).Assembly.GetName().Version?.ToString());
        json.WriteString("now", clock.Time.GetUtcNow());
        json.WriteBoolean("virtualTime", clock is VirtualClock);
        json.WriteEndObject();
    }

    [LoggerMessage(935, LogLevel.Debug, "{Failure} of '{Function}' returns status 500")]
    private static partial void LogAnsweredWith500(ILogger logger, string failure, string function);

    /// <summary>The app's loggers, which the web server must not dispose, without the one that logs whole addresses, including keys in
    /// queries.</summary>
    private sealed class BorrowedLoggerFactory(ILoggerFactory inner) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            string.Equals(categoryName, "Microsoft.AspNetCore.Hosting.Diagnostics", StringComparison.Ordinal)
                ? NullLogger.Instance
                : inner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose() { }
    }
}
