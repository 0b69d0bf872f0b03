using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Tests;

/// <summary>Everything that was logged, with its fields.</summary>
internal sealed class KeptLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose() { }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) =>
        _lines.Enqueue(
            formatter(state, exception)
                + exception
                + (state is IEnumerable<KeyValuePair<string, object?>> fields ? string.Join(' ', fields) : "")
        );
}
