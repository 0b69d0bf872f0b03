using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;

namespace AutoTrader.LocalHost.Http;

/// <summary>
/// Who may call. With keys, every holder of one. Without, every program on this machine, but no web page in its browser: foreign
/// <c>Host</c> (DNS rebinding) and <c>Origin</c> headers are refused, and bodies are JSON, YAML or gzip, which a page cannot send elsewhere
/// without being asked first.
/// </summary>
internal sealed class RequestGuard(ImmutableDictionary<string, string> keys)
{
    private const string MasterKey = "_master";

    /// <returns>The status to refuse a request with before it is routed, or null.</returns>
    public int? RefuseCaller(HttpRequest request)
    {
        if (!keys.IsEmpty)
        {
            return null;
        }
        if (!IsThisMachine(request.Host.Host))
        {
            return request.Host.HasValue ? StatusCodes.Status403Forbidden : StatusCodes.Status400BadRequest;
        }
        return request.Headers.Origin.All(origin => IsOwn(origin, request.Host)) ? null : StatusCodes.Status403Forbidden;
    }

    /// <summary>Whether the request has a key for the level; without any configured key, all have.</summary>
    public bool Admits(HttpRequest request, AuthorizationLevel level)
    {
        if (keys.IsEmpty || level == AuthorizationLevel.Anonymous)
        {
            return true;
        }
        var given = request.Headers.TryGetValue("x-functions-key", out var header) ? header.ToString() : request.Query["code"].ToString();
        if (given.Length == 0)
        {
            return false;
        }
        var admitted = false;
        // All keys are compared, so that the timing does not reveal a near match.
        foreach (var (name, key) in keys)
        {
            var opens = level == AuthorizationLevel.Function || string.Equals(name, MasterKey, StringComparison.OrdinalIgnoreCase);
            admitted |=
                CryptographicOperations.FixedTimeEquals(
                    SHA256.HashData(Encoding.UTF8.GetBytes(given)),
                    SHA256.HashData(Encoding.UTF8.GetBytes(key))
                ) & opens;
        }

        return admitted;
    }

    /// <summary>Whether the body, if there is one, is JSON, YAML or gzip, or the method is safe; with keys, which no web page has, bodies
    /// are the app's own business.</summary>
    public bool AdmitsBody(HttpRequest request)
    {
        if (
            !keys.IsEmpty
            || HttpMethods.IsGet(request.Method)
            || HttpMethods.IsHead(request.Method)
            || HttpMethods.IsOptions(request.Method)
        )
        {
            return true;
        }
        if (request.ContentLength is null or 0 && !request.Headers.ContainsKey(HeaderNames.TransferEncoding))
        {
            return true;
        }
        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (
                type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.MediaType.Equals("application/yaml", StringComparison.OrdinalIgnoreCase)
                || type.MediaType.Equals("application/gzip", StringComparison.OrdinalIgnoreCase)
                || (
                    type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
                    && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)
                )
            );
    }

    private static bool IsThisMachine(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(string? origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal)
        && string.Equals(uri.Authority, host.Value, StringComparison.OrdinalIgnoreCase);
}
