using AutoTrader.LocalRuntime.Time;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>When which instance is to wake: its earliest open timer.</summary>
internal sealed class DurableTimers(Action<string> wake) : IDueWork
{
    private readonly Lock _gate = new();
    private readonly SortedSet<(DateTimeOffset Due, string InstanceId)> _order = new(Comparer<(DateTimeOffset Due, string InstanceId)>.Create(static (a, b) =>
        a.Due != b.Due ? a.Due.CompareTo(b.Due) : string.CompareOrdinal(a.InstanceId, b.InstanceId)));
    private readonly Dictionary<string, DateTimeOffset> _due = new(StringComparer.Ordinal);
    private bool _stopped;

    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
                return _stopped || _order.Count == 0 ? null : _order.Min.Due;
        }
    }

    /// <summary>Sets or clears the instant of an instance.</summary>
    public void Set(string instanceId, DateTimeOffset? due)
    {
        lock (_gate)
        {
            if (_due.Remove(instanceId, out var before))
                _order.Remove((before, instanceId));
            if (due is not { } at)
                return;
            _due[instanceId] = at;
            _order.Add((at, instanceId));
        }
    }

    public void Stop()
    {
        lock (_gate)
            _stopped = true;
    }

    public void ReleaseNext(DateTimeOffset now)
    {
        string instanceId;
        lock (_gate)
        {
            if (_stopped || _order.Count == 0)
                return;
            instanceId = _order.Min.InstanceId;
            _order.Remove(_order.Min);
            _due.Remove(instanceId);
        }

        wake(instanceId);
    }
}
