using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AutoTrader.Core.Application.Reports;

/// <summary>
/// A reader's position in the event log: everything at or before the position was delivered, and some rows after it, because rows with the
/// latest times may be stored a little later.
/// </summary>
internal sealed class EventCursor
{
    /// <summary>How many rows a cursor can name.</summary>
    public const int MostRows = 500;

    private const char Mark = '\n';

    // Long enough to distinguish 500 rows with one collision in two billion rows, and short enough for a URL.
    private const int HashLength = 5;
    private readonly Dictionary<string, byte> _delivered = new(StringComparer.Ordinal);

    private EventCursor(string position) => Position = position;

    /// <summary>Everything at or before it was delivered.</summary>
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
            cursor._delivered[Convert.ToHexString(entry.AsSpan(0, HashLength))] = entry[HashLength];
        }

        return cursor;
    }

    /// <summary>How many events of a row were delivered.</summary>
    public int Delivered(string row) => _delivered.GetValueOrDefault(Hash(row));

    /// <summary>Records how many events of a row were delivered.</summary>
    public void Deliver(string row, int count) => _delivered[Hash(row)] = (byte)Math.Min(count, byte.MaxValue);

    /// <inheritdoc/>
    public override string ToString() =>
        Position + Mark + Base64Url.EncodeToString([.. _delivered.SelectMany(it => (byte[])[.. Convert.FromHexString(it.Key), it.Value])]);

    private static string Hash(string row) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(row)), 0, HashLength);
}
