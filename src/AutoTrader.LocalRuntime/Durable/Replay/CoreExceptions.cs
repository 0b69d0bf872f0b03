using Microsoft.DurableTask;

// The names are those that applications see in failure details.
namespace DurableTask.Core.Exceptions;

/// <summary>The code of an orchestrator does not do again what its history says it did.</summary>
internal sealed class NonDeterministicOrchestrationException(string message)
    : Exception($"Non-Deterministic workflow detected: {message} Was a change made to the orchestrator code after this instance had already started running?");

/// <summary>What the failure of an activity has inside. Its own message says nothing; the details do.</summary>
internal sealed class TaskFailedException(string name, int scheduleId, TaskFailureDetails details) : Exception
{
    public string Name { get; } = name;

    public int ScheduleId { get; } = scheduleId;

    public TaskFailureDetails FailureDetails { get; } = details;
}

/// <summary>A child ended without details, as one that was terminated does.</summary>
internal sealed class SubOrchestrationFailedException : Exception;
