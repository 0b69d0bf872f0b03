using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AutoTrader.Contracts;
using AutoTrader.Core.Ports;

namespace AutoTrader.Cli.Client;

/// <summary>
/// Sends requests, waits for the engine's later outcomes, and turns every error response into a failure. It must be right about whether a
/// change was sent.
/// </summary>
internal sealed class ApiHandler(TimeSpan timeout, TimeSpan patience, TimeProvider clock) : DelegatingHandler(Sockets(timeout, clock))
{
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(250);

    /// <summary>The last good answer, word for word.</summary>
    public string Body { get; set; } = "";

    /// <summary>The accepted command that the engine ran later, as of its acceptance; null for none.</summary>
    public CommandView? Deferred { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var content = request.Content is null ? null : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var response = await OnceAsync(Copy(request, content), cancellationToken);
        if (
            response.StatusCode != HttpStatusCode.Accepted
            || response.Headers.Location is not { } location
            || !location.OriginalString.Contains("/commands/", StringComparison.Ordinal)
        )
        {
            return response;
        }

        response.Dispose();
        try
        {
            Deferred = Command();
            await ServedAsync(request, location, cancellationToken);
            // The same key again: the engine has its answer by now.
            response = await OnceAsync(Copy(request, content), cancellationToken);
        }
        catch (Exception failure) when (!IsOfTheEngine(failure))
        {
            throw Unserved();
        }

        return response.StatusCode != HttpStatusCode.Accepted ? response : throw Unserved();
    }

    // It was accepted: only its outcome says that it was not done, not the rejection of a repetition.
    private static bool IsOfTheEngine(Exception failure) =>
        failure is CommandException { Body: not null, Code: not ExitCode.NotAuthorized, ProblemCode: not ErrorCodes.RateLimitExceeded };

    /// <summary>Polls the command until it has run, with the request's key.</summary>
    private async Task ServedAsync(HttpRequestMessage request, Uri location, CancellationToken cancellationToken)
    {
        var waited = clock.GetTimestamp();
        while (clock.GetElapsedTime(waited) < patience)
        {
            await Task.Delay(ShortestPoll, cancellationToken);
            try
            {
                using var poll = await OnceAsync(Poll(request, location), cancellationToken);
            }
            // A failed poll says nothing about the request.
            catch (CommandException)
            {
                throw Unserved();
            }

            if (Command() is { Status: not CommandStatus.Pending })
            {
                return;
            }
        }

        throw Unserved();
    }

    private async Task<HttpResponseMessage> OnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (url, isChange) = (request.RequestUri!, IsChange(request));
        using var late = new CancellationTokenSource(timeout, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        HttpResponseMessage response;
        string body;
        try
        {
            response = await base.SendAsync(request, limit.Token);
            body = await response.Content.ReadAsStringAsync(limit.Token);
        }
        catch (HttpRequestException failure)
            when (failure.HttpRequestError
                    is HttpRequestError.ConnectionError
                        or HttpRequestError.NameResolutionError
                        or HttpRequestError.SecureConnectionError
                        or HttpRequestError.ProxyTunnelError
            )
        {
            throw new CommandException(
                ExitCode.Unreachable,
                $"{url.GetLeftPart(UriPartial.Authority)} cannot be reached: {Reason(failure)} Nothing was sent. {Hint(url)}"
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Lost(
                url,
                isChange,
                FormattableString.Invariant($"{url.GetLeftPart(UriPartial.Authority)} did not respond within {timeout.TotalSeconds:0.#} s.")
            );
        }
        catch (OperationCanceledException) when (isChange)
        {
            throw new CommandException(ExitCode.OutcomeUnknown, "Canceled while waiting for the response: it may have been done.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw Lost(url, isChange, $"{url.GetLeftPart(UriPartial.Authority)} closed the connection before it responded.");
        }

        if (!response.IsSuccessStatusCode)
        {
            throw Outcomes.Of((int)response.StatusCode, body, url, isChange);
        }

        if (
            body.Length > 0
            && response.Content.Headers.ContentType?.MediaType
                is not ("application/json" or "application/yaml" or "application/gzip" or "text/csv")
        )
        {
            throw new CommandException(
                ExitCode.Unreachable,
                $"The server at {url.GetLeftPart(UriPartial.Authority)} is not AutoTrader. Check the URL."
            );
        }

        Body = body;
        return response;
    }

    private CommandView? Command() =>
        JsonSerializer.Deserialize(Body, ContractJson.Responses.GetTypeInfo(typeof(CommandView))) as CommandView;

    private static CommandException Lost(Uri url, bool isChange, string what) =>
        isChange ? new(ExitCode.OutcomeUnknown, what + " It may have been done.") : new(ExitCode.Unreachable, $"{what} {Hint(url)}");

    private static CommandException Unserved() => new(ExitCode.OutcomeUnknown, "The engine has the request; its outcome is not known yet.");

    private static string Hint(Uri url) => url.IsLoopback ? "Start it with: trader local" : "Check the URL and your network.";

    private static string Reason(HttpRequestException failure) =>
        failure.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "the host name is unknown.",
            HttpRequestError.SecureConnectionError => "it has no trusted secure connection.",
            _ => failure.InnerException is TimeoutException ? "the connection timed out." : "nothing is listening there.",
        };

    // Looking ahead is a POST too, and changes nothing.
    private static bool IsChange(HttpRequestMessage request) =>
        request.Method != HttpMethod.Get
        && request.Method != HttpMethod.Head
        && !request.RequestUri!.AbsolutePath.EndsWith("/schedules/preview", StringComparison.Ordinal)
        && !request.RequestUri.Query.Contains("dry_run=true", StringComparison.Ordinal);

    // The key goes only to its own server, whatever address the response gives.
    private static HttpRequestMessage Poll(HttpRequestMessage request, Uri location) =>
        Copy(request, HttpMethod.Get, new(request.RequestUri!, location.IsAbsoluteUri ? location.PathAndQuery : location.OriginalString));

    private static HttpRequestMessage Copy(HttpRequestMessage request, HttpMethod method, Uri url)
    {
        var copy = new HttpRequestMessage(method, url) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var (name, values) in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        return copy;
    }

    private static HttpRequestMessage Copy(HttpRequestMessage request, byte[]? content)
    {
        var copy = Copy(request, request.Method, request.RequestUri!);
        // The API takes changes as JSON, also those without a body; but for a backup, which is a file.
        var type = request.Content?.Headers.ContentType;
        var isBodied =
            request.Method == HttpMethod.Post
            || request.Method == HttpMethod.Put
            || request.Method == HttpMethod.Patch
            || request.Method == HttpMethod.Delete;
        copy.Content =
            content is not null || isBodied
                ? new ByteArrayContent(content ?? [])
                {
                    Headers = { ContentType = type?.MediaType == "application/gzip" ? type : new("application/json") },
                }
                : null;
        return copy;
    }

    private static SocketsHttpHandler Sockets(TimeSpan timeout, TimeProvider clock) =>
        new()
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                using var late = new CancellationTokenSource(timeout, clock);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(context.DnsEndPoint, limit.Token);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    socket.Dispose();
                    throw new TimeoutException();
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
}
