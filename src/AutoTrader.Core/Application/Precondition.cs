using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application;

/// <summary>The opaque tag by which callers name a version. It reveals nothing about the store.</summary>
public static class VersionTag
{
    /// <summary>The tag of a stored row's version.</summary>
    public static string Of(RowVersion version) => Of(version.ETag);

    /// <summary>The tag of a content.</summary>
    public static string Of(string content) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 12));
}

/// <summary>The versions that a change was made for; null means any that exists, also none.</summary>
/// <param name="Tags">The tags; empty means any version of what exists (<c>*</c>).</param>
public sealed record Precondition(IReadOnlyList<string> Tags)
{
    /// <summary>Any version, but it must exist.</summary>
    public static Precondition Exists { get; } = new([]);

    /// <summary>Refuses a change when the resource, if it exists, has none of the expected versions.</summary>
    /// <exception cref="RefusedException">The version is another, or there is nothing (412).</exception>
    public static void Check(Precondition? precondition, RowVersion? present)
    {
        if (precondition is not null && present is null)
        {
            throw new RefusedException(
                Refusal.Stale,
                "PRECONDITION_FAILED",
                "The resource does not exist, so If-Match cannot match. Send the change without If-Match."
            );
        }

        Check(precondition, present is null ? string.Empty : VersionTag.Of(present));
    }

    /// <summary>Refuses when the version is not one of the expected ones.</summary>
    /// <exception cref="RefusedException">The version is another (412).</exception>
    public static void Check(Precondition? precondition, string tag)
    {
        if (precondition is { Tags.Count: > 0 } && !precondition.Tags.Contains(tag, StringComparer.Ordinal))
        {
            throw new RefusedException(
                Refusal.Stale,
                "PRECONDITION_FAILED",
                "It changed since you read it. Read it again, then repeat the change with the new ETag."
            );
        }
    }
}
