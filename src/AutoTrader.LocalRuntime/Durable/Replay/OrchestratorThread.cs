using System.Runtime.CompilerServices;

namespace AutoTrader.LocalRuntime.Durable.Replay;

/// <summary>
/// Runs all code of an orchestrator on the thread of its pass. A continuation that arrives from elsewhere shows that something else than the context was awaited.
/// </summary>
internal sealed class OrchestratorThread : SynchronizationContext
{
    public const string ForeignAwait = "The orchestrator awaited something other than its TaskOrchestrationContext (such as Task.Delay, Task.Run, I/O, or the context with ConfigureAwait(false)). "
        + "That cannot be replayed: use CreateTimer, or move the work into an activity.";

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private readonly Lock _gate = new();
    private int _thread = -1;
    private bool _foreign;

    /// <summary>Called when a foreign continuation arrives after the pass.</summary>
    public Action? LateForeign { get; set; }

    public bool IsForeign
    {
        get
        {
            lock (_gate)
                return _foreign;
        }
    }

    public override SynchronizationContext CreateCopy() => this;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            ReportForeign();
        else if (RuntimeHelpers.TryEnsureSufficientExecutionStack())
            d(state);
        else
            _queue.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException(ForeignAwait);

    /// <summary>Throws unless the code runs in its pass.</summary>
    public void Check()
    {
        if (Environment.CurrentManagedThreadId == _thread)
            return;
        ReportForeign();
        throw new InvalidOperationException(ForeignAwait);
    }

    /// <summary>Whether the caller runs in the pass; if not, something foreign was awaited.</summary>
    public void Note()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            ReportForeign();
    }

    /// <summary>Runs a pass on this thread.</summary>
    public void Run(Action pass)
    {
        var before = Current;
        SetSynchronizationContext(this);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            pass();
        }
        finally
        {
            _thread = -1;
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs what could not go on at once because the stack was too deep.</summary>
    public void Pump()
    {
        while (_queue.TryDequeue(out var next))
            next.Callback(next.State);
    }

    private void ReportForeign()
    {
        bool late;
        lock (_gate)
        {
            late = _thread == -1 && !_foreign;
            _foreign = true;
        }

        if (late)
            LateForeign?.Invoke();
    }
}
