using System.Collections.Frozen;
using System.IO.Compression;
using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Monitoring;

/// <summary>The page (docs/dashboard.md) and its files, which the build puts into this assembly. They are the same for every user and have
/// no data; the page reads its data from the API with the user's key.</summary>
public sealed class DashboardFunctions
{
    private const string PageFile = "index.html";
    private const string Html = "text/html";

    internal static ApiEndpoint Page { get; } =
        new(nameof(GetDashboard), "get", "dashboard", "The page. It holds no data.")
        {
            Tag = "dashboard",
            Anonymous = true,
            Headers = [Header.ETag],
            TakesIfNoneMatch = true,
            OtherMedia = [Html],
        };

    internal static ApiEndpoint File { get; } =
        new(nameof(GetDashboardFile), "get", "dashboard/{file}", "A file of the page: script, style, image or notice.")
        {
            Tag = "dashboard",
            Anonymous = true,
            Headers = [Header.ETag],
            TakesIfNoneMatch = true,
            OtherMedia = ["text/javascript", "text/css", "image/svg+xml", "text/plain"],
            Refusals = [404],
        };

    private static FrozenDictionary<string, PageFileResult> Files { get; } = Read().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The page.</summary>
    [Function(nameof(GetDashboard))]
    public async Task<IResult> GetDashboard([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "dashboard")] HttpRequest request)
    {
        await ApiRequest.ReadAsync(request, Page);
        return Files[PageFile];
    }

    /// <summary>A file of the page.</summary>
    [Function(nameof(GetDashboardFile))]
    public async Task<IResult> GetDashboardFile(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "dashboard/{file}")] HttpRequest request,
        string file
    )
    {
        await ApiRequest.ReadAsync(request, File);
        return Files.TryGetValue(file, out var found) && file != PageFile
            ? found
            : throw new RefusedException(
                Refusal.NotFound,
                "NOT_FOUND",
                "The page has no such file. It may belong to another version: reload GET /api/dashboard again."
            );
    }

    private static IEnumerable<KeyValuePair<string, PageFileResult>> Read()
    {
        const string prefix = "dashboard/";
        var assembly = typeof(DashboardFunctions).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            yield return new(name[prefix.Length..], new(name[prefix.Length..], content.ToArray()));
        }
    }

    /// <summary>A file with the headers that keep the page to itself: only its own scripts and styles, no frame around it.</summary>
    private sealed class PageFileResult(string name, byte[] content) : IResult
    {
        private const string Policy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

        private readonly string _version = VersionTag.Of(Convert.ToHexString(content));
        private readonly Lazy<byte[]> _compressed = new(() => Gzip.Compress(content, CompressionLevel.SmallestSize));

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var (request, response) = (httpContext.Request, httpContext.Response);
            var headers = response.Headers;
            var isCompressed = Gzip.IsTakenBy(request);
            var tag = $"\"{(isCompressed ? Gzip.TagOf(_version) : _version)}\"";
            headers.ETag = tag;
            // The names of the files that the page loads change with their content.
            headers.CacheControl = Path.GetExtension(name) is ".js" or ".css" ? "public, max-age=31536000, immutable" : "no-cache";
            headers.Vary = "Accept-Encoding";
            headers.XContentTypeOptions = "nosniff";
            headers.ContentSecurityPolicy = Policy;
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            if (request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag.Value == tag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }

            var body = isCompressed ? _compressed.Value : content;
            if (isCompressed)
            {
                headers.ContentEncoding = Gzip.Coding;
            }

            response.ContentType = TypeOf(name);
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }

        private static string TypeOf(string name) =>
            Path.GetExtension(name) switch
            {
                ".html" => Html,
                ".js" => "text/javascript",
                ".css" => "text/css",
                ".svg" => "image/svg+xml",
                _ => "text/plain",
            } + (name.EndsWith(".svg", StringComparison.Ordinal) ? "" : "; charset=utf-8");
    }
}
