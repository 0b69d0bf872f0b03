using System.Text.Json;
using AutoTrader.Core.Application;
using AutoTrader.Core.Market;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Functions.Api.Schedules;

/// <summary>The definition of a schedule in a request.</summary>
internal static class ScheduleBody
{
    /// <summary>A new definition.</summary>
    /// <exception cref="RefusedException">A time, a market time or a window cannot be read.</exception>
    public static Schedule Draft(ScheduleRequest body, DateTimeOffset now) =>
        Given(
            new()
            {
                Id = body.Id.Or(""),
                Task = new(body.TaskType),
                Spec = new(),
                Enabled = body.Enabled.Or(true),
            },
            body,
            now
        );

    /// <summary>A definition with the request's fields.</summary>
    /// <exception cref="RefusedException">A time, a market time or a window cannot be read.</exception>
    public static Schedule Apply(Schedule schedule, SchedulePatch body, DateTimeOffset now) =>
        Given(schedule with { Task = schedule.Task with { Action = body.TaskType.Or(schedule.Task.Action) } }, body, now);

    /// <summary>The task with the request's data.</summary>
    /// <exception cref="RefusedException">The data does not go with the action.</exception>
    public static ScheduleTask TaskOf(ScheduleTask task, WhenRequest body)
    {
        if (!body.TaskData.IsGiven)
        {
            return task;
        }

        var data = body.TaskData.Value ?? new();
        var isOrder = task.Action == ScheduleAction.OrderPlace;
        var given = JsonSerializer.SerializeToElement(data, ApiJson.Options);
        if (!isOrder && ScheduleFields.Order.FirstOrDefault(it => given.GetProperty(it).ValueKind != JsonValueKind.Null) is { } unused)
        {
            throw Wrong("task_data." + unused, $"task_data.{unused} is for task_type order_place. Leave it out.");
        }

        if (data.Message is "" || data.Reason is "")
        {
            throw Wrong("task_data", "task_data.message and task_data.reason must not be empty. Omit unused fields.");
        }

        return new(task.Action)
        {
            Target = data.StrategyId,
            Symbol = isOrder || data.Symbol is null ? null : Symbol.Normalize(data.Symbol),
            Order = isOrder ? Order(data) : null,
            Message = data.Message,
            Reason = data.Reason,
        };
    }

    /// <summary>The rule with the request's fields and its bounds.</summary>
    /// <exception cref="RefusedException">A time or a market time cannot be read.</exception>
    public static ScheduleSpec SpecOf(ScheduleSpec spec, WhenRequest body, DateTimeOffset now)
    {
        var rule = RuleOf(spec, body, now);
        return rule with
        {
            StartAt = body.StartAt.IsGiven
                ? Time("start_at", body.StartAt.Value, rule.Zone, (text, zone) => TypedTime.ReadBound(text, isEnd: false, zone, now))
                : rule.StartAt,
            EndAt = body.EndAt.IsGiven
                ? Time("end_at", body.EndAt.Value, rule.Zone, (text, zone) => TypedTime.ReadBound(text, isEnd: true, zone, now))
                : rule.EndAt,
            MaxRuns = body.MaxRuns.Or(rule.MaxRuns),
            JitterSeconds = body.JitterSeconds.Or(rule.JitterSeconds),
        };
    }

    /// <summary>The rule with the request's fields: a time, an expression or a market time replaces another.</summary>
    /// <exception cref="RefusedException">A time or a market time cannot be read.</exception>
    public static ScheduleSpec RuleOf(ScheduleSpec spec, StrategyScheduleRequest body, DateTimeOffset now)
    {
        var zone = body.Zone.Or(spec.Zone);
        List<string> given =
        [
            .. ScheduleFields
                .Rules.Zip([body.ScheduleAt.Value, body.ScheduleCron.Value, body.Market.Value])
                .Where(rule => rule.Second is not null)
                .Select(rule => rule.First),
        ];
        if (given.Count > 1)
        {
            throw Wrong(given[1], $"Give one of schedule_at, schedule_cron and market, not {string.Join(" and ", given)}.");
        }

        if (given.Count == 1)
        {
            spec = spec with { At = null, Cron = null, Market = null };
        }

        return spec with
        {
            At = body.ScheduleAt.IsGiven
                ? Time("schedule_at", body.ScheduleAt.Value, zone, (text, clock) => TypedTime.Read(text, clock, now))
                : spec.At,
            Cron = body.ScheduleCron.Or(spec.Cron),
            Market = body.Market.IsGiven ? Market(body.Market.Value) : spec.Market,
            Zone = zone,
            TradingDaysOnly = body.TradingDaysOnly.Or(spec.TradingDaysOnly),
        };
    }

    private static Schedule Given(Schedule schedule, ScheduleDefinition body, DateTimeOffset now) =>
        schedule with
        {
            Task = TaskOf(schedule.Task, body),
            Spec = SpecOf(schedule.Spec, body, now),
            Name = body.Name.Or(schedule.Name),
            Misfire = body.Misfire.Or(schedule.Misfire),
            MisfireWindow = body.MisfireWindow.IsGiven ? Window(body.MisfireWindow.Value) : schedule.MisfireWindow,
            Note = body.Note.Or(schedule.Note),
        };

    private static OrderTerms Order(TaskDataView data)
    {
        var type = data.OrderType ?? (data.LimitPrice is null ? OrderType.Market : OrderType.Limit);
        return new()
        {
            Symbol = Symbol.Normalize(data.Symbol ?? throw Missing("symbol")),
            Side = data.Side ?? throw Missing("side"),
            Quantity = (int)(data.Qty ?? throw Missing("qty")),
            Type = type,
            TimeInForce = data.TimeInForce ?? (type == OrderType.TrailingStop ? TimeInForce.Gtc : TimeInForce.Day),
            LimitPrice = data.LimitPrice,
            StopPrice = data.StopPrice,
            TrailPercent = data.TrailPercent,
        };
    }

    private static DateTimeOffset? Time(string field, string? text, string zone, Func<string, TimeZoneInfo, TypedTimeResult> readIn)
    {
        if (text is null)
        {
            return null;
        }

        // An unknown zone is reported with the definition's other problems.
        var read = readIn(text, LocalTimes.FindZone(zone) ?? TimeZoneInfo.Utc);
        return read.At
            ?? throw new RefusedException(Refusal.Invalid, read.Code!, read.Message)
            {
                Fields = [new(field, FieldProblem.Malformed, read.Message)],
            };
    }

    private static MarketTime? Market(string? text) =>
        text is null ? null
        : MarketTime.TryParse(text, out var time) ? time
        : throw Wrong("market", "market must be open or close with a distance, for example open, open+5m or close-10m.");

    private static TimeSpan? Window(string? text) =>
        text is null ? null
        : MisfireWindow.TryParse(text, out var window) ? window
        : throw Wrong("misfire_window", "misfire_window cannot be read. " + MisfireWindow.Forms);

    private static RefusedException Missing(string field) => Wrong("task_data." + field, $"task_type order_place needs task_data.{field}.");

    private static RefusedException Wrong(string field, string message) =>
        new(Refusal.Invalid, "INVALID_SCHEDULE", message) { Fields = [new(field, FieldProblem.Malformed, message)] };
}
