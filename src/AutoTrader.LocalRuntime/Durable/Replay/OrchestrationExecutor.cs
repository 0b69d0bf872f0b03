using AutoTrader.LocalRuntime.Durable.History;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalRuntime.Durable.Replay;

/// <summary>What a pass came to.</summary>
internal sealed record PassResult
{
    public required OrchestrationRuntimeStatus Status { get; init; }

    /// <summary>The output, or while suspended the reason; JSON text or plain.</summary>
    public string? Output { get; init; }

    public FailureRecord? Failure { get; init; }

    /// <summary>What the code threw, when that is why it failed.</summary>
    public Exception? Exception { get; init; }

    public string? CustomStatus { get; init; }

    /// <summary>What the orchestrator asked for in this pass, to be written behind the events of the pass.</summary>
    public required IReadOnlyList<HistoryEvent> Actions { get; init; }

    /// <summary>When the earliest open timer is due.</summary>
    public DateTimeOffset? Wake { get; init; }

    /// <summary>All activities without a result.</summary>
    public required IReadOnlyList<HistoryEvent> OpenActivities { get; init; }

    /// <summary>The input and the events of the next execution, if it continues as new.</summary>
    public (string? Input, IReadOnlyList<(string Name, string? Data)> Events)? Next { get; init; }
}

