using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Functions.Http;

/// <summary>Bodies made smaller for those who take them so: a phone waits for bytes. No answer holds a secret that its size could give
/// away.</summary>
internal static class Gzip
{
    public const string Coding = "gzip";

    /// <summary>Whether the caller takes it.</summary>
    public static bool IsTakenBy(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value == Coding && coding.Quality is not 0);

    /// <summary>The body, compressed.</summary>
    public static byte[] Compress(byte[] content, CompressionLevel level)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }
}
