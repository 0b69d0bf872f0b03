using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using AutoTrader.LocalHost.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Testing;

/// <summary>A request to storage.</summary>
/// <param name="Who">Who sent it: the app, the engine of orchestrations, or the host.</param>
/// <param name="What">What it is.</param>
public sealed record StorageRequest(string Who, string What);

/// <summary>Stands between a host and its storage and counts what goes through.</summary>
public sealed partial class StorageMeter : IAsyncDisposable
{
    private static readonly string[] HopByHop = ["Transfer-Encoding", "Connection", "Keep-Alive"];

    private readonly List<WebApplication> _apps = [];
    private readonly ConcurrentQueue<StorageRequest> _requests = [];
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });

    private StorageMeter(string storage) => ConnectionString = storage;

    /// <summary>What <c>AzureWebJobsStorage</c> says to reach storage through it.</summary>
    public string ConnectionString { get; private set; }

    /// <summary>How many requests there were; those to come have this index and higher ones.</summary>
    public int Count => _requests.Count;

    /// <summary>Starts it in front of an emulator.</summary>
    /// <param name="storage">The connection string that reaches it directly.</param>
    public static async Task<StorageMeter> StartAsync(string storage)
    {
        var meter = new StorageMeter(storage);
        foreach (var endpoint in Endpoint().Matches(storage).Cast<Match>())
        {
            var (service, port) = (endpoint.Groups["service"].Value, endpoint.Groups["port"].Value);
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            app.Run(context => meter.ForwardAsync(context, service, port));
            await app.StartAsync();
            meter._apps.Add(app);
            meter.ConnectionString = meter.ConnectionString.Replace(
                endpoint.Value,
                $"{service}Endpoint={app.Urls.Single()}",
                StringComparison.Ordinal
            );
        }

        return meter;
    }

    /// <summary>A local host in real time whose app has nothing to do but its schedules, on the storage behind this.</summary>
    /// <param name="app">What holds the functions.</param>
    internal LocalHostOptions SchedulesOnly(Assembly app) =>
        new()
        {
            Assemblies = [app],
            Folder = AppContext.BaseDirectory,
            Logging = logging => logging.ClearProviders(),
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["AzureWebJobsStorage"] = ConnectionString,
                ["LocalHost:Port"] = "0",
                ["LocalHost:Replay:Start"] = "",
                ["CycleSchedule"] = "0 0 0 1 1 *",
                ["MaintenanceSchedule"] = "0 0 0 1 1 *",
                ["AutoTrader:ImportOnFirstStart"] = "",
                ["AutoTrader:ImportSchedulesOnFirstStart"] = "",
            },
        };

    /// <summary>The requests from an index on.</summary>
    public IReadOnlyList<StorageRequest> From(int index) => [.. _requests.Skip(index)];

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.DisposeAsync();
        }

        _http.Dispose();
    }

    private static bool IsHopByHop(string header) => HopByHop.Contains(header, StringComparer.OrdinalIgnoreCase);

    private async Task ForwardAsync(HttpContext context, string service, string port)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _requests.Enqueue(StorageRequests.Of(service.ToLowerInvariant(), context.Request, body));

        var path = context.Request.Path.ToUriComponent() + context.Request.QueryString;
        using var request = new HttpRequestMessage(new(context.Request.Method), $"http://127.0.0.1:{port}{path}");
        var hasBody = body.Length > 0 || context.Request.ContentLength is not null;
        request.Content = hasBody ? new ByteArrayContent(body.ToArray()) : null;
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!IsHopByHop(name) && !request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        using var response = await _http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!IsHopByHop(name))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    [GeneratedRegex(
        @"(?<service>Blob|Queue|Table)Endpoint=http://127\.0\.0\.1:(?<port>[0-9]+)",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Endpoint();
}
