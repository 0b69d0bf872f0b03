using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Durable.Storage;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;

namespace AutoTrader.LocalRuntime.Durable.Replay;

/// <summary>What the orchestrator asked for: a task with its number, and how to end it.</summary>
internal sealed class OpenTask(HistoryEvent action)
{
    public HistoryEvent Action { get; } = action;

    /// <summary>Whether the history has it.</summary>
    public bool IsRecorded { get; set; }

    public bool IsEnded { get; set; }

    public bool IsCanceled { get; set; }

    /// <summary>Whether the instance may not end before it.</summary>
    public bool HoldsInstance => !IsEnded && !IsCanceled && Action.Kind != EventKind.EventSent;

    public required Action<HistoryEvent> Complete { get; init; }
}

/// <summary>The context of an orchestrator in one pass: it numbers what the code asks for, in the order of asking.</summary>
internal sealed class ReplayContext(string name, string instanceId, string executionId, OrchestratorThread thread, ILoggerFactory loggers) : TaskOrchestrationContext
{
    private static readonly Guid NewGuidNamespace = new("9e952958-5e33-4daf-827f-2fa12937b875");

    private readonly JsonDataConverter _json = JsonDataConverter.Default;
    private readonly List<IAsyncDisposable> _owned = [];
    private object? _customStatus;
    private int _guids;

    public SortedDictionary<int, OpenTask> Tasks { get; } = [];

    public ExternalEvents Events { get; } = new();

    public string? Input { get; set; }

    public ParentLink? ParentLink { get; set; }

    public DateTimeOffset Now { get; set; }

    public bool Replaying { get; set; } = true;

    public string? CustomStatus => _json.Serialize(_customStatus);

    /// <summary>What was made for the pass and goes with it: the next one makes its own.</summary>
    public IReadOnlyList<IAsyncDisposable> Owned => _owned;

    /// <summary>The input of the execution that is to follow, and whether it gets the unprocessed events.</summary>
    public (string? Input, bool KeepsEvents)? Next { get; private set; }

    public override TaskName Name { get; } = name;

    public override string InstanceId => instanceId;

    public override ParentOrchestrationInstance? Parent => ParentLink is { } link ? new ParentOrchestrationInstance(link.Name, link.InstanceId) : null;

    public override DateTime CurrentUtcDateTime => Now.UtcDateTime;

    public override bool IsReplaying => Replaying;

    protected override ILoggerFactory LoggerFactory => loggers;

    public override T? GetInput<T>()
        where T : default => _json.Deserialize<T>(Input);

    /// <summary>Has something disposed after the pass.</summary>
    public void EndsWithPass(IAsyncDisposable owned) => _owned.Add(owned);

