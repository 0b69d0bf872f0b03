using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Cli.Mcp;

/// <summary>
/// Who is let in over HTTP: only requests to a name that the server is known by, so that a page cannot reach it through a name of its own
/// (DNS rebinding); from a page only where that has such a name too; and with the token, where there is one.
/// </summary>
/// <param name="names">The names that the server is known by, without port.</param>
/// <param name="token">The token; null for none, which is for this machine alone.</param>
internal sealed class HttpGuard(IEnumerable<string> names, string? token)
{
    private const string Scheme = "Bearer ";

    private readonly HashSet<string> _names = new(names, StringComparer.OrdinalIgnoreCase);
    private readonly byte[]? _token = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Lets a request on, or answers it.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (!_names.Contains(request.Host.Host))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "Host names another server. Allow it with --allow-host.");
        }

        if (
            request.Headers.Origin is { Count: > 0 } origins
            && !(origins is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out var page) && _names.Contains(page.Host))
        )
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "Origin is a page of another server.");
        }

        if (_token is not null && !IsKnown(request.Headers.Authorization))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, "Send Authorization: Bearer with the token of the server.");
        }

        return next(context);
    }

    // Hashes are compared: in constant time, whatever the length.
    private bool IsKnown(Microsoft.Extensions.Primitives.StringValues authorization) =>
        authorization is [{ } header]
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())), _token);

    private static Task RefuseAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence, context.RequestAborted);
    }
}
