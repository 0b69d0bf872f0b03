using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AutoTrader.Storage.Tests.Kit;

/// <summary>What becomes of a request.</summary>
public enum Fault
{
    /// <summary>It is answered.</summary>
    None,

    /// <summary>It is done, and the connection breaks before the answer.</summary>
    DoneThenBroken,

    /// <summary>It is done, and the answer takes longer than the client waits.</summary>
    DoneThenTimedOut,

    /// <summary>It is done, and the answer is a 500.</summary>
    DoneThenServerError,

    /// <summary>It never arrives.</summary>
    NotSent,

    /// <summary>It is refused as too much: a 503 without a word on when to come again.</summary>
    Busy,

    /// <summary>It is refused as too much: a 503 that says when to come again.</summary>
    BusyWithRetryAfter,

    /// <summary>It is refused as too much: a 429.</summary>
    TooMany,

    /// <summary>It is refused because the account is full or switched off: a 403, which no retry helps.</summary>
    Refused,

    /// <summary>A query is answered with an empty page, and a continuation at its beginning.</summary>
    EmptyPage,
}

/// <summary>A transport that does to each request what <paramref name="fault"/> says, and tells <paramref name="after"/> when a faulty one
/// is done.</summary>
public sealed class FaultyTransport(Func<Request, Fault> fault, Func<Task>? after = null) : HttpPipelineTransport
{
    private readonly HttpClientTransport _inner = HttpClientTransport.Shared;

    /// <summary>Client options that use this transport, and retry as often as said, at once.</summary>
    public Action<ClientOptions> WithRetries(int retries) =>
        options =>
        {
            options.Transport = this;
            options.Retry.MaxRetries = retries;
            options.Retry.Delay = TimeSpan.FromMilliseconds(1);
            options.Retry.MaxDelay = TimeSpan.FromMilliseconds(1);
        };

    /// <summary>Only the first request that <paramref name="which"/> chooses meets <paramref name="fault"/>.</summary>
    public static Func<Request, Fault> Once(Func<Request, bool> which, Fault fault)
    {
        var met = 0;
        return request => which(request) && Interlocked.Increment(ref met) == 1 ? fault : Fault.None;
    }

    public static bool IsBatch(Request request) => request.Uri.Path.EndsWith("$batch", StringComparison.Ordinal);

    public static bool IsQuery(Request request) =>
        request.Method == RequestMethod.Get && request.Uri.Path.EndsWith("()", StringComparison.Ordinal);

    public override Request CreateRequest() => _inner.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        var met = fault(message.Request);
        if (met is Fault.None or Fault.DoneThenBroken or Fault.DoneThenTimedOut or Fault.DoneThenServerError)
        {
            await _inner.ProcessAsync(message);
        }

        if (met != Fault.None && after is not null)
        {
            await after();
        }

        switch (met)
        {
            case Fault.DoneThenBroken or Fault.NotSent:
                throw new RequestFailedException("The connection was reset.", new IOException("The connection was reset."));
            case Fault.DoneThenTimedOut:
                throw new TaskCanceledException("The operation was canceled because it took too long.");
            case Fault.DoneThenServerError:
                message.Response = new CannedResponse(500, "{}");
                break;
            case Fault.Busy or Fault.BusyWithRetryAfter:
                var busy = Refusal(message.Request, 503, "ServerBusy");
                if (met == Fault.BusyWithRetryAfter)
                {
                    busy["retry-after-ms"] = "1";
                }

                message.Response = busy;
                break;
            case Fault.TooMany:
                message.Response = Refusal(message.Request, 429, "TooManyRequests");
                break;
            case Fault.Refused:
                message.Response = Refusal(message.Request, 403, "AccountIsDisabled");
                break;
            case Fault.EmptyPage:
                message.Response = new CannedResponse(200, """{"value":[]}""")
                {
                    ["x-ms-continuation-NextPartitionKey"] = "cGFwZXI=",
                    ["x-ms-continuation-NextRowKey"] = "IA==",
                };
                break;
        }
    }

    // Tables tell their errors in JSON, blobs in XML.
    private static CannedResponse Refusal(Request request, int status, string code)
    {
        var isTable = request.Headers.TryGetValue("Accept", out var accept) && accept.Contains("json", StringComparison.Ordinal);
        return isTable
            ? new(status, $$"""{"odata.error":{"code":"{{code}}","message":{"value":"refused"} } }""")
            : new(status, $"<Error><Code>{code}</Code><Message>refused</Message></Error>")
            {
                ["Content-Type"] = "application/xml",
                ["x-ms-error-code"] = code,
            };
    }

    private sealed class CannedResponse(int status, string body) : Response
    {
        private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Content-Type"] = "application/json",
        };

        public string this[string header]
        {
            set => _headers[header] = value;
        }

        public override int Status => status;

        public override string ReasonPhrase => "";

        public override Stream? ContentStream { get; set; } = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body));

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose() { }

        protected override bool ContainsHeader(string name) => _headers.ContainsKey(name);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() =>
            _headers.Select(header => new HttpHeader(header.Key, header.Value));

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) => _headers.TryGetValue(name, out value);

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = _headers.TryGetValue(name, out var value) ? [value] : null;
            return values is not null;
        }
    }
}
