using System.Text.Json;

namespace AutoTrader.HostTests.Hosting;

/// <summary>A line of the host's log.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Level">Its level; empty where the line is no record of the log.</param>
/// <param name="Category">Who wrote it.</param>
/// <param name="Message">What it says.</param>
/// <param name="Exception">The exception with its stack; empty without.</param>
internal sealed record LogLine(DateTimeOffset At, string Level, string Category, string Message, string Exception)
{
    /// <summary>Whether it tells of something that should not happen.</summary>
    public bool IsError => Level is "Error" or "Critical";

    public override string ToString() => $"{At:HH:mm:ss.fff} {Level} {Category}: {Message} {Exception}".TrimEnd();
}

/// <summary>What a host writes to its console.</summary>
internal sealed class HostLog
{
    private readonly List<LogLine> _lines = [];
    private readonly Lock _lock = new();

    /// <summary>How many lines there are; those to come have this index and higher ones.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _lines.Count;
            }
        }
    }

    /// <summary>The lines from an index on.</summary>
    public IReadOnlyList<LogLine> From(int index)
    {
        lock (_lock)
        {
            return [.. _lines.Skip(index)];
        }
    }

    /// <summary>Takes a line of the console.</summary>
    public void Add(string? text)
    {
        if (text is not null)
        {
            var line = Read(text);
            lock (_lock)
            {
                _lines.Add(line);
            }
        }
    }

    // Core Tools write lines of their own beside those of the logger that the settings switch on.
    private static LogLine Read(string text)
    {
        var now = DateTimeOffset.UtcNow;
        if (text.StartsWith('{'))
        {
            try
            {
                var json = JsonDocument.Parse(text).RootElement;
                return new(now, Text(json, "LogLevel"), Text(json, "Category"), Text(json, "Message"), Text(json, "Exception"));
            }
            catch (JsonException)
            {
                // Cut short by a kill.
            }
        }

        return new(now, "", "", text, "");
    }

    private static string Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.ToString() : "";
}
