// The names are those that applications see in failure details.
namespace DurableTask.Core.Exceptions;

/// <summary>The code of an orchestrator does not do again what its history says it did.</summary>
internal sealed class NonDeterministicOrchestrationException(string message)
    : Exception($"Non-Deterministic workflow detected: {message} Was a change made to the orchestrator code after this instance had already started running?");

/// <summary>What the failure of an activity has inside.</summary>
internal sealed class TaskFailedException(string message) : Exception(message);
