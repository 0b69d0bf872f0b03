using System.Collections;
using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Observability;

/// <summary>Logs engine events, one line per event with New York time, and counts them.</summary>
public sealed partial class EngineEventLog(ILoggerFactory loggers, Telemetry telemetry) : IEngineEvents
{
    /// <summary>The category of the engine's lines.</summary>
    public const string Category = "AutoTrader.Engine";

    private readonly ILogger _log = loggers.CreateLogger(Category);

    /// <inheritdoc/>
    public void Publish(EngineEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        telemetry.Happened(happened);
        Write(
            Level(happened.Kind),
            happened.Kind,
            happened.At,
            happened.Message,
            [
                new("StrategyId", happened.StrategyId),
                new("Symbol", happened.Symbol),
                new("Status", happened.Status is { } status ? WireNames.Of(status) : null),
                new("Code", happened.Attention?.Code),
                new("Key", happened.Attention?.Key),
                new("Severity", happened.Attention is { } item ? WireNames.Of(AttentionKinds.Of(item.Code).Severity) : null),
                new("Message", happened.Message),
            ]
        );
    }

    /// <inheritdoc/>
    public void CycleEnded(CycleRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        telemetry.Ended(record);
        var line = record.Error is { } error
            ? $"cycle stopped: {error}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"cycle {(record.MarketOpen ? "open" : "closed")}: {record.Evaluated} evaluated, {record.Submitted} sent, "
                    + $"{record.Canceled} canceled, {record.Fills} filled, {record.Attention} to look at, {record.DurationMs} ms"
            );

        // Nights and weekends would drown what matters.
        var quiet = record is { MarketOpen: false, Error: null, Submitted: 0, Canceled: 0, Fills: 0, Skipped: 0, Cause: "timer" };
        Write(
            record.Error is not null ? LogLevel.Error
                : quiet ? LogLevel.Debug
                : LogLevel.Information,
            EngineEventKind.CycleEnded,
            record.StartedAt,
            line,
            [
                new("Cause", record.Cause),
                new("Evaluated", record.Evaluated),
                new("Submitted", record.Submitted),
                new("Fills", record.Fills),
                new("DurationMs", record.DurationMs),
                new("Error", record.Error),
            ]
        );
    }

    /// <inheritdoc/>
    public void Faulted(string what, Exception failure) => LogFaulted(_log, failure, what);

    /// <inheritdoc/>
    public void LeaseContended() => telemetry.Contended();

    [LoggerMessage(1016, LogLevel.Error, "{What} failed with an internal error")]
    private static partial void LogFaulted(ILogger logger, Exception failure, string what);

    private static LogLevel Level(EngineEventKind kind) =>
        kind switch
        {
            EngineEventKind.AttentionRaised or EngineEventKind.OrderRefused or EngineEventKind.StrategySkipped => LogLevel.Warning,
            _ => LogLevel.Information,
        };

    private void Write(LogLevel level, EngineEventKind kind, DateTimeOffset at, string line, KeyValuePair<string, object?>[] fields)
    {
        if (_log.IsEnabled(level))
        {
            var local = TimeZoneInfo.ConvertTime(at, TradingCalendar.Nyse.NewYork);
            var text = string.Create(CultureInfo.InvariantCulture, $"{local:ddd yyyy-MM-dd HH:mm} NY  {line}");
            _log.Log(level, new EventId((int)kind, kind.ToString()), new Entry(text, [new("At", at), .. fields]), null, static (entry, _) =>
                entry.Text
            );
        }
    }

    /// <summary>A line with its structured fields.</summary>
    private sealed class Entry(string text, IReadOnlyList<KeyValuePair<string, object?>> fields)
        : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public string Text => text;

        public int Count => fields.Count;

        public KeyValuePair<string, object?> this[int index] => fields[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => fields.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => text;
    }
}
