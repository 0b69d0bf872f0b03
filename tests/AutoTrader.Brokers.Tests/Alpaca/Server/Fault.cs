namespace AutoTrader.Brokers.Tests.Alpaca.Server;

/// <summary>What goes wrong with a request.</summary>
internal enum FaultKind
{
    /// <summary>An answer of another status, without any effect.</summary>
    Respond,

    /// <summary>The connection breaks before anything was done.</summary>
    Break,

    /// <summary>It is done, and then the connection breaks.</summary>
    LoseAnswer,

    /// <summary>It is done, and half of the answer is sent.</summary>
    HalfAnswer,

    /// <summary>It is done, and the answer is no JSON.</summary>
    Malformed,

    /// <summary>Nothing is done and no answer ever comes.</summary>
    Silence,

    /// <summary>No answer comes; it is done when the test says so.</summary>
    Late,
}

/// <summary>A fault for the next request that matches.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">How the path begins.</param>
/// <param name="Kind">What goes wrong.</param>
internal sealed record Fault(string Method, string Path, FaultKind Kind)
{
    public int Status { get; init; }

    public string Body { get; init; } = "";

    public string ContentType { get; init; } = "application/json";

    /// <summary>Seconds, as the header says them; null for no header.</summary>
    public int? RetryAfter { get; init; }

    public static Fault TooMany(string method, string path, int? retryAfter = null) =>
        new(method, path, FaultKind.Respond)
        {
            Status = 429,
            Body = """{"code":42910000,"message":"rate limit exceeded"}""",
            RetryAfter = retryAfter,
        };

    public static Fault Html(string method, string path, int status) =>
        new(method, path, FaultKind.Respond)
        {
            Status = status,
            Body = "<html><body>401 Authorization Required</body></html>",
            ContentType = "text/html",
        };
}
