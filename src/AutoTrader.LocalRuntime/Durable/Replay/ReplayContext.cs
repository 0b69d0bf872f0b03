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
    private int _tasks;

    public SortedDictionary<int, OpenTask> Tasks { get; } = [];

    public ExternalEvents Events { get; } = new();

    public string? Input { get; set; }

    public ParentLink? ParentLink { get; set; }

    public DateTimeOffset Now { get; set; }

    public bool Replaying { get; set; } = true;

    public string? CustomStatus => _json.Serialize(_customStatus);

    /// <summary>What was made for the pass and goes with it: the next one makes its own.</summary>
    public IReadOnlyList<IAsyncDisposable> Owned => _owned;

    /// <summary>The input of the execution that is to follow, and the events that arrive from now on, which are for it.</summary>
    public (string? Input, List<(string Name, string? Data)> Events)? Next { get; private set; }

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

    // Whatever is wrong with a call shows where it is awaited. An activity gets the text null for no input, which is no value of a value type.
    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) =>
        await RetryAsync(options, async () =>
        {
            var ended = await StartAsync(EventKind.ActivityScheduled, name.Name, target: null, () => _json.Serialize(input) ?? "null");
            return ended.Failure?.ToDetails() is { } failure
                ? throw new TaskFailedException(name.Name, ended.TaskId, new global::DurableTask.Core.Exceptions.TaskFailedException(name.Name, ended.TaskId, failure))
                : _json.Deserialize<TResult>(ended.Data)!;
        });

    public override async Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        // One id for all attempts.
        var given = (options as SubOrchestrationOptions)?.InstanceId;
        var child = string.IsNullOrWhiteSpace(given) ? Derived($"{executionId}|child|{_tasks}").ToString("N") : given;
        DurableKeys.CheckId(child);
        try
        {
            return await RetryAsync(options, async () =>
            {
                var ended = await StartAsync(EventKind.ChildCreated, orchestratorName.Name, child, () => _json.Serialize(input));
                if (ended.Kind == EventKind.ChildCompleted)
                    return _json.Deserialize<TResult>(ended.Data)!;
                throw ended.Failure is { } failure
                    ? new TaskFailedException(orchestratorName.Name, ended.TaskId, failure.ToDetails())
                    : new global::DurableTask.Core.Exceptions.SubOrchestrationFailedException();
            });
        }
        catch (global::DurableTask.Core.Exceptions.SubOrchestrationFailedException)
        {
#pragma warning disable CA2201, MA0012, MA0054 // The real engine stumbles over the missing details.
            throw new NullReferenceException("Object reference not set to an instance of an object.");
#pragma warning restore CA2201, MA0012, MA0054
        }
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        thread.Check();
        var source = new TaskCompletionSource();
        var task = Add(new HistoryEvent(EventKind.TimerCreated) { TaskId = _tasks++, At = new DateTimeOffset(fireAt.ToUniversalTime()) }, _ => source.TrySetResult());
        cancellationToken.Register(() =>
        {
            if (source.TrySetCanceled(CancellationToken.None))
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
#pragma warning disable MA0015 // The text is the real one's.
        if (string.IsNullOrWhiteSpace(instanceId))
            throw new ArgumentException("orchestrationInstance");
#pragma warning restore MA0015
        DurableKeys.CheckId(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        Send(instanceId, eventName, _json.Serialize(payload));
    }

    public override void SetCustomStatus(object? customStatus)
    {
        thread.Check();
        _customStatus = customStatus;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        thread.Check();
        Next = (_json.Serialize(newInput), []);
        if (!preserveUnprocessedEvents)
            return;
        foreach (var (name, data) in Events.TakeBuffered())
            Send(InstanceId, name, data);
    }

    public override Guid NewGuid()
    {
        thread.Check();
        // With the execution, since several can be at one instant of virtual time.
        return Derived(string.Create(CultureInfo.InvariantCulture, $"{executionId}_{InstanceId}_{CurrentUtcDateTime:o}_{_guids++}"));
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

    private void Send(string instanceId, string eventName, string? data) =>
        Add(new HistoryEvent(EventKind.EventSent) { TaskId = _tasks++, Target = instanceId, Name = eventName, Data = data }, _ => { });

    /// <returns>How it ended.</returns>
    private Task<HistoryEvent> StartAsync(EventKind kind, string name, string? target, Func<string?> input)
    {
        thread.Check();
        // Also one whose input cannot be written as JSON has its number.
        var id = _tasks++;
        var source = new TaskCompletionSource<HistoryEvent>();
        Add(new HistoryEvent(kind) { TaskId = id, Name = name, Target = target, Data = input() }, source.SetResult);
        return source.Task;
    }

    private OpenTask Add(HistoryEvent action, Action<HistoryEvent> complete)
    {
        var task = new OpenTask(action) { Complete = complete };
        Tasks.Add(action.TaskId, task);
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
        var expires = policy.RetryTimeout == Timeout.InfiniteTimeSpan || policy.RetryTimeout == TimeSpan.MaxValue ? DateTime.MaxValue : CurrentUtcDateTime + policy.RetryTimeout;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception failure) when (attempt == policy.MaxNumberOfAttempts && !IsNotFound(failure))
            {
                // The real engine makes a last timer that is due at once.
                await CreateTimer(CurrentUtcDateTime, CancellationToken.None);
                throw;
            }
            catch (Exception failure) when (!IsNotFound(failure) && policy.Handles(failure) && CurrentUtcDateTime < expires)
            {
                var delay = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempt - 1);
                var longest = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : policy.MaxRetryInterval;
                await CreateTimer(delay < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(delay) : longest, CancellationToken.None);
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
            catch (Exception failure) when (failure is (TaskFailedException or global::DurableTask.Core.Exceptions.SubOrchestrationFailedException) && !IsNotFound(failure))
            {
                var details = (failure as TaskFailedException)?.FailureDetails ?? new TaskFailureDetails("(unknown)", "(unknown)", StackTrace: null, InnerFailure: null, Properties: null);
                if (!await handler(new RetryContext(this, attempt, details, CurrentUtcDateTime - started, CancellationToken.None)))
                    throw;
            }
        }
    }

    private static bool IsNotFound(Exception failure) => failure is TaskFailedException { FailureDetails.ErrorType: "ActivityTaskNotFound" or "OrchestratorTaskNotFound" };
}
