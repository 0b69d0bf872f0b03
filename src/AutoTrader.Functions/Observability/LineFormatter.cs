using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AutoTrader.Functions.Observability;

/// <summary>One line per message on the console; the engine's lines carry business time themselves and stand alone.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "lines";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.LogLevel >= LogLevel.Warning)
        {
            textWriter.Write(logEntry.LogLevel switch { LogLevel.Warning => "! ", _ => "!! " });
        }

        if (logEntry.Category != EngineEventLog.Category)
        {
            textWriter.Write(logEntry.Category[(logEntry.Category.LastIndexOf('.') + 1)..]);
            textWriter.Write(": ");
        }

        textWriter.WriteLine(message);
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine(exception.ToString());
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
