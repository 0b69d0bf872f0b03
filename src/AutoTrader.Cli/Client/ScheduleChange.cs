using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>A change of a schedule: fields that get a value, and fields that lose theirs.</summary>
internal static class ScheduleChange
{
    // Null clears a field, and a required field gets its default.
    private static readonly Dictionary<string, Func<SchedulePatch, SchedulePatch>> Fields = new(StringComparer.Ordinal)
    {
        ["name"] = it => it with { Name = null },
        ["note"] = it => it with { Note = null },
        ["misfire"] = it => it with { Misfire = null },
        ["misfire_window"] = it => it with { MisfireWindow = null },
        ["start_at"] = it => it with { StartAt = null },
        ["end_at"] = it => it with { EndAt = null },
        ["max_runs"] = it => it with { MaxRuns = null },
        ["jitter_seconds"] = it => it with { JitterSeconds = 0 },
        ["trading_days_only"] = it => it with { TradingDaysOnly = false },
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
        if (patch.TaskData.IsGiven || cleared.Any(Data.ContainsKey))
        {
            var schedule = await caller.WaitAsync(caller.Api.GetScheduleAsync(id, caller.Cancellation));
            version = schedule.Etag;
            var data = cleared.Where(Data.ContainsKey).Aggregate(schedule.TaskData, (it, name) => Data[name](it));
            patch = patch with { TaskData = ScheduleDraft.GivenOrNull(Over(data, patch.TaskData.Value)) };
        }

        patch = cleared.Where(Fields.ContainsKey).Aggregate(patch, (it, name) => Fields[name](it));
        return await caller.WaitAsync(caller.Api.PatchScheduleAsync(id, patch, version, caller.Cancellation));
    }

    private static TaskDataView Over(TaskDataView now, TaskDataView? given) =>
        given is null
            ? now
            : new()
            {
                StrategyId = given.StrategyId ?? now.StrategyId,
                Symbol = given.Symbol ?? now.Symbol,
                Side = given.Side ?? now.Side,
                Qty = given.Qty ?? now.Qty,
                OrderType = given.OrderType ?? now.OrderType,
                TimeInForce = given.TimeInForce ?? now.TimeInForce,
                LimitPrice = given.LimitPrice ?? now.LimitPrice,
                StopPrice = given.StopPrice ?? now.StopPrice,
                TrailPercent = given.TrailPercent ?? now.TrailPercent,
                Message = given.Message ?? now.Message,
                Reason = given.Reason ?? now.Reason,
            };
}
