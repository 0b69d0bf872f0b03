using System.Text.Json;
using System.Text.Json.Serialization;
using AutoTrader.LocalRuntime.Durable.Storage;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace AutoTrader.LocalRuntime.Durable.History;

/// <summary>The present state of an instance, with its history while that is short: one row, so that a pass reads nothing and writes one row. What is long is in rows of its own.</summary>
internal sealed record InstanceState
{
    /// <summary>Texts up to this length (characters) are in the row itself.</summary>
    public const int InlineLimit = 4000;

    /// <summary>A history up to this length (characters) is in the row itself.</summary>
    public const int HistoryLimit = 8000;

    public required string InstanceId { get; init; }

    public required string Name { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<OrchestrationRuntimeStatus>))]
    public OrchestrationRuntimeStatus Status { get; init; } = OrchestrationRuntimeStatus.Pending;

    public required string ExecutionId { get; init; }

    /// <summary>Grows with every execution under this id, so that their histories are apart.</summary>
    public int Generation { get; init; }

    /// <summary>How many rows of history count; later ones are of a pass that was not committed.</summary>
    public int HistoryRows { get; init; }

    /// <summary>What of the history comes after those rows.</summary>
    public IReadOnlyList<HistoryEvent> Recent { get; init; } = [];

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset Updated { get; init; }

    /// <summary>When the earliest open timer is due.</summary>
    public DateTimeOffset? Wake { get; init; }

    /// <summary>Whether activities were started whose results are not in the history.</summary>
    public bool HasOpenActivities { get; init; }

    /// <summary>Whether the history holds only what the execution is to begin with.</summary>
    public bool IsUnplayed { get; init; }

    /// <summary>The name of the staged messages that belong to the last commit.</summary>
    public string? Outbox { get; init; }

    public TextRef? Input { get; init; }

    public TextRef? Output { get; init; }

    public TextRef? CustomStatus { get; init; }

    public FailureRecord? Failure { get; init; }

    public ParentLink? Parent { get; init; }

    /// <summary>What of it is in rows of its own.</summary>
    [JsonIgnore]
    public IEnumerable<TextRef> Texts => new[] { Input, Output, CustomStatus }.OfType<TextRef>().Where(text => text.Key is not null);

    [JsonIgnore]
    public bool IsFinished => Status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    /// <summary>Whether it stands for a row that cannot be read.</summary>
    [JsonIgnore]
    public bool IsDamaged { get; private init; }

    /// <summary>
    /// Reads a row. One that somebody damaged counts as an instance that failed: nothing runs it, and it can be purged or started anew.
    /// </summary>
    public static InstanceState Read(StoredRow row)
    {
        var id = DurableKeys.InstanceIdOfState(row.Key);
        try
        {
            var state = HistoryJson.Read<InstanceState>(row.Text);
            return state.InstanceId == id && !state.Recent.Contains(null) ? state : Damaged(id, "It is that of another instance, or holes are in its history.");
        }
        catch (JsonException unreadable)
        {
            return Damaged(id, unreadable.Message);
        }
    }

    /// <summary>What a client sees.</summary>
    public OrchestrationMetadata ToMetadata(string? input, string? output, string? customStatus, bool isReadable) => new(Name, InstanceId)
    {
        DataConverter = isReadable ? JsonDataConverter.Default : null,
        RuntimeStatus = Status,
        CreatedAt = Created,
        LastUpdatedAt = Updated,
        SerializedInput = input,
        SerializedOutput = output,
        SerializedCustomStatus = customStatus,
        FailureDetails = Failure?.ToDetails(),
    };

    private static InstanceState Damaged(string id, string reason) => new()
    {
        InstanceId = id,
        Name = "",
        ExecutionId = "",
        Status = OrchestrationRuntimeStatus.Failed,
        Failure = FailureRecord.From(new InvalidDataException($"The stored state of the orchestration {id} cannot be read: {reason}")),
        IsDamaged = true,
    };
}

/// <summary>A text in the row, or the name of the rows that hold it because it is long.</summary>
internal sealed record TextRef
{
    public string? Inline { get; init; }

    public string? Key { get; init; }

    public int Rows { get; init; }
}
