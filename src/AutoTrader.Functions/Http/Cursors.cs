using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Application;

namespace AutoTrader.Functions.Http;

/// <summary>
/// Continuations as callers get them: opaque, and of use only for the list and the filters that they were made for. All hosts of one
/// storage account make and take the same, with <paramref name="secret"/>.
/// </summary>
public sealed class Cursors(byte[] secret)
{
    private const int MacLength = 16;

    /// <summary>The cursor for a continuation; null for none.</summary>
    /// <param name="list">The list and its filters.</param>
    /// <param name="continuation">The continuation.</param>
    public string? Write(string list, string? continuation)
    {
        if (continuation is null)
        {
            return null;
        }

        var text = Encoding.UTF8.GetBytes(continuation);
        return Base64Url.EncodeToString([.. Mac(list, text), .. text]);
    }

    /// <summary>The continuation of a cursor; null for none.</summary>
    /// <param name="list">The list and its filters.</param>
    /// <param name="cursor">The caller's cursor.</param>
    /// <exception cref="RefusedException">The cursor is not one of this list and these filters.</exception>
    public string? Read(string list, string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }

        if (
            Base64Url.IsValid(cursor)
            && Base64Url.DecodeFromChars(cursor) is { Length: > MacLength } bytes
            && CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, MacLength), Mac(list, bytes.AsSpan(MacLength)))
        )
        {
            return Encoding.UTF8.GetString(bytes.AsSpan(MacLength));
        }

        throw new RefusedException(
            Refusal.Invalid,
            "INVALID_CURSOR",
            "The cursor does not belong to this list with these parameters. Send it unchanged with the same other "
                + "parameters, or start without a cursor."
        );
    }

    private byte[] Mac(string list, ReadOnlySpan<byte> text) =>
        HMACSHA256.HashData(secret, (byte[])[.. SHA256.HashData(Encoding.UTF8.GetBytes(list)), .. text])[..MacLength];
}
