using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AutoTrader.LocalHost.Azurite;

/// <summary>Which Azurite listens on the default ports of this machine, left where every clone looks.</summary>
/// <param name="ProcessId">Its process.</param>
/// <param name="Folder">Where its data is.</param>
/// <param name="Since">When it was started (UTC).</param>
internal sealed record AzuriteRecord(int ProcessId, string Folder, DateTimeOffset Since)
{
    // The system's start time of a process is only as good as its clock was then.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private static string DefaultPath => Path.Combine(Path.GetTempPath(), "autotrader-azurite.json");

    /// <summary>Leaves the record; that it cannot be is no reason not to start.</summary>
    public void Leave(string? path = null)
    {
        try
        {
            File.WriteAllText(path ?? DefaultPath, JsonSerializer.Serialize(this));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Debug.WriteLine(failure.Message);
        }
    }

    /// <summary>The record of an Azurite that still runs; null without one.</summary>
    public static AzuriteRecord? Find(string? path = null)
    {
        try
        {
            if (JsonSerializer.Deserialize<AzuriteRecord>(File.ReadAllText(path ?? DefaultPath)) is not { } record)
            {
                return null;
            }
            using var process = Process.GetProcessById(record.ProcessId);
            return process.HasExited || IsAnother(process, record.Since) ? null : record;
        }
        catch (Exception failure)
            when (failure
                    is IOException
                        or UnauthorizedAccessException
                        or JsonException
                        or ArgumentException
                        or InvalidOperationException
                        or Win32Exception
            )
        {
            return null;
        }
    }

    /// <summary>Whether a process started after <paramref name="since"/>: then it reuses the id of a process that ended.</summary>
    public static bool IsAnother(Process process, DateTimeOffset since) => process.StartTime.ToUniversalTime() > since.UtcDateTime + Slack;

    /// <summary>What to say of storage that listens already.</summary>
    /// <param name="record">Its record; null when this app did not start it.</param>
    /// <param name="ownFolder">The folder that this clone would have used.</param>
    /// <returns>The sentences, and whether they are a warning.</returns>
    /// <exception cref="AzuriteException">Its folder is gone: its writes would be lost when it ends.</exception>
    public static (string Text, bool IsWarning) Describe(AzuriteRecord? record, string? ownFolder)
    {
        if (record is null)
        {
            return ("Storage is already listening on ports 10000 and 10002. This app did not start it, so its folder is not known", false);
        }
        var who = string.Create(
            CultureInfo.InvariantCulture,
            $"Azurite is already listening: process {record.ProcessId}, since "
                + $"{record.Since:yyyy-MM-dd HH:mm} UTC, with its data in {record.Folder}"
        );
        if (!Directory.Exists(record.Folder))
        {
            throw new AzuriteException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{who}, which was deleted. New writes are lost when it ends. "
                        + $"Stop process {record.ProcessId}, then start the app again."
                )
            );
        }
        return string.Equals(record.Folder, ownFolder, StringComparison.Ordinal)
            ? (who, false)
            : ($"{who}. That is another clone's: both share one account and its strategies. Stop one of them to keep them apart", true);
    }
}
