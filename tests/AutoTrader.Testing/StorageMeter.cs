using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoTrader.HostTests.Measuring;

/// <summary>A request to storage.</summary>
/// <param name="Who">Who sent it: the app, the engine of orchestrations, or the host.</param>
/// <param name="What">What it is.</param>
internal sealed record StorageRequest(string Who, string What);

/// <summary>Stands between a host and its storage and counts what goes through.</summary>
internal sealed class StorageMeter : IAsyncDisposable
{
    private static readonly string[] Services = ["blob", "queue", "table"];
    private static readonly string[] HopByHop = ["Transfer-Encoding", "Connection", "Keep-Alive"];

    private readonly List<WebApplication> _apps = [];
    private readonly ConcurrentQueue<StorageRequest> _requests = [];
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });

    /// <summary>Where it listens, for blobs, queues and tables.</summary>
    public IReadOnlyList<int> Ports { get; } = Hosting.Free.Ports(3);

    /// <summary>How many requests there were; those to come have this index and higher ones.</summary>
    public int Count => _requests.Count;

    /// <summary>Starts it in front of the given ports.</summary>
    public static async Task<StorageMeter> StartAsync(IReadOnlyList<int> storage)
    {
        var meter = new StorageMeter();
        foreach (var (service, index) in Services.Select((service, index) => (service, index)))
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, meter.Ports[index]));
            var app = builder.Build();
            app.Run(context => meter.ForwardAsync(context, service, storage[index]));
            await app.StartAsync();
            meter._apps.Add(app);
        }

        return meter;
    }

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

    private async Task ForwardAsync(HttpContext context, string service, int port)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _requests.Enqueue(StorageRequests.Of(service, context.Request, body));

        var path = context.Request.Path.ToUriComponent() + context.Request.QueryString;
        var target = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}");
        using var request = new HttpRequestMessage(new(context.Request.Method), target);
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
}