/// <summary>Runs the code of an orchestrator over its history and the events that are new: one pass.</summary>
internal sealed class OrchestrationExecutor(string name, string instanceId, string executionId, Func<ReplayContext, Task<object?>>? orchestrator, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly OrchestratorThread _thread = new();
    private readonly Queue<HistoryEvent> _whileSuspended = new();
    private ReplayContext _context = null!;
    private Task<string?>? _body;
    private FailureRecord? _failure;
    private Exception? _exception;
    private string? _failureOutput;
    private bool _keepsPass;
    private bool _suspended;
    private string? _reason;
    private (string? Output, bool Is) _terminated;

    /// <summary>Called when, after the pass, code of the orchestrator went on outside of it.</summary>
    public Action? LateForeign
    {
        set => _thread.LateForeign = value;
    }

    /// <summary>Runs the pass.</summary>
    /// <param name="history">What was committed.</param>
    /// <param name="fresh">Given the timers that are open now, the new events.</param>
    public PassResult Run(IReadOnlyList<HistoryEvent> history, Func<IEnumerable<HistoryEvent>, IReadOnlyList<HistoryEvent>> fresh)
    {
        _context = new ReplayContext(name, instanceId, executionId, _thread, loggers);
        PassResult result = null!;
        _thread.Run(() =>
        {
            Handle(history);
            var events = fresh(OpenTimers);
            _context.Replaying = false;
            Handle(events);
            try
            {
                result = Result();
            }
            catch (Exception failure)
            {
                // A status that cannot be written as JSON, or a cancellation that nobody caught.
                _context.SetCustomStatus(null);
                Fail(failure, keepsPass: false);
                result = Result();
            }
        });
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _context.Owned)
            await owned.DisposeAsync();
    }

    // One that fired while the instance was suspended is not to fire again.
    private IEnumerable<HistoryEvent> OpenTimers => _context.Tasks.Values
        .Where(task => task is { Action.Kind: EventKind.TimerCreated, HoldsInstance: true } && !_whileSuspended.Any(kept => kept.Kind == EventKind.TimerFired && kept.TaskId == task.Action.TaskId))
        .Select(task => task.Action);

    private void Handle(IReadOnlyList<HistoryEvent> events)
    {
        foreach (var one in events)
        {
            if (_failure is not null || _terminated.Is)
                return;
            try
            {
                Handle(one);
                _thread.Pump();
            }
            catch (Exception failure)
            {
                Fail(failure, keepsPass: failure is NonDeterministicOrchestrationException);
            }
        }
    }

    // What fails the pass itself loses what the pass did: the status that it set, and what the code asked for.
    private void Fail(Exception failure, bool keepsPass)
    {
        _exception = failure;
        _failure = FailureRecord.From(failure);
        _failureOutput = keepsPass ? failure.Message : null;
        _keepsPass = keepsPass;
    }

    private void Handle(HistoryEvent one)
    {
        if (_suspended && one.Kind is not (EventKind.Resumed or EventKind.Terminated or EventKind.PassStarted or EventKind.Suspended or EventKind.ForeignAwait or EventKind.Damaged))
        {
            _whileSuspended.Enqueue(one);
            return;
        }

        switch (one.Kind)
        {
            case EventKind.Started:
                (_context.Input, _context.ParentLink) = (one.Data, one.Parent);
                break;
            case EventKind.PassStarted:
                _context.Now = one.At!.Value;
                if (_body is null && !_suspended)
                    Begin();
                break;
            case EventKind.ActivityScheduled or EventKind.TimerCreated or EventKind.ChildCreated or EventKind.EventSent:
                Match(one);
                break;
            case EventKind.ActivityCompleted or EventKind.ActivityFailed or EventKind.TimerFired or EventKind.ChildCompleted or EventKind.ChildFailed:
                if (_context.Tasks.TryGetValue(one.TaskId, out var task) && !task.IsEnded)
                {
                    task.IsEnded = true;
                    task.Complete(one);
                }

                break;
            case EventKind.EventRaised:
                if (_context.Next is { } next)
                    next.Events.Add((one.Name!, one.Data));
                else
                    _context.Events.Raise(one.Name!, one.Data);
                break;
            case EventKind.Suspended:
                (_suspended, _reason) = (true, one.Data);
                break;
            case EventKind.Resumed:
                _suspended = false;
                if (_body is null)
                    Begin();
                while (!_suspended && _whileSuspended.TryDequeue(out var kept))
                {
                    _thread.Pump();
                    Handle(kept);
                }

                break;
            case EventKind.Terminated:
                _terminated = (one.Data, true);
                break;
            case EventKind.Damaged:
                Fail(new InvalidDataException(one.Data), keepsPass: true);
                break;
            case EventKind.ForeignAwait:
                Fail(new InvalidOperationException(OrchestratorThread.ForeignAwait), keepsPass: true);
                break;
            default:
                throw new InvalidOperationException($"A history cannot hold {one.Kind}.");
        }
    }

    private void Begin()
    {
        if (orchestrator is null)
        {
            _failure = new FailureRecord("OrchestratorTaskNotFound", $"No orchestrator task named '{name}' was found.", StackTrace: null, Inner: null);
            return;
        }

        _body = RunBodyAsync();
        _ = _body.ContinueWith(_ => _thread.Note(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    // What the code throws before its first await is a failure of the instance, too, and so is an output that cannot be written as JSON.
    private async Task<string?> RunBodyAsync() => JsonDataConverter.Default.Serialize(await orchestrator!(_context));

    private void Match(HistoryEvent recorded)
    {
        var task = _context.Tasks.GetValueOrDefault(recorded.TaskId);
        if (ReplayMismatch.Find(recorded, task?.Action) is { } difference)
            throw difference;
        task!.IsRecorded = true;
    }

    private PassResult Result()
    {
        if (_body is { IsCompleted: false } && !_suspended && _failure is null && !_terminated.Is && (_thread.IsForeign || (!_context.Events.HasOpenWaiter && !_context.Tasks.Values.Any(task => task.HoldsInstance))))
            Fail(new InvalidOperationException(OrchestratorThread.ForeignAwait), keepsPass: true);

        var actions = _context.Tasks.Values.Where(task => !task.IsRecorded).Select(task => task.Action).ToList();
        var result = new PassResult
        {
            Status = OrchestrationRuntimeStatus.Running,
            CustomStatus = _context.CustomStatus,
            Actions = actions,
            OpenActivities = [],
        };
        if (_terminated.Is)
            return result with { Status = OrchestrationRuntimeStatus.Terminated, Output = _terminated.Output, Actions = [] };
        if (_failure is not null)
        {
            var failed = result with { Status = OrchestrationRuntimeStatus.Failed, Failure = _failure, Exception = _exception, Output = _failureOutput };
            return _keepsPass
                ? failed with { OpenActivities = [.. actions.Where(action => action.Kind == EventKind.ActivityScheduled)] }
                : failed with { CustomStatus = null, Actions = [] };
        }

        if (_suspended)
            return Waiting(result with { Status = OrchestrationRuntimeStatus.Suspended, Output = _reason });
        if (_body is not { IsCompleted: true } || _context.Tasks.Values.Any(task => task.HoldsInstance))
            return Waiting(result);
        if (_thread.IsForeign)
            return Failed(result, new InvalidOperationException(OrchestratorThread.ForeignAwait), output: null);
        if (_body.Exception?.InnerException is { } failure)
            return Failed(result, failure, failure.Message);
#pragma warning disable MA0042, VSTHRD002 // It is completed; and the AggregateException of a canceled one is what the real engine reports.
        var output = _body.Result;
#pragma warning restore MA0042, VSTHRD002
        return _context.Next is { } next
            ? result with { Status = OrchestrationRuntimeStatus.ContinuedAsNew, Next = (next.Input, next.Events) }
            : result with { Status = OrchestrationRuntimeStatus.Completed, Output = output };
    }

    private static PassResult Failed(PassResult result, Exception failure, string? output) => result with
    {
        Status = OrchestrationRuntimeStatus.Failed,
        Failure = FailureRecord.From(failure),
        Exception = failure,
        Output = output,
    };

    private PassResult Waiting(PassResult result) => result with
    {
        Wake = OpenTimers.Min(timer => timer.At),
        OpenActivities = [.. _context.Tasks.Values.Where(task => task is { Action.Kind: EventKind.ActivityScheduled, IsEnded: false }).Select(task => task.Action)],
    };
}
