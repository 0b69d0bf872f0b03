using System.Text;
using System.Text.Json.Nodes;
using AutoTrader.Contracts;
using AutoTrader.Functions.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Cli.Tests;

/// <summary>What goes wrong with the requests of one method.</summary>
internal enum Fault
{
    None,
    Silent,
    CutBefore,
    CutAfter,
    CutAnswer,
    Error,
    Gateway,
    Page,
    NotAllowed,
    TooMany,
}

/// <summary>Stands before the app, passes on everything with all headers, and does harm where a test wants it.</summary>
internal sealed class Relay : IAsyncDisposable
{
    // Those that are of one connection.
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection",
        "Content-Length",
        "Host",
        "Keep-Alive",
        "Transfer-Encoding",
    };

    private readonly WebApplication _app;
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Uri _target;
    private volatile Fault _fault;
    private int _changes;
    private int _isCut;

    private Relay(Uri target, Fault fault)
    {
        (_target, _fault) = (target, fault);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.Run(ServeAsync);
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>How many requests would have changed something.</summary>
    public int Changes => Volatile.Read(ref _changes);

    private string Method { get; init; } = "";

    private Action? Reached { get; init; }

    private bool AfterAccepted { get; init; }

    private bool ClosesOnceAccepted { get; init; }

    private bool IsLive { get; init; }

    private string? Version { get; init; }

    private bool IsReadOnly { get; init; }

    private Task May { get; init; } = Task.CompletedTask;

    /// <summary>A relay on a free port.</summary>
    /// <param name="target">The app.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="method">With which requests.</param>
    /// <param name="reached">Is told when one is kept waiting for ever.</param>
    /// <param name="afterAccepted">Whether it goes wrong only after a 202: GET is then the poll, and others are the repetition.</param>
    /// <param name="closesOnceAccepted">Whether nothing listens any more after a 202.</param>
    /// <param name="isLive">Whether the app is shown as if it traded a live account.</param>
    /// <param name="version">The version that the app is shown to have; null for its own.</param>
    /// <param name="isReadOnly">Whether what would change something is refused.</param>
    /// <param name="may">Nothing is answered before it ends.</param>
    public static async Task<Relay> StartAsync(
        Uri target,
        Fault fault = Fault.None,
        string method = "",
        Action? reached = null,
        bool afterAccepted = false,
        bool closesOnceAccepted = false,
        bool isLive = false,
        string? version = null,
        bool isReadOnly = false,
        Task? may = null
    )
    {
        var relay = new Relay(target, fault)
        {
            Method = method,
            Reached = reached,
            AfterAccepted = afterAccepted,
            ClosesOnceAccepted = closesOnceAccepted,
            IsLive = isLive,
            Version = version,
            IsReadOnly = isReadOnly,
            May = may ?? Task.CompletedTask,
        };
        await relay._app.StartAsync(TestContext.Current.CancellationToken);
        return relay;
    }

    /// <summary>Asks while another host has the engine, which lets go of it once the request was taken: a 202, and later the
    /// answer.</summary>
    public async Task<T> DeferredAsync<T>(TestApp app, Func<Task<T>> ask)
    {
        var held = await HoldAsync(app);
        var asked = ask();
        await Task.WhenAny(_accepted.Task, asked).WaitAsync(TestContext.Current.CancellationToken);
        if (ClosesOnceAccepted)
        {
            // What is under way comes to its end.
            await _app.StopAsync(TestContext.Current.CancellationToken);
        }

        await held.DisposeAsync();
        await app.MinutesAsync(1);
        if (!_accepted.Task.IsCompleted)
        {
            throw new InvalidOperationException($"It was answered at once: {await asked}");
        }

        return await asked;
    }

    public void Heal() => _fault = Fault.None;

    /// <summary>The next request finds nobody behind the gateway.</summary>
    public void CutOnce() => Interlocked.Exchange(ref _isCut, 1);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    // The app's own work may have the lease for a moment.
    private static async Task<IAsyncDisposable> HoldAsync(TestApp app)
    {
        while (true)
        {
            if (await app.HoldLeaseAsync() is { } held)
            {
                return held;
            }

            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        await May.WaitAsync(context.RequestAborted);
        var isMeant = context.Request.Method == Method && (!AfterAccepted || _accepted.Task.IsCompleted);
        var fault =
            Interlocked.Exchange(ref _isCut, 0) == 1 ? Fault.Gateway
            : isMeant ? _fault
            : Fault.None;
        switch (fault)
        {
            case Fault.Silent:
                Reached?.Invoke();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            case Fault.CutBefore:
                context.Abort();
                return;
            case Fault.Error:
                context.Response.StatusCode = 500;
                return;
            case Fault.Gateway:
                context.Response.StatusCode = 502;
                return;
            case Fault.NotAllowed:
                context.Response.StatusCode = 401;
                return;
            case Fault.TooMany:
                context.Response.StatusCode = 429;
                await context.Response.WriteAsJsonAsync(
                    new ProblemView("Too many", 429, "Too many commands are waiting for the engine.", ErrorCodes.RateLimitExceeded),
                    ContractJson.Responses,
                    "application/problem+json"
                );
                return;
            case Fault.Page:
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html/>");
                return;
            default:
                break;
        }

        if (context.Request.Method != HttpMethods.Get)
        {
            Interlocked.Increment(ref _changes);
            if (IsReadOnly)
            {
                context.Response.StatusCode = 403;
                return;
            }
        }

        using var answer = await ForwardAsync(context);
        if (fault == Fault.CutAfter)
        {
            context.Abort();
            return;
        }

        await AnswerAsync(context, answer, fault);
    }

    private static byte[] Replaced(byte[] body, string text, string by) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace(text, by, StringComparison.Ordinal));

    private async Task AnswerAsync(HttpContext context, HttpResponseMessage answer, Fault fault)
    {
        var body = await answer.Content.ReadAsByteArrayAsync();
        if (IsLive)
        {
            body = Replaced(body, "\"account\":\"paper\"", "\"account\":\"alpaca-live-123\"");
        }

        if (Version is not null && context.Request.Path == "/api/health")
        {
            var own = JsonNode.Parse(body)!["version"]!.GetValue<string>();
            body = Replaced(body, $"\"version\":\"{own}\"", $"\"version\":\"{Version}\"");
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(it => !Own.Contains(it.Key)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        if (answer.StatusCode == System.Net.HttpStatusCode.Accepted)
        {
            _accepted.TrySetResult();
        }

        if (body.Length == 0)
        {
            return;
        }

        context.Response.ContentLength = body.Length;
        if (fault == Fault.CutAnswer)
        {
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(body);
    }

    private async Task<HttpResponseMessage> ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var request = new HttpRequestMessage(
            new(context.Request.Method),
            new Uri(_target, context.Request.Path + context.Request.QueryString)
        )
        {
            Content = new ByteArrayContent(body.ToArray()),
        };
        foreach (var (name, values) in context.Request.Headers.Where(it => !Own.Contains(it.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        return await _client.SendAsync(request);
    }
}
