using System.Diagnostics;
using System.Diagnostics.Metrics;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Functions.Observability;

/// <summary>The instruments (docs/architecture.md, "Observability"), on one meter and one source of activities. Storage counts its own
/// transactions on the same meter.</summary>
public sealed class Telemetry : IDisposable
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "AutoTrader";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _evaluated;
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _orders;
    private readonly Counter<long> _contended;
    private readonly Counter<long> _notifications;
    private readonly Histogram<double> _lateness;
    private int _attention;

    /// <summary>Makes the instruments.</summary>
    public Telemetry(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _meter = meters.Create(Name);
        _duration = _meter.CreateHistogram<double>("autotrader.cycle.duration", "s", "How long a cycle took.");
        _evaluated = _meter.CreateCounter<long>("autotrader.strategies.evaluated", "{strategy}", "Strategies evaluated.");
        _decisions = _meter.CreateCounter<long>("autotrader.decisions", "{decision}", "Decisions, by kind.");
        _orders = _meter.CreateCounter<long>("autotrader.orders", "{order}", "Order status changes, by new status.");
        _contended = _meter.CreateCounter<long>(
            "autotrader.lease.contention",
            "{cycle}",
            "Cycles skipped because another host holds the lease."
        );
        _notifications = _meter.CreateCounter<long>(
            "autotrader.notifications",
            "{attempt}",
            "Attempts to send a notification, by channel and result."
        );
        _lateness = _meter.CreateHistogram<double>(
            "autotrader.schedule.lateness",
            "s",
            "The delay between an occurrence's planned instant and its start."
        );
        _meter.CreateObservableGauge("autotrader.attention", () => Volatile.Read(ref _attention), "{item}", "Attention items.");
    }

    internal static ActivitySource Activities { get; } = new(Name);

    internal void Happened(EngineEvent happened)
    {
        if (happened.Status is { } status)
        {
            _orders.Add(1, new KeyValuePair<string, object?>("status", WireNames.Of(status)));
        }
    }

    internal void Decided(string kind) => _decisions.Add(1, new KeyValuePair<string, object?>("kind", kind));

    internal void ScheduleRan(ScheduleRun run) =>
        _lateness.Record(run.Lateness.TotalSeconds, new("status", WireNames.Of(run.Status)), new("action", WireNames.Of(run.Task.Action)));

    internal void Notified(string channel, bool delivered) =>
        _notifications.Add(1, new("channel", channel), new("result", delivered ? "delivered" : "failed"));

    internal void Contended() => _contended.Add(1);

    internal void Ended(CycleRecord cycle)
    {
        _duration.Record(cycle.DurationMs / 1000.0, new("cause", cycle.Cause), new("result", cycle.Error is null ? "ran" : "stopped"));
        _evaluated.Add(cycle.Evaluated);
        Volatile.Write(ref _attention, cycle.Attention);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
