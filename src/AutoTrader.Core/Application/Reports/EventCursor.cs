using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AutoTrader.Core.Application.Reports;

/// <summary>
/// Where a reader of the log of events stands: everything at or before a position is told, and behind it some of the rows, since what
/// happened last may still be joined by rows of the same time that are stored a little later.
/// </summary>
internal sealed class EventCursor
{
    /// <summary>How many rows a cursor can name.</summary>
    public const int MostRows = 500;

    private const char Mark = '\n';

    // Enough to tell 500 rows from another with one error in two thousand million rows, and short enough for an address.
    private const int HashLength = 5;
    private readonly Dictionary<string, byte> _told = new(StringComparer.Ordinal);

    private EventCursor(string position) => Position = position;

    /// <summary>Everything at or before it is told.</summary>
    public string Position { get; }

    /// <summary>The instant of the position (UTC).</summary>
    public DateTimeOffset Instant => new(long.Parse(Position.Split('|')[0], CultureInfo.InvariantCulture), TimeSpan.Zero);

    /// <summary>The position of an event.</summary>
    public static string PositionOf(DateTimeOffset at, string id) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks:D19}|{id}");

    /// <summary>Before everything that happened at an instant or later.</summary>
    public static EventCursor Before(DateTimeOffset at) => new(PositionOf(at, ""));

    /// <summary>Behind an event.</summary>
    public static EventCursor Behind(string position) => new(position);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static EventCursor Parse(string text)
    {
        var parts = text.Split(Mark);
        var cursor = new EventCursor(parts[0]);
        foreach (var entry in Base64Url.DecodeFromChars(parts[^1]).Chunk(HashLength + 1))
        {
            cursor._told[Convert.ToHexString(entry.AsSpan(0, HashLength))] = entry[HashLength];
        }

        return cursor;
    }

    /// <summary>How many events of a row are told.</summary>
    public int Told(string row) => _told.GetValueOrDefault(Hash(row));

    /// <summary>Says that so many events of a row are told.</summary>
    public void Tell(string row, int count) => _told[Hash(row)] = (byte)Math.Min(count, byte.MaxValue);

    /// <inheritdoc/>
    public override string ToString() =>
        Position + Mark + Base64Url.EncodeToString([.. _told.SelectMany(it => (byte[])[.. Convert.FromHexString(it.Key), it.Value])]);

    private static string Hash(string row) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(row)), 0, HashLength);
}
