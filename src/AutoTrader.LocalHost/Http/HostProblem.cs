using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AutoTrader.LocalHost.Http;

/// <summary>The host's own refusals, as problem details (RFC 9457) that say what to do. A function that throws gives an empty 500, as on
/// the Functions host.</summary>
internal static class HostProblem
{
    /// <summary>Answers a request with a status, a code for programs and a sentence.</summary>
    public static async Task WriteAsync(HttpContext http, int status, string code, string detail)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/problem+json; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            json.WriteString("code", code);
            json.WriteEndObject();
        }

        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), http.RequestAborted);
    }

    public static Task NotFoundAsync(HttpContext http) =>
        WriteAsync(
            http,
            StatusCodes.Status404NotFound,
            "NOT_FOUND",
            "There is nothing at this address. GET /api/openapi.json lists all addresses."
        );

    public static Task UnauthorizedAsync(HttpContext http) =>
        WriteAsync(http, StatusCodes.Status401Unauthorized, "UNAUTHORIZED", "Send a function key in the header x-functions-key.");

    public static Task UnsupportedAsync(HttpContext http) =>
        WriteAsync(
            http,
            StatusCodes.Status415UnsupportedMediaType,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send JSON with Content-Type: application/json, or a file with Content-Type: application/yaml."
        );

    public static Task HeadersTooLargeAsync(HttpContext http) =>
        WriteAsync(
            http,
            StatusCodes.Status431RequestHeaderFieldsTooLarge,
            "HEADERS_TOO_LARGE",
            "There are more than 100 headers, or more than 32 KiB of them. Send fewer."
        );

    public static Task AddressTooLongAsync(HttpContext http) =>
        WriteAsync(http, StatusCodes.Status414UriTooLong, "ADDRESS_TOO_LONG", "The address is longer than 8 KiB. Shorten its query.");

    public static Task NotAllowedAsync(HttpContext http, IReadOnlyList<string> methods)
    {
        http.Response.Headers.Allow = string.Join(", ", methods);
        return WriteAsync(
            http,
            StatusCodes.Status405MethodNotAllowed,
            "METHOD_NOT_ALLOWED",
            $"This address takes {string.Join(", ", methods)}."
        );
    }

    public static Task NotSafeAsync(HttpContext http, string problem)
    {
        http.Response.Headers.RetryAfter = "5";
        return WriteAsync(
            http,
            StatusCodes.Status503ServiceUnavailable,
            "STORAGE_NOT_SAFE",
            "Nothing was changed, because storage could not save it. " + problem
        );
    }

    public static Task RefusedCallerAsync(HttpContext http, int status) =>
        status == StatusCodes.Status400BadRequest
            ? WriteAsync(http, status, "BAD_REQUEST", "The request has no Host header. Send one.")
            : WriteAsync(
                http,
                status,
                "FORBIDDEN",
                "Without keys the host serves only this machine, and no page of another site. Call it as localhost, or set "
                    + "LocalHost__Keys__{name}."
            );
}
