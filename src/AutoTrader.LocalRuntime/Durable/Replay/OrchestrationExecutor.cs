using AutoTrader.LocalRuntime.Durable.History;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
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
    private Task<object?>? _body;
    private FailureRecord? _failure;
    private Exception? _exception;
    private string? _failureOutput;
    private bool _keepsStatus;
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
            var timers = _context.Tasks.Values.Where(task => task is { Action.Kind: EventKind.TimerCreated, HoldsInstance: true }).Select(task => task.Action);
            var events = fresh(timers);
            _context.Replaying = false;
            Handle(events);
            try
            {
                result = Result();
            }
            catch (Exception failure)
            {
                // An output or a status that cannot be written as JSON.
                _context.SetCustomStatus(null);
                Fail(failure, keepsStatus: false);
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
                Fail(failure, keepsStatus: false);
            }
        }
    }

    private void Fail(Exception failure, bool keepsStatus)
    {
        _exception = failure;
        _failure = FailureRecord.From(TaskFailureDetails.FromException(failure));
        _failureOutput = failure is NonDeterministicOrchestrationException || keepsStatus ? failure.Message : null;
        _keepsStatus = keepsStatus;
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
                Fail(new InvalidDataException(one.Data), keepsStatus: true);
                break;
            case EventKind.ForeignAwait:
                Fail(new InvalidOperationException(OrchestratorThread.ForeignAwait), keepsStatus: true);
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

    // So that what the code throws before its first await is a failure of the instance, too.
    private async Task<object?> RunBodyAsync() => await orchestrator!(_context);

    private void Match(HistoryEvent recorded)
    {
        var what = recorded.Kind switch
        {
            EventKind.ActivityScheduled => "an activity task",
            EventKind.TimerCreated => "a timer task",
            EventKind.ChildCreated => "a sub-orchestration",
            _ => "a send event task",
        };
        var label = recorded.Kind is EventKind.TimerCreated ? "" : $" named '{recorded.Name}'";
        if (!_context.Tasks.TryGetValue(recorded.TaskId, out var task))
        {
            var named = recorded.Kind is EventKind.TimerCreated ? "" : $" and name '{recorded.Name}'" + (recorded.Kind == EventKind.ActivityScheduled ? " (version '')" : "");
            throw new NonDeterministicOrchestrationException($"A previous execution of this orchestration scheduled {what} with sequence ID {recorded.TaskId}{named}, but the current replay execution hasn't (yet?) scheduled this task.");
        }

        if (task.Action.Kind != recorded.Kind)
        {
            throw new NonDeterministicOrchestrationException($"A previous execution of this orchestration scheduled {what} with sequence number {recorded.TaskId}{label}, but the current orchestration replay instead produced a {ActionName(task.Action.Kind)} action with this sequence number.");
        }

        if (!string.Equals(task.Action.Name, recorded.Name, StringComparison.OrdinalIgnoreCase))
            throw new NonDeterministicOrchestrationException($"A previous execution of this orchestration scheduled {what} with sequence number {recorded.TaskId}{label}, but the current orchestration replay instead scheduled {what} named '{task.Action.Name}' with this sequence number. ");
        task.IsRecorded = true;
    }

    private static string ActionName(EventKind kind) => kind switch
    {
        EventKind.ActivityScheduled => "ScheduleTaskOrchestratorAction",
        EventKind.TimerCreated => "CreateTimerOrchestratorAction",
        EventKind.ChildCreated => "CreateSubOrchestrationAction",
        _ => "SendEventOrchestratorAction",
    };

    private PassResult Result()
    {
        if (_body is { IsCompleted: false } && !_suspended && _failure is null && !_terminated.Is && (_thread.IsForeign || (!_context.Events.HasOpenWaiter && !_context.Tasks.Values.Any(task => task.HoldsInstance))))
            Fail(new InvalidOperationException(OrchestratorThread.ForeignAwait), keepsStatus: true);

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
            // As on the real engine: what the code asked for in such a pass is still done, and the status that it set is lost.
            return result with
            {
                Status = OrchestrationRuntimeStatus.Failed,
                Failure = _failure,
                Exception = _exception,
                Output = _failureOutput,
                CustomStatus = _keepsStatus ? result.CustomStatus : null,
                OpenActivities = [.. actions.Where(action => action.Kind == EventKind.ActivityScheduled)],
            };
        }

        if (_suspended)
            return Waiting(result with { Status = OrchestrationRuntimeStatus.Suspended, Output = _reason });
        if (_body is not { IsCompleted: true } || _context.Tasks.Values.Any(task => task.HoldsInstance))
            return Waiting(result);
        if (_thread.IsForeign)
            return Failed(result, new InvalidOperationException(OrchestratorThread.ForeignAwait), output: null);
        if (_body.IsFaulted || _body.IsCanceled)
        {
            var failure = _body.Exception?.InnerException ?? new TaskCanceledException(_body);
            return Failed(result, failure, failure.Message);
        }

        if (_context.Next is { } next)
            return result with { Status = OrchestrationRuntimeStatus.ContinuedAsNew, Next = (next.Input, next.KeepsEvents ? _context.Events.Buffered : []) };
#pragma warning disable MA0042, VSTHRD002 // It is completed.
        return result with { Status = OrchestrationRuntimeStatus.Completed, Output = JsonDataConverter.Default.Serialize(_body.Result) };
#pragma warning restore MA0042, VSTHRD002
    }

    private static PassResult Failed(PassResult result, Exception failure, string? output) => result with
    {
        Status = OrchestrationRuntimeStatus.Failed,
        Failure = FailureRecord.From(TaskFailureDetails.FromException(failure)),
        Exception = failure,
        Output = output,
    };

    private PassResult Waiting(PassResult result) => result with
    {
        Wake = _context.Tasks.Values.Where(task => task is { Action.Kind: EventKind.TimerCreated, HoldsInstance: true }).Min(task => task.Action.At),
        OpenActivities = [.. _context.Tasks.Values.Where(task => task is { Action.Kind: EventKind.ActivityScheduled, IsEnded: false }).Select(task => task.Action)],
    };
}
