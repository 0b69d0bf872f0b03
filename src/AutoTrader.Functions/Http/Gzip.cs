using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace AutoTrader.Functions.Http;

/// <summary>Bodies made smaller for those who take them so: a phone waits for bytes. No answer holds a secret that its size could give
/// away.</summary>
internal static class Gzip
{
    public const string Coding = "gzip";

    // No version has a dot.
    private const string Suffix = "." + Coding;

    /// <summary>Whether the caller takes it.</summary>
    public static bool IsTakenBy(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value == Coding && coding.Quality is not 0);

    /// <summary>The tag of a version as it is sent compressed: a strong tag names one sequence of bytes (RFC 9110, 8.8.3.3).</summary>
    public static string TagOf(string version) => version + Suffix;

    /// <summary>The version behind a tag, in whatever coding it was sent.</summary>
    public static string VersionOf(string tag) => tag.EndsWith(Suffix, StringComparison.Ordinal) ? tag[..^Suffix.Length] : tag;

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
