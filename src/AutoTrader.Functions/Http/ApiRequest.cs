using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
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

    private readonly FieldReader _reader;
    private readonly ApiEndpoint _endpoint;

    private ApiRequest(HttpRequest request, ApiEndpoint endpoint, FieldReader reader) =>
        (Cancellation, _endpoint, _reader) = (request.HttpContext.RequestAborted, endpoint, reader);

    public Fields Query { get; private init; } = new();

    public Fields Body { get; private init; } = new();

    /// <summary>The body when it is not JSON.</summary>
    public byte[]? Raw { get; private init; }

    /// <summary>Who calls: a short hash of the function key, and the name that the caller gives.</summary>
    public required string Caller { get; init; }

    /// <summary>The versions that the request was made for; null for any.</summary>
    public Precondition? IfMatch { get; private init; }

    public string? Key { get; private init; }

    public CancellationToken Cancellation { get; }

    public int Limit => Query.Whole("limit") ?? DefaultLimit;

    /// <summary>The request as a command's sender.</summary>
    public CommandRequest Command => new(Caller, Key, Body.Text("reason"));

    /// <summary>The fields of a change against the current resource: a value that was sent back unchanged, but has changed since the
    /// request was read, is a change.</summary>
    /// <param name="present">The current resource as the API returns it.</param>
    /// <exception cref="RefusedException">A field that was sent back cannot be set.</exception>
    public Fields BodyOn(object present)
    {
        if (_reader.SentBack.Count == 0)
        {
            return Body;
        }

        var moved = _reader.ReadMoved(JsonSerializer.SerializeToElement(present, present.GetType(), ApiJson.Options), _endpoint.Body!);
        Require(_reader);
        return Body.With(moved);
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
        var reader = new FieldReader();
        var query = ReadQuery(request, endpoint, reader);
        var isRaw = endpoint.RawBody is { } media && bytes.Length > 0 && !IsJson(request) && IsMedia(request, media);
        var body = isRaw ? new() : ReadBody(request, endpoint, bytes, reader, present);
        Require(reader);
        return new(request, endpoint, reader)
        {
            Query = query,
            Body = body,
            Raw = isRaw ? bytes : null,
            Caller = CallerOf(request),
            IfMatch = endpoint.TakesIfMatch ? IfMatchOf(request) : null,
            Key = endpoint.Key == KeyUse.None ? null : KeyOf(request),
        };
    }

    private static void Require(FieldReader reader)
    {
        if (reader.Problems.Count > 0)
        {
            throw new RefusedException(
                Refusal.Invalid,
                "VALIDATION_ERROR",
                string.Join(" ", reader.Problems.Select(problem => problem.Message))
            )
            {
                Fields = reader.Problems,
            };
        }
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

    private static Fields ReadQuery(HttpRequest request, ApiEndpoint endpoint, FieldReader reader)
    {
        var query = new Fields();
        foreach (
            var (name, values) in request.Query.Where(pair =>
                !string.Equals(pair.Key, FunctionKeyQuery, StringComparison.OrdinalIgnoreCase)
            )
        )
        {
            if (endpoint.Query.FirstOrDefault(field => field.Name == name) is not { } field)
            {
                reader.Add(
                    FieldReader.Display(name),
                    "unknown_parameter",
                    $"There is no parameter {FieldReader.Display(name)} here."
                        + (endpoint.Query.Count == 0 ? "" : $" There are: {string.Join(", ", endpoint.Query.Select(it => it.Name))}.")
                );
            }
            else if (values.Count != 1)
            {
                reader.Add(name, "duplicate_parameter", $"{name} is given twice.");
            }
            else
            {
                reader.ReadText(field, values[0] ?? "", query);
            }
        }

        foreach (var missing in endpoint.Query.Where(field => field.Required && !request.Query.ContainsKey(field.Name)))
        {
            reader.Add(missing.Name, FieldProblem.Required, $"The parameter {missing.Name} is missing: {missing.Description}");
        }

        return query;
    }

    private static Fields ReadBody(HttpRequest request, ApiEndpoint endpoint, byte[] bytes, FieldReader reader, object? present)
    {
        if (endpoint.Body is null)
        {
            return bytes.Length == 0
                ? new()
                : throw new RefusedException(Refusal.Invalid, "UNEXPECTED_BODY", "This endpoint takes no body.");
        }

        if (bytes.Length == 0)
        {
            return endpoint.BodyOptional
                ? new()
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
            using var document = JsonDocument.Parse(
                bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0),
                Strict
            );
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? reader.ReadObject(
                    document.RootElement,
                    endpoint.Body,
                    present: present is null ? null : JsonSerializer.SerializeToElement(present, present.GetType(), ApiJson.Options),
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
