using System.Collections.Immutable;
using DurableTask.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using PurgeResult = Microsoft.DurableTask.Client.PurgeResult;

namespace AutoTrader.LocalHost.Durable;

/// <summary>The engine's words for the state of an instance in those of the client.</summary>
internal static class InstanceStatus
{
    /// <summary>A status; both enumerations have the same values.</summary>
    public static OrchestrationStatus Of(OrchestrationRuntimeStatus status) => (OrchestrationStatus)status;

    /// <summary>A state as the client shows it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="payloads">Whether to show payloads and failure.</param>
    public static OrchestrationMetadata Of(OrchestrationState state, bool payloads) =>
        new(state.Name, state.OrchestrationInstance.InstanceId)
        {
            RuntimeStatus = (OrchestrationRuntimeStatus)state.OrchestrationStatus,
            CreatedAt = Utc(state.CreatedTime),
            LastUpdatedAt = Utc(state.LastUpdatedTime),
            Tags = state.Tags?.ToImmutableDictionary(StringComparer.Ordinal) ?? ImmutableDictionary<string, string>.Empty,
            DataConverter = payloads ? PayloadConverter.Default : null,
            SerializedInput = payloads ? state.Input : null,
            SerializedOutput = payloads ? state.Output : null,
            SerializedCustomStatus = payloads ? state.Status : null,
            FailureDetails =
                payloads && state.OrchestrationStatus == OrchestrationStatus.Failed
                    ? Of(state.FailureDetails) ?? Failure(state.Output)
                    : null,
        };

    /// <summary>What a purge did.</summary>
    public static PurgeResult Of(DurableTask.Core.PurgeResult result) => new(result.DeletedInstanceCount, result.IsComplete);

    private static TaskFailureDetails? Of(FailureDetails? failure) =>
        failure is null
            ? null
            : new TaskFailureDetails(
                failure.ErrorType,
                failure.ErrorMessage,
                failure.StackTrace,
                Of(failure.InnerFailure),
                failure.Properties
            );

    // A table keeps of a failure what its text says.
    private static TaskFailureDetails? Failure(string? output) =>
        output?.Split(": ", 2) is [var type, var message]
            ? new TaskFailureDetails(type, message, StackTrace: null, InnerFailure: null, Properties: null)
            : null;

    private static DateTimeOffset Utc(DateTime instant) => new(DateTime.SpecifyKind(instant, DateTimeKind.Utc));
}
