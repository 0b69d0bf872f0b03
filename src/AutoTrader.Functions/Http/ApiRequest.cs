using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AutoTrader.Functions.Http;

/// <summary>A request that was read and checked against its <see cref="ApiEndpoint"/>.</summary>
internal sealed partial class ApiRequest
{
    /// <summary>The largest body, in bytes.</summary>
    public const int MaxBody = 1024 * 1024;

    private const int DefaultLimit = 100;
    private const int MaxKeyLength = 255;
    private const string FunctionKeyHeader = "x-functions-key";
    private const string FunctionKeyQuery = "code";

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = 16,
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
    };

    private readonly ApiEndpoint _endpoint;
    private readonly RequestReader _reader;
    private readonly object? _query;
    private readonly JsonObject? _body;

    private ApiRequest(HttpRequest request, ApiEndpoint endpoint, RequestReader reader, JsonObject query, JsonObject? body)
    {
        (Cancellation, _endpoint, _reader, _body) = (request.HttpContext.RequestAborted, endpoint, reader, body);
        _query = endpoint.Query is { } type ? query.Deserialize(type, ApiJson.Options) : null;
    }

    /// <summary>The body when it is not JSON.</summary>
    public byte[]? Raw { get; private init; }

    /// <summary>Who calls: a short hash of the function key, and the name that the caller gives.</summary>
    public required string Caller { get; init; }

    /// <summary>The versions that the request was made for; null for any.</summary>
    public Precondition? IfMatch { get; private init; }

    public string? Key { get; private init; }

    public CancellationToken Cancellation { get; }

    /// <summary>The most items of a page.</summary>
    public int Limit => Query<PageQuery>().Limit ?? DefaultLimit;

    /// <summary>Where a page begins; null for the first.</summary>
    public string? Cursor => Query<PageQuery>().Cursor;

    /// <summary>The parameters, as the record that the endpoint declares.</summary>
    public T Query<T>() => (T)_query!;

    /// <summary>The body, as the record that the endpoint declares; all absent when it was left out.</summary>
    public T Body<T>() => (T)_body.Deserialize(_endpoint.Body!, ApiJson.Options)!;

    /// <summary>The request as a command's sender.</summary>
    /// <param name="reason">Why, if the body says.</param>
    public CommandRequest Command(string? reason = null) => new(Caller, Key, reason);

    /// <summary>A change against the current resource: a value that was sent back unchanged, but has changed since the request was read, is
    /// a change.</summary>
    /// <param name="present">The current resource as the API returns it.</param>
    /// <exception cref="RefusedException">A field that was sent back cannot be set.</exception>
    public T BodyOn<T>(object present)
    {
        var moved = _reader.ReadMoved(ElementOf(present), _endpoint.Members);
        _reader.Require();
        foreach (var (name, value) in _body!)
        {
            moved[name] = value?.DeepClone();
        }

        return (T)moved.Deserialize(_endpoint.Body!, ApiJson.Options)!;
    }

    /// <summary>Reads a change whose body may be the whole resource as it was returned.</summary>
    /// <param name="request">The request.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="present">Reads the current resource as the API returns it; a not-found refusal is left to the change itself.</param>
    /// <exception cref="RefusedException">Something about the request is wrong.</exception>
    public static async Task<ApiRequest> ReadChangeAsync(
        HttpRequest request,
        ApiEndpoint endpoint,
        Func<CancellationToken, Task<(object Response, RowVersion Version)>> present
    )
    {
        try
        {
            var (result, version) = await present(request.HttpContext.RequestAborted);
            // First, because a concurrent change is not a mistake in the body.
            Precondition.Check(IfMatchOf(request), VersionTag.Of(version));
            return await ReadAsync(request, endpoint, result);
        }
        catch (RefusedException refused) when (refused.Kind == Refusal.NotFound)
        {
            return await ReadAsync(request, endpoint);
        }
    }

    /// <exception cref="RefusedException">Something about the request is wrong.</exception>
    public static async Task<ApiRequest> ReadAsync(HttpRequest request, ApiEndpoint endpoint, object? present = null)
    {
        var bytes = await BodyAsync(request, endpoint.RawBody is null || IsJson(request) ? MaxBody : endpoint.MaxRawBody);
        var reader = new RequestReader();
        var query = reader.Read(
            request.Query.Where(pair => !string.Equals(pair.Key, FunctionKeyQuery, StringComparison.OrdinalIgnoreCase)),
            endpoint.Parameters
        );
        var isRaw = endpoint.RawBody is { } media && bytes.Length > 0 && !IsJson(request) && IsMedia(request, media);
        var body = isRaw ? null : ReadBody(request, endpoint, bytes, reader, present);
        reader.Require();
        return new(request, endpoint, reader, query, body)
        {
            Raw = isRaw ? bytes : null,
            Caller = CallerOf(request),
            IfMatch = endpoint.TakesIfMatch ? IfMatchOf(request) : null,
            Key = endpoint.Key == KeyUse.None ? null : KeyOf(request),
        };
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request, int most)
    {
        if (request.ContentLength > most)
        {
            throw TooLarge();
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        // The length may be missing or wrong.
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            if (body.Length + read > most)
            {
                throw TooLarge();
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();

        RefusedException TooLarge() =>
            new(Refusal.TooLarge, "BODY_TOO_LARGE", FormattableString.Invariant($"The body is larger than {most / MaxBody} MiB."));
    }

    private static JsonObject? ReadBody(HttpRequest request, ApiEndpoint endpoint, byte[] bytes, RequestReader reader, object? present)
    {
        if (endpoint.Body is null)
        {
            return bytes.Length == 0
                ? null
                : throw new RefusedException(Refusal.Invalid, "UNEXPECTED_BODY", "This endpoint takes no body.");
        }

        if (bytes.Length == 0)
        {
            return endpoint.BodyOptional
                ? []
                : throw new RefusedException(
                    Refusal.Invalid,
                    "BODY_REQUIRED",
                    endpoint.RawBody is { } file
                        ? $"Send a JSON object, or the file itself as {file}, as the body."
                        : "Send a JSON object as the body."
                );
        }

        if (!IsJson(request))
        {
            throw new RefusedException(
                Refusal.UnsupportedMediaType,
                "UNSUPPORTED_MEDIA_TYPE",
                "Send JSON with Content-Type: "
                    + $"application/json{(endpoint.RawBody is { } other ? $", or the file itself with Content-Type: {other}" : "")}."
            );
        }

        // The parser accepts invalid UTF-8, and throws only when the text is read.
        if (!Utf8.IsValid(bytes))
        {
            throw new RefusedException(Refusal.Invalid, "INVALID_JSON", "The body is not UTF-8.");
        }

        try
        {
            // Editors and shells put a byte order mark before files that are then sent.
            var body = JsonElement.Parse(
                bytes.AsSpan(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0),
                Strict
            );
            return body.ValueKind == JsonValueKind.Object
                ? reader.Read(
                    body,
                    endpoint.Members,
                    present: present is null ? null : ElementOf(present),
                    changedBy: endpoint.ChangedBy
                )
                : throw new RefusedException(Refusal.Invalid, "INVALID_JSON", "The body must be a JSON object.");
        }
        catch (JsonException malformed)
        {
            throw new RefusedException(
                Refusal.Invalid,
                "INVALID_JSON",
                FormattableString.Invariant(
                    $"The body is not valid JSON; look at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}."
                )
            );
        }
    }

    private static JsonElement ElementOf(object resource) =>
        JsonSerializer.SerializeToElement(resource, resource.GetType(), ApiJson.Options);

    private static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (
            type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)
        );

    private static bool IsMedia(HttpRequest request, string media) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals(media, StringComparison.OrdinalIgnoreCase)
            ? true
            : throw new RefusedException(
                Refusal.UnsupportedMediaType,
                "UNSUPPORTED_MEDIA_TYPE",
                $"Send application/json or {media}, with a Content-Type that says so."
            );

    private static string CallerOf(HttpRequest request)
    {
        var key =
            request.Headers[FunctionKeyHeader] is [{ Length: > 0 } header, ..] ? header
            : request.Query[FunctionKeyQuery] is [{ Length: > 0 } code, ..] ? code
            : null;
        var caller = key is null ? "local" : "key-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 4));
        return request.Headers["X-Caller"] switch
        {
            { Count: 0 } => caller,
            [{ } name] when CallerName().IsMatch(name) => $"{caller}/{name}",
            _ => throw new RefusedException(
                Refusal.Invalid,
                "INVALID_HEADER",
                "X-Caller is 1 to 64 letters, digits, dots, hyphens, underscores, @ or spaces."
            ),
        };
    }

    private static string? KeyOf(HttpRequest request) =>
        request.Headers["Idempotency-Key"] switch
        {
            { Count: 0 } => null,
            [{ Length: > 0 and <= MaxKeyLength } key] when key.All(letter => letter is > ' ' and < '\u007f') => key,
            _ => throw new RefusedException(
                Refusal.Invalid,
                "INVALID_HEADER",
                FormattableString.Invariant(
                    $"Idempotency-Key is one header of 1 to {MaxKeyLength} printable ASCII characters without spaces."
                )
            ),
        };

    private static Precondition? IfMatchOf(HttpRequest request)
    {
        if (request.Headers.IfMatch is not { Count: > 0 } header)
        {
            return null;
        }

        if (header is ["*"])
        {
            return Precondition.Exists;
        }

        // As in JSON, without the header's quotes.
        if (header is [{ } bare] && BareTag().IsMatch(bare))
        {
            return new([Gzip.VersionOf(bare)]);
        }

        // A weak tag never matches, since versions are compared strongly (RFC 9110, 13.1.1); an invalid tag is a mistake.
        return EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags) && tags.Count > 0
            ? new([.. tags.Select(tag => tag.IsWeak ? "" : Gzip.VersionOf(tag.Tag.Value!.Trim('"')))])
            : throw new RefusedException(Refusal.Invalid, "INVALID_HEADER", "If-Match is *, or the ETag of the response.");
    }

    [GeneratedRegex(
        "^[A-Za-z0-9_-]{16}(\\.gzip)?\\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex BareTag();

    [GeneratedRegex(
        "^[A-Za-z0-9._@-]([A-Za-z0-9._@ -]{0,62}[A-Za-z0-9._@-])?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex CallerName();
}
