using System.Globalization;
using System.Text;

namespace AutoTrader.LocalRuntime.Durable.Storage;

/// <summary>A stored text under a key; a text over <see cref="MaximumLength"/> is split over several rows by whoever writes it.</summary>
internal sealed record StoredRow(string Key, string Text, string ETag)
{
    /// <summary>Characters in a row: within the limits of a table for columns (64 KiB) and entities (1 MiB).</summary>
    public const int MaximumLength = 15 * 32_000;
}

internal enum ChangeKind
{
    /// <summary>The row must not exist.</summary>
    Insert,

    /// <summary>The row must have the ETag.</summary>
    Replace,

    /// <summary>Whether it exists or not.</summary>
    Put,

    /// <summary>The row must exist, whatever its ETag.</summary>
    Delete,
}

/// <summary>A change of a row. One that <paramref name="IsOpen"/> marks is what a restart takes up.</summary>
internal sealed record RowChange(ChangeKind Kind, string Key, string Text = "", string? ETag = null, bool IsOpen = false);

/// <summary>A change of a group did not apply, so none did.</summary>
internal sealed class StoreConflictException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Where orchestrations are kept: rows in one partition, changed in atomic groups, and a bell that other hosts ring.</summary>
internal interface IDurableStore
{
    /// <summary>The most changes in one group.</summary>
    const int GroupRows = 90;

    /// <summary>The most characters in one group: within the 4 MiB of a request however they are encoded.</summary>
    const int GroupLength = 1_000_000;

    Task PrepareAsync(CancellationToken cancellationToken);

    Task<StoredRow?> ReadAsync(string key, CancellationToken cancellationToken);

    /// <summary>The rows with keys from <paramref name="from"/> on and before <paramref name="to"/> (ordinal), in their order; on demand only those marked as open.</summary>
    Task<IReadOnlyList<StoredRow>> ReadRangeAsync(string from, string to, CancellationToken cancellationToken, bool onlyOpen = false);

    /// <summary>Makes all changes or none.</summary>
    /// <returns>The new ETags, one for each change.</returns>
    /// <exception cref="StoreConflictException">A row is not as the change says; nothing is changed.</exception>
    Task<IReadOnlyList<string>> CommitAsync(IReadOnlyList<RowChange> changes, CancellationToken cancellationToken);

    /// <summary>Says to the host that runs the instances that there is a message.</summary>
    Task RingAsync(string messageKey, CancellationToken cancellationToken);

    /// <summary>Waits until a host on this machine rings, or for so long: without a transaction.</summary>
    Task WaitForBellAsync(TimeSpan atMost, CancellationToken cancellationToken);

    /// <summary>What was rung: one transaction when nothing was.</summary>
    Task<IReadOnlyList<string>> ReadBellAsync(CancellationToken cancellationToken);

    Task ClearBellAsync(IReadOnlyList<string> messageKeys, CancellationToken cancellationToken);
}

/// <summary>The keys of rows.</summary>
internal static class DurableKeys
{
    /// <summary>What the keys of all messages begin with.</summary>
    public const string AllMessages = "m|";

    private const int StateShards = 16;

    // A key of a table has 512 characters, and the longest of ours is that of a staged message.
    private const int MaximumIdLength = 380;

    private static long _sequence;

    /// <summary>Ranges that divide all states evenly, whatever the ids look like.</summary>
    public static IReadOnlyList<(string From, string To)> StateRanges { get; } = [.. Enumerable.Range(0, StateShards).Select(shard => ($"i|{shard:x}", $"i|{shard:x}~"))];

    /// <summary>Checks that an id can be part of a key.</summary>
    /// <exception cref="ArgumentException">It is empty or too long.</exception>
    public static void CheckId(string? instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        if (Encode(instanceId).Length > MaximumIdLength)
            throw new ArgumentException($"An instance ID has at most {MaximumIdLength} characters, of which those that are not plain letters, digits or -_.:@ count five: '{instanceId[..20]}...' is too long.", nameof(instanceId));
    }

    public static string State(string instanceId) => $"i|{Shard(instanceId):x}|{Encode(instanceId)}";

    public static string History(string instanceId, int generation, int row) => string.Create(CultureInfo.InvariantCulture, $"h|{Encode(instanceId)}|{generation:D8}|{row:D8}");

    public static string HistoryOf(string instanceId) => $"h|{Encode(instanceId)}|";

    public static string Text(string instanceId, string name) => $"x|{Encode(instanceId)}|{name}";

    public static string TextsOf(string instanceId) => $"x|{Encode(instanceId)}|";

    public static string Messages(string instanceId) => $"m|{Encode(instanceId)}|";

    /// <summary>A new key for a message; later ones of a process come later.</summary>
    public static string Message(string instanceId, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"m|{Encode(instanceId)}|{now.UtcTicks:D19}{Interlocked.Increment(ref _sequence):D10}{Guid.NewGuid():N}");

    /// <summary>The first key behind all that start with a prefix.</summary>
    public static string After(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);

    /// <summary>The id in the key of a state.</summary>
    public static string InstanceIdOfState(string key) => Decode(key.Split('|')[2]);

    /// <summary>The id in the key of a message.</summary>
    public static string InstanceId(string key) => Decode(key.Split('|')[1]);

    // Part of the stored keys, so it may never change: FNV-1a.
    private static uint Shard(string instanceId)
    {
        var hash = 2166136261;
        foreach (var one in Encoding.UTF8.GetBytes(instanceId))
            hash = (hash ^ one) * 16777619;
        return (hash ^ (hash >> 16)) % StateShards;
    }

    // A key of a table knows no / \ # ? and no control characters; and | parts ours.
    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or ':' or '@')
                encoded.Append(character);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"~{(int)character:X4}");
        }

        return encoded.ToString();
    }

    private static string Decode(string text)
    {
        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '~')
            {
                decoded.Append(text[i]);
                continue;
            }

            decoded.Append((char)int.Parse(text.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            i += 4;
        }

        return decoded.ToString();
    }
}
