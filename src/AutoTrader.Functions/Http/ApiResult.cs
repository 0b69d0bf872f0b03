using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AutoTrader.Core.Application;
using AutoTrader.Core.Ports;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Functions.Http;

/// <summary>A response: status, headers, and a body that is written at once or streamed.</summary>
internal sealed class ApiResult : IResult
{
    private const string Json = "application/json; charset=utf-8";

    // Below it the overhead exceeds the savings.
    private const int WorthCompressing = 2048;

    private const string Varies = "Accept-Encoding";

    private readonly List<(string Name, string Value)> _headers = [];
    private readonly int _status;
    private readonly string? _contentType;
    private readonly byte[] _body;
    private readonly Func<Stream, CancellationToken, Task>? _write;
    private string? _version;

    private ApiResult(int status, string? contentType, byte[] body) => (_status, _contentType, _body) = (status, contentType, body);

    private ApiResult(string contentType, Func<Stream, CancellationToken, Task> write)
        : this(StatusCodes.Status200OK, contentType, []) => _write = write;

    /// <summary>A JSON answer.</summary>
    public static ApiResult Of(object value, int status = StatusCodes.Status200OK, string contentType = Json) =>
        new(status, contentType, JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), ApiJson.Options));

    /// <summary>An answer that is a text.</summary>
    public static ApiResult Text(string text, string contentType) =>
        new(StatusCodes.Status200OK, contentType + "; charset=utf-8", Encoding.UTF8.GetBytes(text));

    /// <summary>An answer that is a file of any length, made while it is sent.</summary>
    public static ApiResult File(string name, string contentType, Func<Stream, CancellationToken, Task> write) =>
        new ApiResult(contentType, write).With("Content-Disposition", $"attachment; filename={name}");

    /// <summary>An answer without a body.</summary>
    public static ApiResult Empty() => new(StatusCodes.Status204NoContent, null, []);

    /// <summary>The answer with the version of its content; without the content when the request has that version already.</summary>
    public static ApiResult OfVersion(object value, HttpRequest request)
    {
        var result = Of(value);
        result = result.Tagged(VersionTag.Of(Encoding.UTF8.GetString(result._body)));
        var tag = result.TagFor(request);
        return request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag.Value == tag)
            ? new ApiResult(StatusCodes.Status304NotModified, null, []).With("ETag", tag).With("Vary", Varies)
            : result;
    }

    /// <summary>The engine has the command: the response has the address of its outcome.</summary>
    public static ApiResult Accepted(CommandEnvelope command) =>
        Of(CommandView.Of(command), StatusCodes.Status202Accepted).With("Location", "/api/commands/" + command.Id).With("Retry-After", "2");

    /// <summary>The answer with another header.</summary>
    public ApiResult With(string name, string value)
    {
        _headers.Add((name, value));
        return this;
    }

    /// <summary>The response with the version of its resource.</summary>
    public ApiResult Tagged(string tag)
    {
        _version = tag;
        return this;
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = _status;
        foreach (var (name, value) in _headers)
        {
            response.Headers[name] = value;
        }

        if (_version is not null)
        {
            response.Headers.ETag = TagFor(httpContext.Request);
        }

        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (_write is not null)
        {
            response.ContentType = _contentType;
            await _write(response.Body, httpContext.RequestAborted);
        }
        else if (_contentType is not null)
        {
            var body = _body;
            if (body.Length >= WorthCompressing)
            {
                response.Headers.Vary = Varies;
            }

            if (IsCompressedFor(httpContext.Request))
            {
                response.Headers.ContentEncoding = Gzip.Coding;
                body = Gzip.Compress(body, CompressionLevel.Fastest);
            }

            response.ContentType = _contentType;
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }

    private bool IsCompressedFor(HttpRequest request) => _body.Length >= WorthCompressing && Gzip.IsTakenBy(request);

    private string TagFor(HttpRequest request) => $"\"{(IsCompressedFor(request) ? Gzip.TagOf(_version!) : _version)}\"";
}
