using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>A change of a schedule: fields that get a value, and fields that lose theirs.</summary>
internal static class ScheduleChange
{
    private const string TaskData = "task_data";

    // The body to send: null clears a field, and a required field gets its default.
    private static readonly Dictionary<string, JsonNode?> Fields = new(StringComparer.Ordinal)
    {
        ["name"] = null,
        ["note"] = null,
        ["misfire"] = null,
        ["misfire_window"] = null,
        ["start_at"] = null,
        ["end_at"] = null,
        ["max_runs"] = null,
        ["jitter_seconds"] = 0,
        ["trading_days_only"] = false,
    };

    // Those of the task.
    private static readonly Dictionary<string, Func<TaskDataView, TaskDataView>> Data = new(StringComparer.Ordinal)
    {
        ["strategy_id"] = it => it with { StrategyId = null },
        ["symbol"] = it => it with { Symbol = null },
        ["limit_price"] = it => it with { LimitPrice = null },
        ["stop_price"] = it => it with { StopPrice = null },
        ["trail_percent"] = it => it with { TrailPercent = null },
        ["order_type"] = it => it with { OrderType = null },
        ["time_in_force"] = it => it with { TimeInForce = null },
        ["message"] = it => it with { Message = null },
        ["reason"] = it => it with { Reason = null },
    };

    /// <summary>The fields that can lose their value, as the API names them.</summary>
    public static IReadOnlyList<string> Clearable { get; } = [.. Fields.Keys.Concat(Data.Keys).Order(StringComparer.Ordinal)];

    /// <summary>Changes a schedule. The task's data is one field of the API: parts that are not given stay unchanged.</summary>
    /// <exception cref="CommandException">The schedule is not there, or was changed at the same time, or the change is refused.</exception>
    public static async Task<ScheduleResource> SendAsync(Caller caller, string id, SchedulePatch patch, IReadOnlyCollection<string> cleared)
    {
        if (cleared.FirstOrDefault(name => !Clearable.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw new CommandException(ExitCode.Usage, $"'{unknown}' cannot be cleared. These can: {string.Join(", ", Clearable)}.");
        }

        string? version = null;
        var changesTask = patch.TaskData is not null || cleared.Any(Data.ContainsKey);
        if (changesTask)
        {
            var schedule = await caller.WaitAsync(caller.Api.GetScheduleAsync(id, caller.Cancellation));
            version = schedule.Etag;
            var data = cleared.Where(Data.ContainsKey).Aggregate(schedule.TaskData, (it, name) => Data[name](it));
            patch = patch with { TaskData = ScheduleDraft.GivenOrNull(Over(data, patch.TaskData)) };
        }

        var body = JsonSerializer.SerializeToNode(patch, ContractJson.Requests.GetTypeInfo(typeof(SchedulePatch)))!.AsObject();
        if (changesTask && patch.TaskData is null)
        {
            body[TaskData] = null;
        }

        foreach (var name in cleared.Where(Fields.ContainsKey))
        {
            body[name] = Fields[name]?.DeepClone();
        }

        return await caller.WaitAsync(caller.Api.MergeScheduleAsync(id, body, version, caller.Cancellation));
    }

    private static TaskDataView Over(TaskDataView now, TaskDataView? given) =>
        given is null
            ? now
            : new(
                given.StrategyId ?? now.StrategyId,
                given.Symbol ?? now.Symbol,
                given.Side ?? now.Side,
                given.Qty ?? now.Qty,
                given.OrderType ?? now.OrderType,
                given.TimeInForce ?? now.TimeInForce,
                given.LimitPrice ?? now.LimitPrice,
                given.StopPrice ?? now.StopPrice,
                given.TrailPercent ?? now.TrailPercent,
                given.Message ?? now.Message,
                given.Reason ?? now.Reason
            );
}
