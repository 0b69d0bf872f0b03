using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoTrader.HostTests.Hosting;

/// <summary>A message that the app sent.</summary>
/// <param name="Delivery">Its id, the same for each attempt.</param>
/// <param name="Text">What it says.</param>
internal sealed record Message(string Delivery, string Text);

/// <summary>A receiver of the app's notifications.</summary>
internal sealed class Webhooks : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Message> _received = [];

    private Webhooks(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What came with a text; what came in several attempts counts once.</summary>
    public IReadOnlyList<Message> With(string text) =>
        [.. _received.Where(message => message.Text == text).DistinctBy(message => message.Delivery)];

    /// <summary>Starts it on a free port.</summary>
    public static async Task<Webhooks> StartAsync()
    {
        var port = Free.Port();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        var webhooks = new Webhooks(app, new UriBuilder("http", "127.0.0.1", port).Uri);
        app.Run(webhooks.TakeAsync);
        await app.StartAsync();
        return webhooks;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var body = await JsonNode.ParseAsync(context.Request.Body);
        _received.Enqueue(new(context.Request.Headers["X-AutoTrader-Delivery"].ToString(), body?["text"]?.GetValue<string>() ?? ""));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
