using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>One line per message on the console.</summary>
/// <param name="plainCategory">Lines of this category carry their own time and stand alone.</param>
internal sealed class LineFormatter(string? plainCategory) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "lines";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.LogLevel >= LogLevel.Warning)
        {
            textWriter.Write(
                logEntry.LogLevel switch
                {
                    LogLevel.Warning => "! ",
                    _ => "!! ",
                }
            );
        }

        if (logEntry.Category != plainCategory)
        {
            textWriter.Write(logEntry.Category[(logEntry.Category.LastIndexOf('.') + 1)..]);
            textWriter.Write(": ");
        }

        textWriter.WriteLine(message);
        // The engine puts the failure into its message, once per attempt.
        if (logEntry.Exception is { } exception && !logEntry.Category.StartsWith("DurableTask", StringComparison.Ordinal))
        {
            textWriter.WriteLine(exception.ToString());
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
