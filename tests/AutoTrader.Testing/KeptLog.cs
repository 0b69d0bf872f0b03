using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Testing;

/// <summary>A line of a log, with its fields.</summary>
public sealed record LoggedLine(LogLevel Level, EventId Id, string Text, IReadOnlyDictionary<string, object?> Fields, Exception? Exception)
{
    /// <summary>All that it says, as a text in which secrets can be looked for.</summary>
    public string Whole => $"{Text}{Exception} {string.Join(' ', Fields)}";
}

/// <summary>Keeps everything that is logged, at any level.</summary>
public sealed class KeptLog : ILoggerFactory, ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<LoggedLine> _entries = new();

    /// <summary>What was logged, in order.</summary>
    public IReadOnlyList<LoggedLine> Entries => [.. _entries];

    /// <summary>The same as texts: message, exception and fields.</summary>
    public IReadOnlyList<string> Lines => [.. _entries.Select(entry => entry.Whole)];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) { }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        ArgumentNullException.ThrowIfNull(formatter);
        var fields = (state as IEnumerable<KeyValuePair<string, object?>> ?? []).ToDictionary(StringComparer.Ordinal);
        _entries.Enqueue(new(logLevel, eventId, formatter(state, exception), fields, exception));
    }
}
