using System.Globalization;

namespace Microsoft.DurableTask;

public sealed class TaskFailedException : Exception
{
    public TaskFailedException(string taskName, int taskId, Exception innerException)
        : base(Text(taskName, taskId, (innerException as global::DurableTask.Core.Exceptions.TaskFailedException)?.FailureDetails.ErrorMessage ?? innerException?.Message), innerException)
    {
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = TaskFailureDetails.FromException(innerException!);
    }

    public TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
        : base(Text(taskName, taskId, failureDetails?.ErrorMessage))
    {
        ArgumentNullException.ThrowIfNull(failureDetails);
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = failureDetails;
    }

    public string TaskName { get; }

    public int TaskId { get; }

    public TaskFailureDetails FailureDetails { get; }

    private static string Text(string taskName, int taskId, string? message) =>
        string.Create(CultureInfo.InvariantCulture, $"Task '{taskName}' (#{taskId}) failed with an unhandled exception: {message}");
}

public record TaskFailureDetails(string ErrorType, string ErrorMessage, string? StackTrace, TaskFailureDetails? InnerFailure, IDictionary<string, object?>? Properties)
{
    public bool IsCausedBy<T>()
        where T : Exception => IsCausedBy(typeof(T));

    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
            throw new ArgumentException($"{targetBaseExceptionType} is no type of exception.", nameof(targetBaseExceptionType));
        var type = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(ErrorType, throwOnError: false)).FirstOrDefault(found => found is not null);
        return type is not null && targetBaseExceptionType.IsAssignableFrom(type);
    }

    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        // Of the engine's own exception the details that came with it count, not what it is itself.
        return exception is global::DurableTask.Core.Exceptions.TaskFailedException core
            ? core.FailureDetails
            : new TaskFailureDetails(exception.GetType().ToString(), exception.Message, exception.StackTrace, exception.InnerException is { } inner ? FromException(inner) : null, Properties: null);
    }

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";
}
