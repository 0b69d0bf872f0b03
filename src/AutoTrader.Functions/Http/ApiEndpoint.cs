namespace AutoTrader.Functions.Http;

/// <summary>Whether requests carry an <c>Idempotency-Key</c>.</summary>
internal enum KeyUse
{
    None,
    Optional,
    Required,
}

/// <summary>A header of an answer that callers may use.</summary>
internal sealed record Header(string Name, string Description)
{
    public static Header ETag { get; } = new("ETag", "The version of the resource, for If-Match.");

    public static Header Now { get; } = new("X-AutoTrader-Now", "The instant of the response, business time in UTC.");

    public static Header Location { get; } = new("Location", "The address of the resource.");

    public static Header RetryAfter { get; } = new("Retry-After", "The seconds to wait before retrying.");

    public static Header Disposition { get; } = new("Content-Disposition", "The name of the file.");
}

/// <summary>
/// One endpoint: the records of its requests, and its description in <c>openapi.json</c>. Requests are read by these records, so the
/// description is always current.
/// </summary>
internal sealed record ApiEndpoint(string Function, string Method, string Route, string Summary)
{
    public string Tag { get; init; } = "";

    /// <summary>The record of its query; null for no parameters.</summary>
    public Type? Query { get; init; }

    /// <summary>The record of its JSON body; null for no body.</summary>
    public Type? Body { get; init; }

    /// <summary>The parameters of the query.</summary>
    public IReadOnlyList<RequestMember> Parameters => Query is null ? [] : RequestMember.OfQuery(Query);

    /// <summary>The members of the body.</summary>
    public IReadOnlyList<RequestMember> Members => Body is null ? [] : RequestMember.Of(Body);

    /// <summary>By which other endpoint a field that is shown is changed.</summary>
    public IReadOnlyDictionary<string, string> ChangedBy { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether the body may be left out.</summary>
    public bool BodyOptional { get; init; }

    /// <summary>A media type that the body may have instead of JSON; it is then read raw.</summary>
    public string? RawBody { get; init; }

    /// <summary>The largest such body, in bytes; JSON is held to the limit of all.</summary>
    public int MaxRawBody { get; init; } = ApiRequest.MaxBody;

    public bool Anonymous { get; init; }

    public bool TakesIfMatch { get; init; }

    /// <summary>Whether a version that the caller has already is answered with 304 and no body.</summary>
    public bool TakesIfNoneMatch { get; init; }

    public KeyUse Key { get; init; }

    /// <summary>The JSON of a good answer; null when it has none.</summary>
    public Type? Response { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>The headers of a good answer.</summary>
    public IReadOnlyList<Header> Headers { get; init; } = [];

    /// <summary>Media types of a good answer other than JSON.</summary>
    public IReadOnlyList<string> OtherMedia { get; init; } = [];

    /// <summary>Whether the engine's answer may come later: 202 with <c>Location</c>.</summary>
    public bool MayBeAccepted { get; init; }

    /// <summary>The statuses of its refusals, in addition to those of every endpoint.</summary>
    public IReadOnlyList<int> Refusals { get; init; } = [];
}