    /// <summary>The input as a parameter of the orchestrator gets it.</summary>
    public object? InputAs(Type type) =>
        _json.Deserialize(Input, type) ?? (type.IsValueType && Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) =>
        RetryAsync(options, () => StartAsync<TResult>(new HistoryEvent(EventKind.ActivityScheduled) { Name = name.Name, Data = _json.Serialize(input) }));

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        RetryAsync(options, () =>
        {
            var child = (options as SubOrchestrationOptions)?.InstanceId ?? Derived($"{executionId}|child|{Tasks.Count}").ToString("N");
            DurableKeys.CheckId(child);
            return StartAsync<TResult>(new HistoryEvent(EventKind.ChildCreated) { Name = orchestratorName.Name, Target = child, Data = _json.Serialize(input) });
        });

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        thread.Check();
        var source = new TaskCompletionSource();
        var due = new DateTimeOffset(fireAt.Kind == DateTimeKind.Local ? fireAt.ToUniversalTime() : DateTime.SpecifyKind(fireAt, DateTimeKind.Utc), TimeSpan.Zero);
        var task = Add(new HistoryEvent(EventKind.TimerCreated) { At = due }, _ => source.TrySetResult());
        cancellationToken.Register(() =>
        {
            if (source.TrySetCanceled(cancellationToken))
                task.IsCanceled = true;
        });
        return source.Task;
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        thread.Check();
        ArgumentNullException.ThrowIfNull(eventName);
        return Events.WaitAsync<T>(eventName, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        thread.Check();
        DurableKeys.CheckId(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        Add(new HistoryEvent(EventKind.EventSent) { Target = instanceId, Name = eventName, Data = _json.Serialize(payload) }, _ => { });
    }

    public override void SetCustomStatus(object? customStatus)
    {
        thread.Check();
        _customStatus = customStatus;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        thread.Check();
        Next = (_json.Serialize(newInput), preserveUnprocessedEvents);
    }

    public override Guid NewGuid()
    {
        thread.Check();
        return Derived(string.Create(CultureInfo.InvariantCulture, $"{InstanceId}_{CurrentUtcDateTime:o}_{_guids++}"));
    }

    // Version 5: a hash of the name within a namespace.
    private static Guid Derived(string name)
    {
        var bytes = new byte[16 + Encoding.UTF8.GetByteCount(name)];
        NewGuidNamespace.TryWriteBytes(bytes, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, bytes.AsSpan(16));
#pragma warning disable CA5350 // The standard of these ids asks for it; nothing is secured by it.
        var hash = SHA1.HashData(bytes).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }

    private Task<TResult> StartAsync<TResult>(HistoryEvent action)
    {
        thread.Check();
        var source = new TaskCompletionSource<TResult>();
        Add(action, result =>
        {
            if (result.Kind is EventKind.ActivityCompleted or EventKind.ChildCompleted)
                source.TrySetResult(_json.Deserialize<TResult>(result.Data)!);
            else
                source.TrySetException(Failure(action.Name!, result));
        });
        return source.Task;
    }

    // A child that was terminated has no details, and the real engine stumbles over that.
#pragma warning disable CA2201
    private static Exception Failure(string name, HistoryEvent result) => result.Failure is not { } failure
        ? new NullReferenceException("Object reference not set to an instance of an object.")
        : result.Kind == EventKind.ActivityFailed
            ? new TaskFailedException(name, result.TaskId, failure.ToDetails(), new global::DurableTask.Core.Exceptions.TaskFailedException(failure.ErrorMessage))
            : new TaskFailedException(name, result.TaskId, failure.ToDetails());
#pragma warning restore CA2201

    private OpenTask Add(HistoryEvent action, Action<HistoryEvent> complete)
    {
        var task = new OpenTask(action with { TaskId = Tasks.Count }) { Complete = complete };
        Tasks.Add(task.Action.TaskId, task);
        return task;
    }

    private Task<T> RetryAsync<T>(TaskOptions? options, Func<Task<T>> call) => options?.Retry switch
    {
        { Policy: { } policy } => RetryAsync(policy, call),
        { Handler: { } handler } => RetryAsync(handler, call),
        _ => call(),
    };

    private async Task<T> RetryAsync<T>(RetryPolicy policy, Func<Task<T>> call)
    {
        var expires = policy.RetryTimeout == Timeout.InfiniteTimeSpan ? DateTime.MaxValue : CurrentUtcDateTime + policy.RetryTimeout;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException failure) when (attempt < policy.MaxNumberOfAttempts && CurrentUtcDateTime < expires && !IsNotFound(failure) && policy.Handles(failure.FailureDetails))
            {
                var delay = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempt - 1);
                await CreateTimer(TimeSpan.FromMilliseconds(Math.Min(delay, policy.MaxRetryInterval.TotalMilliseconds)), CancellationToken.None);
            }
        }
    }

    private async Task<T> RetryAsync<T>(AsyncRetryHandler handler, Func<Task<T>> call)
    {
        var started = CurrentUtcDateTime;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException failure) when (!IsNotFound(failure))
            {
                if (!await handler(new RetryContext(this, attempt, failure.FailureDetails, CurrentUtcDateTime - started, CancellationToken.None)))
                    throw;
            }
        }
    }

    private static bool IsNotFound(TaskFailedException failure) => failure.FailureDetails.ErrorType is "ActivityTaskNotFound" or "OrchestratorTaskNotFound";
}
