using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.DurableTask;

namespace AutoTrader.LocalRuntime.Durable.History;

[JsonConverter(typeof(JsonStringEnumConverter<EventKind>))]
internal enum EventKind
{
    Started,
    PassStarted,
    ActivityScheduled,
    ActivityCompleted,
    ActivityFailed,
    TimerCreated,
    TimerFired,
    ChildCreated,
    ChildCompleted,
    ChildFailed,
    EventSent,
    EventRaised,
    Suspended,
    Resumed,
    Terminated,
    ForeignAwait,

    /// <summary>What is stored of the instance cannot be read, for the reason in the data.</summary>
    Damaged,
}

/// <summary>The instance that called another one, and under which task.</summary>
internal sealed record ParentLink(string Name, string InstanceId, string ExecutionId, int TaskId);

/// <summary>One entry of a history; what is sent to an instance has the same form. Payloads are JSON text.</summary>
internal sealed record HistoryEvent(EventKind Kind)
{
    /// <summary>The task of the orchestrator that it is about, counted from 0 within an execution.</summary>
    public int TaskId { get; init; } = -1;

    /// <summary>The name of the activity, orchestrator or event.</summary>
    public string? Name { get; init; }

    /// <summary>Input, result, event data, output or reason.</summary>
    public string? Data { get; init; }

    /// <summary>The business instant (UTC) of a pass, or at which a timer is due.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The instance that a call or an event goes to.</summary>
    public string? Target { get; init; }

    public FailureRecord? Failure { get; init; }

    public ParentLink? Parent { get; init; }

    /// <summary>Where <see cref="Data"/> is, when a message would be too long with it.</summary>
    public TextRef? DataRef { get; init; }

    /// <summary>The execution that an event is for; null for whichever is current.</summary>
    public string? ExecutionId { get; init; }
}

/// <summary>Failure details as they are kept.</summary>
internal sealed record FailureRecord(string ErrorType, string ErrorMessage, string? StackTrace, FailureRecord? Inner)
{
    /// <summary>Of what left an activity or an orchestrator. A failed task that nobody caught has the details of that task inside; one that was wrapped has what the exception has.</summary>
    public static FailureRecord From(Exception exception) => exception is TaskFailedException failed
        ? new FailureRecord(failed.GetType().FullName!, failed.Message, failed.StackTrace, From(failed.FailureDetails))
        : OfChain(exception);

    private static FailureRecord OfChain(Exception exception) => new(
        exception.GetType().FullName!,
        exception is global::DurableTask.Core.Exceptions.TaskFailedException core ? $"Task '{core.Name}' (#{core.ScheduleId}) failed with an unhandled exception: {core.Message}" : exception.Message,
        exception.StackTrace,
        exception.InnerException is { } inner ? OfChain(inner) : null);

    private static FailureRecord From(TaskFailureDetails details) =>
        new(details.ErrorType, details.ErrorMessage, details.StackTrace, details.InnerFailure is { } inner ? From(inner) : null);

    public TaskFailureDetails ToDetails() => new(ErrorType, ErrorMessage, StackTrace, Inner?.ToDetails(), Properties: null);
}

/// <summary>The JSON in which histories, messages and states are kept.</summary>
internal static class HistoryJson
{
    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">It is not the JSON of one.</exception>
    public static T Read<T>(string text)
        where T : class => JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("It is null.");

    /// <summary>Events one to a line.</summary>
    public static string WriteLines(IEnumerable<HistoryEvent> events) => string.Concat(events.Select(one => Write(one) + "\n"));

    public static List<HistoryEvent> ReadLines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read<HistoryEvent>)];
}
