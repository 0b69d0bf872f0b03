using System.Globalization;
using System.Text.Json;

namespace AutoTrader.LocalHost.Azurite;

/// <summary>The folder in which Azurite keeps its data, seen from outside.</summary>
/// <param name="folder">The folder.</param>
/// <param name="freeSpace">Gives the free bytes of a folder's disk, for tests; null reads the system's.</param>
internal sealed class AzuriteFiles(string folder, Func<string, long>? freeSpace = null)
{
    /// <summary>With less than this, in bytes, Azurite may not be able to write its next save, which is the whole of a table
    /// service.</summary>
    public const long LeastFreeSpace = 64 * 1024 * 1024;

    private static readonly string[] Databases =
    [
        .. new[] { "table", "blob", "blob_extent", "queue", "queue_extent" }.Select(service => $"__azurite_db_{service}__.json"),
    ];

    private string Tables => Path.Combine(folder, Databases[0]);

    /// <summary>When the tables were saved last (UTC); null before the first time.</summary>
    public DateTime? LastSave => File.Exists(Tables) ? File.GetLastWriteTimeUtc(Tables) : null;

    /// <summary>Why nothing more can be kept in the folder; null when it can.</summary>
    public string? WhyNotWritable()
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                return $"The storage folder {folder} was deleted. Stop the app, put the folder back, and start again.";
            }
            var (free, database) = ((freeSpace ?? FreeSpace)(folder), new FileInfo(Tables));
            // A save is written next to the old file.
            var needed = LeastFreeSpace + (database.Exists ? database.Length : 0);
            return free >= needed
                ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"The disk of {folder} is full: {free / 1024 / 1024} MB are free, "
                        + $"and {needed / 1024 / 1024} MB are needed. Free some space there."
                );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"The storage folder {folder} cannot be read: {failure.Message}";
        }
    }

    /// <summary>Refuses files that Azurite could not read, or would take for empty.</summary>
    /// <exception cref="AzuriteException">One is damaged; the message names file and folder.</exception>
    public void RequireSound()
    {
        foreach (var path in Databases.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            try
            {
                using var stream = File.OpenRead(path);
                using var document = JsonDocument.Parse(stream);
            }
            catch (JsonException damaged)
            {
                throw new AzuriteException(
                    $"The file {Path.GetFileName(path)} in {folder} is damaged, and Azurite cannot read it. "
                        + "Put back a copy of the folder, or move it away to begin with empty storage.",
                    damaged
                );
            }
        }
    }

    private static long FreeSpace(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (ArgumentException)
        {
            // A network share of Windows is no drive, and says nothing of its space.
            return long.MaxValue;
        }
    }
}
